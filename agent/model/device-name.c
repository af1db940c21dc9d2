// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the names of pci.ids, and numbers of classes, into what people say. Pure. */
#include "model/device-name.h"

#include "base/text.h"

#include <stdio.h>

/* What follows the name of a maker. */
static const char *const legal_words[] = {
	"AG",
	"Co",
	"Co.",
	"Company",
	"Computer",
	"Computers",
	"Corp",
	"Corp.",
	"Corporation",
	"GmbH",
	"Inc",
	"Inc.",
	"Intl.",
	"LLC",
	"Limited",
	"Ltd",
	"Ltd.",
	"Electronics",
	"Group",
	"Holdings",
	"International",
	"Pte.",
	"Pty",
	"Semiconductor",
	"Semiconductors",
	"Systems",
	"Technologies",
	"Technology",
	"Tech",
};

static bool is_legal(struct span word)
{
	word.size -= word.size && word.text[word.size - 1] == ',';
	for (size_t i = 0; i < ARRAY_SIZE(legal_words); i++)
		if (span_equal(word, legal_words[i]))
			return true;
	return false;
}

static void copy(char *buffer, size_t size, struct span text)
{
	snprintf(buffer, size, "%.*s", (int)text.size, text.text);
}

/* The text in the last brackets. */
static bool find_bracketed(const char *text, struct span *ret)
{
	const char *open = strrchr(text, '['), *close = open ? strchr(open, ']') : NULL;

	if (!close || close == open + 1)
		return false;
	*ret = (struct span){ open + 1, close - open - 1 };
	return true;
}

/* "Advanced Micro Devices, Inc. [AMD/ATI]": AMD; "Samsung Electronics Co Ltd": Samsung. */
static void shorten_vendor(const char *vendor, char *buffer, size_t size)
{
	struct span rest = { vendor, strlen(vendor) }, word, kept = { vendor, 0 };

	if (find_bracketed(vendor, &rest)) {
		copy(buffer, size, span_next(&rest, "/"));
		return;
	}
	while (rest.size) {
		word = span_next(&rest, " ");
		if (kept.size && (is_legal(word) || span_equal(word, "/")))
			break;
		kept.size = word.text + word.size - vendor;
	}
	kept.size -= kept.size && vendor[kept.size - 1] == ',';
	copy(buffer, size, kept);
}

/* "Baffin HDMI/DP Audio [Radeon RX 560]": the brackets name the card that it is a part of. */
static bool is_part(const char *model, const char *brackets)
{
	static const char *const parts[] = { "Audio", "Bus", "Controller", "USB", "Port" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const char *found = strstr(model, parts[i]);

		if (found && found < brackets)
			return true;
	}
	return false;
}

/*
 * "GA102 [GeForce RTX 3080]" is sold by the name in brackets. "Matisse [Starship] USB 3.0 Host
 * Controller" has brackets inside and is its own name.
 */
static void shorten_model(const char *model, char *buffer, size_t size)
{
	struct span name;

	if (!find_bracketed(model, &name) || name.text[name.size + 1] ||
	    is_part(model, name.text))
		name = (struct span){ model, strlen(model) };
	copy(buffer, size, name);
}

void device_name_set(struct device_name *name, const char *vendor, const char *model,
		     uint16_t device)
{
	*name = (struct device_name){};
	if (!vendor || !*vendor)
		return;
	shorten_vendor(vendor, name->vendor, sizeof(name->vendor));
	if (model && *model)
		shorten_model(model, name->model, sizeof(name->model));
	else
		snprintf(name->model, sizeof(name->model), "device %04x", device);
}

const char *device_name_format(const struct device_name *name,
			       char buffer[static DEVICE_NAME_SIZE])
{
	size_t length = strlen(name->vendor);
	bool is_named_twice = length && !strncmp(name->model, name->vendor, length);

	snprintf(buffer, DEVICE_NAME_SIZE, "%s%s%s", is_named_twice ? "" : name->vendor,
		 length && !is_named_twice ? " " : "", name->model);
	return buffer;
}

const char *class_words(uint32_t class)
{
	static const struct {
		uint32_t mask, class;
		const char *words;
	} classes[] = {
		{ 0xffff00, 0x010000, "SCSI controller" },
		{ 0xffff00, 0x010100, "IDE controller" },
		{ 0xffff00, 0x010400, "RAID controller" },
		{ 0xffff00, 0x010600, "SATA controller" },
		{ 0xffff00, 0x010700, "SAS controller" },
		{ 0xffff00, 0x010800, "NVMe drive" },
		{ 0xff0000, 0x010000, "storage controller" },
		{ 0xffff00, 0x020000, "Ethernet" },
		{ 0xffff00, 0x028000, "network" },
		{ 0xff0000, 0x020000, "network" },
		{ 0xffff00, 0x030000, "display" },
		{ 0xffff00, 0x030200, "3D accelerator" },
		{ 0xff0000, 0x030000, "display" },
		{ 0xffff00, 0x040000, "video" },
		{ 0xffff00, 0x040100, "audio" },
		{ 0xffff00, 0x040300, "audio" },
		{ 0xff0000, 0x040000, "multimedia" },
		{ 0xff0000, 0x050000, "memory" },
		{ 0xffff00, 0x060000, "host bridge" },
		{ 0xffff00, 0x060100, "ISA bridge" },
		{ 0xffff00, 0x060400, "PCI bridge" },
		{ 0xff0000, 0x060000, "bridge" },
		{ 0xffff00, 0x078000, "communication" },
		{ 0xff0000, 0x070000, "serial port" },
		{ 0xffff00, 0x080500, "SD card reader" },
		{ 0xff0000, 0x080000, "system device" },
		{ 0xff0000, 0x090000, "input device" },
		{ 0xffff00, 0x0c0300, "USB controller" },
		{ 0xffff00, 0x0c0500, "SMBus" },
		{ 0xff0000, 0x0c0000, "serial bus" },
		{ 0xff0000, 0x0d0000, "wireless" },
		{ 0xff0000, 0x100000, "encryption" },
		{ 0xff0000, 0x110000, "signal processing" },
		{ 0xff0000, 0x120000, "accelerator" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if ((class & classes[i].mask) == classes[i].class)
			return classes[i].words;
	return "other";
}
