/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layer between the boot agent and the system: every call of the agent and its libraries
 * goes to a folder, in which a small kernel binds and unbinds drivers. One call can be made to
 * fail.
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
	KIND_ERRNO,   /* fails without an effect */
	KIND_LATE,    /* has its effect, and reports a failure */
	KIND_SHORT,   /* half of it is done, or read */
	KIND_EMPTY,   /* the file is empty */
	KIND_RUBBISH, /* the contents are garbage */
	KIND_KILL,
	KIND_CRASH,
	KIND_BLOCK, /* never returns, and the process cannot be killed */
	KINDS
};

#define CALL_TEXT 96

/* A call by its process, operation and object; its n-th occurrence is one place for a fault. */
struct call {
	enum role role;
	enum op op;
	char text[CALL_TEXT]; /* a path with '*' for varying parts, a library, or empty */
};

#define SITES 512
#define SITE_NONE SITES

struct site {
	struct call call;
	bool is_there;
	unsigned n; /* number of calls */
};

/* Shared by the test and all processes of the agent. */
struct layer {
	char folder[64];	  /* the agent's "/" */
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
	unsigned foreign_writes; /* to functions that are not configured */
	unsigned unknown_paths;	 /* a path that the agent may not open */
	char unknown_path[CALL_TEXT];
	unsigned crashes; /* of the agent's processes, beyond the injected one */
	unsigned aborts;  /* by the C library: a double or invalid free */
	int asserted;	  /* process id */
	int blocked;	  /* process id */
};

extern struct layer *layer;
extern bool layer_is_active; /* in this process */
