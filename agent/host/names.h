/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "base/text.h"

/* The sorted names in a folder, as far as they can be listed. 0 or -ENOMEM. */
int MUST_CHECK names_list(const struct root *root, const char *folder,
			  struct strings *names);
/* By strverscmp(3). */
void names_sort_versions(struct strings *names);
