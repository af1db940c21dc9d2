// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Says how the encrypted volumes below the host's file systems are opened at boot, and which
 * functions a passphrase is typed on. Reads crypttab, the kernel command line and the keyboards
 * that are there; never a LUKS header.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"
#include "facts/keyboard.h"

#include <limits.h>
#include <stdio.h>

#define CRYPTTAB_SIZE_MAX (64 * 1024)
#define INPUT "/sys/class/input"
#define USB "/sys/bus/usb/devices"

/* crypttab -------------------------------------------------------------------------------- */

void crypttab_entry_done(struct crypttab_entry *entry)
{
	free(entry->line);
	*entry = (struct crypttab_entry){};
}

static void split_entry(char *line, struct crypttab_entry *ret_entry)
{
	char *save, *name = strtok_r(line, " \t", &save);
	char *source = name ? strtok_r(NULL, " \t", &save) : NULL;
	char *key = source ? strtok_r(NULL, " \t", &save) : NULL;
	char *options = key ? strtok_r(NULL, " \t", &save) : NULL;

	*ret_entry = (struct crypttab_entry){ line, name, source, key ? key : "none",
					      options ? options : "" };
}

int crypttab_find(const struct root *root, const char *wanted,
		  struct crypttab_entry *ret_entry)
{
	/* The second is where initramfs-tools puts it. */
	static const char *const tables[] = { "/etc/crypttab", "/cryptroot/crypttab" };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		_cleanup_free_ char *text = NULL;
		char *line, *rest;
		size_t size;
		int r;

		r = root_read_file(root, tables[i], CRYPTTAB_SIZE_MAX, &text, &size);
		if (r == -ENOMEM)
			return r;
		rest = text;
		while ((line = strsep(&rest, "\n"))) {
			char *copy = strdup(line);

			if (!copy)
				return -ENOMEM;
			split_entry(copy, ret_entry);
			ret_entry->line = copy;
			if (ret_entry->source && streq(ret_entry->name, wanted))
				return 0;
			crypttab_entry_done(ret_entry);
		}
	}
	return 0;
}

static bool has_option(const char *options, const char *name)
{
	while (*options) {
		if (has_prefix(options, name))
			return true;
		options += strcspn(options, ",");
		options += *options == ',';
	}
	return false;
}

/* A token that asks for its PIN is a prompt too. */
static bool is_prompted(const struct crypttab_entry *entry)
{
	const char *script = strstr(entry->options, "keyscript=");

	if (script)
		return strstr(script, "decrypt_keyctl") != NULL;
	if (has_option(entry->options, "tpm2-device=") &&
	    !has_option(entry->options, "tpm2-pin=yes"))
		return false;
	return streq(entry->key, "none") || streq(entry->key, "-");
}

void unlock_done(struct unlock *unlock)
{
	free(unlock->key_device);
	*unlock = (struct unlock){};
}

/* Of the parts between colons the first that is a device's name: systemd's "/key:UUID=...", dracut's
 * rd.luks.key=/key:UUID=..., Debian's passdev "/dev/disk/by-label/KEYS:/key", Arch's cryptkey=. */
static int find_key_device(const char *key, char **ret_device)
{
	while (*key) {
		size_t length = strcspn(key, ":");

		if (memchr(key, '=', length) ||
		    (has_prefix(key, "/dev/") && key[length] == ':')) {
			*ret_device = strndup(key, length);
			return *ret_device ? 0 : -ENOMEM;
		}
		key += length;
		key += *key == ':';
	}
	return 0;
}

int unlock_find(const struct root *root, const char *cmdline, const char *volume,
		struct unlock *ret_unlock)
{
	static const char *const keys[] = { "rd.luks.key=", "luks.key=", "cryptkey=" };
	CLEANUP(crypttab_entry_done) struct crypttab_entry entry = {};
	int r;

	r = crypttab_find(root, volume, &entry);
	ret_unlock->is_prompted = !entry.line || is_prompted(&entry);
	if (r == 0 && entry.line)
		r = find_key_device(entry.key, &ret_unlock->key_device);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++) {
		_cleanup_free_ char *value = NULL;

		r = cmdline_find(cmdline, keys[i], &value);
		if (r < 0 || !value)
			continue;
		ret_unlock->is_prompted = false;
		free(steal(ret_unlock->key_device));
		r = find_key_device(value, &ret_unlock->key_device);
	}
	return r;
}

/* Keyboards ------------------------------------------------------------------------------- */

struct keyboards {
	struct chase *chase;
	bool is_elsewhere;	/* one hangs on no PCI function, or on another slot */
	struct strings decided; /* USB devices by their boot interface, as "/3-1:" */
};

/* Keeps the function, or notes that there are keyboards in two places. */
static int take_keyboard(struct keyboards *keyboards, const char *path)
{
	const struct host_need *need = keyboards->chase->need;
	struct bdf functions[DEVICE_PATH_FUNCTIONS];
	size_t n = device_path_functions(path, functions);
	bool found;

	if (!n || (need->n_functions &&
		   !bdf_is_same_slot(&need->functions[0], &functions[n - 1]))) {
		keyboards->is_elsewhere = true;
		return 0;
	}
	return chase_add_functions(keyboards->chase, path, &found);
}

static unsigned read_interface(const struct root *root, const char *name, const char *file)
{
	char path[PATH_MAX], text[32];

	snprintf(path, sizeof(path), USB "/%s/%s", name, file);
	return root_read_line(root, path, text, sizeof(text)) < 0 ?
		       0 :
		       strtoul(text, NULL, 16);
}

/* 1: a keyboard, 2: a mouse, by USB's boot interfaces; also before any driver has them. */
static unsigned boot_protocol(const struct root *root, const char *name)
{
	if (read_interface(root, name, "bInterfaceClass") != 3 ||
	    read_interface(root, name, "bInterfaceSubClass") != 1)
		return 0;
	return read_interface(root, name, "bInterfaceProtocol");
}

/* Receivers show a keyboard first. A mouse that shows a keyboard after itself, for its keys, is
 * none that a passphrase can be typed on. The names are sorted: interface 0 comes first. */
static int take_usb_keyboards(struct keyboards *keyboards)
{
	const struct root *root = keyboards->chase->root;
	CLEANUP(strings_done) struct strings names = {};
	char path[PATH_MAX], link[PATH_MAX], device[64];
	int r;

	r = names_list(root, USB, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		const char *name = names.items[i], *colon = strchr(name, ':');
		unsigned protocol;

		if (!colon)
			continue;
		snprintf(device, sizeof(device), "/%.*s:", (int)(colon - name), name);
		protocol = boot_protocol(root, name);
		if ((protocol != 1 && protocol != 2) ||
		    strings_have(&keyboards->decided, device))
			continue;
		r = strings_add(&keyboards->decided, device);
		snprintf(link, sizeof(link), USB "/%s", name);
		if (r == 0 && protocol == 1 &&
		    device_path_resolve(root, link, path, sizeof(path)) == 0)
			r = take_keyboard(keyboards, path);
	}
	return r;
}

static bool is_decided(const struct keyboards *keyboards, const char *path)
{
	for (size_t i = 0; i < keyboards->decided.n; i++)
		if (strstr(path, keyboards->decided.items[i]))
			return true;
	return false;
}

/* PS/2, a laptop's own, and on USB those without a boot interface. What Bluetooth or a program brings
 * is virtual, and not there when a passphrase is asked for. */
static int take_other_keyboards(struct keyboards *keyboards)
{
	const struct root *root = keyboards->chase->root;
	CLEANUP(strings_done) struct strings names = {};
	char link[PATH_MAX], path[PATH_MAX];
	int r;

	r = names_list(root, INPUT, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (!is_numbered(names.items[i], "input"))
			continue;
		snprintf(link, sizeof(link), INPUT "/%s", names.items[i]);
		if (device_path_resolve(root, link, path, sizeof(path)) == 0 &&
		    has_prefix(path, "/sys/devices/") &&
		    !has_prefix(path, "/sys/devices/virtual/") &&
		    !is_decided(keyboards, path) && keyboard_has_keys(root, names.items[i]))
			r = take_keyboard(keyboards, path);
	}
	return r;
}

int chase_keyboards(struct chase *chase)
{
	struct keyboards keyboards = { .chase = chase };
	int r = take_usb_keyboards(&keyboards);

	if (r == 0)
		r = take_other_keyboards(&keyboards);
	strings_done(&keyboards.decided);
	if (keyboards.is_elsewhere)
		chase->need->n_functions = 0;
	chase->has_virtual = !chase->need->n_functions;
	return r;
}
