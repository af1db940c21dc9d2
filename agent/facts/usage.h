/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

enum usage_kind {
	USAGE_NETWORK = 1 << 0,
	USAGE_NETWORK_IN_USE = 1 << 1, /* up, with a link, an address, a route or a bridge */
	USAGE_BLOCK = 1 << 2,
	USAGE_USB_DEVICES = 1 << 3, /* other than hubs */
	USAGE_CONSOLE = 1 << 4,	    /* a framebuffer that a console can be on */
};

#define USAGE_TEXT_SIZE 256

struct usage {
	unsigned kinds;		    /* enum usage_kind; 0: no known use */
	char text[USAGE_TEXT_SIZE]; /* "network eth0 (up), disk sda, USB keyboard 'K120'" */
	/* USB devices that the user would miss: "keyboard 'K120', disk sda1 (mounted on /mnt)" */
	char in_use[USAGE_TEXT_SIZE];
};

/* Reads the current use of a PCI function from sysfs. 0 or -ENOMEM. */
int MUST_CHECK usage_read(const struct root *root, const struct bdf *address,
			  struct usage *ret_usage);
struct usage_interface {
	bool is_in_use;	   /* up, with a link, an address, a route or a bridge */
	const char *state; /* "up, has an address" */
};

/* Of an interface in /sys/class/net. 0 or -ENOMEM. */
int MUST_CHECK usage_find_interface(const struct root *root, const char *name,
				    struct usage_interface *ret_interface);
/* "mounted on /mnt", "swap", "part of dm-0", or "" for a block device without a known use. 0 or
 * -ENOMEM. */
#define USAGE_DISK_SIZE 128
int MUST_CHECK usage_find_disk(const struct root *root, const char *name,
			       char text[static USAGE_DISK_SIZE]);
