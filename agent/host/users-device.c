// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists the device files by which programs use PCI functions: those of their drivers and of what hangs on
 * them, as the kernel numbers them, of VFIO's groups, and of NVIDIA's own driver. Never opens one.
 */
#include "host/users-parts.h"

#include "base/text.h"
#include "facts/device-path.h"
#include "facts/pci.h"

#include <limits.h>
#include <stdio.h>

/* NVIDIA's driver makes no devices in sysfs for its files; the number is fixed in its nv.h
 * (NV_MAJOR_DEVICE_NUMBER). */
#define NVIDIA_MAJOR 195
#define SYS_DEV "/sys/dev"
#define NVIDIA_SIZE_MAX (64 * 1024)

struct search {
	const struct root *root;
	const struct bdf *functions;
	size_t n;
	const char *kind; /* that is listed now */
	struct devices *devices;
};

void devices_done(struct devices *devices)
{
	for (size_t i = 0; i < devices->n; i++)
		free(devices->items[i].name);
	free(devices->items);
	*devices = (struct devices){};
}

static bool is_number(const struct device *device, bool is_block, unsigned major,
		      unsigned minor)
{
	return device->is_block == is_block && device->major == major &&
	       device->minor == minor;
}

static int add(struct devices *devices, bool is_block, const char *number, const char *name)
{
	struct device device = { .is_block = is_block };
	int r;

	if (sscanf(number, "%u:%u", &device.major, &device.minor) != 2)
		return 0;
	for (size_t i = 0; i < devices->n; i++)
		if (is_number(&devices->items[i], is_block, device.major, device.minor))
			return 0;
	r = array_reserve(&devices->items, devices->n, &devices->capacity, sizeof(device));
	if (r < 0)
		return r;
	device.name = text_format("/dev/%s", name);
	if (!device.name)
		return -ENOMEM;
	devices->items[devices->n++] = device;
	return 0;
}

/* By udev's link, /dev/char/226:0 -> ../dri/card0; else the last part of the path. Not by the device's
 * uevent: up to Linux 6.1 reading that takes the device's lock, which a driver may hold for ever. */
static int add_node(struct search *search, const char *kind, const char *number,
		    const char *path)
{
	char link[64], file[PATH_MAX];
	const char *name;

	snprintf(link, sizeof(link), "/dev/%s/%s", kind, number);
	if (device_path_resolve(search->root, link, file, sizeof(file)) == 0 &&
	    has_prefix(file, "/dev/"))
		name = file + strlen("/dev/");
	else
		name = strrchr(path, '/') + 1;
	return add(search->devices, streq(kind, "block"), number, name);
}

bool device_is_below(const char *path, const struct bdf *functions, size_t n)
{
	struct bdf above[DEVICE_PATH_FUNCTIONS];
	size_t n_above = device_path_functions(path, above);

	for (size_t i = 0; i < n_above; i++)
		for (size_t k = 0; k < n; k++)
			if (bdf_compare(&above[i], &functions[k]) == 0)
				return true;
	return false;
}

/* Devices by number ----------------------------------------------------------------------- */

/* /sys/dev/char/226:0 -> ../../devices/pci0000:00/.../0000:01:00.0/drm/card0 */
static int take_number(const char *number, void *data)
{
	struct search *search = data;
	char link[64], path[PATH_MAX];

	if ((size_t)snprintf(link, sizeof(link), SYS_DEV "/%s/%s", search->kind, number) >=
		    sizeof(link) ||
	    device_path_resolve(search->root, link, path, sizeof(path)) < 0 ||
	    !device_is_below(path, search->functions, search->n))
		return 0;
	/* With native multipath the namespaces of an NVMe controller are not below it. */
	search->devices->has_disk |= streq(search->kind, "block") || strstr(path, "/nvme/");
	return add_node(search, search->kind, number, path);
}

static int find_numbers(struct search *search)
{
	static const char *const kinds[] = { "char", "block" };
	char folder[32];
	int r = 0;

	for (size_t i = 0; (r == 0 || r == -ENOENT) && i < ARRAY_SIZE(kinds); i++) {
		search->kind = kinds[i];
		snprintf(folder, sizeof(folder), SYS_DEV "/%s", kinds[i]);
		r = root_list(search->root, folder, take_number, search);
	}
	return r == -ENOENT ? 0 : r;
}

int devices_add_block(const struct root *root, const char *block, struct devices *devices)
{
	struct search search = { .root = root, .devices = devices };
	char path[PATH_MAX], number[32];

	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", block);
	if (root_read_line(root, path, number, sizeof(number)) < 0)
		return 0; /* it is gone */
	*strrchr(path, '/') = '\0';
	return add_node(&search, "block", number, path);
}

/* VFIO's groups ---------------------------------------------------------------------------- */

/* The group's device belongs to no function. Without an IOMMU it is /dev/vfio/noiommu-12. */
static int add_group(struct search *search, const struct bdf *address)
{
	static const char *const prefixes[] = { "", "noiommu-" };
	char file[PCI_FILE_SIZE], group[16], name[48], path[80], number[32];
	int r = 0;

	if (root_readlink_name(search->root, pci_file(address, "iommu_group", file),
			       group, sizeof(group)) < 0)
		return 0;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(prefixes); i++) {
		snprintf(name, sizeof(name), "vfio/%s%s", prefixes[i], group);
		snprintf(path, sizeof(path), "/sys/class/%s/dev", name);
		if (root_read_line(search->root, path, number, sizeof(number)) >= 0)
			r = add(search->devices, false, number, name);
	}
	return r;
}

/* NVIDIA's own driver ---------------------------------------------------------------------- */

/* /dev/nvidiactl and its like belong to all cards; a program that uses a card also has its own file open. */
static int add_nvidia(struct search *search, const struct bdf *address)
{
	char path[96], place[PCI_ADDRESS_SIZE], number[32], name[32];
	_cleanup_free_ char *text = NULL;
	const char *value, *cursor;
	size_t size;
	unsigned minor;
	int r;

	snprintf(path, sizeof(path), "/proc/driver/nvidia/gpus/%s/information",
		 bdf_format(address, place));
	r = root_read_file(search->root, path, NVIDIA_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	cursor = text;
	value = text_next_line(&cursor, "Device Minor:", &size);
	if (!value || sscanf(value, "%u", &minor) != 1)
		return -ENODATA;
	snprintf(number, sizeof(number), "%d:%u", NVIDIA_MAJOR, minor);
	snprintf(name, sizeof(name), "nvidia%u", minor);
	return add(search->devices, false, number, name);
}

int devices_find(const struct root *root, const struct bdf *functions, size_t n,
		 struct devices *devices, struct users *users)
{
	struct search search = { root, functions, n, NULL, devices };
	int r = find_numbers(&search), error;

	error = r < 0 ? users_lose(users, SYS_DEV, r) : 0;
	for (size_t i = 0; r != -ENOMEM && i < n; i++) {
		r = add_group(&search, &functions[i]);
		if (r == 0)
			r = add_nvidia(&search, &functions[i]);
		if (r < 0)
			error = users_lose(users, "/proc/driver/nvidia/gpus", r);
	}
	return error;
}
