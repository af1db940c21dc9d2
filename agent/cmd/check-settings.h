/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "survey.h"

/* Adds a warning for each setting of a card that can be seen already not to work at the next boot. */
void check_settings(const struct root *root, struct survey *survey);
