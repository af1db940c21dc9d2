/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* The names under which people know a device. */
struct device_name {
	char vendor[32]; /* "NVIDIA", "AMD"; "": not known */
	char model[128]; /* "GeForce RTX 3080"; "device 2206": the vendor alone is known */
};

/* Shortens the names that pci.ids has. `model` NULL: not known. */
void device_name_set(struct device_name *name, const char *vendor, const char *model,
		     uint16_t device);

/* "NVIDIA GeForce RTX 3080"; "" for an unknown device. Returns buffer. */
#define DEVICE_NAME_SIZE 160
const char *device_name_format(const struct device_name *name,
			       char buffer[static DEVICE_NAME_SIZE]);

/* A class of 24 bits as words: "display", "audio", "USB controller"; static. */
const char *class_words(uint32_t class);
