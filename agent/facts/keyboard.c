// SPDX-License-Identifier: GPL-2.0-or-later
/* Tells keyboards from other input devices by the keys that the kernel lists. */
#include "facts/keyboard.h"

#include <limits.h>
#include <stdio.h>

/* Escape, digits and letters up to D, as in udev's input_id: keys 1 to 31, in the last word of the
 * mask, which starts with the highest (drivers/input/input.c: input_print_bitmap()). */
#define KEYS 0xfffffffeul

bool keyboard_has_keys(const struct root *root, const char *input)
{
	char path[PATH_MAX], text[1024], *word;

	snprintf(path, sizeof(path), "/sys/class/input/%s/capabilities/key", input);
	if (root_read_line(root, path, text, sizeof(text)) < 0)
		return false;
	word = strrchr(text, ' ');
	return (strtoul(word ? word + 1 : text, NULL, 16) & KEYS) == KEYS;
}
