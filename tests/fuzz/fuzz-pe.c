// SPDX-License-Identifier: GPL-2.0-or-later
/* No PE file harms pe.c, nor image.c, which reads its sections as an image. */
#include "fuzz.h"
#include "host/chain/pe.h"
#include "host/image.h"
#include "host/tool.h"

#include <sys/mman.h>

static int file = -1;

int root_open_file(const struct root *root, const char *path)
{
	(void)root, (void)path;
	return dup(file);
}

/* For image.c's table of builders, which is not asked here. */
bool root_exists(const struct root *root, const char *path)
{
	(void)root, (void)path;
	return false;
}

int root_list(const struct root *root, const char *path, root_entry *callback, void *data)
{
	(void)root, (void)path, (void)callback, (void)data;
	return -ENOENT;
}

int tool_run(const char *const *arguments, int input, int64_t deadline, size_t most,
	     char **ret_text, size_t *ret_size)
{
	(void)arguments, (void)input, (void)deadline, (void)most, (void)ret_text;
	(void)ret_size;
	return -ENOPKG;
}

static void put(const void *data, size_t size)
{
	if (file < 0)
		file = memfd_create("pe", MFD_CLOEXEC);
	CHECK(file >= 0 && ftruncate(file, 0) == 0);
	CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
}

static void check_section(const struct pe *pe, const struct pe_section *section, size_t size)
{
	const struct root root = {};
	_cleanup_free_ char *text = NULL;
	size_t text_size;
	bool is_whole = section->offset <= size && section->size <= size - section->offset;
	int r;

	CHECK(section->profile <= pe->n_profiles);
	CHECK(is_whole || pe->is_cut || !section->size);
	r = pe_read_section(&root, "", section, 1 << 16, &text, &text_size);
	CHECK(r == -EFBIG || (r == 0) == (is_whole || !section->size));
	CHECK(r != 0 || (text_size == section->size && !text[text_size]));
}

static void check_image(const struct pe *pe, unsigned profile)
{
	static const char *const names[] = { ".ucode", ".initrd" };
	const struct root root = {};
	CLEANUP(image_done) struct image image = {};
	struct image_part parts[ARRAY_SIZE(names)];
	size_t n = 0, part = 99;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct pe_section *section = pe_find(pe, names[i], profile);

		CHECK(!section || section->size);
		if (section)
			parts[n++] = (struct image_part){ &root, "", section->offset,
							  section->size };
	}
	r = image_read_parts(parts, n, &image, &part);
	CHECK(r == 0 || image_error_text(r));
	CHECK(part <= n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct root root = {};
	CLEANUP(pe_done) struct pe pe = {};
	int r;

	put(data, size);
	r = pe_read(&root, "", &pe);
	CHECK(r == 0 || r == -EBADMSG || r == -ENODATA);
	CHECK(r == 0 || (!pe.sections && !pe.n_sections));
	CHECK(!pe_is_unified(&pe) || !pe_is_addon(&pe));
	for (size_t i = 0; i < pe.n_sections; i++)
		check_section(&pe, &pe.sections[i], size);
	for (unsigned profile = 0; profile <= pe.n_profiles && profile < 4 && r == 0;
	     profile++)
		check_image(&pe, profile);
	return 0;
}
