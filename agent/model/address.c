// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses and formats PCI addresses, paths, ids and serial numbers. Pure. */
#include "model/address.h"

#include "base/text.h"

#include <stdio.h>

int bdf_compare(const struct bdf *a, const struct bdf *b)
{
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	if (a->bus != b->bus)
		return a->bus - b->bus;
	if (a->device != b->device)
		return a->device - b->device;
	return a->function - b->function;
}

bool bdf_is_same_slot(const struct bdf *a, const struct bdf *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->device == b->device;
}

/* Reads `least` to `most` hexadecimal digits; NULL if there are fewer or more. */
static const char *read_hex(const char *text, unsigned least, unsigned most, uint32_t *ret)
{
	uint32_t value = 0;
	unsigned n = 0;

	for (; hex_digit(*text) >= 0; text++, n++) {
		if (n == most)
			return NULL;
		value = value << 4 | hex_digit(*text);
	}
	if (n < least)
		return NULL;
	*ret = value;
	return text;
}

/* Reads "dd.f" and returns the rest. */
static const char *read_devfn(const char *text, uint8_t *ret_device, uint8_t *ret_function)
{
	uint32_t device, function;

	text = read_hex(text, 1, 2, &device);
	if (!text || *text != '.' || device > 0x1f)
		return NULL;
	text = read_hex(text + 1, 1, 1, &function);
	if (!text || function > 7)
		return NULL;
	*ret_device = device;
	*ret_function = function;
	return text;
}

static const char *read_bdf(const char *text, struct bdf *ret_address)
{
	struct bdf address = {};
	uint32_t first, second;
	const char *rest;

	rest = read_hex(text, 1, 8, &first);
	if (!rest || *rest != ':')
		return NULL;
	text = rest + 1;
	rest = read_hex(text, 1, 2, &second);
	if (!rest)
		return NULL;
	if (*rest == ':') { /* domain:bus:device.function */
		address.domain = first;
		address.bus = second;
		text = rest + 1;
	} else if (first <= 0xff) { /* bus:device.function */
		address.bus = first;
	} else {
		return NULL;
	}
	text = read_devfn(text, &address.device, &address.function);
	if (!text)
		return NULL;
	*ret_address = address;
	return text;
}

bool bdf_parse(const char *text, struct bdf *ret_address)
{
	struct bdf address;

	text = read_bdf(text, &address);
	if (!text || *text)
		return false;
	*ret_address = address;
	return true;
}

static char *put_hex(char *at, uint32_t value, unsigned least_digits)
{
	unsigned digits = least_digits;

	while (digits < 8 && value >> (4 * digits))
		digits++;
	while (digits--)
		*at++ = "0123456789abcdef"[value >> (4 * digits) & 15];
	return at;
}

/* By hand: printf would be a seventh of all that the agent computes. */
const char *bdf_format(const struct bdf *address, char buffer[static PCI_ADDRESS_SIZE])
{
	char *at = put_hex(buffer, address->domain, 4);

	*at++ = ':';
	at = put_hex(at, address->bus, 2);
	*at++ = ':';
	at = put_hex(at, address->device, 2);
	*at++ = '.';
	at = put_hex(at, address->function, 1);
	*at = '\0';
	return buffer;
}

bool pci_path_parse(const char *text, struct pci_path *ret_path)
{
	struct pci_path path = {};
	struct bdf first;

	text = read_bdf(text, &first);
	if (!text)
		return false;
	path.domain = first.domain;
	path.root_bus = first.bus;
	path.devfn[path.hops++] = first.device << 3 | first.function;
	while (*text == '/') {
		uint8_t device, function;

		if (path.hops == ARRAY_SIZE(path.devfn))
			return false;
		text = read_devfn(text + 1, &device, &function);
		if (!text)
			return false;
		path.devfn[path.hops++] = device << 3 | function;
	}
	if (*text)
		return false;
	*ret_path = path;
	return true;
}

bool pci_path_equal(const struct pci_path *a, const struct pci_path *b)
{
	return a->hops && a->hops == b->hops && a->domain == b->domain &&
	       a->root_bus == b->root_bus && !memcmp(a->devfn, b->devfn, a->hops);
}

bool pci_path_is_below(const struct pci_path *path, const struct pci_path *bridge)
{
	return bridge->hops && path->hops > bridge->hops &&
	       path->domain == bridge->domain && path->root_bus == bridge->root_bus &&
	       !memcmp(path->devfn, bridge->devfn, bridge->hops);
}

const char *pci_path_format(const struct pci_path *path, char buffer[static PCI_PATH_SIZE])
{
	size_t used;

	if (!path->hops) {
		*buffer = '\0';
		return buffer;
	}
	used = snprintf(buffer, PCI_PATH_SIZE, "%04x:%02x:", path->domain, path->root_bus);
	for (unsigned i = 0; i < path->hops; i++)
		used += snprintf(buffer + used, PCI_PATH_SIZE - used, "%s%02x.%x",
				 i ? "/" : "", path->devfn[i] >> 3, path->devfn[i] & 7);
	return buffer;
}

bool pci_id_parse(const char *text, struct pci_id *ret_id)
{
	uint32_t vendor, device;

	text = read_hex(text, 4, 4, &vendor);
	if (!text || *text != ':')
		return false;
	text = read_hex(text + 1, 4, 4, &device);
	if (!text || *text)
		return false;
	*ret_id = (struct pci_id){ .vendor = vendor, .device = device };
	return true;
}

bool pci_serial_parse(const char *text, uint64_t *ret_serial)
{
	uint64_t serial = 0;

	for (int i = 0; i < 8; i++) {
		uint32_t byte;
		char pair[3] = { text[0], text[0] ? text[1] : '\0', '\0' };

		if (!read_hex(pair, 2, 2, &byte))
			return false;
		serial = serial << 8 | byte;
		text += 2;
		if (*text == '-' && i < 7)
			text++;
	}
	if (*text)
		return false;
	*ret_serial = serial;
	return true;
}

const char *pci_serial_format(uint64_t serial, char buffer[static PCI_SERIAL_SIZE])
{
	for (int i = 0; i < 8; i++)
		snprintf(buffer + i * 3, PCI_SERIAL_SIZE - i * 3, "%02x",
			 (unsigned)(serial >> (56 - 8 * i)) & 0xff);
	for (int i = 0; i < 7; i++)
		buffer[i * 3 + 2] = '-';
	return buffer;
}

bool pci_id_equal(const struct pci_id *a, const struct pci_id *b)
{
	return a->vendor == b->vendor && a->device == b->device;
}
