// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows a block device of another machine, which hangs on no PCI function here, to the network
 * that carries it: iSCSI, NVMe over fabrics, FCoE, AoE, NBD, RBD, DRBD.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <stdio.h>

#define COMPONENT_SIZE 64

/* Up to the next slash. False: too long. */
static bool copy_component(const char *path, char component[static COMPONENT_SIZE])
{
	return snprintf(component, COMPONENT_SIZE, "%.*s", (int)strcspn(path, "/"), path) <
	       COMPONENT_SIZE;
}

/* Of "/sys/devices/platform/host2/session1/...": "session1", where `prefix` is "session". */
static bool find_component(const char *path, const char *prefix,
			   char component[static COMPONENT_SIZE])
{
	while ((path = strchr(path, '/')))
		if (is_numbered(++path, prefix))
			return copy_component(path, component);
	return false;
}

/* iSCSI ------------------------------------------------------------------------------------ */

#define CONNECTIONS "/sys/class/iscsi_connection"

/* The connections of a session are connection1:0, connection1:1, ... (scsi_transport_iscsi.c). */
static int chase_connections(struct chase *chase, const char *device, const char *session,
			     struct span interface, bool *ret_any)
{
	CLEANUP(strings_done) struct strings names = {};
	char prefix[96], address[128];
	int r;

	snprintf(prefix, sizeof(prefix), "connection%s:", session + strlen("session"));
	r = names_list(chase->root, CONNECTIONS, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct network network = { .interface = interface };
		const char *name = names.items[i];

		if (!has_prefix(name, prefix))
			continue;
		if ((entry_read(chase->root, CONNECTIONS, name, "address", address,
				sizeof(address)) &&
		     *address) ||
		    entry_read(chase->root, CONNECTIONS, name, "persistent_address",
			       address, sizeof(address)))
			network.server = span_of(address);
		*ret_any = true;
		r = chase_network(chase, device, &network);
	}
	return r;
}

/* A session of software; that of an adapter has the adapter's PCI function above it. The host's
 * interface is named where the administrator bound the session to one. */
static int chase_iscsi(struct chase *chase, const char *device, const char *path,
		       const char *session)
{
	char host[COMPONENT_SIZE], text[64];
	struct span interface = {};
	bool has_connection = false;
	int r;

	if (find_component(path, "host", host) &&
	    entry_read(chase->root, "/sys/class/iscsi_host", host, "netdev", text,
		       sizeof(text)))
		interface = span_of(text);
	r = chase_connections(chase, device, session, interface, &has_connection);
	return r < 0 || has_connection ? r : chase_server(chase, device, (struct span){});
}

/* NVMe over fabrics ------------------------------------------------------------------------- */

#define FC_HOSTS "/sys/class/fc_host"

/* host_traddr=nn-0x...:pn-0x...: the port name is that of a host adapter (nvme-fc.c). */
static int chase_fibre_channel(struct chase *chase, const char *controller,
			       const char *address)
{
	CLEANUP(strings_done) struct strings hosts = {};
	char text[64], path[PATH_MAX];
	struct span port = {};
	bool found = false;
	int r;

	if (option_find(address, "host_traddr", &port))
		span_next(&port, ":");
	if (!port.size || !has_prefix(port.text, "pn-"))
		return chase_lose(chase, controller);
	span_next(&port, "-");
	r = names_list(chase->root, FC_HOSTS, &hosts);
	for (size_t i = 0; r == 0 && i < hosts.n; i++)
		if (entry_read(chase->root, FC_HOSTS, hosts.items[i], "port_name", text,
			       sizeof(text)) &&
		    span_equal(port, text) &&
		    entry_resolve(chase->root, FC_HOSTS, hosts.items[i], "", path))
			r = chase_add_functions(chase, path, &found);
	return r < 0 || found ? r : chase_lose(chase, controller);
}

int chase_fabric(struct chase *chase, const char *controller)
{
	/* "traddr=10.0.0.1,trsvcid=4420,host_iface=eth0" */
	char transport[32] = "", address[256] = "";
	struct network network = {};

	if (!entry_read(chase->root, NVME_FABRICS, controller, "transport", transport,
			sizeof(transport)))
		return chase_lose(chase, controller);
	if (!entry_read(chase->root, NVME_FABRICS, controller, "address", address,
			sizeof(address)))
		*address = '\0';
	if (streq(transport, "fc"))
		return chase_fibre_channel(chase, controller, address);
	if (!streq(transport, "tcp") && !streq(transport, "rdma"))
		return chase_lose(chase, controller); /* "loop": a target of this machine's */
	(void)option_find(address, "host_iface", &network.interface);
	(void)option_find(address, "traddr", &network.server);
	return chase_network(chase, controller, &network);
}

/* By the kind of device ----------------------------------------------------------------------- */

/* ATA over Ethernet lists its interfaces (drivers/block/aoe/aoeblk.c). */
static int chase_aoe(struct chase *chase, const char *device)
{
	struct network network = {};
	char text[256];
	struct span rest;
	int r = 0;

	if (!block_read(chase->root, device, "netif", text, sizeof(text)))
		return chase_network(chase, device, &network);
	for (rest = span_of(text); r == 0 && rest.size;) {
		network.interface = span_next(&rest, ", ");
		if (network.interface.size)
			r = chase_network(chase, device, &network);
	}
	return r;
}

/* Without a server on the kernel command line an NBD may be qemu-nbd's image file on some disk of
 * this machine, and a DRBD without a disk may get one: the network is needed then, and what else
 * remains unknown. */
static int chase_unnamed(struct chase *chase, const char *device)
{
	int r = chase_network(chase, device, &(struct network){});

	return r < 0 ? r : chase_lose(chase, device);
}

#define VIRTUAL_NET "/sys/devices/virtual/net/"

int chase_transport(struct chase *chase, const char *device, const char *path,
		    bool *ret_is_network)
{
	char name[COMPONENT_SIZE];

	*ret_is_network = true;
	if (find_component(path, "session", name))
		return chase_iscsi(chase, device, path, name);
	if (has_prefix(path, NVME_FABRICS "/") &&
	    copy_component(path + strlen(NVME_FABRICS "/"), name))
		return chase_fabric(chase, name);
	if (has_prefix(path, VIRTUAL_NET) && /* FCoE on a VLAN */
	    copy_component(path + strlen(VIRTUAL_NET), name))
		return chase_network(chase, device,
				     &(struct network){ .interface = span_of(name) });
	if (has_prefix(device, "etherd!"))
		return chase_aoe(chase, device);
	if (is_numbered(device, "rbd") ||
	    (is_numbered(device, "nbd") && cmdline_find_server(chase->cmdline).size))
		return chase_server(chase, device, (struct span){});
	if (is_numbered(device, "nbd") || is_numbered(device, "drbd"))
		return chase_unnamed(chase, device);
	*ret_is_network = false;
	return 0;
}
