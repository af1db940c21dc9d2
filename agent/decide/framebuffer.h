/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* How to let a VM map the memory of a function that has the firmware's framebuffer. */
enum framebuffer_way {
	FRAMEBUFFER_NONE,   /* nothing to do: there is none, or the kernel releases it */
	FRAMEBUFFER_UNBIND, /* unbind the platform device's driver: its region goes too */
	FRAMEBUFFER_RESCAN, /* then remove the function and scan its bus again */
	FRAMEBUFFER_STAYS,  /* unbind the driver; the region stays until the next boot */
};

enum framebuffer_way framebuffer_way(const struct snapshot *snapshot,
				     const struct function *function);
bool has_framebuffer_to_release(const struct snapshot *snapshot,
				const struct function *function);

/* Adds a warning if the region will stay. */
void framebuffer_judge(const struct snapshot *snapshot, const struct function *function,
		       struct findings *findings);
