/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Was the running deployment of ostree made from a container image, as bootc makes it? */
bool deployment_is_container(const struct root *root);
/* Is the root file system mounted read-only? Not in the shell of transactional-update. */
bool deployment_is_read_only(const struct root *root);
/* Does a container run this, as where an image for another machine is built? */
bool deployment_is_in_container(const struct root *root);
