// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the makers of the machine, its distribution, command line and boot id. */
#include "facts/platform.h"

#include "base/text.h"

#include <stdio.h>

/* The value of a line "KEY<separator>value" or KEY="value", to be freed. */
static char *find_value(const char *text, const char *key, char separator)
{
	const char *value;
	size_t size;

	while ((value = text_next_line(&text, key, &size))) {
		value += strspn(value, " \t");
		if (*value++ != separator)
			continue;
		value += strspn(value, " \t\"");
		return strndup(value, strcspn(value, "\"\n"));
	}
	return NULL;
}

static char *read_value(const struct root *root, const char *path, const char *key,
			char separator)
{
	char text[4096];
	ssize_t n;

	n = root_read(root, path, text, sizeof(text));
	if (n == -EFBIG) { /* /proc/cpuinfo: the first processor suffices */
		n = sizeof(text) - 1;
		text[n] = '\0';
	}
	return n < 0 ? NULL : find_value(text, key, separator);
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
	platform->cpu_vendor = read_value(root, "/proc/cpuinfo", "vendor_id", ':');
	return read_line(root, "/sys/class/dmi/id/board_vendor", &platform->board_vendor);
}

/* Parts of the DMI in one line, without serial numbers: drivers/firmware/dmi-id.c, get_modalias(). */
int platform_read_firmware(const struct root *root, char **ret_firmware)
{
	return read_line(root, "/sys/class/dmi/id/modalias", ret_firmware);
}

int platform_read_distribution(const struct root *root, char **ret_distribution)
{
	*ret_distribution = read_value(root, "/etc/os-release", "ID", '=');
	return 0;
}
