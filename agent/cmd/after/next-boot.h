/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/images.h"

#include <time.h>

/* What the boot images say about a configuration that this boot did not use. */
enum next_boot {
	NEXT_BOOT_HAS_IT, /* an image has it since this boot began: only a reboot is missing */
	NEXT_BOOT_IGNORES_IT, /* an image had it before, and yet this boot did not use it */
	NEXT_BOOT_LACKS_IT,   /* no image has it */
	NEXT_BOOT_UNKNOWN,    /* the images cannot be read */
};

/* `started`: when this boot began, -1: not known; `now`: a clock that is behind proves nothing. */
enum next_boot next_boot_judge(const struct boot_images *images, time_t started,
			       time_t now);

/*
 * Was an image written since this boot began, so that it may have the configuration? Milliseconds, where
 * opening the images takes seconds.
 */
bool next_boot_may_have_it(const struct root *root, time_t started);

/* One finding for each image that does not hold the configuration, or cannot be trusted to, and for each file
 * system with images that was not reached. */
void next_boot_add_findings(const struct boot_images *images, struct findings *findings);
