// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of an image builder become its progress, with the time that each image took. */
#include "unit.h"

#include "base/buffer.h"
#include "cmd/setup/progress.h"
#include "host/builder.h"

#define OLD "6.1.0-44-amd64"
#define NEW "6.12.48+deb13-amd64"

static struct boot_image items[] = {
	{ .kernel = (char *)OLD, .path = (char *)"/boot/initrd.img-" OLD },
	{ .kernel = (char *)"6.1.0-44-rt-amd64" }, /* has none */
	{ .kernel = (char *)NEW, .path = (char *)"/boot/initrd.img-" NEW },
};
static const struct boot_images images = { .items = items, .n = ARRAY_SIZE(items) };

/* Each line comes 20.6 s after the one before. */
struct progress_case {
	const char *name;
	const char *program; /* of the builder */
	const char *lines[8];
	bool is_bad, is_verbose;
	const char *expected;
};

static const struct progress_case cases[] = {
	{ "initramfs-tools",
	  "mkinitramfs",
	  { "update-initramfs: Generating /boot/initrd.img-" NEW,
	    "W: Possible missing firmware /lib/firmware/i915/a.bin for module i915",
	    "update-initramfs: Generating /boot/initrd.img-" OLD },
	  .expected = "  image 1 of 2: " NEW " ... done in 41 s\n"
		      "  image 2 of 2: " OLD " ... done in 21 s\n" },
	{ "dracut, which first logs what it was asked",
	  "dracut",
	  { "dracut: Executing: /usr/bin/dracut --regenerate-all --force",
	    "dracut: Executing: /usr/bin/dracut --kver=" OLD " --force",
	    "dracut: *** Creating image file '/boot/initramfs-" OLD ".img' ***",
	    "dracut: Executing: /usr/bin/dracut --kver=" NEW " --force" },
	  .expected = "  image 1 of 2: " OLD " ... done in 41 s\n"
		      "  image 2 of 2: " NEW " ... done in 21 s\n" },
	{ "mkinitcpio",
	  "mkinitcpio",
	  { "==> Building image from preset: /etc/mkinitcpio.d/linux.preset: 'default'",
	    "==> Starting build: '" OLD "'", "  -> Running build hook: [base]" },
	  .expected = "  image 1 of 2: " OLD " ... done in 41 s\n" },
	{ "a kernel whose name begins like another's",
	  "mkinitramfs",
	  { ": Generating /boot/initrd.img-6.1.0-44-rt-amd64" },
	  .expected = "  image 1 of 2: 6.1.0-44-rt-amd64 ... done in 21 s\n" },
	{ "more images than were known",
	  "mkinitcpio",
	  { "==> Starting build: '" OLD "'", "==> Starting build: '" OLD "'",
	    "==> Starting build: '" NEW "'" },
	  .expected = "  image 1 of 2: " OLD " ... done in 21 s\n"
		      "  image 2 of 2: " OLD " ... done in 21 s\n"
		      "  image 3: " NEW " ... done in 21 s\n" },
	{ "a builder that says nothing",
	  "mkinitramfs",
	  { "building" },
	  .expected = "  all images ... done in 21 s\n" },
	{ "with --verbose",
	  "mkinitramfs",
	  { ": Generating /boot/initrd.img-" NEW },
	  .is_verbose = true,
	  .expected = "  image 1 of 2: " NEW "\n  ... done in 21 s\n" },
	{ "a builder that fails",
	  "mkinitramfs",
	  { "update-initramfs: Generating /boot/initrd.img-" NEW, "No space left" },
	  .is_bad = true,
	  .expected = "  image 1 of 2: " NEW " ... failed after 41 s\n" },
};

static const char *mark_of(const char *program)
{
	const char *mark = NULL;

	/* The last row of dracut is the one without Debian's wrapper. */
	for (size_t i = 0; i < BUILDERS_MAX; i++)
		if (is_string_equal(builders[i].programs[0], program))
			mark = builders[i].begins;
	return mark;
}

static void test_progress(void **state)
{
	const struct progress_case *test = *state;
	struct progress progress = { .mark = mark_of(test->program),
				     .images = &images,
				     .is_among_lines = test->is_verbose };
	_cleanup_free_ char *text = NULL;
	struct buffer buffer;
	int64_t now_ms = 0;

	assert_int_equal(buffer_open(&buffer), 0);
	progress.stream = buffer.stream;
	for (size_t i = 0; test->lines[i]; i++, now_ms += 20600)
		progress_take(&progress, test->lines[i], now_ms);
	progress_end(&progress, !test->is_bad, now_ms);
	assert_int_equal(buffer_close(&buffer, &text), 0);
	assert_string_equal(text, test->expected);
}

/* Each builder that can be run says when it begins an image. */
static void test_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILDERS_MAX; i++)
		assert_true(!builders[i].command || builders[i].begins);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_marks) };

	return RUN_TABLE(cases, test_progress) +
	       _cmocka_run_group_tests("progress", tests, ARRAY_SIZE(tests), NULL, NULL);
}
