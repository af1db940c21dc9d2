// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes a need that comes by the network to the PCI functions of the interfaces that carry it:
 * through bonds, bridges and VLANs down to the hardware. Where the interface cannot be told, every
 * one that is up counts; where there is none, the need is lost.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"

#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <strings.h>

#define NET "/sys/class/net"
#define MAC_SIZE sizeof("00:11:22:33:44:55")

static bool net_read(const struct root *root, const char *interface, const char *file,
		     char *text, size_t size)
{
	char path[PATH_MAX];

	return !strchr(interface, '/') &&
	       (size_t)snprintf(path, sizeof(path), NET "/%s/%s", interface, file) <
		       sizeof(path) &&
	       root_read_line(root, path, text, size) >= 0;
}

/* What the interface is made of: the kernel links every device below another one as lower_NAME
 * (net/core/dev.c: netdev_adjacent_sysfs_add()). The other two are what bug reports hold. */
static int list_lowers(const struct root *root, const char *interface,
		       struct strings *ret_lowers)
{
	CLEANUP(strings_done) struct strings entries = {}, ports = {};
	char folder[PATH_MAX], slaves[1024], *slave, *rest = slaves;
	int r;

	snprintf(folder, sizeof(folder), NET "/%s", interface);
	r = names_list(root, folder, &entries);
	for (size_t i = 0; r == 0 && i < entries.n; i++)
		if (has_prefix(entries.items[i], "lower_"))
			r = strings_add_once(ret_lowers,
					     entries.items[i] + strlen("lower_"));
	snprintf(folder, sizeof(folder), NET "/%s/brif", interface);
	if (r == 0)
		r = names_list(root, folder, &ports);
	for (size_t i = 0; r == 0 && i < ports.n; i++)
		r = strings_add_once(ret_lowers, ports.items[i]);
	if (r == 0 && net_read(root, interface, "bonding/slaves", slaves, sizeof(slaves)))
		while (r == 0 && (slave = strsep(&rest, " ")))
			if (*slave)
				r = strings_add_once(ret_lowers, slave);
	return r;
}

/* One walk from the interfaces that were named down to hardware. */
struct walk {
	struct chase *chase;
	struct strings visited; /* paths: a damaged tree may lead in circles */
	bool is_found;		/* some interface led to hardware, on PCI or elsewhere */
};

static void walk_done(struct walk *walk)
{
	strings_done(&walk->visited);
}

/* The ports of a bridge that lead to no hardware are virtual machines'. */
static int walk_interface(struct walk *walk, const char *interface)
{
	struct chase *chase = walk->chase;
	CLEANUP(strings_done) struct strings lowers = {};
	char link[PATH_MAX], path[PATH_MAX];
	bool found;
	int r;

	if (strchr(interface, '/') || has_prefix(interface, ".") ||
	    (size_t)snprintf(link, sizeof(link), NET "/%s", interface) >= sizeof(link) ||
	    device_path_resolve(chase->root, link, path, sizeof(path)) < 0 ||
	    !has_prefix(path, "/sys/devices/") || strings_have(&walk->visited, path))
		return 0;
	if (walk->visited.n >= CHASE_DEVICES_MAX || chase->depth >= CHASE_DEPTH_MAX)
		return chase_lose(chase, interface);
	r = strings_add(&walk->visited, path);
	if (r == 0)
		r = chase_add_functions(chase, path, &found);
	if (r < 0)
		return r;
	if (!found && !has_prefix(path, "/sys/devices/virtual/"))
		chase->has_virtual = found = true; /* of the platform, Hyper-V, Xen */
	walk->is_found |= found;
	r = list_lowers(chase->root, interface, &lowers);
	chase->depth++;
	for (size_t i = 0; r == 0 && i < lowers.n; i++)
		r = walk_interface(walk, lowers.items[i]);
	chase->depth--;
	return r;
}

static int walk_interfaces(struct walk *walk, const struct strings *interfaces)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < interfaces->n; i++)
		r = walk_interface(walk, interfaces->items[i]);
	return r;
}

static int walk_all_up(struct walk *walk)
{
	CLEANUP(strings_done) struct strings names = {};
	const struct root *root = walk->chase->root;
	char text[32];
	int r;

	r = names_list(root, NET, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		/* what cannot be read counts as up */
		if (!net_read(root, names.items[i], "flags", text, sizeof(text)) ||
		    strtoul(text, NULL, 16) & IFF_UP)
			r = walk_interface(walk, names.items[i]);
	return r;
}

static int find_mac(const struct root *root, const char *mac, struct strings *ret_interfaces)
{
	CLEANUP(strings_done) struct strings names = {};
	char text[32], wanted[MAC_SIZE];
	int r;

	snprintf(wanted, sizeof(wanted), "%s", mac);
	for (char *p = wanted; (p = strchr(p, '-'));)
		*p = ':';
	r = names_list(root, NET, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (net_read(root, names.items[i], "address", text, sizeof(text)) &&
		    strcasecmp(text, wanted) == 0)
			r = strings_add_once(ret_interfaces, names.items[i]);
	return r;
}

/* In the order of trust: what is named, what bears the address, what the routes say. */
int chase_network(struct chase *chase, const char *what, const struct network *network)
{
	CLEANUP(walk_done) struct walk walk = { .chase = chase };
	CLEANUP(strings_done) struct strings by_mac = {}, by_route = {};
	int r = 0;

	if (network->interface)
		r = walk_interface(&walk, network->interface);
	if (r == 0 && !walk.is_found && network->mac)
		r = find_mac(chase->root, network->mac, &by_mac);
	if (r == 0)
		r = walk_interfaces(&walk, &by_mac);
	if (r == 0 && !walk.is_found && network->server)
		r = route_find(chase->root, network->server, &by_route);
	if (r == 0)
		r = walk_interfaces(&walk, &by_route);
	if (r == 0 && !walk.is_found)
		r = walk_all_up(&walk);
	return r < 0 || walk.is_found ? r : chase_lose(chase, what);
}
