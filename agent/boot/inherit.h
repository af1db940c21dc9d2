/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* For the running system only, before anything else is opened. */
void sanitize_process(void);
