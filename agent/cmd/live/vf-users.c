// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds who uses a virtual function: a process that has its VFIO node open, or a network that is up. Reads
 * only.
 */
#include "cmd/live/vf-users.h"

#include "facts/pci.h"
#include "facts/usage.h"

#include <limits.h>
#include <stdio.h>

struct search {
	const struct root *root;
	char group[64], device[64]; /* the function's nodes; "": none */
	const char *process;
	char *text;
};

static int take_device(const char *name, void *data)
{
	struct search *search = data;

	snprintf(search->device, sizeof(search->device), "/dev/vfio/devices/%.32s", name);
	return 1;
}

static void find_nodes(struct search *search, const struct bdf *address)
{
	char file[PCI_FILE_SIZE], name[32];

	if (root_readlink_name(search->root, pci_file(address, "iommu_group", file), name,
			       sizeof(name)) >= 0)
		snprintf(search->group, sizeof(search->group), "/dev/vfio/%s", name);
	(void)!root_list(search->root, pci_file(address, "vfio-dev", file), take_device,
			 search);
}

static int take_descriptor(const char *name, void *data)
{
	struct search *search = data;
	char path[64], target[PATH_MAX], command[64] = "?";

	snprintf(path, sizeof(path), "/proc/%.16s/fd/%.16s", search->process, name);
	if (root_readlink(search->root, path, target, sizeof(target)) < 0 ||
	    (!streq(target, search->group) && !streq(target, search->device)))
		return 0;
	snprintf(path, sizeof(path), "/proc/%.16s/comm", search->process);
	(void)!root_read_line(search->root, path, command, sizeof(command));
	search->text =
		text_format("process '%s' (%s, %s)", command, search->process, target);
	return search->text ? 1 : -ENOMEM;
}

static int take_process(const char *name, void *data)
{
	struct search *search = data;
	char path[64];
	int r;

	if (*name < '0' || *name > '9')
		return 0;
	search->process = name;
	snprintf(path, sizeof(path), "/proc/%.16s/fd", name);
	r = root_list(search->root, path, take_descriptor, search);
	return r == -ENOMEM || r > 0 ? r : 0; /* a process may have ended */
}

int vf_find_users(const struct root *root, const struct bdf *address, char **ret_text)
{
	struct search search = { .root = root };
	struct usage usage = {};
	int r;

	find_nodes(&search, address);
	r = root_list(root, "/proc", take_process, &search);
	if (r >= 0 && !search.text)
		r = usage_read(root, address, &usage);
	if (r >= 0 && usage.kinds & USAGE_NETWORK_IN_USE) {
		search.text = strdup(usage.text);
		r = search.text ? 0 : -ENOMEM;
	}
	*ret_text = search.text;
	return r < 0 ? r : 0;
}
