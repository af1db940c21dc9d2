// SPDX-License-Identifier: GPL-2.0-or-later
/* `vfio-claim image-free`: tells packages whether a boot image holds the agent. Touches nothing. */
#include "cmd/cmd.h"
#include "host/images.h"

static int cmd_image_free(const struct cmd *cmd)
{
	CLEANUP(images_done) struct boot_images images = {};
	int r;

	r = images_read(&cmd->root, NULL, &images);
	if (r < 0)
		return cmd_fail("boot images", r);
	if (!images.chain.is_complete)
		return EXIT_NOT_AS_CONFIGURED;
	/* A kernel whose image was not found may have one elsewhere. */
	for (size_t i = 0; i < images.n; i++)
		if (images.items[i].state != IMAGE_WITHOUT_AGENT)
			return EXIT_NOT_AS_CONFIGURED;
	return 0;
}

const struct verb verb_image_free = {
	.name = "image-free",
	.details = "For packages, before they are removed: opens every boot image. Prints nothing.",
	.exit_codes = "Exit code: 0 no image holds the agent; 1 one does, or may.",
	.run = cmd_image_free,
};
