// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds, for each kind of system whose boot image is not built in place, what a person does instead of
 * `setup`. Texts alone; docs/image-based.md explains them.
 */
#include "host/recipe.h"

#include <stddef.h>

#define MANUAL "IMAGE-BASED SYSTEMS in vfio-claim(8)"
#define HAS_MORE "; " MANUAL " has more"
#define THEN                                                                             \
	"follow the steps above, and look at 'vfio-claim status' after the reboot" HAS_MORE
#define ENABLE_UNITS                                                                     \
	"systemctl enable vfio-claim-verify.service \\\n"                                \
	"    vfio-claim-confirm.service vfio-claim-hibernate.service\n"

/* In a container nothing tells dracut what machine the image is for, hence all drivers; and the module that
 * finds the root file system is one that dracut adds only when told to. */
static const struct recipe_step container_steps[] = {
	{ "vfio-claim.conf, beside the Containerfile of this system's image:", "%c", false },
	{ "10-vfio-claim.toml, beside it:", "kargs = [\"%p\"]\n", true },
	{ "In the Containerfile, after the packages vfio-claim and vfio-claim-dracut:",
	  "COPY vfio-claim.conf /etc/vfio-claim.conf\n", false },
	{ "", "COPY 10-vfio-claim.toml /usr/lib/bootc/kargs.d/10-vfio-claim.toml\n", true },
	{ "",
	  "RUN " ENABLE_UNITS "RUN kver=$(cd /usr/lib/modules && echo *) && \\\n"
	  "    dracut --force --no-hostonly --reproducible --add %m \\\n"
	  "    --kver \"$kver\" \"/usr/lib/modules/$kver/initramfs.img\"\n",
	  false },
	{ "When that image is built and pushed, on this machine as root:",
	  "bootc upgrade\nreboot\n", false },
	{},
};

#define CONTAINER                                                                                \
	.way = "build and deploy a new image of this system ('vfio-claim setup' prints how)",    \
	.then = THEN,                                                                            \
	.undo = "take the lines for vfio-claim out of the Containerfile, then build and deploy " \
		"the image" HAS_MORE,                                                            \
	.steps = container_steps

const struct recipe recipe_bootc = { CONTAINER, .module = "ostree" };
const struct recipe recipe_composefs = { CONTAINER, .module = "bootc" };

/* With an argument rpm-ostree builds again even where that is enabled already. */
static const struct recipe_step rpm_ostree_steps[] = {
	{ "In /etc/vfio-claim.conf:", "%c", false },
	{ "Then, as root:", ENABLE_UNITS, false },
	{ "", "rpm-ostree kargs --append-if-missing=%p\n", true },
	{ "",
	  "rpm-ostree initramfs --enable --arg=-I --arg=/etc/vfio-claim.conf\n"
	  "reboot\n",
	  false },
	{},
};

const struct recipe recipe_rpm_ostree = {
	.way = "let rpm-ostree build a new boot image ('vfio-claim setup' prints how)",
	.then = THEN,
	.undo = "remove /etc/vfio-claim.conf, run 'rpm-ostree initramfs --disable' and "
		"reboot" HAS_MORE,
	.steps = rpm_ostree_steps,
};

const struct recipe recipe_ostree = {
	.way = "see " MANUAL,
	.then = "ask the makers of this system to put vfio-claim into it" HAS_MORE,
	.undo = "see " MANUAL,
};

const struct recipe recipe_nixos = {
	.way = "see " MANUAL,
	.then = "name the card's ids to vfio-pci in NixOS' configuration, which claims every card "
		"of these ids" HAS_MORE,
	.undo = "see " MANUAL,
};

const struct recipe recipe_transactional = {
	.way = "run 'vfio-claim setup --rebuild' in 'transactional-update shell'",
	.then = "run the same command in 'transactional-update shell', leave that, and "
		"reboot" HAS_MORE,
	.undo = "run 'vfio-claim remove' in 'transactional-update shell', leave that, and "
		"reboot",
};

const struct recipe recipe_steamos = {
	.way = "see " MANUAL,
	.then = "'steamos-readonly disable' lets setup work until the system is updated" HAS_MORE,
	.undo = "run 'steamos-readonly disable', then 'vfio-claim remove'",
};

const struct recipe recipe_ubuntu_core = {
	.way = "see " MANUAL,
	.then = "use a system whose initramfs is built on the machine, Ubuntu Server for "
		"example",
	.undo = "see " MANUAL,
};
