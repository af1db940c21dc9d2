// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim image-free`: tells packages whether a boot image holds the agent, and builds the images without
 * it before the package goes, while there is still a command that can open them.
 */
#include "cmd/setup/child.h"
#include "cmd/setup/say.h"
#include "cmd/setup/setup.h"
#include "host/programs.h"

static struct {
	bool wants_build;
} options;

static const struct verb_option rows[] = {
	{ "build",
	  "build the images without the agent if one holds it, open them, and name those that still do",
	  .sets = &options.wants_build },
	{},
};

static bool is_free(const struct boot_images *images)
{
	/* A kernel whose image was not found may have one elsewhere. */
	for (size_t i = 0; i < images->n; i++)
		if (images->items[i].state != IMAGE_WITHOUT_AGENT)
			return false;
	return images->chain.is_complete;
}

/* Without a configuration the agent claims nothing. */
static bool may_claim(const struct boot_image *image)
{
	return image->path &&
	       (image->state == IMAGE_STALE || image->state == IMAGE_UNREADABLE);
}

static int name_those_that_claim(struct change *change)
{
	size_t n = 0;
	int r = change_read_images(change, NULL);

	if (r < 0)
		return cmd_fail("boot images", r);
	for (size_t i = 0; i < change->images.n; i++) {
		const struct boot_image *image = &change->images.items[i];

		if (!may_claim(image))
			continue;
		n++;
		say_error(0, NULL,
			  image->state == IMAGE_STALE ?
				  "'%s' still holds agent and configuration: a boot of it claims the card" :
				  "whether '%s' still claims the card cannot be judged: %s",
			  image->path, image->problem ?: "");
	}
	return n ? EXIT_NOT_AS_CONFIGURED : 0;
}

static int build_without_agent(struct change *change)
{
	_cleanup_free_ char *remedy = NULL;
	char line[256];
	int built, r;

	r = root_replace(change->root, SETUP_LOCK_FOLDER, SETUP_LEAVING, "", 0);
	if (r < 0)
		return cmd_fail(SETUP_LOCK_FOLDER "/" SETUP_LEAVING, r);
	built = program_run(change->builder->command);
	if (built == 0)
		built = program_run(change->copy_command);
	r = root_remove(change->root, SETUP_LOCK_FOLDER "/" SETUP_LEAVING);
	if (r < 0)
		cmd_fail(SETUP_LOCK_FOLDER "/" SETUP_LEAVING, r);
	if (name_those_that_claim(change) == 0)
		return 0;
	refusals_say(change);
	remedy = text_format("correct that, then run '%s'; until then, boot with vfio_claim.mode=off",
			     child_format(change->builder->command, line, sizeof(line)));
	return say_error(
		EXIT_NOT_AS_CONFIGURED, remedy, "%s",
		built ? "not every boot image was built" :
			"not every boot image was built, although the builder ended well");
}

static int build(struct change *change)
{
	_cleanup_close_ int lock = -1;
	int r;

	change->builder = builder_find(change->root);
	change->copy_command = program_find_proxmox(change->root);
	r = change_prepare_as_root(change);
	if (r == 0)
		r = change_lock(change->root, &lock);
	if (r)
		return r;
	if (change->builder->command)
		return build_without_agent(change);
	if (name_those_that_claim(change) == 0)
		return 0;
	return say_error(EXIT_NOT_AS_CONFIGURED, NULL, "%s", change->builder->why);
}

static int cmd_image_free(const struct cmd *cmd)
{
	struct change change = { .root = &cmd->root, .is_dry = !cmd->root.is_live };
	int r;

	r = say_begin(&cmd->page, false, false);
	if (r == 0)
		r = change_read_images(&change, NULL);
	if (r < 0)
		r = cmd_fail("boot images", r);
	else if (is_free(&change.images))
		r = 0;
	else
		r = options.wants_build ? build(&change) : EXIT_NOT_AS_CONFIGURED;
	say_end();
	change_done(&change);
	return r;
}

const struct verb verb_image_free = {
	.name = "image-free",
	.details = "For packages, before they are removed: opens every boot image. Prints nothing without "
		   "--build.",
	.exit_codes =
		"Exit code: 0 no image holds the agent, or, with --build, none that could claim; 1 one does, or "
		"may.",
	.options = rows,
	.run = cmd_image_free,
};
