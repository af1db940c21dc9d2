// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the display that the firmware set up, and its framebuffer's device, driver and console. */
#include "facts/display.h"

#include "base/bytes.h"
#include "decide/judge.h"
#include "facts/pci.h"

#include <limits.h>
#include <stdio.h>

#define PLATFORM "/sys/bus/platform/devices/"
#define CONSOLES "/sys/class/vtconsole"
#define BOOT_PARAMS "/sys/kernel/boot_params/data"

/* Created by sysfb: since 6.9 below their PCI device, before that below "platform". */
static const char *const framebuffer_devices[] = {
	"simple-framebuffer.0", "efi-framebuffer.0", "vesa-framebuffer.0",
	"vga-framebuffer.0",	"ega-framebuffer.0", "platform-framebuffer.0",
};

/* screen_info at the start of boot_params: include/uapi/linux/screen_info.h */
#define SCREEN_VIDEO_TYPE 0x0f
#define SCREEN_LFB_BASE 0x18
#define SCREEN_CAPABILITIES 0x36
#define SCREEN_EXT_LFB_BASE 0x3a
#define SCREEN_INFO_SIZE 0x40
#define VIDEO_TYPE_VLFB 0x23
#define VIDEO_TYPE_EFI 0x70
#define CAPABILITY_64BIT_BASE 2

static void read_boot_vga(const struct root *root, struct function *function)
{
	char value[8];
	ssize_t n;

	n = pci_read_line(root, &function->address, "boot_vga", value, sizeof(value));
	function->boot_vga_fact = fact_of(n ? n : -ENODATA);
	function->is_boot_vga = n > 0 && *value == '1';
}

static bool find_base(const struct root *root, uint64_t *ret_base)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	if (root_read_file(root, BOOT_PARAMS, 64 * 1024, &data, &size) < 0 ||
	    size < SCREEN_INFO_SIZE)
		return false;
	if ((unsigned char)data[SCREEN_VIDEO_TYPE] != VIDEO_TYPE_EFI &&
	    data[SCREEN_VIDEO_TYPE] != VIDEO_TYPE_VLFB)
		return false;
	*ret_base = get_le32(data + SCREEN_LFB_BASE);
	if (get_le32(data + SCREEN_CAPABILITIES) & CAPABILITY_64BIT_BASE)
		*ret_base |= (uint64_t)get_le32(data + SCREEN_EXT_LFB_BASE) << 32;
	return *ret_base != 0;
}

/* The file has a line "0xSTART 0xEND 0xFLAGS" for each BAR. */
static bool is_in_bars(const struct root *root, const struct function *function,
		       uint64_t base)
{
	_cleanup_free_ char *text = NULL;
	char file[PCI_FILE_SIZE], *line, *rest;
	size_t size;

	if (root_read_file(root, pci_file(&function->address, "resource", file), 4096,
			   &text, &size) < 0)
		return false;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		unsigned long long start, end;

		if (sscanf(line, "%llx %llx", &start, &end) == 2 && start &&
		    base >= start && base <= end)
			return true;
	}
	return false;
}

/* The last PCI address in the resolved path of a framebuffer's platform device. */
static bool find_parent(char *target, struct bdf *ret_address)
{
	bool is_found = false;
	char *component;

	while ((component = strsep(&target, "/")))
		is_found |= bdf_parse(component, ret_address);
	return is_found;
}

/* The first of the devices that exists, its driver, and the function above it, if there is one. */
static int find_device(const struct root *root, struct snapshot *snapshot,
		       struct bdf *ret_parent)
{
	for (size_t i = 0; i < ARRAY_SIZE(framebuffer_devices); i++) {
		char path[96], target[PATH_MAX], driver[64];

		snprintf(path, sizeof(path), PLATFORM "%s", framebuffer_devices[i]);
		if (root_readlink(root, path, target, sizeof(target)) < 0)
			continue;
		if (!snapshot->is_framebuffer_child)
			snapshot->is_framebuffer_child = find_parent(target, ret_parent);
		if (!root_exists(root, path)) /* it went with its function */
			continue;
		snapshot->framebuffer_device = strdup(framebuffer_devices[i]);
		if (!snapshot->framebuffer_device)
			return -ENOMEM;
		snprintf(path, sizeof(path), PLATFORM "%s/driver", framebuffer_devices[i]);
		if (root_readlink_name(root, path, driver, sizeof(driver)) < 0)
			return 0;
		snapshot->framebuffer_driver = strdup(driver);
		return snapshot->framebuffer_driver ? 0 : -ENOMEM;
	}
	return 0;
}

struct consoles {
	const struct root *root;
	char *found;
};

static int take_console(const char *name, void *data)
{
	struct consoles *consoles = data;
	char path[96], text[64];

	snprintf(path, sizeof(path), CONSOLES "/%.32s/name", name);
	if (root_read_line(consoles->root, path, text, sizeof(text)) < 0 ||
	    !strstr(text, "frame buffer"))
		return 0;
	consoles->found = strdup(name);
	return consoles->found ? 1 : -ENOMEM;
}

int display_read(const struct root *root, struct snapshot *snapshot)
{
	struct consoles consoles = { root, NULL };
	struct bdf parent;
	uint64_t base = 0;
	bool has_base;
	int r;

	r = find_device(root, snapshot, &parent);
	has_base = !snapshot->is_framebuffer_child && find_base(root, &base);
	if (r == 0 && snapshot->framebuffer_driver)
		r = root_list(root, CONSOLES, take_console, &consoles);
	snapshot->framebuffer_console = consoles.found;
	if (r == -ENOMEM)
		return r;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		if (!is_gpu(function))
			continue;
		read_boot_vga(root, function);
		if (snapshot->is_framebuffer_child)
			function->has_firmware_framebuffer =
				!bdf_compare(&parent, &function->address);
		else if (has_base)
			function->has_firmware_framebuffer =
				is_in_bars(root, function, base);
	}
	return 0;
}
