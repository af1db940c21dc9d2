/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"

/* One menuentry of grub.cfg. */
struct grub_entry {
	char *title, *id; /* id: "" where it has none */
	/* What GRUB knows it by, with those of the submenus around it: "1>0", "advanced>linux-6.1". */
	char *numbers, *ids, *titles;
	char *kernel;  /* a path on GRUB's file system; NULL: it starts no Linux kernel */
	char *options; /* the kernel's words; NULL without a kernel */
	struct strings images;
	bool is_foreign; /* os-prober found it on another system's disk */
};

/* What grub-mkconfig wrote. */
struct grub_config {
	struct grub_entry *entries;
	size_t n, capacity;
	bool has_blscfg; /* further entries are files, see entry-file.h */
	char *chosen; /* the default: a number, an id or a title; NULL: the first entry */
	bool is_menu_hidden; /* nobody sees the menu who does not press a key in time */
	struct strings variables; /* "NAME=VALUE" that it sets outside of entries; the last one counts */
};

/*
 * Reads grub.cfg and the text of GRUB's environment block ("": none). Both may be anything. 0 or -ENOMEM.
 */
int MUST_CHECK grub_config_parse(const char *text, const char *environment,
				 struct grub_config *ret_config);
void grub_config_done(struct grub_config *config);

/* Does this entry boot by default? */
bool grub_config_chooses(const struct grub_config *config, const struct grub_entry *entry);

/* The text with $NAME and ${NAME} replaced; an unset variable is empty. To be freed; NULL: no memory. */
char *grub_expand(const struct grub_config *config, const char *environment,
		  struct span text);
