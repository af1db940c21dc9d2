// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listens to the kernel's own events, which come before udev's rules have run. The owner of libudev.
 */
#include "cmd/live/monitor.h"

#include <libudev.h>

struct monitor {
	struct udev *udev;
	struct udev_monitor *events;
};

static int listen_to(struct udev_monitor *events, const char *subsystem)
{
	return udev_monitor_filter_add_match_subsystem_devtype(events, subsystem, NULL);
}

int monitor_open(struct monitor **ret_monitor)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));
	int r;

	if (!monitor)
		return -ENOMEM;
	errno = ENOMEM; /* older versions of the library do not set it */
	monitor->udev = udev_new();
	if (monitor->udev)
		monitor->events = udev_monitor_new_from_netlink(monitor->udev, "kernel");
	r = monitor->events ? listen_to(monitor->events, "pci") : -errno;
	/* vfio-pci removes it first, when a VM still has a function that was unplugged. */
	if (r >= 0)
		r = listen_to(monitor->events, "vfio-dev");
	if (r >= 0)
		r = udev_monitor_enable_receiving(monitor->events);
	if (r < 0) {
		monitor_close(monitor);
		return r;
	}
	*ret_monitor = monitor;
	return 0;
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	udev_monitor_unref(monitor->events);
	udev_unref(monitor->udev);
	free(monitor);
}

int monitor_fd(const struct monitor *monitor)
{
	return udev_monitor_get_fd(monitor->events);
}

int monitor_receive(struct monitor *monitor, char **ret_path)
{
	struct udev_device *device;

	errno = EAGAIN; /* the same */
	device = udev_monitor_receive_device(monitor->events);
	if (!device)
		return errno ? -errno : -EAGAIN;
	*ret_path = strdup(udev_device_get_devpath(device));
	udev_device_unref(device);
	return *ret_path ? 0 : -ENOMEM;
}
