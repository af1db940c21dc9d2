/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "decide/known.h"

/* Beside the agent in the image; written when the image is built, never on the real root. */
#define RECORD_PATH "/usr/lib/vfio-claim/image-record"

/*
 * What the image was told of the system it was built on: when, what the host boots from, which
 * modules of the whole system would drive which functions (the image itself holds only some),
 * and which files load the modules that a claim needs.
 */
struct record {
	char *text;	     /* NULL: no record, e.g. on the real root */
	const char *aliases; /* where these lines begin; NULL: somewhere in `text` */
	bool has_no_variant; /* of vfio-pci among them */
	char *built_at;
	struct known_cards known; /* which cards there are to be told apart */
	struct identity *needs;	  /* functions that the host's boot hangs on */
	size_t n_needs, needs_capacity;
};

/* A missing record is no error: it is empty then. */
int MUST_CHECK record_read(const struct root *root, struct record *record);
void record_done(struct record *record);

/* For record.c: lines that begin with `key`, as identities of functions. 0 or -ENOMEM. */
int MUST_CHECK record_read_functions(struct record *record, const char *key);

/* Does the system confirm by itself that a boot came up (vfio-claim-confirm.service)? */
bool record_is_confirmed_by(const struct record *record);

/* The distribution that the image was built on, to be freed; NULL: not told. 0 or -ENOMEM. */
int MUST_CHECK record_find_distribution(const struct record *record,
					char **ret_distribution);

/*
 * Names of modules that would drive a function with this modalias. Known to be all of them when
 * the function was there when the image was built, or is of a class that cards have and of a
 * vendor that the configuration names. 0 or -ENOMEM.
 */
int MUST_CHECK record_find_rivals(const struct record *record, const char *modalias,
				  struct strings *rivals, bool *ret_is_known);

/* May the class part of a modalias or pattern be one that a card has ("bc03sc00", "bc*sc*")? */
bool record_is_card_class(const char *pattern);

/* The next "alias PATTERN MODULE", of a record or of modules.alias, that matches: the module, in
 * `buffer`; lines that do not fit there are passed over. NULL: no more. */
const char *record_next_alias(const char **cursor, const char *modalias, char *buffer,
			      size_t buffer_size);

/* Variants of vfio_pci whose vfio_pci: alias matches this modalias. 0 or -ENOMEM. */
int MUST_CHECK record_find_variants(const struct record *record, const char *modalias,
				    struct strings *variants);

/* The `ids=` of vfio-pci that the record leaves out; NULL: none. */
const char *record_find_left_out(const struct record *record, size_t *ret_size);

/* One file to load for a module, in order; `path` is "builtin" where there is none. */
struct record_load {
	char path[256];
	char options[512];
	char name[64];	/* of the module in that file; "" where there is none */
	bool is_needed; /* false: a softdep, without which the others load too */
};

/* *cursor begins as NULL. False: no more. */
bool record_next_load(const struct record *record, const char *name, const char **cursor,
		      struct record_load *ret_load);

/* Adds the module and its hard dependencies, less those built in. -ENOENT when the record has no
 * line for the module; else 0 or -ENOMEM. */
int MUST_CHECK record_find_needed(const struct record *record, const char *name,
				  struct strings *needed);

/* Has a function with this id to be found by its path, or by its serial number? */
bool record_wants_path(const struct record *record, const struct function *function);
bool record_wants_serial(const struct record *record, const struct snapshot *snapshot,
			 const struct function *function);

/*
 * Marks the functions that the host needs to boot, as the image was told when it was built, and
 * says in snapshot->needs_fact whether that holds here: a function that is gone or changed, a
 * root= that is another now, or another network than then makes it unknown. Also notes what was in
 * use on functions that no driver has yet. 0 or -ENOMEM.
 */
int MUST_CHECK record_mark_needs(const struct record *record, const char *cmdline,
				 struct snapshot *snapshot);

/* The value of the last root= on a kernel command line; its size, 0 when there is none. */
size_t record_find_root(const char *cmdline, const char **ret_value);
