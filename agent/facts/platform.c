// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the kernel command line, the boot id, and the firmware's name. */
#include "facts/platform.h"

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

/* Parts of the DMI in one line, without serial numbers: drivers/firmware/dmi-id.c, get_modalias(). */
int platform_read_firmware(const struct root *root, char **ret_firmware)
{
	char text[1024];

	if (root_read_line(root, "/sys/class/dmi/id/modalias", text, sizeof(text)) <= 0)
		return 0;
	*ret_firmware = strdup(text);
	return *ret_firmware ? 0 : -ENOMEM;
}
