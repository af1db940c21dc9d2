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
	int error; /* UNREADABLE: negative errno */
	char *mount; /* where it is mounted; NULL: nowhere, `root` was mounted for us alone */
	struct root root;   /* READ and not mounted: its top folder, read-only */
	char *device;	    /* its link below /dev/disk; NULL: unknown */
	bool is_proxmox;    /* proxmox-boot-tool copies kernels and images to it */
	uint64_t free_size; /* READ: bytes that root may still write */
};

/* A kernel or an image, as an entry names it. */
struct chain_file {
	char *name; /* for people: the path in this system, or "ESP 1234-ABCD:/EFI/..." */
	const struct chain_volume *volume; /* NULL: none of them, or unknown */
	const struct root *root;	   /* what `path` is below of */
	char *path;
	uint64_t offset, size; /* a section of a unified image; size 0: the whole file */
	bool is_missing;       /* the entry names it, and it is not there */
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
	size_t n_images, images_capacity;
	char *options; /* its kernel command line, whole; NULL: unknown */
	const struct chain_volume *volume; /* that holds the entry; NULL: none of them */
	bool is_default; /* boots when nobody chooses; there is one for each ESP of Proxmox */
	bool is_booted;	 /* this boot's, as far as its command line tells */
	bool is_ours;	 /* without the claim: vfio_claim.mode=off */
	bool is_rescue;	 /* a rescue or fallback entry */
	bool is_foreign; /* another system's: no builder of this one makes its image */
	bool is_fixed;	 /* its command line is part of a signed file */
};

struct chain {
	enum loader loader;
	char *loader_name; /* as it gave it itself: "systemd-boot 257.7", "GRUB 2.12"; or NULL */
	struct chain_volume *volumes;
	size_t n_volumes, volumes_capacity;
	struct chain_entry *entries; /* in the menu's order */
	size_t n_entries, entries_capacity;
	char *menu; /* for people: the file or folder that the menu is made of; NULL: none */
	bool is_menu_hidden; /* it is not shown unless a key is pressed in time */
	bool is_complete;    /* every volume that may hold entries was read */
};

/*
 * 0, or -ENOMEM. Never fails otherwise: what cannot be read is in the volumes' states. `root` must outlive the
 * chain. A volume that is mounted for us alone keeps others from mounting it for writing: call chain_done()
 * before another program is run.
 */
int MUST_CHECK chain_read(const struct root *root, struct chain *ret_chain);
void chain_done(struct chain *chain);
/* Ends the mounts that were made for us alone: files on them can no longer be opened. */
void chain_unmount(struct chain *chain);

/* 0 or -ENOMEM. */
int MUST_CHECK chain_file_copy(const struct chain_file *file, struct chain_file *ret_copy);
void chain_file_done(struct chain_file *file);

/* The entry that boots when nobody chooses; NULL: not known. */
const struct chain_entry *chain_find_default(const struct chain *chain);

const char *loader_word(enum loader loader);
