// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads from the kernel command line which root it names and which server has it. */
#include "host/bootdisk/bootdisk-parts.h"

int cmdline_find_root(const char *cmdline, char **ret_name)
{
	struct span root = {}, dataset;
	bool has_root = parameter_find_value(cmdline, "root", &root);

	*ret_name = NULL;
	/* Arch: "bootfs" or a dataset. */
	if (parameter_find_value(cmdline, "zfs", &dataset) &&
	    (!has_root || span_equal(root, "zfs") || span_equal(root, "zfs:"))) {
		*ret_name = text_format("ZFS=%.*s", (int)dataset.size, dataset.text);
	} else if (root.size) {
		*ret_name = strndup(root.text, root.size);
	} else {
		return 0;
	}
	return *ret_name ? 0 : -ENOMEM;
}

/* Servers ------------------------------------------------------------------------------- */

size_t server_scheme(struct span text)
{
	static const char *const schemes[] = { "nfs",	"nfs4", "cifs", "smb",
					       "iscsi", "nbd",	"fcoe", "http",
					       "https", "ftp",	"tftp", "ssh" };
	struct span scheme = span_next(&text, ":");

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (span_equal(scheme, schemes[i]) && text.text > scheme.text + scheme.size)
			return scheme.size + 1;
	return 0;
}

static struct span skip(struct span text, size_t size)
{
	return (struct span){ text.text + size, text.size - size };
}

struct span server_of(struct span text)
{
	const char *at;

	text = skip(text, server_scheme(text));
	if (text.size >= 2 && !memcmp(text.text, "//", 2))
		text = skip(text, 2);
	at = memchr(text.text, '@', text.size); /* user@host */
	if (at && !memchr(text.text, '/', at - text.text))
		text = skip(text, at + 1 - text.text);
	if (!text.size || *text.text != '[')
		return span_next(&text, ":/,");
	text = skip(text, 1);
	return span_next(&text, "]");
}

struct span cmdline_find_server(const char *cmdline)
{
	static const char *const names[] = { "netroot", "nfsroot", "nbdroot", "root" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct span value, server;

		if (!parameter_find_value(cmdline, names[i], &value) ||
		    (streq(names[i], "root") && !server_scheme(value)))
			continue;
		server = server_of(value);
		if (server.size)
			return server;
	}
	return (struct span){};
}
