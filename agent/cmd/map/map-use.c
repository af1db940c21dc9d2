// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Says what the host does with a function, without the names of disks, interfaces and USB devices: some
 * hold a MAC address, a serial number or a person's name. Only words of this file get through. Pure.
 */
#include "cmd/map/map-read.h"

/* People choose what stands between quotation marks. */
static void without_names(const char *text, char *buffer, size_t size)
{
	bool is_name = false;
	size_t used = 0;

	for (; *text && used + 1 < size; text++) {
		if (*text == '\'')
			is_name = !is_name;
		else if (!is_name)
			buffer[used++] = *text;
	}
	buffer[used] = '\0';
}

const char *map_use(const char *used_for, const char *in_use,
		    char buffer[static MAP_USE_SIZE])
{
	static const struct {
		const char *has, *says;
	} words[] = {
		{ "root file system", "root file system" },
		{ "/boot", "/boot" },
		{ "/usr", "/usr" },
		{ "swap", "swap" },
		{ "(up, has an address", "network in use" },
		{ "(up, in a bridge", "network in use" },
		{ "(up)", "network in use" },
		{ "network for", "network needed to boot" },
		{ "disk ", "disk" },
		{ "keyboard", "keyboard" },
		{ "mouse", "mouse" },
		{ "USB storage", "USB storage" },
		{ "console ", "console" },
	};
	char both[1024], text[1024];
	size_t used = 0;

	snprintf(both, sizeof(both), "%s, %s", used_for ? used_for : "",
		 in_use ? in_use : "");
	without_names(both, text, sizeof(text));
	*buffer = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(text, words[i].has) && !strstr(buffer, words[i].says))
			used += snprintf(buffer + used, MAP_USE_SIZE - used, "%s%s",
					 used ? ", " : "", words[i].says);
	return buffer;
}
