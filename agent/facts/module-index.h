/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* libkmod reads the binary files only. */
enum index_kind {
	INDEX_NOT_LOOKED_FOR,
	INDEX_NONE, /* drivers are unknown */
	INDEX_BINARY,
	INDEX_TEXT, /* modules.alias alone, as in a dump */
};

/* depmod's files for one kernel release; initially all zero but the release. */
struct module_index {
	char *release;
	enum index_kind kind;
	char *aliases; /* with INDEX_TEXT */
};

/* Looks only at the first call. */
enum index_kind module_index_find(const struct root *root, struct module_index *index);
void module_index_done(struct module_index *index);
