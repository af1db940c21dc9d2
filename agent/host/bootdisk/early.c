// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the boot image itself need: the networks that it brings up, the keyboard and the key files
 * that the encrypted volumes are opened with? By the kernel command line, initramfs-tools'
 * configuration and crypttab.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <limits.h>
#include <stdio.h>

#define CONF_SIZE_MAX (64 * 1024)

/* Networks ---------------------------------------------------------------------------- */

/* The firmware's own table says which interfaces an iSCSI root is on (iscsi_ibft.c). */
static int chase_firmware(struct chase *chase)
{
	static const char folder[] = "/sys/firmware/ibft";
	CLEANUP(strings_done) struct strings names = {};
	char path[PATH_MAX], mac[32];
	bool has_mac = false;
	int r;

	r = names_list(chase->root, folder, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		snprintf(path, sizeof(path), "%s/%s/mac", folder, names.items[i]);
		if (!has_prefix(names.items[i], "ethernet") ||
		    root_read_line(chase->root, path, mac, sizeof(mac)) < 0)
			continue;
		has_mac = true;
		r = chase_network(chase, chase->need->source,
				  &(struct network){ .mac = mac });
	}
	return r < 0 || has_mac ?
		       r :
		       chase_network(chase, chase->need->source, &(struct network){});
}

static int need_network(struct bootdisk *bootdisk, const char *use, const char *source,
			const struct network_request *request)
{
	CLEANUP(chase_done) struct chase chase = {};
	int r;

	r = need_begin(bootdisk, &chase, use, source);
	if (r == 0)
		r = request->is_firmware ?
			    chase_firmware(&chase) :
			    chase_network(&chase, source, &request->network);
	return r < 0 ? r : need_end(bootdisk, &chase);
}

static int need_parameter(struct bootdisk *bootdisk, char *parameter, const char *bootif)
{
	_cleanup_free_ char *source = strdup(parameter);
	struct network_request request;

	if (!source)
		return -ENOMEM;
	if (!network_request_parse(parameter, &request))
		return 0;
	/* PXELINUX says which interface it came by ("01-" is Ethernet); ip=dhcp keeps to that. */
	if (streq(request.use, "ip=") && bootif && strlen(bootif) > 3)
		request.network.mac = bootif + 3;
	return need_network(bootdisk, request.use, source, &request);
}

/* Every network that the image will bring up: for the root, or for a passphrase from afar. */
static int need_networks(struct bootdisk *bootdisk)
{
	_cleanup_free_ char *line = strdup(bootdisk->cmdline), *bootif = NULL;
	char *parameter, *rest = line;
	int r = line ? cmdline_find(bootdisk->cmdline, "BOOTIF=", &bootif) : -ENOMEM;

	while (r == 0 && (parameter = cmdline_next(&rest)))
		r = need_parameter(bootdisk, parameter, bootif);
	return r;
}

/* The value of the last such line in a file of shell variables takes the place of *value. */
static int find_variable(const struct root *root, const char *path, const char *key,
			 char **value)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	size_t size;
	int r;

	r = root_read_file(root, path, CONF_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (!has_prefix(line, key))
			continue;
		line += strlen(key);
		line += strspn(line, "\"'");
		free(*value);
		*value = strndup(line, strcspn(line, "\"' \t#"));
		if (!*value)
			return -ENOMEM;
	}
	return 0;
}

/* IP= in initramfs-tools' own configuration, in the words of ip= on the kernel command line, which
 * counts where both are there. */
static int need_configured_network(struct bootdisk *bootdisk)
{
	static const char folder[] = "/etc/initramfs-tools/conf.d";
	CLEANUP(strings_done) struct strings names = {};
	_cleanup_free_ char *value = NULL, *parameter = NULL;
	char path[PATH_MAX];
	int r;

	if (has_need(bootdisk->needs, "ip="))
		return 0;
	r = find_variable(bootdisk->root, "/etc/initramfs-tools/initramfs.conf",
			  "IP=", &value);
	if (r == 0)
		r = names_list(bootdisk->root, folder, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names.items[i]);
		r = find_variable(bootdisk->root, path, "IP=", &value);
	}
	if (r < 0 || !value || !*value)
		return r;
	if (asprintf(&parameter, "ip=%s", value) < 0) {
		parameter = NULL;
		return -ENOMEM;
	}
	return need_parameter(bootdisk, parameter, NULL);
}

/* Passphrases and keys ------------------------------------------------------------------ */

static int need_keyboard(struct bootdisk *bootdisk, const char *volume)
{
	CLEANUP(chase_done) struct chase chase = {};
	_cleanup_free_ char *use = NULL;
	int r;

	if (asprintf(&use, "keyboard for the passphrase of %s", volume) < 0) {
		use = NULL;
		return -ENOMEM;
	}
	r = need_begin(bootdisk, &chase, use, "keyboard");
	if (r == 0)
		r = chase_keyboards(&chase);
	return r < 0 ? r : need_end(bootdisk, &chase);
}

/* dropbear in the image, for which somebody's key was put there, asks DHCP where nothing says ip=. */
static int need_remote_unlock(struct bootdisk *bootdisk)
{
	static const char *const keys[] = {
		"/etc/dropbear/initramfs/authorized_keys",
		"/etc/dropbear-initramfs/authorized_keys", /* up to Debian 11 */
	};

	if (has_need(bootdisk->needs, "ip="))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (root_exists(bootdisk->root, keys[i]))
			return need_network(bootdisk, "network for the passphrase",
					    keys[i], &(struct network_request){});
	return 0;
}

static int need_key_device(struct bootdisk *bootdisk, const char *volume, const char *device)
{
	_cleanup_free_ char *use = NULL;

	if (asprintf(&use, "key of %s", volume) < 0) {
		use = NULL;
		return -ENOMEM;
	}
	return need_name(bootdisk, use, device);
}

static int need_unlocking(struct bootdisk *bootdisk)
{
	bool is_prompted = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < bootdisk->opened.n; i++) {
		CLEANUP(unlock_done) struct unlock unlock = {};
		const char *volume = bootdisk->opened.items[i];

		r = unlock_find(bootdisk->root, bootdisk->cmdline, volume, &unlock);
		if (r == 0 && unlock.key_device)
			r = need_key_device(bootdisk, volume, unlock.key_device);
		if (r < 0 || !unlock.is_prompted || is_prompted)
			continue;
		is_prompted = true; /* one keyboard is for all of them */
		r = need_keyboard(bootdisk, volume);
		if (r == 0)
			r = need_remote_unlock(bootdisk);
	}
	return r;
}

int need_of_image(struct bootdisk *bootdisk)
{
	int r = need_networks(bootdisk);

	if (r == 0)
		r = need_configured_network(bootdisk);
	return r < 0 ? r : need_unlocking(bootdisk);
}
