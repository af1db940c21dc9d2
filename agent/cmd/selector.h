/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/device-name.h"
#include "model/model.h"

struct root;

/* How a person writes which card is meant. */
enum selector_shape {
	SELECTOR_IDENTITY, /* as in the configuration: an address, id=, path= ... */
	SELECTOR_SLOT,	   /* "01:00", "pci_0000_01_00" */
	SELECTOR_ID,	   /* "10de:2206" */
	SELECTOR_NAME,	   /* a part of the name, "rtx 3080" */
};

struct selector {
	enum selector_shape shape;
	struct identity identity; /* SLOT: the address of function 0; ID: the id */
	const char *name;	  /* the text itself */
};

/* NULL, or a static text with the error. Pure, like the next two. */
const char *selector_parse(const char *text, struct selector *ret_selector);
/* Is the text an address, a slot, an id, or a name in sysfs or of libvirt? */
bool selector_is_place(const char *text);

/*
 * The functions that a slot, an id or a name may mean, one for each card, displays first; returns how
 * many, and the first `most` of them. `names` is parallel to the snapshot's functions.
 */
size_t selector_find(const struct selector *selector, const struct snapshot *snapshot,
		     const struct device_name *names, size_t most, size_t *ret_found);

/*
 * What the text means on this system. 0; EXIT_USAGE after a message with the cards that may be meant;
 * or negative errno. An address, or another identity, need not be there.
 */
int selector_resolve(const struct root *root, const char *text,
		     struct identity *ret_identity);
/* "no PCI function matches '<text>'", and the displays of this system. Returns EXIT_USAGE. */
int selector_say_unknown(const struct root *root, const char *text);
