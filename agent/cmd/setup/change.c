// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces the configuration file, rebuilds every boot image and inspects each. Puts the old file back
 * if a step fails; the file is always the old or the new one, whole.
 */
#include "cmd/setup/setup.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "cmd/setup/change-images.h"
#include "cmd/setup/child.h"
#include "cmd/setup/progress.h"
#include "cmd/setup/say.h"
#include "decide/config.h"
#include "host/known-file.h"
#include "host/programs.h"
#include "host/units.h"

#include <stdio.h>

int change_lock(const struct root *root, int *ret_lock)
{
	int fd = root_lock(root, SETUP_LOCK_FOLDER, SETUP_LOCK);

	if (fd == -EWOULDBLOCK)
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "wait for it to end, then try again",
				 "another setup or remove is running; nothing was changed");
	if (fd < 0)
		return cmd_fail(SETUP_LOCK_FOLDER "/" SETUP_LOCK, fd);
	*ret_lock = fd;
	return 0;
}

/* Preparation ------------------------------------------------------------------------------ */

int change_prepare_as_root(const struct change *change)
{
	if (change->is_dry || geteuid() == 0)
		return 0;
	return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
			 "only root may change this; nothing was changed (--dry-run shows the "
			 "changes)");
}

int change_prepare(struct change *change)
{
	int r;

	r = change_prepare_as_root(change);
	if (r)
		return r;
	change->builder = builder_find(change->root);
	change->copy_command = program_find_proxmox(change->root);
	if (!change->builder->command && !change->builder->recipe)
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL, "%s; nothing was changed",
				 change->builder->why);
	r = images_find(change->root, &change->images);
	if (r < 0)
		return cmd_fail("boot images", r);
	return change->builder->recipe ? 0 : change_check_images(change);
}

/* The builder ----------------------------------------------------------------------------- */

struct building {
	struct progress progress;
	struct strings *kept;
};

static void take_line(void *data, const char *line)
{
	struct building *building = data;

	progress_take(&building->progress, line, clock_ms());
	say_keep(building->kept, line);
}

static bool build(struct change *change, struct strings *kept)
{
	struct building building = {
		.progress = { .stream = stdout,
			      .mark = change->builder->begins,
			      .images = &change->images,
			      .is_among_lines = say_is_verbose(),
			      .since_ms = clock_ms() },
		.kept = kept,
	};
	char line[256];
	int r;

	child_format(change->builder->command, line, sizeof(line));
	say_paragraph("Building the boot images with '%s':", line);
	r = child_run(change->builder->command, take_line, &building);
	progress_end(&building.progress, r == 0, clock_ms());
	return program_end(change->builder->command, r) == 0;
}

/* The change -------------------------------------------------------------------------------- */

static bool build_and_verify(struct change *change)
{
	CLEANUP(strings_done) struct strings kept = {};
	bool is_good;

	change->is_changed = true;
	if (root_remove(change->root, SETUP_LOCK_FOLDER "/" SETUP_LEAVING) < 0)
		return false; /* a removal of the package that was cut short */
	if (change->new_text)
		units_enable(change->root); /* first: the image records it */
	is_good = build(change, &kept) && !program_run(change->copy_command) &&
		  !child_was_interrupted() &&
		  change_verify_images(change, change->new_text);
	if (is_good)
		say_kept_of_ours(&kept);
	else
		say_kept(&kept);
	if (!is_good && !child_was_interrupted())
		refusals_say(change);
	return is_good;
}

static int write_config(const struct root *root, const char *text)
{
	if (!text)
		return root_remove(root, CONFIG_PATH);
	return root_replace_durably(root, CONFIG_FOLDER, CONFIG_NAME, text, strlen(text));
}

static int put_config_back(struct change *change)
{
	int r = 0;

	if (change->has_new_cards)
		r = known_file_write(change->root, change->old_cards);
	if (r < 0)
		cmd_fail(KNOWN_PATH, r);
	r = write_config(change->root, change->old_text);
	if (r < 0)
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 change->old_text ? "move " CONFIG_OLD_PATH
						    " to " CONFIG_PATH :
						    "remove " CONFIG_PATH,
				 "cannot put the old configuration back: %s", strerror(-r));
	fprintf(stderr, "vfio-claim: %s is as it was before%s\n", CONFIG_PATH,
		change->old_text ? "" : ": absent");
	return 0;
}

/*
 * Images that hold the new configuration are built back once. A builder that did nothing at all, or was
 * interrupted, is not run again: it may do more harm the second time.
 */
static void put_images_back(struct change *change)
{
	CLEANUP(strings_done) struct strings kept = {};

	if (child_was_interrupted() || !change_has_new_images(change))
		return;
	say_paragraph("Building back the images that hold what was not kept");
	if (!build(change, &kept) || program_run(change->copy_command))
		say_kept(&kept);
}

static int put_back(struct change *change)
{
	if (child_was_interrupted())
		fputs("vfio-claim: interrupted\n", stderr);
	if (put_config_back(change))
		return EXIT_NOT_AS_CONFIGURED;
	put_images_back(change);
	if (change_verify_images(change, change->old_text))
		say_paragraph("All of them are as before.");
	else
		change_say_next_boot(change);
	return EXIT_NOT_AS_CONFIGURED;
}

static int keep_old(const struct change *change)
{
	if (!change->old_text || !change->new_text)
		return 0;
	return root_replace_durably(change->root, CONFIG_FOLDER, CONFIG_OLD_NAME,
				    change->old_text, strlen(change->old_text));
}

int change_make(struct change *change)
{
	int r;

	child_guard_changes();
	r = keep_old(change);
	if (r == 0 && change->has_new_cards)
		r = known_file_write(change->root, change->new_cards);
	if (r == 0)
		r = write_config(change->root, change->new_text);
	if (r < 0)
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
				 "%s: %s; nothing was changed", CONFIG_PATH, strerror(-r));
	say_paragraph("%s %s", change->new_text ? "Wrote" : "Removed", CONFIG_PATH);
	if (child_was_interrupted() || !build_and_verify(change))
		return put_back(change);
	return 0;
}

int change_rebuild(struct change *change)
{
	child_guard_changes();
	if (build_and_verify(change))
		return 0;
	if (child_was_interrupted())
		fputs("vfio-claim: interrupted\n", stderr);
	if (change->are_images_read)
		change_say_next_boot(change);
	return say_error(EXIT_NOT_AS_CONFIGURED,
			 "fix what failed above, then run 'vfio-claim setup --rebuild' again",
			 "not every image holds this configuration");
}

void change_done(struct change *change)
{
	images_done(&change->images);
	free(change->old_text);
	free(change->new_text);
	free(change->old_cards);
	free(change->new_cards);
}

/* Shown beforehand -------------------------------------------------------------------------- */

static bool has_line(const char *text, const char *line, size_t size)
{
	size_t other_size;
	const char *other;

	while ((other = text_next_line(&text, "", &other_size)))
		if (other_size == size && memcmp(other, line, size) == 0)
			return true;
	return false;
}

/* The lines of `text` that `other` lacks; comments do nothing. */
static void show_lines(const char *mark, const char *text, const char *other)
{
	const char *line;
	size_t size;

	while ((line = text_next_line(&text, "", &size))) {
		if (!size || *line == '#' || has_line(other, line, size))
			continue;
		printf("    %s ", mark);
		say(6, 10, "%.*s", (int)size, line);
	}
}

static void show_file(const struct change *change)
{
	const char *old_text = change->old_text ?: "", *new_text = change->new_text ?: "";

	if (!change->new_text)
		say_item("remove " CONFIG_PATH " and " CONFIG_OLD_PATH);
	else if (change->old_text)
		say_item("write " CONFIG_PATH "; the old file is kept as " CONFIG_OLD_PATH);
	else
		say_item("write " CONFIG_PATH);
	show_lines("-", old_text, new_text);
	show_lines("+", new_text, old_text);
}

/* "6.1.0-44, 6.12.48"; a kernel may have several images. To be freed; NULL: no memory. */
static char *list_kernels(const struct boot_images *images)
{
	const char *last = NULL;
	struct buffer list;
	char *text = NULL;

	if (buffer_open(&list) < 0)
		return NULL;
	for (size_t i = 0; i < images->n; i++) {
		if (!images->items[i].path || !boot_image_counts(&images->items[i]) ||
		    is_string_equal(last, images->items[i].kernel))
			continue;
		fprintf(list.stream, "%s%s", last ? ", " : "", images->items[i].kernel);
		last = images->items[i].kernel;
	}
	return buffer_close(&list, &text) < 0 ? NULL : text;
}

void change_show(const struct change *change)
{
	_cleanup_free_ char *kernels = list_kernels(&change->images);
	const char *units[UNITS_MAX];
	size_t n = change->new_text ? units_to_enable(change->root, units) : 0;
	char line[256];

	if (!is_string_equal(change->old_text, change->new_text))
		show_file(change);
	for (size_t i = 0; i < n; i++)
		say_item("run 'systemctl enable %s'", units[i]);
	say_item("build all boot images with '%s', and open each (kernels: %s)",
		 child_format(change->builder->command, line, sizeof(line)),
		 kernels ?: "?");
	if (change->copy_command)
		say_item("run '%s'",
			 child_format(change->copy_command, line, sizeof(line)));
}
