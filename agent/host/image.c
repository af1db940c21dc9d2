// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what a built boot image contains of vfio-claim. Its parts may be several files, or sections of one.
 */
#include "host/image.h"

#include "base/sha256.h"
#include "decide/config.h"
#include "host/builder.h"
#include "host/squash.h"
#include "host/unpack.h"

#include <stdio.h>
#include <sys/stat.h>

#define RECORD_SIZE_MAX (8 << 20)
#define ORDER_SIZE_MAX (256 * 1024)

#define UNIT_NAME "vfio-claim-early.service"

/* The files to read or look for. A later entry of the same name replaces an earlier one. */
enum slot {
	SLOT_AGENT,
	SLOT_CONFIG,
	SLOT_RECORD,
	SLOT_INIT,  /* as a link: its target */
	SLOT_UNIT,  /* our systemd unit */
	SLOT_ORDER, /* each builder's file that starts the agent, then each one's script */
	SLOT_SCRIPT = SLOT_ORDER + BUILDERS_MAX,
	SLOT_COUNT_ = SLOT_SCRIPT + BUILDERS_MAX
};

struct held {
	const char *path; /* NULL: the slot is unused */
	size_t size_max;  /* 0: its contents are not read */
	bool is_there, is_link;
	/* By cpio's convention only the last name of a hard-linked file carries the data. */
	bool is_awaited;
	uint32_t inode, major, minor;
	char *text;
	size_t size;
};

struct reading {
	struct image *image;
	struct held held[SLOT_COUNT_];
	bool is_wanted; /* by sysinit.target */
	size_t part;
	int squash; /* the file system that becomes the root in its place; -1: none */
	size_t squash_part;
};

static void reading_init(struct reading *reading, struct image *image)
{
	*reading = (struct reading){
		.image = image,
		.squash = -1,
		.held = {
			[SLOT_AGENT] = { "usr/lib/vfio-claim/agent" },
			[SLOT_CONFIG] = { "etc/vfio-claim.conf", CONFIG_SIZE_MAX },
			[SLOT_RECORD] = { "usr/lib/vfio-claim/image-record", RECORD_SIZE_MAX },
			[SLOT_INIT] = { "init", ORDER_SIZE_MAX },
			[SLOT_UNIT] = { "usr/lib/systemd/system/" UNIT_NAME },
		},
	};
	for (size_t i = 0; i < BUILDERS_MAX; i++) {
		reading->held[SLOT_ORDER + i].path = builders[i].start.order;
		reading->held[SLOT_ORDER + i].size_max = ORDER_SIZE_MAX;
		reading->held[SLOT_SCRIPT + i].path = builders[i].start.script;
	}
}

static void reading_done(struct reading *reading)
{
	for (enum slot i = 0; i < SLOT_COUNT_; i++)
		free(reading->held[i].text);
	close_fdp(&reading->squash);
}

/* Names ------------------------------------------------------------------------------------ */

/* "lib/x" as "usr/lib/x": in all images of today /lib is a link to /usr/lib. */
static const char *merged_name(const char *name, char *buffer, size_t size)
{
	static const char *const merged[] = { "lib/", "lib64/", "bin/", "sbin/" };

	for (size_t i = 0; i < ARRAY_SIZE(merged); i++)
		if (has_prefix(name, merged[i]) &&
		    (size_t)snprintf(buffer, size, "usr/%s", name) < size)
			return buffer;
	return name;
}

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* ".../vfio-pci.ko.xz" as "vfio_pci". */
static int note_module(struct image *image, const char *name)
{
	const char *file = last_part(name), *end = strstr(file, ".ko");
	char module[128];
	size_t size;

	if (!end || (end[3] && end[3] != '.') || !has_prefix(name, "usr/lib/modules/"))
		return 0;
	size = end - file;
	if (!size || size >= sizeof(module))
		return 0;
	for (size_t i = 0; i < size; i++)
		module[i] = file[i] == '-' ? '_' : file[i];
	module[size] = '\0';
	return strings_add(&image->modules, module);
}

/* Keeps the first name of a folder whose files run in the order of their names. */
static int note_ordered(struct held *order, const char *name)
{
	const char *file;

	if (!order->path || !has_suffix(order->path, "/"))
		return 0;
	file = strstr(name, order->path);
	if (!file)
		return 0;
	file += strlen(order->path);
	if (!*file || strchr(file, '/') || (order->text && strcmp(file, order->text) >= 0))
		return 0;
	free(order->text);
	order->text = strdup(file);
	order->is_there = true;
	return order->text ? 0 : -ENOMEM;
}

/* Entries ---------------------------------------------------------------------------------- */

static int read_held(struct newc_source *source, struct held *held)
{
	int r;

	free(steal(held->text));
	held->size = 0;
	held->is_awaited = false;
	r = newc_read_data(source, held->size_max, &held->text, &held->size);
	return r == -EFBIG ? 0 : r; /* too large to be ours */
}

static int take_held(struct reading *reading, struct newc_source *source,
		     const struct newc_entry *entry, struct held *held)
{
	bool is_file = S_ISREG(entry->mode), is_link = S_ISLNK(entry->mode);

	held->is_there = is_file || is_link;
	held->is_link = is_link;
	if (!held->is_there || !held->size_max ||
	    (held == &reading->held[SLOT_INIT] && !is_link))
		return 0;
	if (is_file && entry->n_links > 1 && !entry->size) {
		free(steal(held->text));
		held->size = 0;
		held->is_awaited = true;
		held->inode = entry->inode;
		held->major = entry->major;
		held->minor = entry->minor;
		return 0;
	}
	return read_held(source, held);
}

static bool is_awaited(const struct held *held, const struct newc_entry *entry)
{
	return held->is_awaited && entry->n_links > 1 && entry->size &&
	       held->inode == entry->inode && held->major == entry->major &&
	       held->minor == entry->minor;
}

static int take_squash(struct reading *reading, struct newc_source *source,
		       const struct newc_entry *entry)
{
	close_fdp(&reading->squash);
	reading->squash = squash_take(source, entry);
	reading->squash_part = reading->part;
	return reading->squash < 0 ? reading->squash : 0;
}

static int take_entry(struct newc_source *source, const struct newc_entry *entry, void *data)
{
	struct reading *reading = data;
	char buffer[4096 + 8];
	const char *name = merged_name(entry->name, buffer, sizeof(buffer));
	struct held *held = reading->held;
	int r = 0;

	for (enum slot i = 0; i < SLOT_COUNT_; i++)
		if (held[i].path && streq(name, held[i].path))
			return take_held(reading, source, entry, &held[i]);
	for (enum slot i = 0; i < SLOT_COUNT_; i++)
		if (is_awaited(&held[i], entry))
			return read_held(source, &held[i]);
	if (S_ISDIR(entry->mode))
		return 0;
	if (S_ISREG(entry->mode) && squash_is_name(name))
		return take_squash(reading, source, entry);
	if (strstr(name, "/sysinit.target.wants/" UNIT_NAME))
		reading->is_wanted = true;
	for (size_t i = 0; i < BUILDERS_MAX && r == 0; i++)
		r = note_ordered(&held[SLOT_ORDER + i], name);
	return r < 0 ? r : note_module(reading->image, name);
}

/* Conclusions ------------------------------------------------------------------------------ */

/* False: another builder made the image. Else sets whether it starts the agent first. */
static bool judge_start(struct reading *reading, size_t builder)
{
	const struct builder_start *start = &builders[builder].start;
	const struct held *order = &reading->held[SLOT_ORDER + builder];
	const struct held *script = &reading->held[SLOT_SCRIPT + builder];

	if (!order->is_there ||
	    (start->word && !(order->text && strstr(order->text, start->word))))
		return false;
	reading->image->kind = builders[builder].name;
	reading->image->is_first = (script->is_there || !script->path) && order->text &&
				   start->is_first(order->text);
	return true;
}

static void judge(struct reading *reading)
{
	struct image *image = reading->image;
	const struct held *held = reading->held;

	image->has_agent = held[SLOT_AGENT].is_there;
	image->has_config = held[SLOT_CONFIG].is_there;
	if (held[SLOT_CONFIG].text)
		sha256_hex(held[SLOT_CONFIG].text, held[SLOT_CONFIG].size,
			   image->config_sha256);
	if (held[SLOT_INIT].is_link && held[SLOT_INIT].text &&
	    streq(last_part(held[SLOT_INIT].text), "systemd")) {
		image->kind = "systemd"; /* with any builder */
		image->is_first = reading->is_wanted && held[SLOT_UNIT].is_there;
	} else {
		for (size_t i = 0; i < BUILDERS_MAX && !judge_start(reading, i); i++)
			;
	}
	image->is_first = image->is_first && image->has_agent;
}

/* Parts ------------------------------------------------------------------------------------ */

static int read_part(const struct image_part *part, struct reading *reading)
{
	_cleanup_close_ int fd = root_open_file(part->root, part->path);

	if (fd < 0)
		return fd;
	return unpack_read(fd, part->offset, part->size, take_entry, reading);
}

/* The squashed tree becomes the root, and nothing of what was unpacked around it stays. */
static int read_squash(struct reading *reading)
{
	_cleanup_close_ int fd = reading->squash;
	struct image *image = reading->image;

	reading->squash = -1;
	reading_done(reading);
	strings_done(&image->modules);
	reading_init(reading, image);
	return squash_read(fd, take_entry, reading);
}

static int read_parts(const struct image_part *parts, size_t n, struct reading *reading,
		      size_t *ret_part)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		*ret_part = reading->part = i;
		r = read_part(&parts[i], reading);
	}
	if (r == 0 && reading->squash >= 0) {
		*ret_part = reading->squash_part;
		r = read_squash(reading);
	}
	if (r < 0)
		return r;
	*ret_part = n;
	/* for example microcode alone: the part that boots is missing */
	return reading->held[SLOT_INIT].is_there ? 0 : -ENODATA;
}

int image_read_parts(const struct image_part *parts, size_t n, struct image *ret_image,
		     size_t *ret_part)
{
	struct image image = {};
	CLEANUP(reading_done) struct reading reading;
	int r;

	reading_init(&reading, &image);
	r = read_parts(parts, n, &reading, ret_part);
	if (r < 0) {
		image_done(&image);
		return r;
	}
	judge(&reading);
	image.record = steal(reading.held[SLOT_RECORD].text);
	*ret_image = image;
	return 0;
}

int image_read(const struct root *root, const char *path, struct image *ret_image)
{
	struct image_part whole = { root, path, 0, 0 };
	size_t part;

	return image_read_parts(&whole, 1, ret_image, &part);
}

void image_done(struct image *image)
{
	free(image->record);
	strings_done(&image->modules);
	*image = (struct image){};
}

const char *image_error_text(int r)
{
	static const struct {
		int error;
		const char *text;
	} texts[] = {
		{ EBADMSG, "it is damaged, or not an archive that kernels can unpack" },
		{ ENODATA, "it is incomplete: its end is missing" },
		{ ENOPKG, "its files are in a squashfs inside it, and unsquashfs is not "
			  "installed; install squashfs-tools" },
		{ EMEDIUMTYPE, "its files are in an erofs inside it, which cannot be "
			       "opened; have dracut use squash-squashfs" },
		{ EPROTO, "unsquashfs could not open the squashfs inside it" },
		{ ETIMEDOUT, "unsquashfs did not end in time on the squashfs inside it" },
		{ EFBIG, "the file system inside it is too large to look into" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].error == -r)
			return texts[i].text;
	return NULL;
}
