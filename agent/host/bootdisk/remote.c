// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows a file system of another machine, or of the hypervisor, by its type, its source and the
 * kernel command line. Finds its server or tag; net.c follows the server.
 */
#include "host/bootdisk/bootdisk-parts.h"

#define VIRTIO "/sys/bus/virtio/devices"
#define VIRTIOFS "/sys/fs/virtiofs"
#define VIRTIO_ID_FS "0x001a" /* linux/virtio_ids.h */

int chase_server(struct chase *chase, const char *what, struct span server)
{
	struct network network = { .server = server };

	if (!server.size)
		network.server = cmdline_find_server(chase->cmdline);
	return chase_network(chase, what, &network);
}

/* Tags of the hypervisor's file systems -------------------------------------------------- */

/* In each folder below `place` a file says whose it is, and `link` leads to the device. */
static int find_tagged(struct chase *chase, const char *place, const char *file,
		       const char *wanted, const char *link, bool *ret_found)
{
	CLEANUP(strings_done) struct strings names = {};
	char path[PATH_MAX], text[256];
	int r;

	r = names_list(chase->root, place, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		const char *name = names.items[i];
		bool is_on_pci;

		if (!entry_read(chase->root, place, name, file, text, sizeof(text)) ||
		    !streq(text, wanted) ||
		    !entry_resolve(chase->root, place, name, link, path))
			continue;
		*ret_found = true;
		r = chase_add_functions(chase, path, &is_on_pci);
		chase->has_virtual |= !is_on_pci; /* virtio of the platform */
	}
	return r;
}

/* 9p shows its tag (net/9p/trans_virtio.c), virtiofs since Linux 6.9 (fs/fuse/virtio_fs.c); before
 * that every virtiofs device may be the one. */
static int chase_tag(struct chase *chase, const char *tag)
{
	bool found = false;
	int r;

	r = find_tagged(chase, VIRTIO, "mount_tag", tag, "", &found);
	if (r == 0 && !found)
		r = find_tagged(chase, VIRTIOFS, "tag", tag, "device", &found);
	if (r == 0 && !found)
		r = find_tagged(chase, VIRTIO, "device", VIRTIO_ID_FS, "", &found);
	return r < 0 || found ? r : chase_lose(chase, tag);
}

/* Mounts --------------------------------------------------------------------------------- */

/* NFS and CIFS say in `addr=` which address the name has led to. */
static int chase_one_server(struct chase *chase, const struct mount *mount)
{
	struct span server;

	if (!option_find(mount->options, "addr", &server))
		server = server_of(span_of(mount->source));
	return chase_server(chase, mount->source, server);
}

/* ceph's monitors: "10.0.0.1:6789,10.0.0.2:6789:/", or mon_addr=10.0.0.1:6789/10.0.0.2:6789 */
static int chase_servers(struct chase *chase, const struct mount *mount)
{
	struct span rest = span_of(mount->source);
	const char *separator = ",";
	int r;

	if (option_find(mount->options, "mon_addr", &rest))
		separator = "/";
	do
		r = chase_server(chase, mount->source,
				 server_of(span_next(&rest, separator)));
	while (r == 0 && rest.size);
	return r;
}

int chase_remote_mount(struct chase *chase, const struct mount *mount)
{
	switch (remote_kind(span_of(mount->type))) {
	case REMOTE_SERVER:
		return chase_one_server(chase, mount);
	case REMOTE_SERVERS:
		return chase_servers(chase, mount);
	case REMOTE_TAG:
		/* 9p over TCP has an address for its source. */
		return strpbrk(mount->source, ".:") ? chase_one_server(chase, mount) :
						      chase_tag(chase, mount->source);
	case REMOTE_NONE:
		break;
	}
	return chase_lose(chase, mount->source);
}

/* Names ----------------------------------------------------------------------------------- */

int chase_remote_name(struct chase *chase, const char *name, bool *ret_is_remote)
{
	/* The server is nfsroot='s, or what DHCP says. */
	static const char *const words[] = { "/dev/nfs", "/dev/cifs", "dhcp", "dhcp6" };
	static const char *const tagged[] = { "virtiofs:", "9p:" };
	struct span type;

	*ret_is_remote = true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(name, words[i]))
			return chase_server(chase, name, (struct span){});
	for (size_t i = 0; i < ARRAY_SIZE(tagged); i++)
		if (has_prefix(name, tagged[i]))
			return chase_tag(chase, name + strlen(tagged[i]));
	if (server_scheme(span_of(name)))
		return chase_server(chase, name, server_of(span_of(name)));
	*ret_is_remote = !strpbrk(name, "/=:") &&
			 parameter_find_value(chase->cmdline, "rootfstype", &type) &&
			 remote_kind(type) == REMOTE_TAG;
	return *ret_is_remote ? chase_tag(chase, name) : 0;
}
