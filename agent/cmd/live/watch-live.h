/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct cmd;

/* `verify --watch`: watches the running system until SIGTERM or SIGINT. An exit code. */
int watch_live(const struct cmd *cmd);
