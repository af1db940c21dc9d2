// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections of unified kernel images are found as systemd's stub finds them; no PE file harms the reader. */
#include "unit.h"

#include "host/chain/pe.h"
#include "pe-file.h"
#include "tree.h"

#include <stdio.h>

static int read_pe(const struct bytes *bytes, struct pe *ret_pe)
{
	struct tree tree;
	int r;

	tree_make(&tree, "");
	bytes_write(bytes, tree.folder, "a.efi");
	r = pe_read(&tree.root, "/a.efi", ret_pe);
	tree_remove(&tree);
	return r;
}

/* Which section ---------------------------------------------------------------------------- */

static const struct section plain[] = { { ".text", "code" },
					{ ".linux", "kernel" },
					{ ".initrd", "image" },
					{ ".cmdline", "quiet\n" },
					{} };
static const struct section profiles[] = {
	{ ".linux", "kernel" },	     { ".cmdline", "base" },
	{ ".initrd", "image" },	     { ".initrd", "second of the name" },
	{ ".profile", "ID=main" },   { ".profile", "ID=off" },
	{ ".cmdline", "base off" },  { ".cmdline", "second of the name" },
	{ ".profile", "ID=rescue" }, { ".initrd", "rescue" },
	{ ".cmdline", "", -1 },	     {}
};
static const struct section addon[] = { { ".sbat", "x" }, { ".cmdline", "debug" }, {} };
static const struct section kernel[] = { { ".text", "x" }, { ".data", "y" }, {} };
static const struct section named[] = { { ".linuxes", "x" },
					{ ".linu", "y" },
					{ ".cmdline2", "cut to eight bytes" },
					{} };

static const struct find {
	const char *name;
	const struct section *sections;
	const char *section;
	unsigned profile;
	const char *text; /* NULL: none */
} finds[] = {
	{ "the kernel", plain, ".linux", 0, "kernel" },
	{ "without padding", plain, ".cmdline", 0, "quiet\n" },
	{ "of another profile, which is not there", plain, ".cmdline", 3, "quiet\n" },
	{ "none", plain, ".uname", 0, NULL },
	{ "in the base", profiles, ".cmdline", 0, "base" },
	{ "in the base, first of two", profiles, ".initrd", 0, "image" },
	{ "in no profile but the base", profiles, ".cmdline", 1, "base" },
	{ "in the base, for a profile", profiles, ".linux", 2, "kernel" },
	{ "in its profile, first of two", profiles, ".cmdline", 2, "base off" },
	{ "not of the profile before it", profiles, ".initrd", 2, "image" },
	{ "in the last profile", profiles, ".initrd", 3, "rescue" },
	{ "in its profile, empty", profiles, ".cmdline", 3, NULL },
	{ "the profile itself", profiles, ".profile", 2, "ID=off" },
	{ "no profile is the base's", profiles, ".profile", 0, NULL },
	{ "an addon's", addon, ".cmdline", 0, "debug" },
	{ "a whole name only", named, ".linux", 0, NULL },
	{ "eight bytes", named, ".cmdline", 0, "cut to eight bytes" },
	{ "eight other bytes", named, ".linuxes", 0, "x" },
};

static void test_find(void **state)
{
	const struct find *find = *state;
	CLEANUP(pe_done) struct pe pe = {};
	struct bytes bytes = make_pe(0x20b, false, find->sections);
	const struct pe_section *section;
	_cleanup_free_ char *text = NULL;
	struct tree tree;
	size_t size;

	tree_make(&tree, "");
	bytes_write(&bytes, tree.folder, "a.efi");
	assert_int_equal(pe_read(&tree.root, "/a.efi", &pe), 0);
	section = pe_find(&pe, find->section, find->profile);
	assert_int_equal(!section, !find->text);
	if (section) {
		assert_int_equal(pe_read_section(&tree.root, "/a.efi", section, 64, &text,
						 &size),
				 0);
		assert_string_equal(text, find->text);
		assert_int_equal(size, strlen(find->text));
		free(steal(text));
		assert_int_equal(pe_read_section(&tree.root, "/a.efi", section, size - 1,
						 &text, &size),
				 -EFBIG);
	}
	tree_remove(&tree);
	bytes_done(&bytes);
}

static const struct kind {
	const char *name;
	const struct section *sections;
	bool is_unified, is_addon;
	unsigned n_profiles;
} kinds[] = {
	{ "unified", plain, true, false, 0 },
	{ "unified, with profiles", profiles, true, false, 3 },
	{ "addon", addon, false, true, 0 },
	{ "kernel", kernel, false, false, 0 },
};

static void test_kind(void **state)
{
	const struct kind *kind = *state;

	for (int i = 0; i < 4; i++) {
		CLEANUP(pe_done) struct pe pe = {};
		struct bytes bytes = make_pe(i & 1 ? 0x10b : 0x20b, i & 2, kind->sections);

		assert_int_equal(read_pe(&bytes, &pe), 0);
		assert_int_equal(pe_is_unified(&pe), kind->is_unified);
		assert_int_equal(pe_is_addon(&pe), kind->is_addon);
		assert_int_equal(pe.n_profiles, kind->n_profiles);
		assert_int_equal(pe.is_signed, !!(i & 2));
		assert_false(pe.is_cut);
		bytes_done(&bytes);
	}
}

/* Memory behind a section's data is not in the file. */
static void test_zeros_in_memory(void **state)
{
	static const struct section sections[] = { { ".linux", "kernel", -1000 },
						   { ".initrd", "image", 2 },
						   {} };
	CLEANUP(pe_done) struct pe pe = {};
	struct bytes bytes = make_pe(0x20b, false, sections);

	(void)state;
	assert_int_equal(read_pe(&bytes, &pe), 0);
	assert_int_equal(pe_find(&pe, ".linux", 0)->size, PE_ALIGNMENT);
	assert_int_equal(pe_find(&pe, ".initrd", 0)->size, 3);
	assert_false(pe.is_cut);
	bytes_done(&bytes);
}

/* Damage ------------------------------------------------------------------------------------- */

static void test_cut(void **state)
{
	struct bytes bytes = make_pe(0x20b, true, plain);
	size_t size = bytes.size, table_end = PE_HEADER + 24 + 112 + 16 * 8 + 4 * 40;

	(void)state;
	for (bytes.size = 0; bytes.size < size; bytes.size++) {
		CLEANUP(pe_done) struct pe pe = {};
		int r = read_pe(&bytes, &pe);

		assert_int_equal(r, bytes.size < table_end ? -ENODATA : 0);
		/* The last section's data takes 6 bytes. */
		assert_int_equal(pe.is_cut, r == 0 && bytes.size < size - PE_ALIGNMENT + 6);
	}
	bytes_done(&bytes);
}

static const struct lie {
	const char *name;
	size_t offset, size;
	uint32_t value;
	int r;
} lies[] = {
	{ "no program", 0, 2, 0x4141, -EBADMSG },
	{ "no PE header", PE_HEADER, 2, 0x4141, -EBADMSG },
	{ "its header in the first one", 60, 4, 8, -EBADMSG },
	{ "its header behind the end", 60, 4, UINT32_MAX, -ENODATA },
	{ "another optional header", PE_HEADER + 24, 2, 0x107, -EBADMSG },
	{ "no optional header", PE_HEADER + 20, 2, 0, -EBADMSG },
	{ "its table behind the end", PE_HEADER + 20, 2, 0xffff, -ENODATA },
	{ "more sections than bytes", PE_HEADER + 6, 2, 0xffff, -ENODATA },
	{ "no sections", PE_HEADER + 6, 2, 0, 0 },
};

static void test_lie(void **state)
{
	const struct lie *lie = *state;
	CLEANUP(pe_done) struct pe pe = {};
	struct bytes bytes = make_pe(0x20b, true, plain);

	put(&bytes, lie->offset, lie->value, lie->size);
	assert_int_equal(read_pe(&bytes, &pe), lie->r);
	assert_null(pe_find(&pe, ".linux", 0));
	bytes_done(&bytes);
}

/* A directory of certificates that the header has no room for, or does not count, is none. */
static void test_no_certificates(void **state)
{
	size_t count = PE_HEADER + 24 + 112 - 4, size = PE_HEADER + 20;
	CLEANUP(pe_done) struct pe pe = {};
	struct bytes bytes = make_pe(0x20b, true, plain);

	(void)state;
	put(&bytes, count, 4, 4);
	assert_int_equal(read_pe(&bytes, &pe), 0);
	assert_false(pe.is_signed);
	pe_done(&pe);
	put(&bytes, count, 16, 4);
	put(&bytes, size, 112 + 4 * 8, 2);
	assert_int_equal(read_pe(&bytes, &pe), 0);
	assert_false(pe.is_signed);
	bytes_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeros_in_memory),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_no_certificates),
	};

	return RUN_TABLE(finds, test_find) + RUN_TABLE(kinds, test_kind) +
	       RUN_TABLE(lies, test_lie) +
	       cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
