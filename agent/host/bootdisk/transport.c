// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes a block device that hangs on no PCI function, as another machine has the disk, to the
 * network that it comes by: iSCSI, NVMe over fabrics, FCoE, AoE, NBD, RBD, DRBD.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

/* Of "/sys/devices/platform/host2/session1/...": "session1", where `prefix` is "session". */
static bool find_component(const char *path, const char *prefix, char *buffer, size_t size)
{
	while ((path = strchr(path, '/'))) {
		size_t length = strcspn(++path, "/");

		if (has_prefix(path, prefix) && isdigit((unsigned char)path[strlen(prefix)]))
			return (size_t)snprintf(buffer, size, "%.*s", (int)length, path) <
			       size;
	}
	return false;
}

static bool read_value(struct chase *chase, const char *folder, const char *file,
		       char *text, size_t size)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof(path), "%s/%s", folder, file) < sizeof(path) &&
	       root_read_line(chase->root, path, text, size) > 0;
}

/* iSCSI ------------------------------------------------------------------------------------ */

#define CONNECTIONS "/sys/class/iscsi_connection"

/* The connections of a session are connection1:0, connection1:1, ... (scsi_transport_iscsi.c). */
static int chase_connections(struct chase *chase, const char *device, const char *session,
			     const char *interface, bool *ret_any)
{
	CLEANUP(strings_done) struct strings names = {};
	char prefix[96], folder[PATH_MAX], address[128];
	int r;

	snprintf(prefix, sizeof(prefix), "connection%s:", session + strlen("session"));
	r = names_list(chase->root, CONNECTIONS, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct network network = { .interface = interface };

		if (!has_prefix(names.items[i], prefix))
			continue;
		snprintf(folder, sizeof(folder), CONNECTIONS "/%s", names.items[i]);
		if (read_value(chase, folder, "address", address, sizeof(address)) ||
		    read_value(chase, folder, "persistent_address", address,
			       sizeof(address)))
			network.server = address;
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
	char host[64], folder[PATH_MAX], interface[64] = "";
	bool has_connection = false;
	int r;

	if (find_component(path, "host", host, sizeof(host))) {
		snprintf(folder, sizeof(folder), "/sys/class/iscsi_host/%s", host);
		read_value(chase, folder, "netdev", interface, sizeof(interface));
	}
	r = chase_connections(chase, device, session, *interface ? interface : NULL,
			      &has_connection);
	return r < 0 || has_connection ? r : chase_server(chase, device, NULL);
}

/* NVMe over fabrics ------------------------------------------------------------------------- */

/* "traddr=10.0.0.1,trsvcid=4420,host_iface=eth0" */
static bool find_key(const char *text, const char *key, char *buffer, size_t size)
{
	while (*text) {
		size_t length = strcspn(text, ",");

		if (has_prefix(text, key))
			return (size_t)snprintf(buffer, size, "%.*s",
						(int)(length - strlen(key)),
						text + strlen(key)) < size;
		text += length;
		text += *text == ',';
	}
	return false;
}

/* host_traddr=nn-0x...:pn-0x...: the port name is that of a host adapter (nvme-fc.c). */
static int chase_fibre_channel(struct chase *chase, const char *what, const char *address)
{
	CLEANUP(strings_done) struct strings hosts = {};
	char port[64], text[64], folder[PATH_MAX], path[PATH_MAX];
	const char *wanted;
	bool found = false;
	int r;

	if (!find_key(address, "host_traddr=", port, sizeof(port)) ||
	    !(wanted = strstr(port, "pn-")))
		return chase_lose(chase, what);
	r = names_list(chase->root, "/sys/class/fc_host", &hosts);
	for (size_t i = 0; r == 0 && i < hosts.n; i++) {
		snprintf(folder, sizeof(folder), "/sys/class/fc_host/%s", hosts.items[i]);
		if (read_value(chase, folder, "port_name", text, sizeof(text)) &&
		    streq(text, wanted + strlen("pn-")) &&
		    device_path_resolve(chase->root, folder, path, sizeof(path)) == 0)
			r = chase_add_functions(chase, path, &found);
	}
	return r < 0 || found ? r : chase_lose(chase, what);
}

int chase_fabric(struct chase *chase, const char *controller)
{
	char transport[32] = "", address[256] = "", server[128], interface[32];
	const char *what = strrchr(controller, '/') + 1;
	struct network network = {};

	read_value(chase, controller, "transport", transport, sizeof(transport));
	read_value(chase, controller, "address", address, sizeof(address));
	if (streq(transport, "fc"))
		return chase_fibre_channel(chase, what, address);
	if (!streq(transport, "tcp") && !streq(transport, "rdma"))
		return chase_lose(chase, what); /* "loop": a target of this machine's */
	if (find_key(address, "host_iface=", interface, sizeof(interface)))
		network.interface = interface;
	if (find_key(address, "traddr=", server, sizeof(server)))
		network.server = server;
	return chase_network(chase, what, &network);
}

/* By the kind of device ----------------------------------------------------------------------- */

/* ATA over Ethernet lists its interfaces (drivers/block/aoe/aoeblk.c). */
static int chase_aoe(struct chase *chase, const char *device)
{
	char text[256], *name, *rest = text;
	int r = 0;

	if (!block_read(chase->root, device, "netif", text, sizeof(text)))
		return chase_network(chase, device, &(struct network){});
	while (r == 0 && (name = strsep(&rest, ", ")))
		if (*name)
			r = chase_network(chase, device,
					  &(struct network){ .interface = name });
	return r;
}

/* Without a server on the kernel command line an NBD may be an image file of qemu-nbd's on some disk
 * of this machine, and DRBD without a disk of its own may get one: the network is needed then, and
 * what else is remains unknown. */
static int chase_unnamed(struct chase *chase, const char *device)
{
	int r = chase_network(chase, device, &(struct network){});

	return r < 0 ? r : chase_lose(chase, device);
}

static int chase_nbd(struct chase *chase, const char *device)
{
	_cleanup_free_ char *server = NULL;
	int r = cmdline_find_server(chase->cmdline, &server);

	if (r < 0)
		return r;
	return server ? chase_server(chase, device, server) : chase_unnamed(chase, device);
}

int chase_transport(struct chase *chase, const char *device, const char *path,
		    bool *ret_is_network)
{
	char name[64];

	*ret_is_network = true;
	if (find_component(path, "session", name, sizeof(name)))
		return chase_iscsi(chase, device, path, name);
	if (has_prefix(path, NVME_FABRICS)) {
		char controller[PATH_MAX];

		snprintf(controller, sizeof(controller), NVME_FABRICS "%.*s",
			 (int)strcspn(path + strlen(NVME_FABRICS), "/"),
			 path + strlen(NVME_FABRICS));
		return chase_fabric(chase, controller);
	}
	if (has_prefix(path, "/sys/devices/virtual/net/")) { /* FCoE on a VLAN */
		path += strlen("/sys/devices/virtual/net/");
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "/"), path);
		return chase_network(chase, device, &(struct network){ .interface = name });
	}
	if (has_prefix(device, "etherd!"))
		return chase_aoe(chase, device);
	if (is_numbered(device, "nbd"))
		return chase_nbd(chase, device);
	if (is_numbered(device, "rbd"))
		return chase_server(chase, device, NULL);
	if (is_numbered(device, "drbd"))
		return chase_unnamed(chase, device);
	*ret_is_network = false;
	return 0;
}
