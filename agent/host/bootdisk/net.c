// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows a network to the PCI functions of the interfaces that carry it: through bonds, bridges and
 * VLANs down to the hardware. Takes every interface that is up where none is known, and loses the
 * need where there is none.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <net/if.h>
#include <stdio.h>
#include <strings.h>

#define NET "/sys/class/net"
#define MAC_SIZE sizeof("00:11:22:33:44:55")

/* The kernel links every interface below another one as lower_NAME (net/core/dev.c:
 * netdev_adjacent_sysfs_add()). Bug reports hold the other two. */
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
	if (r == 0 &&
	    entry_read(root, NET, interface, "bonding/slaves", slaves, sizeof(slaves)))
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
	char path[PATH_MAX];
	bool found;
	int r;

	if (!entry_resolve(chase->root, NET, interface, "", path) ||
	    strings_have(&walk->visited, path))
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
		/* an interface without readable flags counts as up */
		if (!entry_read(root, NET, names.items[i], "flags", text, sizeof(text)) ||
		    strtoul(text, NULL, 16) & IFF_UP)
			r = walk_interface(walk, names.items[i]);
	return r;
}

static int find_mac(const struct root *root, struct span mac, struct strings *ret_interfaces)
{
	CLEANUP(strings_done) struct strings names = {};
	char text[32], wanted[MAC_SIZE];
	int r;

	snprintf(wanted, sizeof(wanted), "%.*s", (int)mac.size, mac.text);
	for (char *p = wanted; (p = strchr(p, '-'));)
		*p = ':';
	r = names_list(root, NET, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (entry_read(root, NET, names.items[i], "address", text, sizeof(text)) &&
		    strcasecmp(text, wanted) == 0)
			r = strings_add_once(ret_interfaces, names.items[i]);
	return r;
}

/* In the order of trust: the interface that is named, the address of one, the routes. */
int chase_network(struct chase *chase, const char *what, const struct network *network)
{
	CLEANUP(walk_done) struct walk walk = { .chase = chase };
	CLEANUP(strings_done) struct strings by_mac = {}, by_route = {};
	char interface[IFNAMSIZ];
	int r = 0;

	if (network->interface.size && network->interface.size < sizeof(interface)) {
		snprintf(interface, sizeof(interface), "%.*s",
			 (int)network->interface.size, network->interface.text);
		r = walk_interface(&walk, interface);
	}
	if (r == 0 && !walk.is_found && network->mac.size)
		r = find_mac(chase->root, network->mac, &by_mac);
	if (r == 0)
		r = walk_interfaces(&walk, &by_mac);
	if (r == 0 && !walk.is_found && network->server.size)
		r = route_find(chase->root, network->server, &by_route);
	if (r == 0)
		r = walk_interfaces(&walk, &by_route);
	if (r == 0 && !walk.is_found)
		r = walk_all_up(&walk);
	return r < 0 || walk.is_found ? r : chase_lose(chase, what);
}
