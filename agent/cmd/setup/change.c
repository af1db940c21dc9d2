// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces the configuration file, rebuilds every boot image and inspects each. Puts the old file back
 * if a step fails; the file is always the old or the new one, whole.
 */
#include "cmd/setup/setup.h"

#include "base/sha256.h"
#include "cmd/setup/child.h"
#include "decide/config.h"
#include "host/known-file.h"
#include "host/programs.h"
#include "host/units.h"

#include <stdio.h>

int change_lock(const struct root *root, int *ret_lock)
{
	int fd = root_lock(root, SETUP_LOCK_FOLDER, SETUP_LOCK);

	if (fd == -EWOULDBLOCK) {
		fputs("vfio-claim: another setup or remove is running; nothing was changed\n"
		      "  remedy: wait for it to end, then try again\n",
		      stderr);
		return EXIT_NOT_AS_CONFIGURED;
	}
	if (fd < 0)
		return cmd_fail(SETUP_LOCK_FOLDER "/" SETUP_LOCK, fd);
	*ret_lock = fd;
	return 0;
}

/* Images -------------------------------------------------------------------------------- */

static const char *digest_of(const char *text, char hex[static 65])
{
	*hex = '\0';
	if (text)
		sha256_hex(text, strlen(text), hex);
	return hex;
}

/* Without a configuration an image needs no agent. */
static bool is_good(const struct boot_image *image, bool is_configured)
{
	if (!is_configured)
		return image->state == IMAGE_WITHOUT_AGENT ||
		       image->state == IMAGE_CURRENT || image->state == IMAGE_MISSING;
	return image->state == IMAGE_MISSING ||
	       (image->state == IMAGE_CURRENT && !image->problem);
}

static bool has_image(const struct boot_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		if (images->items[i].path)
			return true;
	return false;
}

static void say_image(const struct boot_image *image, bool is_configured)
{
	static const char *const words[] = {
		[IMAGE_CURRENT] = "holds this configuration",
		[IMAGE_STALE] = ("holds another configuration than " CONFIG_PATH),
		[IMAGE_WITHOUT_AGENT] = "has no agent: it claims nothing",
		[IMAGE_UNREADABLE] = "cannot be judged",
	};

	if (image->state == IMAGE_MISSING) {
		printf("  %s: has no image; it boots without a claim, if at all\n",
		       image->kernel);
		return;
	}
	printf("  %s: %s %s%s%s\n", image->kernel, image->path,
	       !is_configured && image->state == IMAGE_CURRENT ?
		       "holds no configuration: it claims nothing" :
		       words[image->state],
	       image->problem && is_configured ? "; " : "",
	       image->problem && is_configured ? image->problem : "");
}

/* Prints the state of every image, and returns whether all are good. */
static bool verify_images(const struct root *root, const char *text)
{
	CLEANUP(images_done) struct boot_images images = {};
	char hex[65];
	bool all_good = true;
	int r;

	r = images_read(root, digest_of(text, hex), &images);
	if (r < 0) {
		cmd_fail("boot images", r);
		return false;
	}
	printf("Boot images, opened and inspected:\n");
	for (size_t i = 0; i < images.n; i++) {
		say_image(&images.items[i], text);
		all_good = all_good && is_good(&images.items[i], text);
	}
	return all_good;
}

bool change_is_in_images(const struct root *root, const char *text)
{
	CLEANUP(images_done) struct boot_images images = {};
	bool all_good = true;
	char hex[65];

	if (images_read(root, digest_of(text, hex), &images) < 0 || !has_image(&images))
		return false;
	for (size_t i = 0; i < images.n; i++)
		all_good = all_good && is_good(&images.items[i], text);
	return all_good;
}

/* Preparation ------------------------------------------------------------------------------ */

static int say_no_image(const struct root *root)
{
	CLEANUP(strings_done) struct strings unified = {};

	if (builder_find_unified(root, &unified) == 0 && unified.n) {
		fprintf(stderr,
			"vfio-claim: this system boots '%s', kernel and initramfs in one file "
			"that was built elsewhere and is signed as a whole, so the agent cannot be put "
			"into it; nothing was changed\n"
			"  remedy: install a kernel whose initramfs is built on this system "
			"(kernel-core and dracut rather than kernel-uki-virt), boot it, and run this "
			"again\n",
			unified.items[0]);
		return EXIT_NOT_AS_CONFIGURED;
	}
	fputs("vfio-claim: no installed kernel with a boot image was found in /boot; nothing was "
	      "changed\n"
	      "  remedy: mount /boot if it is a separate file system, or install a kernel\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

int change_prepare_as_root(const struct change *change)
{
	if (change->is_dry || geteuid() == 0)
		return 0;
	fputs("vfio-claim: only root may change this; nothing was changed "
	      "(--dry-run shows the changes)\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

int change_prepare(struct change *change)
{
	CLEANUP(images_done) struct boot_images images = {};
	int r;

	r = change_prepare_as_root(change);
	if (r)
		return r;
	change->builder = builder_find(change->root);
	change->copy_command = program_find_proxmox(change->root);
	if (!change->builder->command) {
		fprintf(stderr, "vfio-claim: %s; nothing was changed\n",
			change->builder->why);
		return EXIT_NOT_AS_CONFIGURED;
	}
	r = images_find(change->root, &images);
	if (r < 0)
		return cmd_fail("boot images", r);
	return has_image(&images) ? 0 : say_no_image(change->root);
}

/* The change -------------------------------------------------------------------------------- */

int change_run(const char *const *command)
{
	char line[256];
	int r;

	if (!command)
		return 0;
	printf("Running: %s\n", child_format(command, line, sizeof(line)));
	r = child_run(command);
	if (r < 0)
		return cmd_fail(line, r);
	if (r > 0)
		fprintf(stderr, "vfio-claim: '%s' failed with %d\n", line, r);
	return r ? EXIT_NOT_AS_CONFIGURED : 0;
}

static bool build_and_verify(struct change *change)
{
	if (change->new_text)
		units_enable(change->root, false); /* first: the image records it */
	return !change_run(change->builder->command) && !change_run(change->copy_command) &&
	       !child_was_interrupted() && verify_images(change->root, change->new_text);
}

static int write_config(const struct root *root, const char *text)
{
	if (!text)
		return root_remove(root, CONFIG_PATH);
	return root_replace_durably(root, CONFIG_FOLDER, CONFIG_NAME, text, strlen(text));
}

/* Builds nothing again: a builder that failed once may do more harm the second time. */
static int put_back(struct change *change)
{
	int r;

	if (child_was_interrupted())
		fputs("vfio-claim: interrupted\n", stderr);
	if (change->has_new_cards) {
		r = known_file_write(change->root, change->old_cards);
		if (r < 0)
			cmd_fail(KNOWN_PATH, r);
	}
	r = write_config(change->root, change->old_text);
	if (r < 0) {
		fprintf(stderr,
			"vfio-claim: cannot put the old configuration back: %s\n"
			"  remedy: %s\n",
			strerror(-r),
			change->old_text ? "move " CONFIG_OLD_PATH " to " CONFIG_PATH :
					   "remove " CONFIG_PATH);
		return EXIT_NOT_AS_CONFIGURED;
	}
	fprintf(stderr, "vfio-claim: %s is as it was before%s\n", CONFIG_PATH,
		change->old_text ? "" : ": absent");
	if (verify_images(change->root, change->old_text))
		printf("All of them are as before.\n");
	else
		printf("Some image is not as before: fix what failed above, then run "
		       "'vfio-claim setup --rebuild'. The machine boots all the same.\n");
	return EXIT_NOT_AS_CONFIGURED;
}

static void show_dry(const struct change *change, bool has_text)
{
	if (has_text && change->new_text)
		printf("\nWould write %s:\n%s", CONFIG_PATH, change->new_text);
	else if (has_text)
		printf("\nWould remove %s\n", CONFIG_PATH);
	if (has_text && change->old_text && change->new_text)
		printf("\nWould keep the old one as %s\n", CONFIG_OLD_PATH);
	if (has_text && change->has_new_cards && change->new_cards)
		printf("\nWould write %s:\n%s", KNOWN_PATH, change->new_cards);
	printf("\n");
	if (change->new_text)
		units_enable(change->root, true);
	child_show(change->builder->command);
	child_show(change->copy_command);
	printf("Nothing was written or run (dry run).\n");
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

	if (change->is_dry) {
		show_dry(change, true);
		return 0;
	}
	child_guard_changes();
	r = keep_old(change);
	if (r == 0 && change->has_new_cards)
		r = known_file_write(change->root, change->new_cards);
	if (r == 0)
		r = write_config(change->root, change->new_text);
	if (r < 0) {
		fprintf(stderr, "vfio-claim: %s: %s; nothing was changed\n", CONFIG_PATH,
			strerror(-r));
		return EXIT_NOT_AS_CONFIGURED;
	}
	printf("%s %s\n", change->new_text ? "Wrote" : "Removed", CONFIG_PATH);
	if (child_was_interrupted() || !build_and_verify(change))
		return put_back(change);
	return 0;
}

int change_rebuild(struct change *change)
{
	if (change->is_dry) {
		show_dry(change, false);
		return 0;
	}
	child_guard_changes();
	if (build_and_verify(change))
		return 0;
	if (child_was_interrupted())
		fputs("vfio-claim: interrupted\n", stderr);
	fputs("vfio-claim: not every image holds this configuration; fix what failed above, then "
	      "run 'vfio-claim setup --rebuild' again\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

void change_done(struct change *change)
{
	free(change->old_text);
	free(change->new_text);
	free(change->old_cards);
	free(change->new_cards);
}
