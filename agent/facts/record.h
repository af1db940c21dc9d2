/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "decide/known.h"

/* In the image only; written when the image is built. */
#define RECORD_PATH "/usr/lib/vfio-claim/image-record"

/*
 * Facts about the system that the image was built on: when, what the host boots from, which modules
 * would drive which functions (the image holds only some of them), and which files load the modules
 * that a claim needs.
 */
struct record {
	char *text;	     /* NULL: no record, e.g. on the real root */
	const char *aliases; /* the alias lines; NULL: they are in `text` */
	bool has_no_variant; /* no alias is of a variant of vfio-pci */
	char *built_at;
	struct known_cards known; /* the cards of the system */
	struct identity *needs;	  /* functions that the host needs to boot */
	size_t n_needs, needs_capacity;
};

/* A missing record is no error but an empty one. */
int MUST_CHECK record_read(const struct root *root, struct record *record);
void record_done(struct record *record);

/* For record.c: reads identities of functions from lines that begin with `key`. 0 or -ENOMEM. */
int MUST_CHECK record_read_functions(struct record *record, const char *key);

/* Does the system itself confirm boots (vfio-claim-confirm.service)? */
bool record_is_confirmed_by(const struct record *record);

/*
 * Adds the modules that would drive a function with this modalias. *ret_is_known: the list is
 * complete, because the function was present when the image was built, or has the class of a card
 * and a vendor that the configuration names. 0 or -ENOMEM.
 */
int MUST_CHECK record_find_rivals(const struct record *record, const char *modalias,
				  struct strings *rivals, bool *ret_is_known);

/* Can the class in a modalias or pattern ("bc03sc00", "bc*sc*") be a card's? */
bool record_is_card_class(const char *pattern);

/* Adds the modules of all matching lines "alias PATTERN MODULE", of a record or of modules.alias.
 * Ignores lines of 512 bytes or more. 0 or -ENOMEM. */
int MUST_CHECK record_add_aliased(const char *aliases, const char *modalias,
				  struct strings *modules);

/* Adds the variants of vfio_pci with a vfio_pci: alias for this modalias. 0 or -ENOMEM. */
int MUST_CHECK record_find_variants(const struct record *record, const char *modalias,
				    struct strings *variants);

/* The `ids=` of vfio-pci that image-record omitted; NULL: none. */
const char *record_find_left_out(const struct record *record, size_t *ret_size);

/* One file to load for a module; a built-in module has the path "builtin". */
struct record_load {
	char path[256];
	char options[512];
	char name[64];	/* of the module in that file; "": none */
	bool is_needed; /* false: a softdep, which the others do not need */
};

/* The next file in order. Start with *cursor NULL. False: no more. */
bool record_next_load(const struct record *record, const char *name, const char **cursor,
		      struct record_load *ret_load);

/* Adds the module and its hard dependencies except built-in ones. 0, -ENOMEM, or -ENOENT when the
 * record has no line for the module. */
int MUST_CHECK record_find_needed(const struct record *record, const char *name,
				  struct strings *needed);

/* Does the record identify a function with this id by its path, or by its serial number? */
bool record_wants_path(const struct record *record, const struct function *function);
bool record_wants_serial(const struct record *record, const struct snapshot *snapshot,
			 const struct function *function);

/*
 * Marks the functions that the host needs to boot according to the record. snapshot->needs_fact
 * becomes FACT_UNREADABLE when a function is missing or changed, or when root= or the network
 * parameters differ. Also marks recorded uses of functions that have no driver yet. 0 or -ENOMEM.
 */
int MUST_CHECK record_mark_needs(const struct record *record, const char *cmdline,
				 struct snapshot *snapshot);
