/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as it is drawn: functions, groups, and what people want to know of each. No texts in it
 * name a person, a host or a serial number, as pictures are made to be shown to strangers.
 */
#pragma once

#include "model/address.h"
#include "model/device-name.h"

#include <stdio.h>

#define MAP_NO_GROUP (-1)
#define MAP_ROOT SIZE_MAX /* the parent of a function on a root bus */
#define MAP_USE_SIZE 128

enum map_kind {
	MAP_DISPLAY,
	MAP_DEVICE,
	MAP_PORT, /* has functions below it */
	MAP_PLAIN, /* of interest only where it shares a group: SMBus, host bridge, empty port ... */
};

struct map_function {
	struct bdf address;
	char name[DEVICE_NAME_SIZE]; /* never empty */
	const char *class;  /* words; of a port its part: "root port", "switch" */
	const char *driver; /* NULL: none, or not known */
	int group;
	size_t parent; /* an index, or MAP_ROOT; no circles */
	enum map_kind kind;
	bool is_claimed, is_configured, is_claimable;
	const char *refusal;	/* words; NULL: not refused, or never judged */
	char use[MAP_USE_SIZE]; /* by the host; "": none known */
	const char *culprit; /* why functions share a group because of this one; NULL: they do not */
};

/* Why the functions of a group share it, a sentence for each culprit. */
struct map_reason {
	int group;
	char *text;
};

struct map {
	char *system; /* "34 PCI functions, Linux 6.12.48, IOMMU: Intel VT-d ..." */
	bool is_partly_read; /* too little to say why some functions share a group */
	struct map_function *functions; /* by address */
	size_t n_functions;
	struct map_reason *reasons;
	size_t n_reasons, reasons_capacity;
};

void map_done(struct map *map);

/* The number of functions in a group. */
size_t map_group_size(const struct map *map, int group);

/* As a graph for Graphviz, with a cluster for each group. */
void map_write_dot(const struct map *map, FILE *stream);
