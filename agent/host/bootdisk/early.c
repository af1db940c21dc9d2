// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds what the boot image itself needs: the networks that it brings up, the keyboard and the key
 * files that open the encrypted volumes. Reads the kernel command line, initramfs-tools'
 * configuration and crypttab.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <stdio.h>

#define CONF_SIZE_MAX (64 * 1024)
#define USE_SIZE 320 /* a name of device-mapper's has at most 127 bytes */

/* Networks ---------------------------------------------------------------------------- */

/* The firmware's own table says which interfaces an iSCSI root is on (iscsi_ibft.c). */
static int chase_firmware(struct chase *chase)
{
	static const char folder[] = "/sys/firmware/ibft";
	CLEANUP(strings_done) struct strings names = {};
	struct network network = {};
	char mac[32];
	int r;

	r = names_list(chase->root, folder, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (!has_prefix(names.items[i], "ethernet") ||
		    !entry_read(chase->root, folder, names.items[i], "mac", mac,
				sizeof(mac)))
			continue;
		network.mac = span_of(mac);
		r = chase_network(chase, chase->need->source, &network);
	}
	return r < 0 || network.mac.text ?
		       r :
		       chase_network(chase, chase->need->source, &network);
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

static int need_parameter(struct bootdisk *bootdisk, const struct parameter *parameter,
			  struct span bootif)
{
	_cleanup_free_ char *source = NULL;
	struct network_request request;
	bool has_value = parameter->value;

	if (!network_request_parse(parameter, &request))
		return 0;
	/* PXELINUX names the interface that it booted from ("01-" is Ethernet); ip=dhcp keeps to it. */
	if (streq(request.use, "ip=") && bootif.size > 3)
		request.network.mac = (struct span){ bootif.text + 3, bootif.size - 3 };
	source = text_format("%.*s%s%.*s", (int)parameter->name_size, parameter->name,
			     has_value ? "=" : "", (int)parameter->value_size,
			     has_value ? parameter->value : "");
	if (!source)
		return -ENOMEM;
	return need_network(bootdisk, request.use, source, &request);
}

/* Every network that the image will bring up: for the root, or for a passphrase from afar. */
static int need_networks(struct bootdisk *bootdisk, const char *parameters)
{
	struct parameter parameter;
	struct span bootif = {};
	int r = 0;

	(void)parameter_find_value(parameters, "BOOTIF", &bootif);
	while (r == 0 && parameter_next(&parameters, &parameter))
		r = need_parameter(bootdisk, &parameter, bootif);
	return r;
}

/* Replaces *value by that of the last such line in a file of shell variables. */
static int find_variable(const struct root *root, const char *path, const char *key,
			 char **value)
{
	_cleanup_free_ char *text = NULL;
	const char *line, *cursor;
	size_t size;
	int r;

	r = root_read_file(root, path, CONF_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while ((line = text_next_line(&cursor, key, &size))) {
		line += strspn(line, "\"'");
		free(*value);
		*value = strndup(line, strcspn(line, "\"' \t#\n"));
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

	if (needs_have(bootdisk->needs, "ip="))
		return 0;
	r = find_variable(bootdisk->root, "/etc/initramfs-tools/initramfs.conf",
			  "IP=", &value);
	if (r == 0)
		r = names_list(bootdisk->root, folder, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (entry_path(folder, names.items[i], "", path))
			r = find_variable(bootdisk->root, path, "IP=", &value);
	if (r < 0 || !value)
		return r;
	parameter = text_format("ip=%s", value);
	if (!parameter)
		return -ENOMEM;
	return need_networks(bootdisk, parameter);
}

/* Passphrases and keys ------------------------------------------------------------------ */

static int need_keyboard(struct bootdisk *bootdisk, const char *volume)
{
	CLEANUP(chase_done) struct chase chase = {};
	char use[USE_SIZE];
	int r;

	snprintf(use, sizeof(use), "keyboard for the passphrase of %s", volume);
	r = need_begin(bootdisk, &chase, use, "keyboard");
	if (r == 0)
		r = chase_keyboards(&chase);
	return r < 0 ? r : need_end(bootdisk, &chase);
}

/* dropbear in the image, where a key may log in, asks DHCP unless there is ip=. */
static int need_remote_unlock(struct bootdisk *bootdisk)
{
	static const char *const keys[] = {
		"/etc/dropbear/initramfs/authorized_keys",
		"/etc/dropbear-initramfs/authorized_keys", /* up to Debian 11 */
	};

	if (needs_have(bootdisk->needs, "ip="))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (root_exists(bootdisk->root, keys[i]))
			return need_network(bootdisk, "network for the passphrase",
					    keys[i], &(struct network_request){});
	return 0;
}

static int need_key_device(struct bootdisk *bootdisk, const char *volume, const char *device)
{
	char use[USE_SIZE];

	snprintf(use, sizeof(use), "key of %s", volume);
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

int need_early(struct bootdisk *bootdisk)
{
	int r = need_networks(bootdisk, bootdisk->cmdline);

	if (r == 0)
		r = need_configured_network(bootdisk);
	return r < 0 ? r : need_unlocking(bootdisk);
}
