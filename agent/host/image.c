// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what a built boot image contains of vfio-claim. An image is a row of archives: first
 * uncompressed ones (microcode; also modules, since initramfs-tools 0.148), then a compressed one.
 * The only user of libarchive, and only of its decompressors.
 */
#include "host/image.h"

#include "base/sha256.h"
#include "decide/config.h"
#include "host/builder.h"
#include "host/newc.h"

#include <archive.h>
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
};

static void reading_init(struct reading *reading, struct image *image)
{
	*reading = (struct reading){
		.image = image,
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

/* Bytes ------------------------------------------------------------------------------------ */

static ssize_t fill_from_file(void *data, void *buffer, size_t size)
{
	const int *fd = data;
	ssize_t n;

	do
		n = read(*fd, buffer, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

struct compressed {
	struct newc_source *source; /* the file */
	int error;		    /* of reading it */
	unsigned char block[1 << 16];
};

static la_ssize_t read_compressed(struct archive *archive, void *data, const void **ret)
{
	struct compressed *compressed = data;
	ssize_t n = newc_source_take(compressed->source, compressed->block,
				     sizeof(compressed->block));

	if (n < 0) {
		compressed->error = n;
		archive_set_error(archive, -n, "read");
		return ARCHIVE_FATAL;
	}
	*ret = compressed->block;
	return n;
}

/* libarchive's interface does not distinguish damage from an early end. */
static ssize_t fill_from_archive(void *data, void *buffer, size_t size)
{
	la_ssize_t n;

	do
		n = archive_read_data(data, buffer, size);
	while (n == ARCHIVE_RETRY);
	return n < 0 ? -EBADMSG : n;
}

static void archive_freep(struct archive **archive)
{
	archive_read_free(*archive);
}

/* The formats that kernels can unpack, and no others. libarchive may run lzop for that format. */
static struct archive *new_decompressor(void)
{
	struct archive *archive = archive_read_new();

	if (!archive)
		return NULL;
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lzop(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
	return archive;
}

static int read_compressed_archives(struct newc_source *file, struct reading *reading)
{
	CLEANUP(archive_freep) struct archive *archive = new_decompressor();
	struct compressed compressed = { .source = file };
	struct archive_entry *entry;
	struct newc_source source;
	size_t n_archives;
	int r;

	if (!archive)
		return -ENOMEM;
	r = archive_read_open(archive, &compressed, NULL, read_compressed, NULL);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(archive, &entry);
	if (r != ARCHIVE_OK || archive_filter_count(archive) < 2)
		return compressed.error ? compressed.error : -EBADMSG;
	newc_source_init(&source, fill_from_archive, archive);
	r = newc_read(&source, take_entry, reading, &n_archives);
	if (compressed.error)
		return compressed.error;
	if (r == NEWC_OTHER)
		return -EBADMSG;
	return r < 0 || n_archives ? r : -ENODATA;
}

int image_read(const struct root *root, const char *path, struct image *ret_image)
{
	_cleanup_close_ int fd = root_open_file(root, path);
	struct image image = {};
	CLEANUP(reading_done) struct reading reading;
	struct newc_source source;
	size_t n_archives;
	int r;

	reading_init(&reading, &image);
	if (fd < 0)
		return fd;
	newc_source_init(&source, fill_from_file, &fd);
	r = newc_read(&source, take_entry, &reading, &n_archives);
	if (r == NEWC_OTHER)
		r = read_compressed_archives(&source, &reading);
	else if (r == 0 && !n_archives)
		r = -ENODATA;
	if (r == 0 && !reading.held[SLOT_INIT].is_there)
		r = -ENODATA; /* for example microcode alone: the part that boots is missing */
	if (r < 0) {
		image_done(&image);
		return r;
	}
	judge(&reading);
	image.record = steal(reading.held[SLOT_RECORD].text);
	*ret_image = image;
	return 0;
}

void image_done(struct image *image)
{
	free(image->record);
	strings_done(&image->modules);
	*image = (struct image){};
}
