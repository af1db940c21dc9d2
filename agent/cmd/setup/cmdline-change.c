// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes the kernel command line of the next boot, where the boot loader that boots takes it from, and
 * reads back what will boot. Never leaves a part of the files changed.
 */
#include "cmd/setup/cmdline-change.h"

#include "cmd/setup/child.h"
#include "cmd/setup/say.h"
#include "cmd/setup/setup.h"
#include "host/line-file.h"
#include "model/finding.h"

#include <stdio.h>

#define GRUB_DROP_IN_PATH GRUB_DROP_IN_FOLDER "/" GRUB_DROP_IN_NAME
#define GRUB_DROP_IN                                                                         \
	"# Written by 'vfio-claim setup --apply-cmdline'; 'vfio-claim remove' deletes it.\n" \
	"GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX " INTEL_IOMMU_ON "\"\n"
#define FILE_SIZE_MAX (64 * 1024)

static const enum line_format formats[] = {
	[BOOTLOADER_GRUB] = LINE_GRUB,
	[BOOTLOADER_GRUB_DEFAULTS] = LINE_GRUB,
	[BOOTLOADER_KERNEL_CMDLINE] = LINE_PLAIN,
	[BOOTLOADER_ENTRIES] = LINE_ENTRY,
	[BOOTLOADER_DRACUT] = LINE_DRACUT,
};

static bool is_by_tool(enum bootloader_place place)
{
	return place == BOOTLOADER_GRUBBY || place == BOOTLOADER_KERNELSTUB;
}

/* Plan -------------------------------------------------------------------------------------- */

/* The first problem stays. */
static int set_problem(struct cmdline_change *change, const char *path, unsigned line,
		       int error)
{
	if (change->problem)
		return 0;
	if (error == -EINVAL && formats[change->loader.place] == LINE_PLAIN)
		change->problem = text_format("%s is not one line with root=", path);
	else if (error == -EINVAL && line)
		change->problem = text_format("%s:%u cannot be edited safely", path, line);
	else if (error == -EINVAL)
		change->problem = text_format("%s cannot be edited safely", path);
	else if (error == -ELOOP)
		change->problem = text_format("%s is a symbolic link", path);
	else
		change->problem = text_format("%s: %s", path, strerror(-error));
	return change->problem ? 0 : -ENOMEM;
}

static int add_edit(struct cmdline_change *change, const char *path)
{
	struct file_edit *edits =
		reallocarray(change->edits, change->n_edits + 1, sizeof(*edits));

	if (!edits)
		return -ENOMEM;
	change->edits = edits;
	edits[change->n_edits] = (struct file_edit){ .path = strdup(path) };
	return edits[change->n_edits++].path ? 0 : -ENOMEM;
}

/* Reads the file, and finds what must go. */
static int add_file(struct cmdline_change *change, const char *path)
{
	struct file_edit *edit;
	unsigned line = 0;
	size_t size;
	int r;

	r = add_edit(change, path);
	if (r < 0)
		return r;
	edit = &change->edits[change->n_edits - 1];
	r = root_read_plain(change->root, path, FILE_SIZE_MAX, &edit->before, &size);
	if (r == 0)
		r = line_file_find_swaps(formats[change->loader.place], edit->before,
					 &change->wish, &change->swaps, &line);
	return r < 0 && r != -ENOMEM ? set_problem(change, path, line, r) : r;
}

static int plan_file(struct cmdline_change *change, struct file_edit *edit, bool adds)
{
	unsigned line;
	int r;

	if (!edit->before)
		return 0;
	r = line_file_swap(formats[change->loader.place], edit->before, &change->swaps,
			   adds, false, &edit->after, &line);
	return r < 0 && r != -ENOMEM ? set_problem(change, edit->path, line, r) : r;
}

/* Whether this file, as it will be, brings the parameter. */
static bool has_parameter(const struct cmdline_change *change, const struct file_edit *edit)
{
	static const struct line_wish parameter = { .adds_parameter = true };
	const char *text = edit->after ?: edit->before;
	_cleanup_free_ char *line = NULL;

	return text && line_file_join(formats[change->loader.place], text, &line) == 0 &&
	       line_does(line, &parameter);
}

static int add_drop_in(struct cmdline_change *change)
{
	struct file_edit *edit;
	size_t size;
	int r;

	r = add_edit(change, GRUB_DROP_IN_PATH);
	if (r < 0)
		return r;
	edit = &change->edits[change->n_edits - 1];
	r = root_read_file(change->root, edit->path, FILE_SIZE_MAX, &edit->before, &size);
	if (r == -ENOMEM || is_string_equal(edit->before, GRUB_DROP_IN))
		return r == -ENOMEM ? r : 0;
	free(steal(edit->before));
	edit->after = strdup(GRUB_DROP_IN);
	return edit->after ? 0 : -ENOMEM;
}

/* GRUB's files make one command line together, all others one each. */
static int plan_parameter(struct cmdline_change *change)
{
	bool is_grub = formats[change->loader.place] == LINE_GRUB, is_there = false;
	int r = 0;

	for (size_t i = 0; i < change->n_edits; i++)
		is_there |= has_parameter(change, &change->edits[i]);
	if (is_grub && is_there)
		return 0;
	if (change->loader.place == BOOTLOADER_GRUB)
		return add_drop_in(change);
	for (size_t i = 0; i < change->n_edits && r == 0; i++) {
		struct file_edit *edit = &change->edits[i];

		if (has_parameter(change, edit))
			continue;
		free(steal(edit->after));
		r = plan_file(change, edit, true);
	}
	return r;
}

static int plan_files(struct cmdline_change *change)
{
	const struct strings *files = &change->loader.files;
	struct span word = { INTEL_IOMMU_ON, strlen(INTEL_IOMMU_ON) };
	int r = 0;

	if (change->loader.place == BOOTLOADER_KERNEL_CMDLINE)
		r = add_file(change, KERNEL_CMDLINE_PATH);
	for (size_t i = 0; i < files->n && r == 0; i++)
		r = add_file(change, files->items[i]);
	for (size_t i = 0; i < change->n_edits && r == 0; i++)
		r = plan_file(change, &change->edits[i], false);
	if (r < 0 || !change->wish.adds_parameter)
		return r;
	r = line_swaps_add(&change->swaps, (struct span){}, word);
	return r == 0 ? plan_parameter(change) : r;
}

/* A program edits them all; it must be told which words. */
static int plan_tool(struct cmdline_change *change)
{
	struct span word = { INTEL_IOMMU_ON, strlen(INTEL_IOMMU_ON) };
	int r = 0;

	for (size_t i = 0; i < change->chain.n_entries && r == 0; i++) {
		const struct chain_entry *entry = &change->chain.entries[i];
		const char *line = entry->is_foreign ? NULL : entry->options;

		if (line)
			r = line_find_swaps((struct span){ line, strlen(line) },
					    &change->wish, &change->swaps);
	}
	if (r < 0 || !change->wish.adds_parameter)
		return r;
	return line_swaps_add(&change->swaps, (struct span){}, word);
}

int cmdline_change_prepare(struct cmdline_change *change)
{
	int r;

	change->is_needed = true;
	r = chain_read(change->root, &change->chain);
	if (r == 0)
		r = bootloader_find(change->root, &change->chain, &change->loader);
	if (r < 0)
		return cmd_fail("what boots", r);
	/* Programs that are run later mount these file systems themselves. */
	chain_unmount(&change->chain);
	if (is_by_tool(change->loader.place))
		r = plan_tool(change);
	else if (change->loader.place != BOOTLOADER_UNKNOWN)
		r = plan_files(change);
	return r < 0 ? cmd_fail("kernel command line", r) : 0;
}

void cmdline_change_done(struct cmdline_change *change)
{
	for (size_t i = 0; i < change->n_edits; i++) {
		free(change->edits[i].path);
		free(change->edits[i].before);
		free(change->edits[i].after);
	}
	free(change->edits);
	free(change->problem);
	line_swaps_done(&change->swaps);
	bootloader_done(&change->loader);
	chain_done(&change->chain);
	*change = (struct cmdline_change){};
}

/* Programs ------------------------------------------------------------------------------------ */

static int join(const struct line_swaps *swaps, bool is_old, bool is_backward,
		const char *before, char **ret_words)
{
	_cleanup_free_ char *words = NULL;

	for (size_t i = 0; i < swaps->n; i++) {
		const struct line_swap *swap = &swaps->items[i];
		const char *word = is_old != is_backward ? swap->from : swap->to;
		char *longer;

		if (!word)
			continue;
		longer = text_format("%s%s%s", words ?: before, words ? " " : "", word);
		if (!longer)
			return -ENOMEM;
		free(words);
		words = longer;
	}
	*ret_words = steal(words);
	return 0;
}

/* The words of the programs' commands; NULL: no such word. */
static int format_tool(enum bootloader_place place, const struct line_swaps *swaps,
		       bool is_backward, char **ret_gone, char **ret_new)
{
	bool is_grubby = place == BOOTLOADER_GRUBBY;
	int r = join(swaps, true, is_backward, is_grubby ? "--remove-args=" : "", ret_gone);

	return r < 0 ? r :
		       join(swaps, false, is_backward, is_grubby ? "--args=" : "", ret_new);
}

/* Runs or shows each command. */
static int do_tool(enum bootloader_place place, const struct line_swaps *swaps,
		   bool is_backward, int (*run)(const char *const *command))
{
	_cleanup_free_ char *gone = NULL, *new = NULL;
	int r = format_tool(place, swaps, is_backward, &gone, &new);
	const char *const grubby[] = { "grubby", "--update-kernel=ALL", gone ?: new,
				       gone ? new : NULL, NULL };
	const char *const remove[] = { "kernelstub", "--delete-options", gone, NULL };
	const char *const add[] = { "kernelstub", "--add-options", new, NULL };

	if (r < 0)
		return cmd_fail("kernel command line", r);
	if (!gone && !new)
		return 0;
	if (place == BOOTLOADER_GRUBBY)
		return run(grubby);
	r = gone ? run(remove) : 0;
	return r == 0 && new ? run(add) : r;
}

static int show_command(const char *const *command)
{
	char line[512];

	say_item("then run: %s", child_format(command, line, sizeof(line)));
	return 0;
}

static int do_commands(const struct bootloader *loader,
		       int (*run)(const char *const *command))
{
	int r = 0;

	for (size_t i = 0; i < loader->n_commands && r == 0; i++) {
		const struct strings *words = &loader->commands[i];
		const char *command[8] = {};

		for (size_t k = 0; k < words->n && k + 1 < ARRAY_SIZE(command); k++)
			command[k] = words->items[k];
		r = run(command);
	}
	return r;
}

/* Show ---------------------------------------------------------------------------------------- */

static void show_lines(const char *mark, const struct strings *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		printf("  %s ", mark);
		say(4, 6, "%s", lines->items[i]);
	}
}

static void show_edit(const struct file_edit *edit)
{
	CLEANUP(file_hunk_done) struct file_hunk hunk = {};

	if (!edit->after || file_hunk_find(edit, &hunk) < 0)
		return;
	say_item("%s %s", edit->before ? "change" : "new file", edit->path);
	show_lines("-", &hunk.before);
	show_lines("+", &hunk.after);
}

static void show_swaps(const struct cmdline_change *change)
{
	for (size_t i = 0; i < change->swaps.n; i++) {
		const struct line_swap *swap = &change->swaps.items[i];

		if (swap->from && swap->to)
			say_item("'%s' becomes '%s'", swap->from, swap->to);
		else if (swap->from)
			say_item("'%s' is removed", swap->from);
	}
}

static void show_by_hand(const struct cmdline_change *change)
{
	if (change->problem)
		say_item("by hand: %s", change->problem);
	else
		say_item("by hand: %s", change->loader.why ?: "no known place was found");
}

void cmdline_change_show(const struct cmdline_change *change)
{
	const struct bootloader *loader = &change->loader;
	int r = 0;

	if (change->wish.adds_parameter)
		printf("\nThe kernel command line needs '%s':\n", INTEL_IOMMU_ON);
	else
		printf("\nThe kernel command line must not switch the IOMMU off:\n");
	show_swaps(change);
	if (loader->place == BOOTLOADER_UNKNOWN || change->problem) {
		show_by_hand(change);
		return;
	}
	if (cmdline_change_is_made(change)) {
		say_item("(the entry that boots has it already: reboot)");
		return;
	}
	for (size_t i = 0; i < change->n_edits; i++)
		show_edit(&change->edits[i]);
	if (is_by_tool(loader->place))
		r = do_tool(loader->place, &change->swaps, false, show_command);
	if (r == 0)
		r = do_commands(loader, show_command);
	(void)r;
}

/* Read back ----------------------------------------------------------------------------------- */

static bool entry_does(const struct chain_entry *entry, const struct line_wish *wish)
{
	return entry->options && line_does(entry->options, wish);
}

/* Proxmox has an entry that boots on each of its partitions. */
bool cmdline_change_is_made(const struct cmdline_change *change)
{
	const struct chain *chain = &change->chain;
	bool is_made = false;

	for (size_t i = 0; i < chain->n_entries; i++) {
		if (!chain->entries[i].is_default)
			continue;
		if (!entry_does(&chain->entries[i], &change->wish))
			return false;
		is_made = true;
	}
	return is_made;
}

/* Other kernels' entries may not be rewritten. */
static void name_another(const struct chain_entry *entry)
{
	say_error(0, NULL, "warning: an entry of the boot menu still lacks it: '%s' (%s)",
		  entry->title	    ?:
			  entry->id ?:
				      "",
		  entry->config ?: "");
}

/* What was there before must be there still. */
static bool has_lost_image(const struct cmdline_change *change,
			   const struct chain_entry *entry)
{
	const struct chain_entry *before = chain_find_default(&change->chain);

	return before && before->n_images && !entry->n_images;
}

static int read_back_default(const struct cmdline_change *change,
			     const struct chain_entry *entry)
{
	const char *config = entry->config ?: "";

	if (!entry->options)
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "look for the parameter in the boot menu ('e'), or in "
				 "/proc/cmdline after the next boot",
				 "the command line of the entry that boots cannot be read (%s)",
				 config);
	if (has_lost_image(change, entry))
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "put the entry's image back before you reboot",
				 "the entry that boots names no image any more (%s)",
				 config);
	if (!entry_does(entry, &change->wish))
		return say_error(
			EXIT_NOT_AS_CONFIGURED,
			"look for what sets the command line of this entry, and change it there",
			change->wish.adds_parameter ?
				"the parameter is not in the command line of the entry that boots (%s)" :
				"the command line of the entry that boots still switches the IOMMU off (%s)",
			config);
	return 0;
}

static int read_back(const struct cmdline_change *change, const struct chain *chain)
{
	int r = 0;

	if (!chain_find_default(chain))
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "look for the parameter in the boot menu ('e'), or in "
				 "/proc/cmdline after the next boot",
				 "the entry that boots was not found");
	for (size_t i = 0; i < chain->n_entries && r == 0; i++) {
		const struct chain_entry *entry = &chain->entries[i];

		if (entry->is_default)
			r = read_back_default(change, entry);
		else if (!entry->is_foreign && entry->options &&
			 !entry_does(entry, &change->wish))
			name_another(entry);
	}
	for (size_t i = 0; i < chain->n_volumes && !chain->is_complete && r == 0; i++)
		if (chain->volumes[i].state != VOLUME_READ)
			r = say_error(EXIT_NOT_AS_CONFIGURED,
				      "mount or repair it, then run this again",
				      "%s was not reached: what boots from it keeps its command line",
				      chain->volumes[i].name);
	return r;
}

int cmdline_change_read_back(const struct cmdline_change *change)
{
	CLEANUP(chain_done) struct chain chain = {};
	int r;

	r = chain_read(change->root, &chain);
	return r < 0 ? cmd_fail("what boots", r) : read_back(change, &chain);
}

/* Make ---------------------------------------------------------------------------------------- */

static int write_text(const struct root *root, const char *path, const char *text)
{
	const char *name = strrchr(path, '/');
	_cleanup_free_ char *folder = strndup(path, name - path);

	return folder ? root_restore(root, folder, name + 1, text, strlen(text)) : -ENOMEM;
}

static int put_back(const struct cmdline_change *change, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct file_edit *edit = &change->edits[i];

		if (edit->after)
			r = edit->before ?
				    write_text(change->root, edit->path, edit->before) :
				    root_remove(change->root, edit->path);
	}
	return r;
}

static int write_files(const struct cmdline_change *change)
{
	int r, worse;

	for (size_t i = 0; i < change->n_edits; i++) {
		const struct file_edit *edit = &change->edits[i];

		r = edit->after ? write_text(change->root, edit->path, edit->after) : 0;
		if (r == 0)
			continue;
		worse = put_back(change, i);
		if (worse < 0)
			cmd_fail("the files changed before it stay changed", worse);
		return cmd_fail(edit->path, r);
	}
	return 0;
}

static int read_note(const struct root *root, char **ret_text)
{
	size_t size;
	int r = root_read_file(root, CMDLINE_NOTE_PATH, FILE_SIZE_MAX * 16, ret_text,
			       &size);

	return r == -ENOENT ? 0 : r;
}

/* The note comes first: undoing a change that was not made does no harm. */
static int note_change(const struct cmdline_change *change, char **ret_old)
{
	_cleanup_free_ char *section = NULL, *text = NULL;
	int r;

	r = read_note(change->root, ret_old);
	if (r == 0)
		r = cmdline_note_format(change->loader.place, &change->swaps,
					change->edits, change->n_edits, &section);
	if (r < 0 || (*ret_old && strstr(*ret_old, section)))
		return r;
	text = text_format("%s%s", *ret_old ?: "", section);
	if (!text)
		return -ENOMEM;
	return root_replace_durably(change->root, CMDLINE_NOTE_FOLDER, CMDLINE_NOTE_NAME,
				    text, strlen(text));
}

static void restore_note(const struct root *root, const char *old)
{
	int r = old ? root_replace_durably(root, CMDLINE_NOTE_FOLDER, CMDLINE_NOTE_NAME,
					   old, strlen(old)) :
		      root_remove(root, CMDLINE_NOTE_PATH);

	if (r < 0)
		cmd_fail(CMDLINE_NOTE_PATH, r);
}

int cmdline_change_check(const struct cmdline_change *change)
{
	if (change->problem)
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "change the line by hand, then run this again",
				 "%s; nothing was changed", change->problem);
	if (change->loader.place == BOOTLOADER_UNKNOWN)
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "change the kernel command line by hand, as shown above",
				 "no known place for the kernel command line; nothing was "
				 "changed");
	return 0;
}

int cmdline_change_apply(struct cmdline_change *change)
{
	_cleanup_free_ char *old_note = NULL;
	int r;

	r = note_change(change, &old_note);
	if (r < 0)
		return cmd_fail(CMDLINE_NOTE_PATH, r);
	r = write_files(change);
	if (r) {
		restore_note(change->root, old_note);
		return r;
	}
	if (is_by_tool(change->loader.place))
		r = do_tool(change->loader.place, &change->swaps, false, program_run);
	if (r == 0)
		r = do_commands(&change->loader, program_run);
	return r || change->loader.needs_images ? r : cmdline_change_read_back(change);
}

/* Undo ---------------------------------------------------------------------------------------- */

bool cmdline_change_was_applied(const struct root *root)
{
	return root_exists(root, CMDLINE_NOTE_PATH) || root_exists(root, GRUB_DROP_IN_PATH);
}

/* To the byte where the lines are as they were left, else word by word. */
static int undo_file(const struct root *root, const struct cmdline_section *section,
		     const char *path, const struct file_hunk *hunk)
{
	_cleanup_free_ char *text = NULL, *edited = NULL;
	unsigned line;
	size_t size;
	int r;

	r = root_read_file(root, path, FILE_SIZE_MAX, &text, &size);
	if (r == -ENOENT)
		return 0;
	if (r == 0 && hunk)
		r = file_hunk_undo(hunk, text, &edited);
	if (r == 0 && !edited)
		r = line_file_swap(formats[section->place], text, &section->swaps, true,
				   true, &edited, &line);
	return r < 0 || !edited ? r : write_text(root, path, edited);
}

static int undo_files(const struct root *root, const struct cmdline_section *section)
{
	int r = 0;

	if (section->place == BOOTLOADER_GRUB)
		r = root_remove(root, GRUB_DROP_IN_PATH);
	if (section->place == BOOTLOADER_KERNEL_CMDLINE && !section->n_hunks)
		r = undo_file(root, section, KERNEL_CMDLINE_PATH, NULL);
	for (size_t i = section->n_hunks; i-- > 0 && r == 0;)
		r = undo_file(root, section, section->hunks[i].path, &section->hunks[i]);
	return r;
}

static int undo_section(const struct root *root, const struct chain *chain,
			const struct cmdline_section *section)
{
	CLEANUP(bootloader_done) struct bootloader loader = {};
	int r;

	r = undo_files(root, section);
	if (r == 0)
		r = bootloader_find_commands(root, chain, section->place, &loader);
	if (r < 0)
		return cmd_fail("kernel command line", r);
	if (is_by_tool(section->place))
		r = do_tool(section->place, &section->swaps, true, program_run);
	return r ? r : do_commands(&loader, program_run);
}

/* Without a note our file in GRUB's folder says enough. */
static int read_sections(const struct root *root, struct cmdline_note *note)
{
	_cleanup_free_ char *text = NULL;
	int r = read_note(root, &text);

	if (r < 0)
		return r;
	return cmdline_note_parse(text ?: "grub " INTEL_IOMMU_ON "\n", note);
}

int cmdline_change_undo(const struct root *root)
{
	CLEANUP(cmdline_note_done) struct cmdline_note note = {};
	CLEANUP(chain_done) struct chain chain = {};
	int r;

	say_paragraph("Undoing what setup changed on the kernel command line");
	r = read_sections(root, &note);
	if (r == 0)
		r = chain_read(root, &chain);
	if (r < 0)
		return cmd_fail("kernel command line", r);
	chain_unmount(&chain);
	for (size_t i = note.n; i-- > 0;) {
		r = undo_section(root, &chain, &note.sections[i]);
		if (r)
			return r;
	}
	r = root_remove(root, CMDLINE_NOTE_PATH);
	return r < 0 ? cmd_fail(CMDLINE_NOTE_PATH, r) : 0;
}
