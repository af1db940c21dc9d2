// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image of several archives, in one file or in several, is read as the kernel unpacks it: one over the
 * other, in order, with zeros between them.
 */
#include "unit.h"

#include "archives.h"
#include "base/sha256.h"
#include "host/image.h"
#include "tree.h"

#include <stdio.h>

#define OLD "gpu = 01:00.0\n"
#define NEW "gpu = 02:00.0\n"

/* Those that kernels unpack: of lz4 only its old form. */
static const char *const filters[] = { "none", "gzip", "bzip2",	    "lzma",
				       "xz",   "zstd", "lz4-legacy" };

/* The two halves of an image; the second one replaces the configuration. */
static struct bytes make_half(bool is_second, const char *filter)
{
	struct bytes plain = {}, packed;

	if (is_second)
		add(&plain, "usr/lib/vfio-claim/agent", FILE_MODE, "\177ELF");
	else
		add(&plain, "init", FILE_MODE, "#!/bin/sh\n");
	add(&plain, "etc/vfio-claim.conf", FILE_MODE, is_second ? NEW : OLD);
	add_trailer(&plain);
	packed = bytes_compress(&plain, filter);
	bytes_done(&plain);
	return packed;
}

static void add_half(struct bytes *bytes, bool is_second, const char *filter)
{
	struct bytes half = make_half(is_second, filter);

	bytes_add(bytes, half.data, half.size);
	bytes_done(&half);
}

static void check_both(const struct image *image)
{
	char digest[65];

	sha256_hex(NEW, strlen(NEW), digest);
	assert_true(image->has_agent);
	assert_string_equal(image->config_sha256, digest);
}

static int read_file(const struct bytes *bytes, struct image *ret_image)
{
	struct tree tree;
	int r;

	tree_make(&tree, "a = x\n");
	bytes_write(bytes, tree.folder, "a");
	r = image_read(&tree.root, "/a", ret_image);
	tree_remove(&tree);
	return r;
}

/* One file ------------------------------------------------------------------------------- */

/*
 * liblzma takes anything but zeros after an xz file for damage, and does not say where that begins. Old lz4
 * ends with four zeros, also in the kernel.
 */
static bool is_followed(const char *filter, const char *next, size_t padding)
{
	return (!streq(filter, "xz") && !streq(filter, "lz4-legacy")) ||
	       streq(next, filter) || (streq(filter, "lz4-legacy") && padding >= 4);
}

static void check_row(const char *filter, const char *next, size_t padding, size_t at_end)
{
	CLEANUP(image_done) struct image image = {};
	struct bytes bytes = {};
	int r;

	add_half(&bytes, false, filter);
	if (padding)
		bytes_pad(&bytes, 4);
	bytes_add_zeros(&bytes, padding);
	add_half(&bytes, true, next);
	bytes_add_zeros(&bytes, at_end);
	r = read_file(&bytes, &image);
	bytes_done(&bytes);
	if (is_followed(filter, next, padding) ? r != 0 : r >= 0)
		fail_msg("%s, %zu zeros, %s, %zu zeros: %d", filter, padding, next,
			 at_end, r);
	if (r == 0)
		check_both(&image);
}

static void test_rows(void **state)
{
	static const size_t paddings[] = { 0, 4, 508, 70000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		for (size_t k = 0; k < ARRAY_SIZE(filters); k++)
			for (size_t p = 0; p < ARRAY_SIZE(paddings); p++)
				check_row(filters[i], filters[k], paddings[p],
					  paddings[(p + k) % ARRAY_SIZE(paddings)]);
}

/* ukify ends each image on a multiple of four bytes. */
static void test_padded_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		for (size_t padding = 0; padding < 9; padding++)
			check_row("none", filters[i], 0, padding);
}

/* Nothing that follows is passed over in silence. */
static void test_junk_after(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		CLEANUP(image_done) struct image image = {};
		struct bytes bytes = {};
		int r;

		add_half(&bytes, false, filters[i]);
		bytes_pad(&bytes, 512);
		bytes_add(&bytes, "junk", 4);
		r = read_file(&bytes, &image);
		bytes_done(&bytes);
		if (r != -EBADMSG)
			fail_msg("%s and junk: %d", filters[i], r);
	}
}

/* Several parts ---------------------------------------------------------------------------- */

enum damage { WHOLE, CUT, JUNK, EMPTY, ABSENT, BEYOND };

static const struct parts {
	const char *name;
	enum damage damage[2];
	int r;
	size_t part;
} several[] = {
	{ "whole", {}, 0, 2 },
	{ "first cut", { CUT }, -ENODATA, 0 },
	{ "second cut", { WHOLE, CUT }, -ENODATA, 1 },
	{ "first overwritten", { JUNK }, -EBADMSG, 0 },
	{ "second overwritten", { WHOLE, JUNK }, -EBADMSG, 1 },
	{ "both damaged", { CUT, JUNK }, -ENODATA, 0 },
	{ "first empty", { EMPTY }, -ENODATA, 0 },
	{ "second empty", { WHOLE, EMPTY }, -ENODATA, 1 },
	{ "first absent", { ABSENT }, -ENOENT, 0 },
	{ "second absent", { WHOLE, ABSENT }, -ENOENT, 1 },
	{ "first is a section that goes on behind the file", { BEYOND }, -ENODATA, 0 },
	{ "second is such a section", { WHOLE, BEYOND }, -ENODATA, 1 },
};

static void write_part(const struct tree *tree, bool is_second, enum damage damage,
		       struct image_part *part)
{
	struct bytes bytes = make_half(is_second, "none");

	if (damage == CUT)
		bytes.size /= 2;
	else if (damage == EMPTY)
		bytes.size = 0;
	else if (damage == JUNK)
		memset(bytes.data, 'j', bytes.size);
	else if (damage == BEYOND)
		part->size = bytes.size + 4;
	if (damage != ABSENT)
		bytes_write(&bytes, tree->folder, part->path);
	bytes_done(&bytes);
}

static void test_parts(void **state)
{
	const struct parts *parts = *state;
	CLEANUP(image_done) struct image image = {};
	struct image_part part[2] = { { .path = "first" }, { .path = "second" } };
	struct tree tree;
	size_t at;

	tree_make(&tree, "");
	for (size_t i = 0; i < 2; i++) {
		part[i].root = &tree.root;
		write_part(&tree, i, parts->damage[i], &part[i]);
	}
	assert_int_equal(image_read_parts(part, 2, &image, &at), parts->r);
	assert_int_equal(at, parts->part);
	if (parts->r == 0)
		check_both(&image);
	tree_remove(&tree);
}

/* Their order decides. */
static void test_order(void **state)
{
	CLEANUP(image_done) struct image image = {};
	struct bytes first = make_half(false, "zstd"), second = make_half(true, "none");
	struct tree tree;
	char digest[65];
	size_t at;

	(void)state;
	tree_make(&tree, "");
	bytes_write(&first, tree.folder, "first");
	bytes_write(&second, tree.folder, "second");
	assert_int_equal(image_read_parts((struct image_part[]){ { &tree.root, "second",
								   0, 0 },
								 { &tree.root, "first", 0,
								   0 } },
					  2, &image, &at),
			 0);
	sha256_hex(OLD, strlen(OLD), digest);
	assert_string_equal(image.config_sha256, digest);
	assert_true(image.has_agent);
	tree_remove(&tree);
	bytes_done(&first);
	bytes_done(&second);
}

/* Sections of one file, with other data around them. */
static void test_sections(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		CLEANUP(image_done) struct image image = {};
		struct image_part part[2] = {};
		struct bytes bytes = {};
		struct tree tree;
		size_t at;

		tree_make(&tree, "");
		for (size_t k = 0; k < 2; k++) {
			bytes_add(&bytes, "070701 or not", 13);
			part[k] = (struct image_part){ &tree.root, "a", bytes.size, 0 };
			add_half(&bytes, k, filters[i]);
			part[k].size = bytes.size - part[k].offset;
		}
		bytes_add(&bytes, "after", 5);
		bytes_write(&bytes, tree.folder, "a");
		assert_int_equal(image_read_parts(part, 2, &image, &at), 0);
		check_both(&image);
		/* the first one alone, and one that ends too early */
		image_done(&image);
		assert_int_equal(image_read_parts(part + 1, 1, &image, &at), -ENODATA);
		assert_int_equal(at, 1);
		part[0].size -= part[0].size / 3;
		assert_true(image_read_parts(part, 2, &image, &at) < 0);
		assert_int_equal(at, 0);
		part[0] = (struct image_part){ &tree.root, "a", UINT64_MAX - 1, 7 };
		assert_int_equal(image_read_parts(part, 2, &image, &at), -EBADMSG);
		tree_remove(&tree);
		bytes_done(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	   cmocka_unit_test(test_padded_end),
		cmocka_unit_test(test_junk_after), cmocka_unit_test(test_order),
		cmocka_unit_test(test_sections),
	};

	return RUN_TABLE(several, test_parts) +
	       cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
