// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No boot image harms newc.c, unpack.c, frame.c, squash.c, image.c or images.c. The first byte tells how the file is made
 * of the rest: as it is, or compressed and after an archive of its own. Both must give the
 * same results.
 */
#include "fuzz.h"
#include "host/images.h"
#include "host/newc.h"
#include "host/tool.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <sys/mman.h>

#define PACKED_MAX (1 << 20)

static int file = -1;

/* One kernel "k" and its one image, the file. */
int root_open_file(const struct root *root, const char *path)
{
	(void)root, (void)path;
	CHECK(lseek(file, 0, SEEK_SET) == 0);
	return dup(file);
}

bool root_exists(const struct root *root, const char *path)
{
	(void)root;
	return streq(path, "/boot/vmlinuz-k") || streq(path, "/boot/initrd.img-k");
}

ssize_t root_read_line(const struct root *root, const char *path, char *buffer, size_t size)
{
	(void)root, (void)path, (void)buffer, (void)size;
	return -ENOENT;
}

int root_list(const struct root *root, const char *path, root_entry *callback, void *data)
{
	(void)root;
	return streq(path, "/lib/modules") ? callback("k", data) : -ENOENT;
}

/* In place of unsquashfs: what follows the magic number is the listing, and each file. */
int tool_run(const char *const *arguments, int input, int64_t deadline, size_t most,
	     char **ret_text, size_t *ret_size)
{
	char *text = calloc(1, 8192);
	ssize_t n;

	(void)arguments, (void)deadline;
	CHECK(text);
	n = pread(input, text, 8191, 4);
	if (n <= 0 || (size_t)n > most) {
		free(text);
		return n > 0 ? -EFBIG : -EPROTO;
	}
	*ret_text = text;
	*ret_size = n;
	return 0;
}

static void put(const void *data, size_t size)
{
	if (file < 0)
		file = memfd_create("image", MFD_CLOEXEC);
	CHECK(file >= 0 && ftruncate(file, 0) == 0);
	CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
}

/* Compresses into `packed`. Returns the size. */
static size_t pack(int (*add_filter)(struct archive *), const void *data, size_t size,
		   char packed[static PACKED_MAX])
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used;

	CHECK(archive && entry && add_filter(archive) == ARCHIVE_OK &&
	      archive_write_set_format_raw(archive) == ARCHIVE_OK);
	(void)archive_write_set_filter_option(archive, NULL, "compression-level", "1");
	archive_write_set_bytes_in_last_block(archive, 1);
	CHECK(archive_write_open_memory(archive, packed, PACKED_MAX, &used) == ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	CHECK(archive_write_header(archive, entry) == ARCHIVE_OK);
	CHECK(archive_write_data(archive, data, size) == (la_ssize_t)size);
	CHECK(archive_write_close(archive) == ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	return used;
}

static void check_image(const struct image *image)
{
	CHECK(!image->is_first || (image->has_agent && image->kind));
	CHECK(!*image->config_sha256 || image->has_config);
	CHECK(strspn(image->config_sha256, "0123456789abcdef") ==
	      strlen(image->config_sha256));
	CHECK(!*image->config_sha256 || strlen(image->config_sha256) == 64);
	for (size_t i = 0; i < image->modules.n; i++)
		CHECK(*image->modules.items[i] && !strpbrk(image->modules.items[i], "/-"));
}

static bool is_same(const struct image *a, const struct image *b)
{
	if (a->kind != b->kind || a->has_agent != b->has_agent ||
	    a->has_config != b->has_config || a->is_first != b->is_first ||
	    !streq(a->config_sha256, b->config_sha256) || a->modules.n != b->modules.n ||
	    !a->record != !b->record || (a->record && !streq(a->record, b->record)))
		return false;
	for (size_t i = 0; i < a->modules.n; i++)
		if (!streq(a->modules.items[i], b->modules.items[i]))
			return false;
	return true;
}

static int read_image(struct image *image)
{
	const struct root root = {};
	int r = image_read(&root, "/boot/initrd.img-k", image);

	CHECK(r == 0 || image_error_text(r));
	if (r == 0)
		check_image(image);
	return r;
}

/* Every outcome has its message. */
static void check_told(int read)
{
	const struct root root = {};
	struct boot_images images;
	const struct boot_image *image;

	CHECK(images_read(&root, NULL, &images) == 0);
	CHECK(images.n == 1);
	image = &images.items[0];
	CHECK(image->path && image_state_name(image->state));
	CHECK((image->state == IMAGE_UNREADABLE) == (read < 0));
	CHECK(image->state != IMAGE_UNREADABLE || image->problem);
	CHECK(image->state != IMAGE_CURRENT ||
	      (image->holds.has_agent && !image->holds.has_config));
	CHECK(!image->built_at || !strchr(image->built_at, '\n'));
	images_done(&images);
}

/* Archives ---------------------------------------------------------------------------- */

struct walk {
	const uint8_t *data;
	size_t size, piece;
	size_t n;
	uint64_t sum;
};

static ssize_t fill(void *data, void *buffer, size_t size)
{
	struct walk *walk = data;
	size_t n = walk->size < size ? walk->size : size;

	n = n < walk->piece ? n : walk->piece;
	memcpy(buffer, walk->data, n);
	walk->data += n;
	walk->size -= n;
	return n;
}

static void add(struct walk *walk, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		walk->sum = (walk->sum ^ bytes[i]) * 0x100000001b3;
}

static int visit(struct newc_source *source, const struct newc_entry *entry, void *data)
{
	struct walk *walk = data;
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = 0;

	CHECK(!has_prefix(entry->name, "/") && !has_prefix(entry->name, "./"));
	add(walk, entry->name, strlen(entry->name) + 1);
	if (walk->n++ % 2 == 0) {
		r = newc_read_data(source, 4096, &text, &size);
		CHECK(r < 0 || (size == entry->size && !text[size]));
		CHECK(r != -EFBIG || entry->size > 4096);
		add(walk, text, size);
	}
	return r == -EFBIG ? 0 : r;
}

/* The pieces in which the bytes come change nothing. */
static void check_pieces(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1 << 16, 7, 1 };
	struct walk walks[ARRAY_SIZE(pieces)] = {};
	size_t n_archives[ARRAY_SIZE(pieces)];
	int r[ARRAY_SIZE(pieces)];

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct newc_source source;

		walks[i] = (struct walk){ data, size, pieces[i], 0, 0 };
		newc_source_init(&source, fill, &walks[i]);
		r[i] = newc_read(&source, visit, &walks[i], &n_archives[i]);
		CHECK(r[i] == r[0] && n_archives[i] == n_archives[0]);
		CHECK(walks[i].n == walks[0].n && walks[i].sum == walks[0].sum);
	}
}

static void check_packed(uint8_t form, const uint8_t *data, size_t size)
{
	static int (*const filters[])(struct archive *) = {
		archive_write_add_filter_gzip,	archive_write_add_filter_xz,
		archive_write_add_filter_zstd,	archive_write_add_filter_lz4,
		archive_write_add_filter_bzip2,
	};
	static char packed[PACKED_MAX];
	CLEANUP(image_done) struct image image = {}, plain = {};
	int r;

	put(packed, pack(filters[form % ARRAY_SIZE(filters)], data, size, packed));
	r = read_image(&image);
	check_told(r);
	if (r == 0) {
		put(data, size);
		CHECK(read_image(&plain) == 0);
		CHECK(is_same(&image, &plain));
	}
	image_done(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(image_done) struct image image = {};

	if (!size)
		return 0;
	if (data[0] && size > 1) { /* libarchive's lz4 cannot close an empty stream */
		check_packed(data[0], data + 1, size - 1);
	} else {
		put(data + 1, size - 1);
		check_told(read_image(&image));
	}
	check_pieces(data + 1, size - 1);
	return 0;
}
