// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds how the encrypted volumes below the host's file systems are opened at boot, and the
 * functions that a passphrase is typed on. Reads crypttab, the kernel command line and the keyboards
 * that are there; never a LUKS header.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"
#include "facts/keyboard.h"

#include <stdio.h>

#define CRYPTTAB_SIZE_MAX (64 * 1024)
#define INPUT "/sys/class/input"
#define USB "/sys/bus/usb/devices"

/* crypttab -------------------------------------------------------------------------------- */

void crypttab_entry_done(struct crypttab_entry *entry)
{
	free(entry->text);
	*entry = (struct crypttab_entry){};
}

/* False: the line has no two fields. */
static bool split_entry(char *line, struct crypttab_entry *ret_entry)
{
	char *name = field_next(&line), *source = field_next(&line);
	char *key = field_next(&line), *options = field_next(&line);

	*ret_entry = (struct crypttab_entry){ NULL, name, source, key ? key : "none",
					      options ? options : "" };
	return source;
}

int crypttab_find(const struct root *root, const char *wanted,
		  struct crypttab_entry *ret_entry)
{
	_cleanup_free_ char *text = NULL;
	struct crypttab_entry entry;
	char *line, *rest;
	size_t size;
	int r;

	r = root_read_file(root, "/etc/crypttab", CRYPTTAB_SIZE_MAX, &text, &size);
	if (r == -ENOMEM)
		return r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (!split_entry(line, &entry) || !streq(entry.name, wanted))
			continue;
		entry.text = steal(text);
		*ret_entry = entry;
		return 0;
	}
	return 0;
}

/* A token that asks for its PIN is a prompt too. */
static bool is_prompted(const struct crypttab_entry *entry)
{
	static const char asking[] = "decrypt_keyctl";
	struct span value;

	if (option_find(entry->options, "keyscript", &value))
		return memmem(value.text, value.size, asking, strlen(asking));
	if (option_find(entry->options, "tpm2-device", &value) &&
	    !(option_find(entry->options, "tpm2-pin", &value) && span_equal(value, "yes")))
		return false;
	return streq(entry->key, "none") || streq(entry->key, "-");
}

void unlock_done(struct unlock *unlock)
{
	free(unlock->key_device);
	*unlock = (struct unlock){};
}

/* The first part between colons that names a device: systemd's "/key:UUID=...", dracut's
 * rd.luks.key=/key:UUID=..., Debian's passdev "/dev/disk/by-label/KEYS:/key", Arch's cryptkey=. */
static int find_key_device(struct span key, char **ret_device)
{
	while (key.size) {
		struct span part = span_next(&key, ":");
		bool is_cut = key.text > part.text + part.size;

		if (!memchr(part.text, '=', part.size) &&
		    !(is_cut && has_prefix(part.text, "/dev/")))
			continue;
		*ret_device = strndup(part.text, part.size);
		return *ret_device ? 0 : -ENOMEM;
	}
	return 0;
}

int unlock_find(const struct root *root, const char *cmdline, const char *volume,
		struct unlock *ret_unlock)
{
	static const char *const keys[] = { "rd.luks.key", "luks.key", "cryptkey" };
	CLEANUP(crypttab_entry_done) struct crypttab_entry entry = {};
	struct span value;
	int r;

	r = crypttab_find(root, volume, &entry);
	ret_unlock->is_prompted = !entry.text || is_prompted(&entry);
	if (r == 0 && entry.text)
		r = find_key_device(span_of(entry.key), &ret_unlock->key_device);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++) {
		if (!parameter_find_value(cmdline, keys[i], &value))
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
	char text[32];

	return entry_read(root, USB, name, file, text, sizeof(text)) ?
		       strtoul(text, NULL, 16) :
		       0;
}

/* 1: a keyboard, 2: a mouse, by USB's boot interfaces; they show before any driver has them. */
static unsigned boot_protocol(const struct root *root, const char *name)
{
	if (read_interface(root, name, "bInterfaceClass") != 3 ||
	    read_interface(root, name, "bInterfaceSubClass") != 1)
		return 0;
	return read_interface(root, name, "bInterfaceProtocol");
}

/* Receivers show a keyboard first. A mouse may show a keyboard after itself, for its keys: no
 * passphrase can be typed on that. The names are sorted: interface 0 comes first. */
static int take_usb_keyboards(struct keyboards *keyboards)
{
	const struct root *root = keyboards->chase->root;
	CLEANUP(strings_done) struct strings names = {};
	char path[PATH_MAX], device[64];
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
		if (r == 0 && protocol == 1 && entry_resolve(root, USB, name, "", path))
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

/* PS/2, a laptop's own, and on USB those without a boot interface. Keyboards of Bluetooth and of
 * programs are virtual, and not there when a passphrase is asked for. */
static int take_other_keyboards(struct keyboards *keyboards)
{
	const struct root *root = keyboards->chase->root;
	CLEANUP(strings_done) struct strings names = {};
	char path[PATH_MAX];
	int r;

	r = names_list(root, INPUT, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (is_numbered(names.items[i], "input") &&
		    entry_resolve(root, INPUT, names.items[i], "", path) &&
		    !has_prefix(path, "/sys/devices/virtual/") &&
		    !is_decided(keyboards, path) && keyboard_has_keys(root, names.items[i]))
			r = take_keyboard(keyboards, path);
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
