// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks VFIO whether it would give a group to a VM, by the calls that a VM monitor makes before it
 * opens a device (Documentation/driver-api/vfio.rst). Never opens one.
 */
#include "host/vfio.h"

#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define CONTAINER "/dev/vfio/vfio"
#define IOMMUFD "/dev/iommu"

const char *vfio_interface_name(enum vfio_interface interface)
{
	static const char *const names[] = {
		[VFIO_NO_INTERFACE] = NULL,
		[VFIO_CONTAINER] = "container",
		[VFIO_IOMMUFD] = "iommufd",
	};

	return names[interface];
}

static struct vfio_reply reply(enum vfio_answer answer, enum vfio_interface interface, int r)
{
	return (struct vfio_reply){ answer, interface, r < 0 ? -r : 0 };
}

static int control(const struct vfio_ops *ops, int fd, unsigned long request, void *argument)
{
	return ops->control(ops->data, fd, request, argument);
}

static void *number(unsigned long value)
{
	return (void *)(uintptr_t)value;
}

/*
 * 0 or negative errno. -EPERM: interrupts cannot be remapped, and unsafe ones are not allowed
 * (drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group()).
 */
static int set_iommu(const struct vfio_ops *ops, int container)
{
	static const unsigned long types[] = { VFIO_TYPE1v2_IOMMU, VFIO_TYPE1_IOMMU };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (control(ops, container, VFIO_CHECK_EXTENSION, number(types[i])) > 0)
			return control(ops, container, VFIO_SET_IOMMU, number(types[i]));
	return -ENODEV;
}

/* The group is open and viable, the container open. */
static struct vfio_reply ask_container(const struct vfio_ops *ops, int group, int container)
{
	int r;

	if (control(ops, container, VFIO_GET_API_VERSION, NULL) != VFIO_API_VERSION)
		return reply(VFIO_UNKNOWN, VFIO_CONTAINER, 0);
	r = control(ops, group, VFIO_GROUP_SET_CONTAINER, &container);
	if (r < 0)
		return reply(r == -EBUSY ? VFIO_IN_USE : VFIO_REFUSED, VFIO_CONTAINER, r);
	r = set_iommu(ops, container);
	/* Detaches the group from the domain again, as closing would. */
	if (control(ops, group, VFIO_GROUP_UNSET_CONTAINER, NULL) < 0 && r == 0)
		return reply(VFIO_UNKNOWN, VFIO_CONTAINER, 0);
	return reply(r < 0 ? VFIO_REFUSED : VFIO_ACCEPTED, VFIO_CONTAINER, r);
}

/*
 * A kernel without containers takes a group into an iommufd, but attaches it and checks the
 * interrupts only when a device is bound, which opens it. Without that the answer stays unknown.
 */
static struct vfio_reply ask_iommufd(const struct vfio_ops *ops, int group)
{
	int iommufd = ops->open(ops->data, IOMMUFD), r;

	if (iommufd < 0)
		return reply(VFIO_UNKNOWN, VFIO_NO_INTERFACE, iommufd);
	r = control(ops, group, VFIO_GROUP_SET_CONTAINER, &iommufd);
	if (r == 0)
		control(ops, group, VFIO_GROUP_UNSET_CONTAINER, NULL);
	ops->close(ops->data, iommufd);
	return reply(r == 0	 ? VFIO_UNKNOWN :
		     r == -EBUSY ? VFIO_IN_USE :
				   VFIO_REFUSED,
		     VFIO_IOMMUFD, r);
}

static struct vfio_reply ask_group(const struct vfio_ops *ops, int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	struct vfio_reply answer;
	int container, r;

	r = control(ops, group, VFIO_GROUP_GET_STATUS, &status);
	if (r < 0)
		return reply(VFIO_UNKNOWN, VFIO_CONTAINER, r);
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return reply(VFIO_NOT_VIABLE, VFIO_CONTAINER, 0);
	container = ops->open(ops->data, CONTAINER);
	if (container == -ENOENT || container == -ENODEV || container == -ENXIO)
		return ask_iommufd(ops, group);
	if (container < 0)
		return reply(VFIO_UNKNOWN, VFIO_CONTAINER, container);
	answer = ask_container(ops, group, container);
	ops->close(ops->data, container);
	return answer;
}

struct vfio_reply vfio_ask(int group, const struct vfio_ops *ops)
{
	struct vfio_reply answer;
	char path[32];
	int fd, iommufd;

	snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	fd = ops->open(ops->data, path);
	if (fd >= 0) {
		answer = ask_group(ops, fd);
		ops->close(ops->data, fd);
		return answer;
	}
	if (fd == -EBUSY) /* one opener at a time (drivers/vfio/group.c) */
		return reply(VFIO_IN_USE, VFIO_CONTAINER, fd);
	if (fd != -ENOENT)
		return reply(VFIO_UNKNOWN, VFIO_CONTAINER, fd);
	/* No node: no device of the group is VFIO's, or this kernel has nodes for devices only
	 * (no CONFIG_VFIO_GROUP), which answer only once bound. */
	iommufd = ops->open(ops->data, IOMMUFD);
	if (iommufd < 0)
		return reply(VFIO_UNKNOWN, VFIO_NO_INTERFACE, fd);
	ops->close(ops->data, iommufd);
	return reply(VFIO_UNKNOWN, VFIO_IOMMUFD, fd);
}

static int live_open(void *data, const char *path)
{
	return root_open_device(data, path);
}

static int live_control(void *data, int fd, unsigned long request, void *argument)
{
	int n = ioctl(fd, request, argument);

	(void)data;
	return n < 0 ? -errno : n;
}

static void live_close(void *data, int fd)
{
	(void)data;
	close(fd);
}

struct vfio_ops vfio_live_ops(const struct root *root)
{
	return (struct vfio_ops){ live_open, live_control, live_close, (void *)root };
}
