/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share; the lower a file stands here, the more it may call. */
#pragma once

#include "base/parameter.h"
#include "host/bootdisk/bootdisk.h"
#include "host/names.h"

#include <limits.h>

static inline struct span span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* block.c: devices by their names in sysfs -------------------------------------------------- */

/* FOLDER/NAME, or FOLDER/NAME/FILE. False for a name that cannot be one. */
bool entry_path(const char *folder, const char *name, const char *file,
		char path[static PATH_MAX]);
bool entry_read(const struct root *root, const char *folder, const char *name,
		const char *file, char *text, size_t size);
/* The path below /sys/devices that this link leads to. */
bool entry_resolve(const struct root *root, const char *folder, const char *name,
		   const char *file, char path[static PATH_MAX]);

#define BLOCK_CLASS "/sys/class/block"
bool block_read(const struct root *root, const char *device, const char *file, char *text,
		size_t size);
/* Adds the block devices whose file holds this text. */
int MUST_CHECK block_find(const struct root *root, const char *file, const char *text,
			  struct strings *ret_devices);
int MUST_CHECK block_find_number(const struct root *root, unsigned major, unsigned minor,
				 struct strings *ret_devices);
/* The device that this name below /dev leads to in the end. */
bool block_by_link(const struct root *root, const char *path, char *name, size_t size);
/* "nbd0" for "nbd". */
bool is_numbered(const char *name, const char *prefix);

/* tables.c: what is mounted or shall be ----------------------------------------------------- */

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
/* A line of fstab without whose disk systemd goes to emergency mode. */
bool fstab_is_required(const struct mount *entry);

/* The first NAME or NAME=VALUE of a list with commas. */
bool option_find(const char *options, const char *name, struct span *ret_value);

/* How a file system that is on no disk of this machine is found. */
enum remote_kind { REMOTE_NONE, REMOTE_SERVER, REMOTE_SERVERS, REMOTE_TAG };
enum remote_kind remote_kind(struct span type);

/* The next field of a line that is cut at blanks; NULL at the end. */
char *field_next(char **rest);
/* Undoes the kernel's octal escapes (\040) in place. */
void unescape_octal(char *text);
/* The same of udev's hexadecimal ones (\x20). */
void unescape_hex(char *text);

/* How UUID=, LABEL= and their like are found in fstab and in /dev. */
enum tag_kind {
	TAG_UUID,
	TAG_LABEL,
	TAG_PARTUUID,
	TAG_PARTLABEL,
	TAG_NAMED_, /* the kinds up to here have a name of their own in fstab and in /dev */
	TAG_ZFS_POOL = TAG_NAMED_,
	TAG_LINK, /* a name below /dev, as udev's records have it */
};

struct tag_name {
	const char *prefix; /* in fstab and on the command line */
	const char *folder; /* below /dev */
};

extern const struct tag_name tag_names[TAG_NAMED_];

/* cmdline.c: the kernel command line -------------------------------------------------------- */

/* The value of root=, as chase_name() takes it, or NULL. 0 or -ENOMEM. */
int MUST_CHECK cmdline_find_root(const char *cmdline, char **ret_name);
/* The host in "host:/x", "//host/share", "nbd:[::1]:10809", "http://host/x"; may be empty. */
struct span server_of(struct span text);
/* The length of "nfs:" in "nfs:host:/x"; 0: the text begins with no such word. */
size_t server_scheme(struct span text);
/* The server in the parameters that name one; may be empty. */
struct span cmdline_find_server(const char *cmdline);

/* request.c: networks that a parameter asks for --------------------------------------------- */

/* What is known of the way to a server; what is not is empty. */
struct network {
	struct span interface;
	struct span mac;    /* with colons or hyphens */
	struct span server; /* an address; a name does not help */
};

struct network_request {
	const char *use; /* the parameter's name */
	struct network network;
	bool is_firmware; /* the firmware's iBFT names the interfaces */
};

/* False: the parameter asks for no network. */
bool network_request_parse(const struct parameter *parameter,
			   struct network_request *ret_request);

/* probe.c, tag.c, name.c: devices by name --------------------------------------------------- */

struct tag {
	enum tag_kind kind;
	const char *value;
};

bool tag_matches(const struct tag *tag, const char *value);
/*
 * Reads the devices (only on the running system) and adds those that bear the tag. -ETIMEDOUT:
 * one of them did not answer; those before it are added. The only user of libblkid.
 */
int MUST_CHECK probe_find(const struct tag *tag, const struct strings *devices,
			  struct strings *ret_matches);
/*
 * The block devices, by their names in /sys/class/block, that fstab, crypttab or the kernel
 * command line mean by `name`: UUID=..., /dev/..., MAJOR:MINOR. Several when several match (the
 * members of one btrfs); none when no device here bears that name. *is_cut is set when a disk did
 * not answer, and then no disk is asked again: the second of waiting is spent once. 0 or -ENOMEM.
 */
int MUST_CHECK name_find(const struct root *root, const char *name,
			 struct strings *ret_devices, bool *is_cut);
int MUST_CHECK name_find_tag(const struct root *root, const struct tag *tag,
			     struct strings *ret_devices, bool *is_cut);

/* found.c: what the pursuit of one need has found ------------------------------------------- */

#define CHASE_DEVICES_MAX 512
#define CHASE_DEPTH_MAX 32

struct chase {
	const struct root *root;
	const struct mounts *mounts;
	struct host_need *need;
	struct strings visited; /* sysfs paths and mount points: each is followed once */
	struct strings files;	/* images and backing files, yet to be chased */
	struct strings lost;	/* what led nowhere */
	bool has_virtual;	/* something led to memory or to another machine */
	bool *is_cut;		/* of name_find(); one for all needs */
	const char *cmdline;
	struct strings *opened; /* names of the encrypted volumes on the way */
	unsigned depth;
};

/* Keeps what led nowhere. */
int MUST_CHECK chase_lose(struct chase *chase, const char *what);
/* *ret_is_new: false for what was met before, or beyond the limits above. */
int MUST_CHECK chase_visit(struct chase *chase, const char *what, bool *ret_is_new);
/* The functions on the way to the device at this path of sysfs. */
int MUST_CHECK chase_add_functions(struct chase *chase, const char *path, bool *ret_any);
void chase_done(struct chase *chase);

/* route.c, net.c, remote.c: from a network to the interfaces that carry it ------------------- */

/* The interfaces that packets for this address leave by; none where it is no address. */
int MUST_CHECK route_find(const struct root *root, struct span address,
			  struct strings *ret_interfaces);
/* Loses `what` when no interface leads to hardware. */
int MUST_CHECK chase_network(struct chase *chase, const char *what,
			     const struct network *network);
/* The same of a server alone. Empty: the one that the kernel command line names. */
int MUST_CHECK chase_server(struct chase *chase, const char *what, struct span server);
int MUST_CHECK chase_remote_mount(struct chase *chase, const struct mount *mount);
int MUST_CHECK chase_remote_name(struct chase *chase, const char *name,
				 bool *ret_is_remote);

/* unlock.c: what is typed or read to open a volume ------------------------------------------- */

struct crypttab_entry {
	char *text; /* owns the others */
	const char *name, *source, *key, *options;
};

/* An entry without text: crypttab does not name the volume. 0 or -ENOMEM. */
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

/* transport.c, follow.c, chase.c: from a name down to PCI functions -------------------------- */

/*
 * A block device at this path of sysfs that hangs on no PCI function: *ret_is_network tells whether
 * a network carries it, and that was followed then.
 */
int MUST_CHECK chase_transport(struct chase *chase, const char *device, const char *path,
			       bool *ret_is_network);
/* Where the controllers of NVMe over fabrics are, and one of them by its name. */
#define NVME_FABRICS "/sys/devices/virtual/nvme-fabrics/ctl"
int MUST_CHECK chase_fabric(struct chase *chase, const char *controller);

int MUST_CHECK chase_device(struct chase *chase, const char *device);
int MUST_CHECK chase_mount(struct chase *chase, const struct mount *mount);
/* A name as name_find() takes it, or ZFS=pool/..., nfs:..., live:... as root= may have it. */
int MUST_CHECK chase_name(struct chase *chase, const char *name);
int MUST_CHECK chase_file(struct chase *chase, const char *file);
/* The files that were met on the way, and the files met on theirs. */
int MUST_CHECK chase_files(struct chase *chase);

/* need.c: one need, from its name to its functions ------------------------------------------- */

struct bootdisk {
	const struct root *root;
	struct mounts mounts, fstab;
	struct host_needs *needs;
	char *cmdline;
	struct strings opened; /* encrypted volumes below the needs so far */
	bool is_chroot;	       /* / is not the running system's */
	bool is_cut;	       /* a disk did not answer: none is asked again */
};

/* Between these two the need is followed. */
int MUST_CHECK need_begin(struct bootdisk *bootdisk, struct chase *chase, const char *use,
			  const char *source);
int MUST_CHECK need_end(struct bootdisk *bootdisk, struct chase *chase);
/* A need that is not followed: unknown. */
int MUST_CHECK need_add(struct host_needs *needs, const char *use, const char *source);
bool needs_have(const struct host_needs *needs, const char *use);
/* A need of one name or mount, from its beginning to its end. */
int MUST_CHECK need_name(struct bootdisk *bootdisk, const char *use, const char *name);
int MUST_CHECK need_mount(struct bootdisk *bootdisk, const char *use,
			  const struct mount *mount);
/* A block device, by its name in sysfs: `use` and `source` too. */
int MUST_CHECK need_device(struct bootdisk *bootdisk, const char *device);

/* early.c: the boot image itself ------------------------------------------------------------- */

/* What the boot image brings up or asks for. After all others: it looks at what they met. */
int MUST_CHECK need_early(struct bootdisk *bootdisk);
