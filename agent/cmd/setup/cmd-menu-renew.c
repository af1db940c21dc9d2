// SPDX-License-Identifier: GPL-2.0-or-later
/* `vfio-claim menu-renew`: makes the entry without the claim follow the default one, for hooks of kernels. */
#include "cmd/setup/child.h"
#include "cmd/setup/say.h"
#include "cmd/setup/setup.h"

static int cmd_menu_renew(const struct cmd *cmd)
{
	_cleanup_close_ int lock = -1;
	int r;

	/* A setup that started the builder that runs the hook renews the entry itself at its end. */
	lock = root_lock(&cmd->root, SETUP_LOCK_FOLDER, SETUP_LOCK);
	if (lock == -EWOULDBLOCK)
		return 0;
	if (lock < 0)
		return cmd_fail(SETUP_LOCK_FOLDER "/" SETUP_LOCK, lock);
	r = say_begin(&cmd->page, false, false);
	if (r < 0)
		return cmd_fail("standard output", r);
	child_guard_nothing_changed();
	r = menu_change_renew(&cmd->root);
	say_end();
	if (!r)
		return 0;
	return say_error(r, "run 'vfio-claim setup --menu-entry'",
			 "the boot menu's entry without the claim may name a kernel that is not the "
			 "newest, or is gone");
}

const struct verb verb_menu_renew = {
	.name = "menu-renew",
	.details = "For hooks of kernels: rewrites the boot menu's entry without the claim, if it is a "
		   "file and out of date. Never adds one where there is none.",
	.exit_codes = "Exit code: 0 done, or nothing to do; 1 failed.",
	.run = cmd_menu_renew,
};
