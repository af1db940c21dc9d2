// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adds the parameter that this machine needs to the kernel command line, and removes it again. Notes the
 * change, so that only that is undone.
 */
#include "cmd/setup/setup.h"

#include "cmd/setup/child.h"
#include "cmd/setup/say.h"

#include <stdio.h>

#define STATE_FOLDER "/var/lib/vfio-claim"
#define STATE_NAME "kernel-parameter"
#define STATE_PATH STATE_FOLDER "/" STATE_NAME
#define GRUB_DROP_IN_PATH GRUB_DROP_IN_FOLDER "/" GRUB_DROP_IN_NAME
#define GRUB_DROP_IN                                                                     \
	"# Written by 'vfio-claim setup --apply-cmdline'; 'vfio-claim remove' deletes it.\n"
#define TEXT_SIZE 512

static const char *const place_names[] = {
	[BOOTLOADER_UNKNOWN] = "unknown",
	[BOOTLOADER_GRUB] = "grub",
	[BOOTLOADER_KERNEL_CMDLINE] = "kernel-cmdline",
	[BOOTLOADER_GRUBBY] = "grubby",
};

static void format_drop_in(const char *parameter, char text[static TEXT_SIZE])
{
	snprintf(text, TEXT_SIZE,
		 GRUB_DROP_IN "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"\n", parameter);
}

static int run_grubby(const char *option, const char *parameter)
{
	char argument[128];
	const char *const command[] = { "grubby", "--update-kernel=ALL", argument, NULL };

	snprintf(argument, sizeof(argument), "%s=%s", option, parameter);
	return program_run(command);
}

static int read_cmdline_file(const struct root *root, char **ret_text)
{
	size_t size;

	return root_read_file(root, KERNEL_CMDLINE_PATH, 64 * 1024, ret_text, &size);
}

static int write_cmdline_file(const struct root *root, const char *text)
{
	return root_replace_durably(root, "/etc/kernel", "cmdline", text, strlen(text));
}

/* Show --------------------------------------------------------------------------------------- */

static void show_line(const char *mark, const char *text)
{
	printf("  %s ", mark);
	say(4, 6, "%.*s", (int)strcspn(text, "\n"), text);
}

static void show_cmdline_file(const struct root *root, const char *parameter)
{
	_cleanup_free_ char *old_text = NULL, *new_text = NULL;

	say_item("change %s", KERNEL_CMDLINE_PATH);
	if (read_cmdline_file(root, &old_text) < 0 ||
	    bootloader_add(old_text, parameter, &new_text) < 0) {
		say_item("(the file is not one line with root=: add the parameter by hand)");
	} else if (new_text) {
		show_line("-", old_text);
		show_line("+", new_text);
	} else {
		say_item("(the file already has the parameter: reboot)");
	}
}

void cmdline_change_show(const struct root *root, const char *parameter)
{
	struct bootloader bootloader;
	char text[TEXT_SIZE], line[256];

	bootloader_find(root, &bootloader);
	printf("\nThe kernel command line needs '%s':\n", parameter);
	switch (bootloader.place) {
	case BOOTLOADER_GRUB:
		format_drop_in(parameter, text);
		say_item("new file %s", GRUB_DROP_IN_PATH);
		for (char *next = text; *next; next += strcspn(next, "\n") + 1)
			show_line("+", next);
		break;
	case BOOTLOADER_KERNEL_CMDLINE:
		show_cmdline_file(root, parameter);
		break;
	case BOOTLOADER_GRUBBY:
		say_item("then run: grubby --update-kernel=ALL --args=%s", parameter);
		break;
	case BOOTLOADER_UNKNOWN:
		say_item("add it by hand to the options of your boot loader's entries: no known "
			 "place was found");
		break;
	}
	if (bootloader.command)
		say_item("then run: %s",
			 child_format(bootloader.command, line, sizeof(line)));
}

/* Make --------------------------------------------------------------------------------------- */

static int note_change(const struct root *root, enum bootloader_place place,
		       const char *parameter)
{
	char text[TEXT_SIZE];

	snprintf(text, sizeof(text), "%s %s\n", place_names[place], parameter);
	return root_replace_durably(root, STATE_FOLDER, STATE_NAME, text, strlen(text));
}

static int add_to_cmdline_file(const struct root *root, const char *parameter)
{
	_cleanup_free_ char *old_text = NULL, *new_text = NULL;
	int r;

	r = read_cmdline_file(root, &old_text);
	if (r == 0)
		r = bootloader_add(old_text, parameter, &new_text);
	if (r == -EINVAL)
		say_error(0, NULL, KERNEL_CMDLINE_PATH " is not one line with root=");
	if (r < 0 || !new_text)
		return r;
	/* The note comes first: undoing a change that was not made does no harm. */
	r = note_change(root, BOOTLOADER_KERNEL_CMDLINE, parameter);
	return r < 0 ? r : write_cmdline_file(root, new_text);
}

int cmdline_change_apply(const struct root *root, const char *parameter)
{
	struct bootloader bootloader;
	char text[TEXT_SIZE];
	int r = 0;

	bootloader_find(root, &bootloader);
	switch (bootloader.place) {
	case BOOTLOADER_GRUB:
		format_drop_in(parameter, text);
		r = note_change(root, bootloader.place, parameter);
		if (r == 0)
			r = root_replace_durably(root, GRUB_DROP_IN_FOLDER,
						 GRUB_DROP_IN_NAME, text, strlen(text));
		break;
	case BOOTLOADER_KERNEL_CMDLINE:
		r = add_to_cmdline_file(root, parameter);
		break;
	case BOOTLOADER_GRUBBY:
		r = note_change(root, bootloader.place, parameter);
		if (r == 0 && run_grubby("--args", parameter))
			return EXIT_NOT_AS_CONFIGURED;
		break;
	case BOOTLOADER_UNKNOWN:
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "add the parameter by hand, as shown above",
				 "no known place for the kernel command line");
	}
	if (r < 0)
		return cmd_fail("kernel command line", r);
	return program_run(bootloader.command);
}

/* Undo -------------------------------------------------------------------------------------- */

static enum bootloader_place read_note(const struct root *root, char parameter[static 128])
{
	char text[TEXT_SIZE], *blank;

	*parameter = '\0';
	if (root_read_line(root, STATE_PATH, text, sizeof(text)) <= 0)
		return BOOTLOADER_UNKNOWN;
	blank = strchr(text, ' ');
	if (!blank || strlen(blank + 1) >= 128)
		return BOOTLOADER_UNKNOWN;
	*blank = '\0';
	strcpy(parameter, blank + 1);
	for (enum bootloader_place i = 0; i < ARRAY_SIZE(place_names); i++)
		if (streq(place_names[i], text))
			return i;
	return BOOTLOADER_UNKNOWN;
}

bool cmdline_change_was_applied(const struct root *root)
{
	return root_exists(root, STATE_PATH) || root_exists(root, GRUB_DROP_IN_PATH);
}

bool cmdline_change_is_made(const struct root *root, const char *parameter)
{
	_cleanup_free_ char *text = NULL, *new_text = NULL;
	struct bootloader bootloader;
	char noted[128];

	bootloader_find(root, &bootloader);
	if (bootloader.place != read_note(root, noted) || !streq(noted, parameter))
		return false;
	switch (bootloader.place) {
	case BOOTLOADER_GRUB:
		return root_exists(root, GRUB_DROP_IN_PATH);
	case BOOTLOADER_KERNEL_CMDLINE:
		return read_cmdline_file(root, &text) == 0 &&
		       bootloader_add(text, parameter, &new_text) == 0 && !new_text;
	case BOOTLOADER_GRUBBY:
		return true;
	case BOOTLOADER_UNKNOWN:
		return false;
	}
	return false;
}

static int undo_cmdline_file(const struct root *root, const char *parameter)
{
	_cleanup_free_ char *old_text = NULL, *new_text = NULL;
	int r;

	r = read_cmdline_file(root, &old_text);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = bootloader_take_away(old_text, parameter, &new_text);
	return r < 0 || !new_text ? r : write_cmdline_file(root, new_text);
}

int cmdline_change_undo(const struct root *root)
{
	char parameter[128];
	enum bootloader_place place = read_note(root, parameter);
	struct bootloader bootloader;
	int r = 0;

	if (root_exists(root, GRUB_DROP_IN_PATH))
		place = BOOTLOADER_GRUB;
	bootloader_find(root, &bootloader);
	say_paragraph("Removing the parameter that setup added to the kernel command line%s%s",
		      *parameter ? ": " : "", parameter);
	if (place == BOOTLOADER_GRUB)
		r = root_remove(root, GRUB_DROP_IN_PATH);
	else if (place == BOOTLOADER_KERNEL_CMDLINE)
		r = undo_cmdline_file(root, parameter);
	else if (place == BOOTLOADER_GRUBBY && run_grubby("--remove-args", parameter))
		return EXIT_NOT_AS_CONFIGURED;
	if (r < 0)
		return cmd_fail("kernel command line", r);
	if (bootloader.place == place && program_run(bootloader.command))
		return EXIT_NOT_AS_CONFIGURED;
	r = root_remove(root, STATE_PATH);
	return r < 0 ? cmd_fail(STATE_PATH, r) : 0;
}
