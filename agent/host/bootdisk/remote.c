// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Knows a file system of another machine, or of the hypervisor, by its type, its source and the
 * kernel command line, and says which server or tag it has. bootdisk-net.c takes it from there.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"

#include <limits.h>
#include <stdio.h>

#define VIRTIO "/sys/bus/virtio/devices"
#define VIRTIOFS "/sys/fs/virtiofs"
#define VIRTIO_ID_FS "0x001a" /* linux/virtio_ids.h */

/* Servers ------------------------------------------------------------------------------- */

static const char *const schemes[] = { "nfs",  "nfs4", "cifs",	"smb", "iscsi", "nbd",
				       "fcoe", "http", "https", "ftp", "tftp",	"ssh" };

/* "nfs:" of "nfs:host:/x" and "http:" of "http://host/x"; 0: none. */
static size_t scheme_length(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t length = strlen(schemes[i]);

		if (has_prefix(text, schemes[i]) && text[length] == ':')
			return length + 1;
	}
	return 0;
}

int server_of(const char *text, char **ret_server)
{
	const char *user;
	size_t length;

	text += scheme_length(text);
	text += strspn(text, "/") >= 2 ? 2 : 0;
	user = strchr(text, '@');
	if (user && !memchr(text, '/', user - text))
		text = user + 1;
	if (*text == '[') {
		text++;
		length = strcspn(text, "]");
	} else {
		length = strcspn(text, ":/,");
	}
	*ret_server = length ? strndup(text, length) : NULL;
	return length && !*ret_server ? -ENOMEM : 0;
}

int cmdline_find_server(const char *cmdline, char **ret_server)
{
	static const char *const names[] = { "netroot=", "nfsroot=", "nbdroot=", "root=" };
	int r = 0;

	*ret_server = NULL;
	for (size_t i = 0; r == 0 && !*ret_server && i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *value = NULL;

		r = cmdline_find(cmdline, names[i], &value);
		if (r == 0 && value && (!streq(names[i], "root=") || scheme_length(value)))
			r = server_of(value, ret_server);
	}
	return r;
}

int chase_server(struct chase *chase, const char *what, const char *server)
{
	_cleanup_free_ char *named = NULL;
	struct network network = { .server = server };
	int r = 0;

	if (!server) {
		r = cmdline_find_server(chase->cmdline, &named);
		network.server = named;
	}
	return r < 0 ? r : chase_network(chase, what, &network);
}

/* Tags of the hypervisor's file systems -------------------------------------------------- */

static int take_virtio(struct chase *chase, const char *link, bool *ret_found)
{
	char path[PATH_MAX];
	bool found;
	int r;

	if (device_path_resolve(chase->root, link, path, sizeof(path)) < 0 ||
	    !has_prefix(path, "/sys/devices/"))
		return 0;
	r = chase_add_functions(chase, path, &found);
	if (r == 0 && !found)
		chase->has_virtual = true; /* virtio of the platform */
	*ret_found = true;
	return r;
}

/* In each folder below `place` a file says whose it is, and `link` leads to the device. */
static int find_tagged(struct chase *chase, const char *place, const char *file,
		       const char *wanted, const char *link, bool *ret_found)
{
	CLEANUP(strings_done) struct strings names = {};
	char path[PATH_MAX], text[256];
	int r;

	r = names_list(chase->root, place, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", place, names.items[i], file);
		if (root_read_line(chase->root, path, text, sizeof(text)) < 0 ||
		    !streq(text, wanted))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", place, names.items[i], link);
		r = take_virtio(chase, path, ret_found);
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
		r = find_tagged(chase, VIRTIOFS, "tag", tag, "/device", &found);
	if (r == 0 && !found)
		r = find_tagged(chase, VIRTIO, "device", VIRTIO_ID_FS, "", &found);
	return r < 0 || found ? r : chase_lose(chase, tag);
}

/* Mounts --------------------------------------------------------------------------------- */

enum remote_kind { REMOTE_NONE, REMOTE_SERVER, REMOTE_SERVERS, REMOTE_TAG };

static enum remote_kind kind_of(const char *type)
{
	static const struct {
		const char *type;
		enum remote_kind kind;
	} rows[] = {
		{ "nfs", REMOTE_SERVER },
		{ "nfs4", REMOTE_SERVER },
		{ "cifs", REMOTE_SERVER },
		{ "smb3", REMOTE_SERVER },
		{ "afs", REMOTE_SERVER },
		{ "lustre", REMOTE_SERVER },
		{ "glusterfs", REMOTE_SERVER },
		{ "fuse.glusterfs", REMOTE_SERVER },
		{ "fuse.sshfs", REMOTE_SERVER },
		{ "ceph", REMOTE_SERVERS },
		{ "9p", REMOTE_TAG },
		{ "virtiofs", REMOTE_TAG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (streq(type, rows[i].type))
			return rows[i].kind;
	return REMOTE_NONE;
}

bool is_remote_type(const char *type)
{
	return kind_of(type) != REMOTE_NONE;
}

/* The value of an option, up to the next comma; NULL: not there. */
static int find_option(const struct mount *mount, const char *name, char **ret_value)
{
	const char *option = mount->options;

	*ret_value = NULL;
	while (*option) {
		size_t length = strcspn(option, ",");

		if (has_prefix(option, name)) {
			*ret_value = strndup(option + strlen(name), length - strlen(name));
			return *ret_value ? 0 : -ENOMEM;
		}
		option += length;
		option += *option == ',';
	}
	return 0;
}

/* NFS and CIFS say in `addr=` which address the name has led to. */
static int chase_one_server(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *address = NULL, *server = NULL;
	int r;

	r = find_option(mount, "addr=", &address);
	if (r == 0 && !address)
		r = server_of(mount->source, &server);
	return r < 0 ? r : chase_server(chase, mount->source, address ? address : server);
}

/* ceph's monitors: "10.0.0.1:6789,10.0.0.2:6789:/", or mon_addr=10.0.0.1:6789/10.0.0.2:6789 */
static int chase_servers(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *addresses = NULL, *source = NULL;
	const char *separator;
	char *item, *rest;
	int r;

	r = find_option(mount, "mon_addr=", &addresses);
	if (r == 0 && !addresses && !(source = strdup(mount->source)))
		r = -ENOMEM;
	separator = addresses ? "/" : ",";
	rest = addresses ? addresses : source;
	while (r == 0 && (item = strsep(&rest, separator))) {
		_cleanup_free_ char *server = NULL;

		r = server_of(item, &server);
		if (r == 0)
			r = chase_server(chase, mount->source, server);
	}
	return r;
}

int chase_remote_mount(struct chase *chase, const struct mount *mount)
{
	switch (kind_of(mount->type)) {
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
	_cleanup_free_ char *server = NULL, *type = NULL;
	int r;

	*ret_is_remote = true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(name, words[i]))
			return chase_server(chase, name, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(tagged); i++)
		if (has_prefix(name, tagged[i]))
			return chase_tag(chase, name + strlen(tagged[i]));
	if (scheme_length(name)) {
		r = server_of(name, &server);
		return r < 0 ? r : chase_server(chase, name, server);
	}
	*ret_is_remote = false;
	if (strpbrk(name, "/=:"))
		return 0;
	r = cmdline_find(chase->cmdline, "rootfstype=", &type);
	if (r < 0 || !type || kind_of(type) != REMOTE_TAG)
		return r;
	*ret_is_remote = true;
	return chase_tag(chase, name);
}
