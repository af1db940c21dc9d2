// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files that hold a kernel command line, edited by their own syntax; and the note of `setup`, by which
 * `remove` gives each file its bytes back.
 */
#include "unit.h"

#include "cmd/setup/cmdline-note.h"
#include "host/line-file.h"
#include "model/finding.h"

#include <stdio.h>

static const struct line_wish intel = { .is_intel = true, .adds_parameter = true };
static const struct line_wish parameter = { .adds_parameter = true };

struct edit_case {
	const char *name; /* the file */
	enum line_format format;
	const char *mended; /* NULL: refused */
	unsigned line;	    /* of the refusal */
};

#define ON INTEL_IOMMU_ON
#define L "GRUB_CMDLINE_LINUX"
#define D "GRUB_CMDLINE_LINUX_DEFAULT"
#define NEW L "=\"$" L " " ON "\"\n"

static const struct edit_case edits[] = {
	/* One line */
	{ "root=x quiet\n", LINE_PLAIN, "root=x quiet " ON "\n" },
	{ "root=x quiet", LINE_PLAIN, "root=x quiet " ON },
	{ "quiet root=x  \n\n", LINE_PLAIN, "quiet root=x " ON "  \n\n" },
	{ "root=x intel_iommu=off\n", LINE_PLAIN, "root=x " ON "\n" },
	{ "cryptroot=y root=x -- s\n", LINE_PLAIN, "cryptroot=y root=x " ON " -- s\n" },
	{ "cryptroot=y quiet\n", LINE_PLAIN },
	{ "root quiet\n", LINE_PLAIN },
	{ "", LINE_PLAIN },
	{ "\n", LINE_PLAIN },
	{ "quiet\nroot=x\n", LINE_PLAIN },
	{ "root=x\n# a comment\n", LINE_PLAIN },

	/* Entries */
	{ "title x\noptions root=x quiet\nlinux /x\n", LINE_ENTRY,
	  "title x\noptions root=x quiet " ON "\nlinux /x\n" },
	{ "options a iommu=off\n\toptions\nOptions b\noptions\tb  \n", LINE_ENTRY,
	  "options a\n\toptions\nOptions b\noptions\tb " ON "  \n" },
	{ "options root=x", LINE_ENTRY, "options root=x " ON },
	{ "#options a\noptions a\r\n", LINE_ENTRY, "#options a\noptions a " ON "\r\n" },
	{ "options $kernelopts\n", LINE_ENTRY },
	{ "title x\n", LINE_ENTRY },
	{ "", LINE_ENTRY },

	/* GRUB's defaults */
	{ L "=\"\"\n", LINE_GRUB, L "=\"" ON "\"\n" },
	{ L "=\n", LINE_GRUB, L "=" ON "\n" },
	{ L "=quiet\n", LINE_GRUB, L "=\"quiet " ON "\"\n" },
	{ L "='quiet'", LINE_GRUB, L "='quiet " ON "'" },
	{ L "=\"quiet\" # why\n", LINE_GRUB, L "=\"quiet " ON "\" # why\n" },
	{ D "='a b'\n" L "=\"\"\n", LINE_GRUB, D "='a b'\n" L "=\"" ON "\"\n" },
	{ D "='a b'\n#" L "=\"\"\n", LINE_GRUB, D "='a b " ON "'\n#" L "=\"\"\n" },
	{ "GRUB_DEFAULT=0\n", LINE_GRUB, "GRUB_DEFAULT=0\n" NEW },
	{ "GRUB_DEFAULT=0", LINE_GRUB, "GRUB_DEFAULT=0\n" NEW },
	{ "", LINE_GRUB, NEW },
	/* The last assignment counts. */
	{ L "=a\n" L "=\"b\"\n", LINE_GRUB, L "=a\n" L "=\"b " ON "\"\n" },
	{ L "=\"a\"\n" L "+=\" b\"\n", LINE_GRUB, L "=\"a\"\n" L "+=\" b " ON "\"\n" },
	{ L "=\"a\"\n" L "=\"$" L " b\"\n", LINE_GRUB,
	  L "=\"a\"\n" L "=\"$" L " b " ON "\"\n" },
	{ L "=" ON "\n" L "=b\n", LINE_GRUB, L "=" ON "\n" L "=\"b " ON "\"\n" },
	{ "export " L "=\"a\"\n", LINE_GRUB, "export " L "=\"a " ON "\"\n" },
	{ "X=1 " L "=\"a\"; Y=2\n", LINE_GRUB, "X=1 " L "=\"a " ON "\"; Y=2\n" },
	{ L "=\"a \\\n  iommu=off \\\n b\"\n", LINE_GRUB, L "=\"a \\\n  \\\n b " ON "\"\n" },
	{ L "=\"dyndbg=\\\"file a +p\\\" b\"\n", LINE_GRUB,
	  L "=\"dyndbg=\\\"file a +p\\\" b " ON "\"\n" },
	{ L "=\"quiet iommu=off\"\n" D "=\"intel_iommu=off splash\"\n", LINE_GRUB,
	  L "=\"quiet " ON "\"\n" D "=\"splash\"\n" },
	/* Debian's own first lines */
	{ "GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo "
	  "Debian`\n" D "=\"quiet\"\n",
	  LINE_GRUB,
	  "GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo "
	  "Debian`\n" D "=\"quiet " ON "\"\n" },
	/* What cannot be edited as text stays; a line of its own does it. */
	{ L "=\"a\"'b'\n", LINE_GRUB, L "=\"a\"'b'\n" NEW },
	{ L "=\"$(cat /x)\"\n", LINE_GRUB, L "=\"$(cat /x)\"\n" NEW },
	{ L "=a\\ b\n", LINE_GRUB, L "=a\\ b\n" NEW },
	{ "if x; then " L "=\"a\"; fi\n", LINE_GRUB, "if x; then " L "=\"a\"; fi\n" NEW },
	{ "x && " L "=\"a\"\n", LINE_GRUB, "x && " L "=\"a\"\n" NEW },
	{ "x ||\n" L "=\"a\"\n", LINE_GRUB, "x ||\n" L "=\"a\"\n" NEW },
	{ "(" L "=\"a\")\n", LINE_GRUB, "(" L "=\"a\")\n" NEW },
	{ L "=\"a\" program\n", LINE_GRUB, L "=\"a\" program\n" NEW },
	{ "echo " L "=\"a\"\n", LINE_GRUB, "echo " L "=\"a\"\n" NEW },
	{ "f() {\n" L "=a\n}\n", LINE_GRUB, "f() {\n" L "=a\n}\n" NEW },
	{ "case x in x) " L "=a ;; esac\n", LINE_GRUB,
	  "case x in x) " L "=a ;; esac\n" NEW },
	{ "X=\"" L "=a\"\n", LINE_GRUB, "X=\"" L "=a\"\n" NEW },
	/* With a word in it that must go, that is not enough. */
	{ "\n" L "=\"a\"' iommu=off'\n", LINE_GRUB, NULL, 2 },
	{ L "=\"$(echo iommu=off)\"\n", LINE_GRUB, NULL, 1 },
	{ "x && " L "=\"iommu=off\"\n", LINE_GRUB, NULL, 1 },
	{ "if x; then\n" L "=iommu=off\nfi\n", LINE_GRUB, NULL, 2 },
	{ L "=\"iommu=off\\\n\"\n", LINE_GRUB, NULL, 1 },
	/* The end is missing. */
	{ L "=\"a\n", LINE_GRUB },
	{ L "=\"a\"\nif x; then\n" L "=\"b\"\n", LINE_GRUB,
	  L "=\"a " ON "\"\nif x; then\n" L "=\"b\"\n" },
	{ "cat <<END\nEND\n", LINE_GRUB },

	/* dracut */
	{ "kernel_cmdline=\"root=x\"\n", LINE_DRACUT, "kernel_cmdline=\"root=x " ON "\"\n" },
	{ "kernel_cmdline+=\" iommu=off x \"\n", LINE_DRACUT,
	  "kernel_cmdline+=\" x " ON " \"\n" },
	{ "uefi=yes\n", LINE_DRACUT },
};

static int mend(const struct edit_case *test, struct line_swaps *swaps, char **ret_text,
		unsigned *ret_line)
{
	struct span word = { ON, strlen(ON) };
	int r = line_file_find_swaps(test->format, test->name, &intel, swaps, ret_line);

	assert_int_equal(line_swaps_add(swaps, (struct span){}, word), 0);
	return r < 0 ? r :
		       line_file_swap(test->format, test->name, swaps, true, false,
				      ret_text, ret_line);
}

/* The way through the note, as `remove` goes it. */
static void check_note(const char *before, const char *after, const struct line_swaps *swaps)
{
	struct file_edit edit = { (char *)"/etc/x", (char *)before, (char *)after };
	CLEANUP(cmdline_note_done) struct cmdline_note note = {};
	_cleanup_free_ char *text = NULL, *undone = NULL;
	const struct cmdline_section *section;
	size_t size = strlen(before);

	assert_int_equal(cmdline_note_format(BOOTLOADER_GRUB_DEFAULTS, swaps, &edit, 1,
					     &text),
			 0);
	assert_int_equal(cmdline_note_parse(text, &note), 0);
	assert_int_equal(note.n, 1);
	section = note.sections;
	assert_int_equal(section->place, BOOTLOADER_GRUB_DEFAULTS);
	assert_int_equal(section->swaps.n, swaps->n);
	assert_int_equal(section->n_hunks, 1);
	assert_int_equal(file_hunk_undo(section->hunks, after, &undone), 0);
	assert_non_null(undone);
	/* A line that is added at the end ends the line before it, too. */
	if (strcmp(undone, before) &&
	    !(!strncmp(undone, before, size) && streq(undone + size, "\n")))
		fail_msg("'%s' became '%s'", before, undone);
}

static void test_edit(void **state)
{
	const struct edit_case *test = *state;
	CLEANUP(line_swaps_done) struct line_swaps swaps = {};
	_cleanup_free_ char *mended = NULL, *line = NULL, *back = NULL;
	unsigned number = 0;
	int r = mend(test, &swaps, &mended, &number);

	assert_int_equal(r, test->mended ? 0 : -EINVAL);
	if (!test->mended) {
		assert_int_equal(number, test->line);
		return;
	}
	assert_non_null(mended);
	assert_string_equal(mended, test->mended);
	assert_int_equal(line_file_join(test->format, mended, &line), 0);
	assert_true(line_does(line, &parameter));
	check_note(test->name, mended, &swaps);
	/* Where a person has changed the file, the words alone go back. */
	assert_int_equal(line_file_swap(test->format, mended, &swaps, true, true, &back,
					&number),
			 0);
	assert_non_null(back);
	free(steal(line));
	assert_int_equal(line_file_join(test->format, back, &line), 0);
	assert_false(line_does(line, &parameter));
}

/* Notes ---------------------------------------------------------------------------------------- */

struct note_case {
	const char *name; /* the text */
	size_t n_sections;
	enum bootloader_place place; /* of the last */
	size_t n_swaps, n_hunks;
};

static const struct note_case notes[] = {
	{ "", 0 },
	{ "nonsense\n", 0 },
	/* Of version 0.1.0, one line */
	{ "grub intel_iommu=on\n", 1, BOOTLOADER_GRUB, 1, 0 },
	{ "kernel-cmdline intel_iommu=on", 1, BOOTLOADER_KERNEL_CMDLINE, 1, 0 },
	{ "grubby intel_iommu=on\n", 1, BOOTLOADER_GRUBBY, 1, 0 },
	{ "grub-defaults -\nfrom iommu=off\nto \nfrom iommu=off,pt\nto iommu=pt\n", 1,
	  BOOTLOADER_GRUB_DEFAULTS, 2, 0 },
	{ "entries -\nedit /a\n-x\n+y\nedit /b\n+z\n", 1, BOOTLOADER_ENTRIES, 0, 2 },
	{ "grub intel_iommu=on\nkernelstub -\nfrom iommu=off\nto\n", 2,
	  BOOTLOADER_KERNELSTUB, 1, 0 },
	{ "from x\nto y\n+z\nedit /a\n", 0 },
	{ "dracut x\nedit /a\n+dracut y\n", 1, BOOTLOADER_DRACUT, 1, 1 },
};

static void test_note(void **state)
{
	const struct note_case *test = *state;
	CLEANUP(cmdline_note_done) struct cmdline_note note = {};
	const struct cmdline_section *section;

	assert_int_equal(cmdline_note_parse(test->name, &note), 0);
	assert_int_equal(note.n, test->n_sections);
	if (!note.n)
		return;
	section = &note.sections[note.n - 1];
	assert_int_equal(section->place, test->place);
	assert_int_equal(section->swaps.n, test->n_swaps);
	assert_int_equal(section->n_hunks, test->n_hunks);
}

/* Lines that stand there twice, or no more, are not touched. */
static void test_hunk_that_does_not_fit(void **state)
{
	struct file_edit edit = { (char *)"/x", (char *)"a\nb\nc\n", (char *)"a\nB\nc\n" };
	CLEANUP(file_hunk_done) struct file_hunk hunk = {};
	static const struct {
		const char *text, *undone;
	} cases[] = { { "a\nB\nc\n", "a\nb\nc\n" }, { "x\nB\n", "x\nb\n" }, { "B", "b" },
		      { "B\nB\n", NULL },	    { "BB\n", NULL },	    { "", NULL } };

	(void)state;
	assert_int_equal(file_hunk_find(&edit, &hunk), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *undone = NULL;

		assert_int_equal(file_hunk_undo(&hunk, cases[i].text, &undone), 0);
		assert_int_equal(!undone, !cases[i].undone);
		if (undone)
			assert_string_equal(undone, cases[i].undone);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(
		test_hunk_that_does_not_fit) };

	return RUN_TABLE(edits, test_edit) + RUN_TABLE(notes, test_note) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
