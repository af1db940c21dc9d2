// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads who made this machine, and which system and which boot this is. */
#include "facts/platform.h"

#include <stdio.h>

/* The value of "KEY<separator>value" or KEY="value" in a text of lines; to be freed. */
static char *find_value(const char *text, const char *key, char separator)
{
	size_t length = strlen(key);

	for (const char *line = text; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		const char *value = line + length;
		size_t size;

		if (strncmp(line, key, length))
			continue;
		value += strspn(value, " \t");
		if (*value != separator)
			continue;
		value++;
		value += strspn(value, " \t\"");
		size = strcspn(value, "\"\n");
		return strndup(value, size);
	}
	return NULL;
}

static int read_value(const struct root *root, const char *path, const char *key,
		      char separator, char **ret_value)
{
	char text[4096];
	ssize_t n;

	n = root_read(root, path, text, sizeof(text));
	if (n == -EFBIG) { /* /proc/cpuinfo: the first processor will do */
		n = sizeof(text) - 1;
		text[n] = '\0';
	}
	if (n < 0)
		return 0;
	*ret_value = find_value(text, key, separator);
	return 0;
}

static int read_line(const struct root *root, const char *path, char **ret_value)
{
	char text[1024];

	if (root_read_line(root, path, text, sizeof(text)) <= 0)
		return 0;
	*ret_value = strdup(text);
	return *ret_value ? 0 : -ENOMEM;
}

int platform_read_cmdline(const struct root *root, char **ret_cmdline)
{
	size_t size;

	return root_read_file(root, CMDLINE_PATH, 64 * 1024, ret_cmdline, &size);
}

int platform_read_boot_id(const struct root *root,
			  char buffer[static PLATFORM_BOOT_ID_SIZE])
{
	ssize_t n = root_read_line(root, "/proc/sys/kernel/random/boot_id", buffer,
				   PLATFORM_BOOT_ID_SIZE);

	return n < 0 ? n : 0;
}

int platform_read(const struct root *root, struct platform *platform)
{
	int r;

	r = read_value(root, "/proc/cpuinfo", "vendor_id", ':', &platform->cpu_vendor);
	if (r == 0)
		r = read_line(root, "/sys/class/dmi/id/board_vendor",
			      &platform->board_vendor);
	return r;
}

/* DMI's parts in one line, without serial numbers: drivers/firmware/dmi-id.c, get_modalias(). */
int platform_read_firmware(const struct root *root, char **ret_firmware)
{
	return read_line(root, "/sys/class/dmi/id/modalias", ret_firmware);
}

int platform_read_distribution(const struct root *root, char **ret_distribution)
{
	return read_value(root, "/etc/os-release", "ID", '=', ret_distribution);
}
