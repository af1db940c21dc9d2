/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct pe_section {
	char name[9];
	/* 0: the base, before the first ".profile"; the n-th ".profile" section begins profile n. */
	unsigned profile;
	uint64_t offset,
		size; /* of its data in the file; 0 bytes: the stub takes it as absent */
};

/* The sections of a PE file: of a unified kernel image or an addon to one. */
struct pe {
	struct pe_section *sections; /* in the file's order */
	size_t n_sections;
	unsigned n_profiles; /* 0: only a base */
	bool is_signed;	     /* it carries a certificate; whose was not asked */
	bool is_cut;	     /* a section's data reaches beyond the end of the file */
};

/* -EBADMSG: not a PE file; -ENODATA: its end is missing; or another errno of reading. */
int MUST_CHECK pe_read(const struct root *root, const char *path, struct pe *ret_pe);
void pe_done(struct pe *pe);

/*
 * The section that systemd's stub uses when it boots this profile: the first of the name in the
 * profile, else in the base. NULL: there is none, or it is empty.
 */
const struct pe_section *pe_find(const struct pe *pe, const char *name, unsigned profile);

/* Does it hold a kernel? Without one, but with something for one, it is an addon. */
bool pe_is_unified(const struct pe *pe);
bool pe_is_addon(const struct pe *pe);

/* A section's data, to be freed; a NUL follows it. -EFBIG above `most` bytes, -ENODATA when its end is
 * missing. */
int MUST_CHECK pe_read_section(const struct root *root, const char *path,
			       const struct pe_section *section, size_t most,
			       char **ret_text, size_t *ret_size);
