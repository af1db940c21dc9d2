/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the boot agent and the system: every call that the agent and its libraries make goes
 * to a folder instead, in which a little kernel binds and unbinds drivers; and one call can be
 * made to go wrong.
 */
#pragma once

#include "base/util.h"

enum role { ROLE_SUPERVISOR, ROLE_WORKER, ROLE_HELPER, ROLES };

enum op {
	OP_OPEN,
	OP_READ,
	OP_WRITE,
	OP_CLOSE,
	OP_READLINK,
	OP_LIST,
	OP_ENTRY,
	OP_MKDIR,
	OP_RENAME,
	OP_UNLINK,
	OP_CHMOD,
	OP_LOCK,
	OP_LOAD,
	OP_MOUNT,
	OP_FLAGS, /* of a file */
	OP_PIPE,
	OP_FORK,
	OP_POLL,
	OP_WAIT,
	OP_KILL,
	OP_SLEEP,
	OP_CLOCK,
	OP_ALARM,
	OP_SETUP, /* descriptors, environment, signals */
	OP_MEMORY,
	OPS
};

enum kind {
	KIND_NONE,
	KIND_ERRNO,   /* it fails, without having had an effect */
	KIND_LATE,    /* it has had its effect, and says that it failed */
	KIND_SHORT,   /* half of it is done, or there is half as much */
	KIND_EMPTY,   /* there is nothing in it */
	KIND_RUBBISH, /* there is something else in it */
	KIND_KILL,
	KIND_CRASH,
	KIND_BLOCK, /* it never returns, and the process cannot be killed */
	KINDS
};

#define CALL_TEXT 96

/* A call by who makes it, what it does and to what; the n-th such is one place for a fault. */
struct call {
	enum role role;
	enum op op;
	char text[CALL_TEXT]; /* a path with '*' for what differs, a library, or nothing */
};

#define SITES 512
#define SITE_NONE SITES

struct site {
	struct call call;
	bool is_there;
	unsigned n; /* how often it was met */
};

/* Common to the test and all processes of the agent. */
struct layer {
	char folder[64];	  /* stands for "/" */
	const char *wanted;	  /* prefix of the addresses that may be written to */
	const char *refuses_vfio; /* an address */
	int speed;		  /* the agent's clock is so much faster */
	int64_t base_ns;
	/* The fault. */
	unsigned site; /* index into sites; SITE_NONE: none */
	unsigned nth;  /* from 1 on */
	enum kind kind;
	int error;
	/* What was seen. */
	struct site sites[SITES];
	unsigned n_sites;
	unsigned injected;
	unsigned foreign_writes; /* to functions that nobody wants */
	unsigned unknown_paths;	 /* opened outside of what the agent may open */
	char unknown_path[CALL_TEXT];
	unsigned crashes; /* of the agent's processes, that were not injected */
	unsigned aborts;  /* by the C library: memory that is freed twice, or is none */
	int asserted;	  /* process id */
	int blocked;	  /* process id */
};

extern struct layer *layer;
extern bool layer_is_active; /* in this process */
