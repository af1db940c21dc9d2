/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A system in memory behind struct execute_ops: devices with overrides and drivers, modules
 * that bind when they load, host drivers that take every device they may. Counts and records
 * all calls, and fails the chosen one.
 */
#pragma once

#include "act/execute.h"
#include "unit.h"

#define FAKE_DEVICES 24
#define FAKE_CALLS 1024

enum fake_op {
	FAKE_WRITE,
	FAKE_LOAD,
	FAKE_READ,
	FAKE_FIND,
	FAKE_UNBIND,
	FAKE_BOUNDED,
	FAKE_RESCAN,
	FAKE_LOOK
};

struct fake_device {
	struct bdf address;
	const char *host_driver;
	char override[32];
	char driver[32];    /* "": none */
	bool refuses_vfio;  /* its probe by a vfio driver fails */
	bool is_lost_later; /* its driver is gone once another function is probed */
	bool is_stuck;	    /* its unbind never returns */
	bool was_unbound_in_vain;
	bool holds_region; /* the framebuffer's region stays in its memory until a rescan */
	unsigned writes;   /* overrides, probes and unbinds: every access to it */
};

/* The firmware framebuffer's platform device. */
struct fake_framebuffer {
	char override[32];
	bool is_there, is_bound, is_console_on;
	bool is_gone; /* removed with its function */
};

struct fake_call {
	enum fake_op op;
	struct fake_device *device; /* NULL: of no particular device */
	char text[96];
};

struct fake_module {
	const char *name;
	const char *driver;
	int error; /* of loading it */
	bool is_loaded;
};

struct fake {
	struct fake_device devices[FAKE_DEVICES];
	size_t n_devices;
	struct fake_module modules[4];
	struct fake_framebuffer framebuffer;
	struct fake_call calls[FAKE_CALLS];
	size_t n_calls;
	size_t fail_at; /* the call with this number fails, from 1 on; 0: none */
	int fail_with;
	bool fails_late; /* ... after it has taken effect */
};

/* All functions of the snapshot, with the drivers it names. */
void fake_init(struct fake *fake, const struct snapshot *snapshot);
struct execute_ops fake_ops(struct fake *fake);
struct fake_device *fake_find(struct fake *fake, const struct bdf *address);
/* The rest of the boot: every host driver binds all it can. */
void fake_boot_on(struct fake *fake);
