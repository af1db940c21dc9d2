// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds network interfaces, disks, USB devices and consoles on a PCI function, through the resolved
 * paths of the kernel's class devices. Never judges.
 */
#include "facts/usage.h"

#include "facts/device-path.h"
#include "facts/keyboard.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#define NET "/sys/class/net"
#define USB "/sys/bus/usb/devices"

struct search {
	const struct root *root;
	const struct bdf *address;
	struct usage *usage;
	/* The class that is searched now. */
	const char *class;
	const char *path; /* of the current entry */
	int (*take)(struct search *search, const char *name);
};

/* Appends to the list, or "..." when the list is full. */
static void PRINTF_LIKE(2, 3)
	add_item(char text[static USAGE_TEXT_SIZE], const char *format, ...)
{
	static const char more[] = ", ...";
	size_t used = strlen(text), room = USAGE_TEXT_SIZE - used;
	char item[USAGE_TEXT_SIZE];
	va_list arguments;

	if (has_suffix(text, more))
		return;
	va_start(arguments, format);
	vsnprintf(item, sizeof(item), format, arguments);
	va_end(arguments);
	if (strlen(", ") + strlen(item) + sizeof(more) > room)
		snprintf(text + used, room, "%s", more);
	else
		snprintf(text + used, room, "%s%s", used ? ", " : "", item);
}

/* Users choose names of devices, and USB devices their product strings. */
static const char *clean(const char *text, char buffer[static QUOTE_SIZE])
{
	return quote(text, strnlen(text, 40), buffer);
}

static int take_entry(const char *name, void *data)
{
	struct search *search = data;
	struct bdf functions[DEVICE_PATH_FUNCTIONS];
	char link[PATH_MAX], path[PATH_MAX];
	size_t n;

	snprintf(link, sizeof(link), "%s/%s", search->class, name);
	if (device_path_resolve(search->root, link, path, sizeof(path)) < 0)
		return 0;
	n = device_path_functions(path, functions);
	for (size_t i = 0; i < n; i++)
		if (bdf_compare(&functions[i], search->address) == 0) {
			search->path = path;
			return search->take(search, name);
		}
	return 0;
}

static bool is_on_usb(const struct search *search)
{
	return strstr(search->path, "/usb") != NULL;
}

static int look(struct search *search, const char *class,
		int (*take)(struct search *search, const char *name))
{
	int r;

	search->class = class;
	search->take = take;
	r = root_list(search->root, class, take_entry, search);
	return r == -ENOMEM ? r : 0;
}

static bool read_file(struct search *search, const char *name, const char *file,
		      char *text, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/%s", search->class, name, file);
	return root_read_line(search->root, path, text, size) >= 0;
}

/* Network ----------------------------------------------------------------------------- */

static int take_interface(struct search *search, const char *name)
{
	struct usage_interface interface;
	char quoted[QUOTE_SIZE];
	int r;

	r = usage_find_interface(search->root, name, &interface);
	if (r < 0)
		return r;
	search->usage->kinds |= USAGE_NETWORK;
	if (interface.is_in_use) {
		search->usage->kinds |= USAGE_NETWORK_IN_USE;
		if (is_on_usb(search))
			add_item(search->usage->in_use, "network %s", clean(name, quoted));
	}
	add_item(search->usage->text, "network %s (%s)", clean(name, quoted),
		 interface.state);
	return 0;
}

/* Disks ------------------------------------------------------------------------------- */

static int take_disk(struct search *search, const char *name)
{
	char path[PATH_MAX], quoted[QUOTE_SIZE], use[USAGE_DISK_SIZE], place[QUOTE_SIZE];
	int r;

	if (is_on_usb(search)) {
		r = usage_find_disk(search->root, name, use);
		if (r < 0)
			return r;
		if (*use)
			add_item(search->usage->in_use, "disk %s (%s)",
				 clean(name, quoted), clean(use, place));
	}
	snprintf(path, sizeof(path), "%s/%s/partition", search->class, name);
	if (root_exists(search->root, path))
		return 0;
	search->usage->kinds |= USAGE_BLOCK;
	add_item(search->usage->text, "disk %s", clean(name, quoted));
	return 0;
}

/* USB --------------------------------------------------------------------------------- */

static unsigned long read_hex(struct search *search, const char *name, const char *file)
{
	char text[32];

	return read_file(search, name, file, text, sizeof(text)) ? strtoul(text, NULL, 16) :
								   0;
}

struct usb_class {
	uint8_t class, subclass, protocol; /* 0: any */
	const char *name;
};

#define KEYBOARD "keyboard"
#define INPUT "input"

static const struct usb_class usb_classes[] = {
	{ 0x03, 0x01, 0x01, KEYBOARD }, { 0x03, 0x01, 0x02, "mouse" },
	{ 0x08, 0, 0, "storage" },	{ 0xe0, 0x01, 0x01, "Bluetooth" },
	{ 0x02, 0x06, 0, "network" }, /* Ethernet; also 0x0d, NCM */
	{ 0x02, 0x0d, 0, "network" },	{ 0x0e, 0, 0, "camera" },
	{ 0x01, 0, 0, "audio" },	{ 0x07, 0, 0, "printer" },
	{ 0x0b, 0, 0, "card reader" },	{ 0x03, 0, 0, INPUT },
};

struct interfaces {
	struct search *search;
	const char *device;
	const struct usb_class *best; /* the first row that matches any of them */
};

static int take_usb_interface(const char *name, void *data)
{
	struct interfaces *interfaces = data;
	struct search *search = interfaces->search;
	unsigned long class, subclass, protocol;
	size_t length = strlen(interfaces->device);

	/* device 1-4 has interfaces 1-4:1.0 ... */
	if (!has_prefix(name, interfaces->device) || name[length] != ':')
		return 0;
	class = read_hex(search, name, "bInterfaceClass");
	subclass = read_hex(search, name, "bInterfaceSubClass");
	protocol = read_hex(search, name, "bInterfaceProtocol");
	for (size_t i = 0; i < ARRAY_SIZE(usb_classes); i++) {
		const struct usb_class *row = &usb_classes[i];

		if (row->class == class && (!row->subclass || row->subclass == subclass) &&
		    (!row->protocol || row->protocol == protocol) &&
		    (!interfaces->best || row < interfaces->best))
			interfaces->best = row;
	}
	return 0;
}

struct inputs {
	const struct root *root;
	const char *path; /* of the USB device */
	bool has_keyboard;
};

static int take_input(const char *name, void *data)
{
	struct inputs *inputs = data;
	char link[PATH_MAX], path[PATH_MAX];
	size_t length = strlen(inputs->path);

	snprintf(link, sizeof(link), "/sys/class/input/%s", name);
	inputs->has_keyboard |=
		has_prefix(name, "input") &&
		device_path_resolve(inputs->root, link, path, sizeof(path)) == 0 &&
		has_prefix(path, inputs->path) && path[length] == '/' &&
		keyboard_has_keys(inputs->root, name);
	return 0;
}

/* A keyboard without a boot protocol shows itself by its keys alone. */
static int find_keyboard(struct search *search, const char **what)
{
	struct inputs inputs = { search->root, search->path, false };
	int r = root_list(search->root, "/sys/class/input", take_input, &inputs);

	if (inputs.has_keyboard)
		*what = KEYBOARD;
	return r == -ENOMEM ? r : 0;
}

static int take_usb_device(struct search *search, const char *name)
{
	struct interfaces interfaces = { search, name, NULL };
	char product[128], quoted[QUOTE_SIZE], title[QUOTE_SIZE + 32];
	const char *what;
	int r;

	/* usb1 is a root hub, 1-4:1.0 an interface */
	if (has_prefix(name, "usb") || strchr(name, ':') ||
	    read_hex(search, name, "bDeviceClass") == 0x09)
		return 0;
	r = root_list(search->root, USB, take_usb_interface, &interfaces);
	if (r == -ENOMEM)
		return r;
	search->usage->kinds |= USAGE_USB_DEVICES;
	what = interfaces.best ? interfaces.best->name : "device";
	if (streq(what, INPUT))
		r = find_keyboard(search, &what);
	if (r == -ENOMEM)
		return r;
	if (read_file(search, name, "product", product, sizeof(product)) && *product)
		snprintf(title, sizeof(title), "%s '%s'", what, clean(product, quoted));
	else
		snprintf(title, sizeof(title), "%s %s", what, clean(name, quoted));
	add_item(search->usage->text, "USB %s", title);
	if (streq(what, KEYBOARD))
		add_item(search->usage->in_use, "%s", title);
	return 0;
}

/* Console ----------------------------------------------------------------------------- */

static int take_framebuffer(struct search *search, const char *name)
{
	char quoted[QUOTE_SIZE];

	if (!has_prefix(name, "fb") || !isdigit((unsigned char)name[2]))
		return 0; /* fbcon */
	search->usage->kinds |= USAGE_CONSOLE;
	add_item(search->usage->text, "console %s", clean(name, quoted));
	return 0;
}

int usage_read(const struct root *root, const struct bdf *address, struct usage *ret_usage)
{
	struct usage usage = {};
	struct search search = { .root = root, .address = address, .usage = &usage };
	int r;

	r = look(&search, NET, take_interface);
	if (r == 0)
		r = look(&search, "/sys/class/block", take_disk);
	if (r == 0)
		r = look(&search, USB, take_usb_device);
	if (r == 0)
		r = look(&search, "/sys/class/graphics", take_framebuffer);
	if (r == 0)
		*ret_usage = usage;
	return r;
}
