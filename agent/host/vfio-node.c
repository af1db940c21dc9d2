// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the owner, group and mode of VFIO's device nodes, with the names of the system's own files.
 * Never opens a node.
 */
#include "host/vfio-node.h"

#include "base/text.h"
#include "facts/pci.h"

#include <stdio.h>
#include <sys/stat.h>

#define ACCOUNTS_SIZE_MAX (1 << 20)

/* The field of /etc/passwd and /etc/group after the name and the password. */
static bool has_number(struct span line, unsigned id, struct span *ret_name)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	*ret_name = span_next(&line, ":");
	span_next(&line, ":");
	return span_equal(span_next(&line, ":"), number);
}

static void read_name(const struct root *root, const char *path, unsigned id,
		      char *buffer, size_t size)
{
	_cleanup_free_ char *text = NULL;
	struct span rest = {}, name;

	snprintf(buffer, size, "%u", id);
	if (root_read_file(root, path, ACCOUNTS_SIZE_MAX, &text, &rest.size) < 0)
		return;
	rest.text = text;
	while (rest.size) {
		if (!has_number(span_next(&rest, "\n"), id, &name) || !name.size)
			continue;
		snprintf(buffer, size, "%.*s", (int)name.size, name.text);
		return;
	}
}

static void read_node(const struct root *root, const char *path, struct vfio_node *ret_node)
{
	struct vfio_node *node = ret_node;
	struct stat status;

	*node = (struct vfio_node){};
	snprintf(node->path, sizeof(node->path), "%s", path);
	if (root_stat(root, path, &status) < 0)
		return;
	node->is_there = true;
	node->mode = status.st_mode & 0777;
	read_name(root, "/etc/passwd", status.st_uid, node->owner, sizeof(node->owner));
	read_name(root, "/etc/group", status.st_gid, node->group, sizeof(node->group));
}

void vfio_node_read_group(const struct root *root, int group, struct vfio_node *ret_node)
{
	char path[sizeof(ret_node->path)];

	snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	read_node(root, path, ret_node);
}

/* The folder vfio-dev/ has one entry, vfioN. */
static int take_name(const char *name, void *data)
{
	if (!has_prefix(name, "vfio") || strlen(name) > 15)
		return 0;
	strcpy(data, name);
	return 1;
}

void vfio_node_read_function(const struct root *root, const struct bdf *address,
			     struct vfio_node *ret_node)
{
	char folder[PCI_FILE_SIZE], name[16], path[sizeof(ret_node->path)];

	*ret_node = (struct vfio_node){};
	if (root_list(root, pci_file(address, "vfio-dev", folder), take_name, name) != 1)
		return;
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	read_node(root, path, ret_node);
}

const char *vfio_node_openers(const struct vfio_node *node,
			      char buffer[static VFIO_NODE_OPENERS_SIZE])
{
	bool has_owner = (node->mode & 0600) == 0600 && !streq(node->owner, "root");
	bool has_group = (node->mode & 0060) == 0060 && !streq(node->group, "root");

	if ((node->mode & 0006) == 0006)
		return strcpy(buffer, "everybody");
	if (!has_owner && !has_group)
		return strcpy(buffer, "root only");
	snprintf(buffer, VFIO_NODE_OPENERS_SIZE, "root%s%s%s%s",
		 has_owner && has_group ? ", " :
		 has_owner		? " and " :
					  "",
		 has_owner ? node->owner : "", has_group ? " and the group " : "",
		 has_group ? node->group : "");
	return buffer;
}
