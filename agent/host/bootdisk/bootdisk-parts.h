/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files bootdisk*.c share with each other and with nobody else. */
#pragma once

#include "host/bootdisk/bootdisk.h"

/* Mount tables ------------------------------------------------------------------------ */

struct mount {
	unsigned major, minor; /* 0: no block device of its own (btrfs, ZFS, tmpfs, ...) */
	char *point, *type, *source;
	char *options; /* the file system's own: the last field of mountinfo; fstab's */
};

/* In the table's order: of two on one point the later covers the earlier. */
struct mounts {
	struct mount *items;
	size_t n, capacity;
};

int MUST_CHECK mounts_read(const struct root *root, const char *path,
			   struct mounts *mounts);
int MUST_CHECK fstab_read(const struct root *root, const char *path, struct mounts *mounts);
void mounts_done(struct mounts *mounts);
/* What is mounted on `point`, or NULL. */
const struct mount *mounts_at(const struct mounts *mounts, const char *point);
/* The file system that holds the file, or NULL. */
const struct mount *mounts_holding(const struct mounts *mounts, const char *file);
/* "NAME" or "NAME=..." among options separated by commas. */
bool mount_has_option(const struct mount *mount, const char *name);
/* A line of fstab without whose disk systemd goes to emergency mode. */
bool fstab_is_required(const struct mount *entry);

/* The kernel's octal escapes (\040) undone, in place. */
void unescape_octal(char *text);
/* udev's hexadecimal ones (\x20). */
void unescape_hex(char *text);

/* The kernel command line ------------------------------------------------------------- */

/* The next parameter, without quotes, of a line that is taken apart; NULL at the end. */
char *cmdline_next(char **rest);
/* The value of the last parameter that begins so ("root="), to be freed, or NULL. */
int MUST_CHECK cmdline_find(const char *cmdline, const char *name, char **ret_value);
/* root=, in the words of chase_name(), or NULL. */
int MUST_CHECK cmdline_find_root(const char *cmdline, char **ret_name);

/* Names ------------------------------------------------------------------------------- */

enum tag_kind {
	TAG_UUID,
	TAG_LABEL,
	TAG_PARTUUID,
	TAG_PARTLABEL,
	TAG_NAMED_, /* the kinds up to here have a name of their own in fstab and in /dev */
	TAG_ZFS_POOL = TAG_NAMED_,
	TAG_LINK, /* a name below /dev, as udev's records have it */
};

struct tag {
	enum tag_kind kind;
	const char *value;
};

struct tag_name {
	const char *prefix; /* in fstab and on the command line */
	const char *folder; /* below /dev */
};

extern const struct tag_name tag_names[TAG_NAMED_];
bool tag_matches(const struct tag *tag, const char *value);

/*
 * The block devices, by their names in /sys/class/block, that fstab, crypttab or the kernel
 * command line mean by `name`: UUID=..., /dev/..., MAJOR:MINOR. Several when several match (the
 * members of one btrfs); none when nothing here bears that name. *is_cut is set when a disk did
 * not answer, and once it is set no disk is asked again: that costs a second only once. 0 or
 * -ENOMEM.
 */
int MUST_CHECK name_find(const struct root *root, const char *name,
			 struct strings *ret_devices, bool *is_cut);
int MUST_CHECK name_find_tag(const struct root *root, const struct tag *tag,
			     struct strings *ret_devices, bool *is_cut);
int MUST_CHECK name_find_number(const struct root *root, unsigned major, unsigned minor,
				struct strings *ret_devices);

#define BLOCK_CLASS "/sys/class/block"
#define BLOCK_FILE_SIZE 320
/* A path of a file of this block device; "" for a name that cannot be one. */
const char *block_file(const char *device, const char *file,
		       char buffer[static BLOCK_FILE_SIZE]);
bool block_read(const struct root *root, const char *device, const char *file, char *text,
		size_t size);
/* The device that this name below /dev leads to at last. */
bool block_by_link(const struct root *root, const char *path, char *name, size_t size);
/* The names in a folder, as far as they can be listed. 0 or -ENOMEM. */
int MUST_CHECK names_list(const struct root *root, const char *folder,
			  struct strings *names);
int MUST_CHECK strings_add_once(struct strings *strings, const char *text);

/*
 * Reads the devices (only on the running system) and adds those that bear the tag. -ETIMEDOUT:
 * one of them did not answer, the others before it did. The only user of libblkid.
 */
int MUST_CHECK probe_find(const struct tag *tag, const struct strings *devices,
			  struct strings *ret_matches);

/* Needs -------------------------------------------------------------------------------- */

struct chase;

struct bootdisk {
	const struct root *root;
	struct mounts mounts, fstab;
	struct host_needs *needs;
	char *cmdline;
	struct strings opened; /* encrypted volumes below the needs so far */
	bool is_image;	       /* / is an initramfs: what root= names is yet to come */
	bool is_chroot;	       /* / is not the running system's */
	bool is_cut;	       /* a disk did not answer: none is asked again */
};

/* Between these two the need is followed. */
int MUST_CHECK need_begin(struct bootdisk *bootdisk, struct chase *chase, const char *use,
			  const char *source);
int MUST_CHECK need_end(struct bootdisk *bootdisk, struct chase *chase);
bool has_need(const struct host_needs *needs, const char *use);
/* A need of one name, from its beginning to its end. */
int MUST_CHECK need_name(struct bootdisk *bootdisk, const char *use, const char *name);
/* What the boot image brings up or asks for. After all others: it looks at what they met. */
int MUST_CHECK need_of_image(struct bootdisk *bootdisk);

/* From a device down to PCI functions ------------------------------------------------- */

#define CHASE_DEVICES_MAX 512
#define CHASE_DEPTH_MAX 32

/* The pursuit of one need. */
struct chase {
	const struct root *root;
	const struct mounts *mounts;
	struct host_need *need;
	struct strings visited; /* sysfs paths and mount points: each is followed once */
	struct strings lost;	/* what led nowhere */
	bool has_virtual;	/* something led to memory or to another machine */
	bool *is_cut;		/* of name_find(); one for all needs */
	const char *cmdline;
	struct strings *opened; /* names of the encrypted volumes on the way */
	unsigned depth;
};

int MUST_CHECK chase_device(struct chase *chase, const char *device);
int MUST_CHECK chase_mount(struct chase *chase, const struct mount *mount);
int MUST_CHECK chase_file(struct chase *chase, const char *file);
/* A name as name_find() takes it, or ZFS=pool/..., nfs:..., live:... as root= may have it. */
int MUST_CHECK chase_name(struct chase *chase, const char *name);
/* Keeps what led nowhere. */
int MUST_CHECK chase_lose(struct chase *chase, const char *what);
/* *ret_is_new: false for what was met before, or beyond the limits above. */
int MUST_CHECK chase_visit(struct chase *chase, const char *what, bool *ret_is_new);
/* The functions on the way to the device at this path of sysfs. */
int MUST_CHECK chase_add_functions(struct chase *chase, const char *path, bool *ret_any);
void chase_done(struct chase *chase);

/* From a need that comes by the network to the interfaces that carry it --------------------- */

/* What is known of the way; NULL: not. */
struct network {
	const char *interface;
	const char *mac;    /* with colons or hyphens */
	const char *server; /* an address; a name does not help */
};

/* Loses `what` when no interface leads to hardware. */
int MUST_CHECK chase_network(struct chase *chase, const char *what,
			     const struct network *network);
/* The same of a server alone. NULL: the one that the kernel command line names. */
int MUST_CHECK chase_server(struct chase *chase, const char *what, const char *server);
/* The interfaces that packets for this address leave by; none where it is no address. */
int MUST_CHECK route_find(const struct root *root, const char *address,
			  struct strings *ret_interfaces);

bool is_remote_type(const char *type);
int MUST_CHECK chase_remote_mount(struct chase *chase, const struct mount *mount);
int MUST_CHECK chase_remote_name(struct chase *chase, const char *name,
				 bool *ret_is_remote);
/* The server in the parameters that name one; NULL: none does. */
int MUST_CHECK cmdline_find_server(const char *cmdline, char **ret_server);
/*
 * A block device at this path of sysfs that hangs on no PCI function: *ret_is_network tells whether
 * it comes by a network, and it was followed then.
 */
int MUST_CHECK chase_transport(struct chase *chase, const char *device, const char *path,
			       bool *ret_is_network);
/* A controller of NVMe over fabrics, by its path. */
#define NVME_FABRICS "/sys/devices/virtual/nvme-fabrics/ctl/"
int MUST_CHECK chase_fabric(struct chase *chase, const char *controller);
/* "nbd0" for "nbd". */
bool is_numbered(const char *name, const char *prefix);
/* The host in "host:/x", "//host/share", "nbd:[::1]:10809", "http://host/x"; NULL: none. */
int MUST_CHECK server_of(const char *text, char **ret_server);

/* What one parameter of the kernel command line asks for. */
struct network_request {
	const char *use; /* its name */
	struct network network;
	bool is_firmware; /* the firmware's iBFT names the interfaces */
	char server[64], interface[32], mac[32];
};

/* False: it asks for no network. The parameter is taken apart; the request must not be copied. */
bool network_request_parse(char *parameter, struct network_request *ret_request);

/* What is typed to open a volume --------------------------------------------------------- */

struct crypttab_entry {
	char *line; /* owns the others */
	const char *name, *source, *key, *options;
};

/* An entry without a line: crypttab does not name the volume. 0 or -ENOMEM. */
int MUST_CHECK crypttab_find(const struct root *root, const char *wanted,
			     struct crypttab_entry *ret_entry);
void crypttab_entry_done(struct crypttab_entry *entry);
struct unlock {
	bool is_prompted; /* for a passphrase */
	char *key_device; /* that the key file is read from, or NULL; to be freed */
};

void unlock_done(struct unlock *unlock);
/* How the volume is opened at boot. 0 or -ENOMEM. */
int MUST_CHECK unlock_find(const struct root *root, const char *cmdline,
			   const char *volume, struct unlock *ret_unlock);
/* The functions of one slot that every keyboard hangs on; virtual where there are others. */
int MUST_CHECK chase_keyboards(struct chase *chase);
