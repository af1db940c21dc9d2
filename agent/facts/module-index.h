/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* libkmod reads the binary files only. */
enum index_kind {
	INDEX_NOT_LOOKED_FOR,
	INDEX_NONE, /* drivers are not known */
	INDEX_BINARY,
	INDEX_TEXT, /* modules.alias alone, as `vfio-claim dump` makes it */
};

/* What depmod wrote for one kernel release; all zero but the release to begin with. */
struct module_index {
	char *release;
	enum index_kind kind;
	char *aliases; /* with INDEX_TEXT */
};

/* Looks once. */
enum index_kind module_index_find(const struct root *root, struct module_index *index);
void module_index_done(struct module_index *index);

/* Adds the modules of INDEX_TEXT that this modalias would load. 0 or -ENOMEM. */
int MUST_CHECK module_index_look_up(const struct module_index *index,
				    const char *modalias, struct strings *names);
