// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Detaches the firmware's framebuffer from a card, and gives it back. Decides nothing; touches the
 * system only through the executor's operations table.
 */
#include "act/execute-framebuffer.h"

#include <stdio.h>

#define PLATFORM "/sys/bus/platform"

static int switch_console(const struct snapshot *snapshot, const struct execute_ops *ops,
			  const char *on_off)
{
	char path[128];

	if (!snapshot->framebuffer_console)
		return 0;
	snprintf(path, sizeof(path), "/sys/class/vtconsole/%s/bind",
		 snapshot->framebuffer_console);
	return ops->write_bounded(ops->data, path, on_off);
}

static int override_device(const struct snapshot *snapshot, const struct execute_ops *ops,
			   const char *driver)
{
	char path[128];

	snprintf(path, sizeof(path), PLATFORM "/devices/%s/driver_override",
		 snapshot->framebuffer_device);
	return ops->write(ops->data, path, driver);
}

/* Writes the device to "bind" or "unbind" of the driver that had it. */
static int tell_driver(const struct snapshot *snapshot, const struct execute_ops *ops,
		       const char *verb)
{
	char path[160];

	snprintf(path, sizeof(path), PLATFORM "/drivers/%s/%s",
		 snapshot->framebuffer_driver, verb);
	return ops->write_bounded(ops->data, path, snapshot->framebuffer_device);
}

/*
 * Switches the console off before the unbind: it would go on drawing into memory that is no longer
 * its own. The override keeps a driver that is a module, such as simpledrm, from binding later
 * (platform_match()).
 */
int framebuffer_release(const struct snapshot *snapshot, const struct execute_ops *ops)
{
	int r;

	r = override_device(snapshot, ops, HOLD_DRIVER);
	if (r < 0 || !snapshot->framebuffer_driver)
		return r;
	r = switch_console(snapshot, ops, "0");
	if (r == 0)
		r = tell_driver(snapshot, ops, "unbind");
	if (r == 0 || r == -ETIMEDOUT) /* a stuck driver may hold the console's lock */
		return r;
	(void)switch_console(snapshot, ops, "1");
	(void)override_device(snapshot, ops, "\n");
	return r;
}

/* The driver makes a new console when it binds (fbcon_fb_registered()). The old one is switched on
 * again if it still exists. */
int framebuffer_return(const struct snapshot *snapshot, const struct execute_ops *ops)
{
	int r, console;

	r = override_device(snapshot, ops, "\n");
	if (r < 0 || !snapshot->framebuffer_driver)
		return r;
	r = tell_driver(snapshot, ops, "bind");
	console = switch_console(snapshot, ops, "1");
	return r == 0 && console != -ENOENT ? console : r;
}
