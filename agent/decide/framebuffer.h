/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* What has to be done so that a VM can map the memory of a function on which the firmware has
 * set up a framebuffer. */
enum framebuffer_way {
	FRAMEBUFFER_NONE, /* nothing: there is none, or the kernel releases it itself */
	FRAMEBUFFER_UNBIND, /* take the platform device's driver off; its region goes with it */
	FRAMEBUFFER_RESCAN, /* then remove the function and scan its bus again */
	FRAMEBUFFER_STAYS, /* take the driver off; a region stays that only a boot without it lacks */
};

enum framebuffer_way framebuffer_way(const struct snapshot *snapshot,
				     const struct function *function);
bool has_framebuffer_to_release(const struct snapshot *snapshot,
				const struct function *function);

/* Adds a warning where the region will stay. */
void framebuffer_judge(const struct snapshot *snapshot, const struct function *function,
		       struct findings *findings);
