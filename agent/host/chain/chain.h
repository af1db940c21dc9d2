/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "base/text.h"

/*
 * The boot chain: the boot loader, the entries of its menu, and for each entry its kernel, its images and
 * its command line, as they will be read at the next boot. Everything that asks "which file boots" asks here.
 */

/* The program that reads the menu. */
enum loader {
	LOADER_UNKNOWN, /* nothing was found that names a kernel: every image may be booted */
	LOADER_GRUB,
	LOADER_SYSTEMD_BOOT,
	LOADER_OTHER, /* it gave its name (LoaderInfo), and its menu is not known here */
};

/* A file system that the firmware or the loader reads. */
enum volume_state {
	VOLUME_READ,
	VOLUME_NOT_MOUNTED, /* /etc/fstab or the loader says that there is one */
	VOLUME_ABSENT,	    /* no such device */
	VOLUME_UNREADABLE,
};

struct chain_volume {
	char *name; /* for people: "/boot/efi", "ESP 1234-ABCD" */
	enum volume_state state;
	int error;	  /* UNREADABLE: negative errno */
	struct root root; /* READ: its top folder */
	char *mount;	  /* where it is mounted; NULL: nowhere, it was mounted for us alone */
	uint64_t size, free_size; /* bytes; READ */
	bool is_written_by_copy; /* kernels and images are copied to it from /boot or /lib/modules */
};

/* A kernel or an image, as an entry names it. */
struct chain_file {
	char *name; /* for people: the path in this system, or "ESP 1234-ABCD:/EFI/..." */
	const struct chain_volume *volume; /* NULL: the root file system */
	char *path;			   /* below its volume's root */
	uint64_t offset, size;		   /* a section of a unified image; size 0: the whole file */
	bool is_missing;		   /* the entry names it, and it is not there */
	bool is_unreached;		   /* its volume could not be read */
	char *source; /* the file in this system that it is a copy of; NULL: none, or unknown */
};

enum chain_entry_kind {
	ENTRY_GRUB,    /* a menuentry of grub.cfg */
	ENTRY_FILE,    /* loader/entries/ID.conf: Boot Loader Specification, type 1 */
	ENTRY_UNIFIED, /* EFI/Linux/ID.efi: type 2, a unified kernel image */
};

struct chain_entry {
	enum chain_entry_kind kind;
	char *id, *title;
	char *config;  /* for people: the file that holds the entry */
	char *release; /* its kernel's release; NULL: unknown */
	struct chain_file kernel;
	struct chain_file *images; /* in order; the kernel unpacks them one over the other */
	size_t n_images;
	char *options; /* its kernel command line, whole; NULL: unknown */
	bool is_default; /* boots when nobody chooses */
	bool is_booted;	 /* this boot's, as far as its command line tells */
	bool is_ours;	 /* the entry without the claim */
	bool is_rescue;	 /* a rescue or fallback entry: not rebuilt with the others */
	bool is_foreign; /* another system's: no builder of this one makes its image */
	bool is_fixed;	 /* its command line is part of a signed file */
};

struct chain {
	enum loader loader;
	char *loader_name; /* as it gave it itself: "systemd-boot 257.7", "GRUB 2.12"; or NULL */
	struct chain_volume *volumes;
	size_t n_volumes;
	struct chain_entry *entries; /* in the menu's order */
	size_t n_entries;
	const char *menu; /* for people: the file or folder that the menu is made of; NULL: none */
	bool is_complete; /* every volume that may hold entries was read */
};

/* 0, or -ENOMEM. Never fails otherwise: what cannot be read is in the volumes' states. */
int MUST_CHECK chain_read(const struct root *root, struct chain *ret_chain);
void chain_done(struct chain *chain);

/* The entry that boots when nobody chooses; NULL: not known. */
const struct chain_entry *chain_find_default(const struct chain *chain);

const char *loader_word(enum loader loader);
