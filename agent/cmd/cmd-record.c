// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim record`: this machine as a text file from which a test can make a --sysroot tree,
 * so that a bug report becomes a test. Serial numbers stay out.
 */
#include "cmd/cmd.h"
#include "decide/config.h"
#include "decide/known.h"
#include "facts/device-path.h"
#include "facts/modules.h"
#include "facts/pci.h"
#include "facts/snapshot.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#define FILE_SIZE_MAX (1 << 20)
#define EXT_CAP_SERIAL 0x0003
#define EXT_CAP_FIRST 0x100

struct recorder {
	const struct root *root;
	const char *folder;	 /* of the listing that is under way */
	struct modules *modules; /* NULL: there is no index, or what it says is not known */
	FILE *aliases;
};

static const char *const function_files[] = {
	"vendor",	    "device",		"class",	"revision",
	"subsystem_vendor", "subsystem_device", "modalias",	"boot_vga",
	"resource",	    "reset_method",	"power_state",	"driver_override",
	"sriov_numvfs",	    "sriov_totalvfs",	"sriov_offset", "sriov_stride",
	"sriov_vf_device",  "removable",
};
static const char *const function_links[] = { "driver", "iommu_group", "iommu", "physfn" };
static const char *const single_files[] = {
	"/proc/cmdline",
	"/proc/sys/kernel/osrelease",
	"/sys/class/dmi/id/board_vendor",
	"/sys/class/dmi/id/board_name",
	"/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts",
	"/sys/module/iommufd/parameters/allow_unsafe_interrupts",
	"/etc/os-release",
};
/* screen_info is what display.c reads of it; the monitor's EDID further on has a serial number. */
#define BOOT_PARAMS "/sys/kernel/boot_params/data"
#define BOOT_PARAMS_SIZE 0x40
static const char *const tables[] = { "DMAR", "IVRS", "VIOT", "IORT" };
static const char *const framebuffers[] = {
	"simple-framebuffer.0",
	"efi-framebuffer.0",
	"vesa-framebuffer.0",
};

static bool is_plain(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!isprint((unsigned char)text[i]))
			return false;
	return !size || (text[0] != '@' && !isspace((unsigned char)text[0]) &&
			 !isspace((unsigned char)text[size - 1]));
}

static void print_value(const char *path, const char *text, size_t size)
{
	printf("%s = ", path + strspn(path, "/"));
	/* One newline at the end, as sysfs has it, goes without saying. */
	if (size && text[size - 1] == '\n' && is_plain(text, size - 1)) {
		printf("%.*s\n", (int)size - 1, text);
		return;
	}
	printf("@hex:");
	for (size_t i = 0; i < size; i++)
		printf("%02x", (unsigned char)text[i]);
	printf("\n");
}

static void record_file(const struct recorder *recorder, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read_file(recorder->root, path, FILE_SIZE_MAX, &text, &size) == 0)
		print_value(path, text, size);
}

static void record_boot_params(const struct recorder *recorder)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	if (root_read_file(recorder->root, BOOT_PARAMS, FILE_SIZE_MAX, &data, &size) == 0)
		print_value(BOOT_PARAMS, data,
			    size < BOOT_PARAMS_SIZE ? size : BOOT_PARAMS_SIZE);
}

/* Policies and selectors matter to a test, the serial number of the card does not. */
static void record_without_serials(const struct recorder *recorder, const char *path)
{
	static const char key[] = "serial=";
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read_file(recorder->root, path, FILE_SIZE_MAX, &text, &size) < 0)
		return;
	for (char *word = strstr(text, key); word; word = strstr(word, key)) {
		word += strlen(key);
		for (; isxdigit((unsigned char)*word) || *word == '-'; word++)
			*word = *word == '-' ? '-' : '0';
	}
	print_value(path, text, size);
}

/* The line that advice.c goes by; the rest is long, and on some processors tells a serial. */
static void record_cpu_vendor(const struct recorder *recorder)
{
	_cleanup_free_ char *text = NULL;
	const char *line;
	size_t size;

	if (root_read_file(recorder->root, "/proc/cpuinfo", FILE_SIZE_MAX, &text, &size) < 0)
		return;
	line = strstr(text, "vendor_id");
	if (line)
		print_value("/proc/cpuinfo", line, strcspn(line, "\n") + 1);
}

static void record_link(const struct recorder *recorder, const char *path)
{
	char target[PATH_MAX];

	if (root_readlink(recorder->root, path, target, sizeof(target)) == 0)
		printf("%s -> %s\n", path + strspn(path, "/"), target);
}

static uint32_t le32(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;

	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Zeroes the Device Serial Number, which names one single card in the world. */
static void drop_serial(char *config, size_t size)
{
	size_t at = EXT_CAP_FIRST;

	for (int hops = 0; hops < 512 && at >= EXT_CAP_FIRST && at + 12 <= size; hops++) {
		uint32_t header = le32(config + at);

		if ((header & 0xffff) == EXT_CAP_SERIAL)
			memset(config + at + 4, 0, 8);
		at = header >> 20 & 0xffc;
	}
}

static void record_config(const struct recorder *recorder, const char *path)
{
	_cleanup_free_ char *config = NULL;
	size_t size;

	if (root_read_file(recorder->root, path, 4096, &config, &size) < 0)
		return;
	drop_serial(config, size);
	print_value(path, config, size);
}

static int collect_name(const char *name, void *data)
{
	return strings_add(data, name);
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* In order, so that two records of one machine are alike. */
static void record_listing(struct recorder *recorder, const char *folder, root_entry *entry)
{
	CLEANUP(strings_done) struct strings names = {};
	int r;

	r = root_list(recorder->root, folder, collect_name, &names);
	if (r < 0 && r != -ENOENT)
		fprintf(stderr, "vfio-claim: '%s': %s; the record is incomplete\n",
			folder, strerror(-r));
	if (names.n)
		qsort(names.items, names.n, sizeof(*names.items), compare_names);
	recorder->folder = folder;
	for (size_t i = 0; i < names.n; i++)
		(void)entry(names.items[i], recorder);
}

static int record_function(const char *name, void *data)
{
	const struct recorder *recorder = data;
	char folder[PATH_MAX], path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.32s", name);
	record_link(recorder, path);
	/* Below the device itself: what lies below a link cannot be made again. */
	if (device_path_resolve(recorder->root, path, folder, sizeof(folder)) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(function_files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, function_files[i]);
		record_file(recorder, path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(function_links); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, function_links[i]);
		record_link(recorder, path);
	}
	snprintf(path, sizeof(path), "%s/config", folder);
	record_config(recorder, path);
	return 0;
}

static int record_driver(const char *name, void *data)
{
	const struct recorder *recorder = data;
	char path[PATH_MAX], module[NAME_MAX + 1];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", name);
	if (root_exists(recorder->root, path))
		printf("%s = \n", path + 1);
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/module", name);
	record_link(recorder, path);
	/* Without the module's folder it would count as built in. */
	if (root_readlink_name(recorder->root, path, module, sizeof(module)) == 0)
		printf("sys/module/%s /\n", module);
	return 0;
}

static int record_member(const char *name, void *data)
{
	const struct recorder *recorder = data;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", recorder->folder, name);
	record_link(recorder, path);
	return 0;
}

static int record_group(const char *name, void *data)
{
	static const char *const files[] = { "name", "type", "reserved_regions" };
	const struct recorder *recorder = data;
	struct recorder members = *recorder;
	char folder[96], path[160];

	snprintf(folder, sizeof(folder), "/sys/kernel/iommu_groups/%.32s", name);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		record_file(recorder, path);
	}
	snprintf(path, sizeof(path), "%s/devices", folder);
	record_listing(&members, path, record_member);
	return 0;
}

static int record_irq(const char *name, void *data)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/irq/%.32s/chip_name", name);
	record_file(data, path);
	return 0;
}

static int record_alias(const char *name, void *data)
{
	CLEANUP(strings_done) struct strings rivals = {};
	struct recorder *recorder = data;
	char path[96], modalias[256];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.32s/modalias", name);
	if (!recorder->modules ||
	    root_read_line(recorder->root, path, modalias, sizeof(modalias)) <= 0)
		return 0;
	if (modules_add_rivals(recorder->modules, modalias, &rivals) < 0) {
		modules_closep(&recorder->modules);
		recorder->modules = NULL;
	}
	for (size_t i = 0; i < rivals.n; i++)
		fprintf(recorder->aliases, "alias %s %s\n", modalias, rivals.items[i]);
	return 0;
}

/* Of this kernel's index what it says of these functions; nothing where there is none. */
static void record_aliases(struct recorder *recorder)
{
	_cleanup_free_ char *release = NULL, *text = NULL;
	char path[256];
	size_t size = 0;
	bool is_good;

	if (snapshot_read_release(recorder->root, &release) < 0 ||
	    modules_open(recorder->root, release, &recorder->modules) < 0)
		return;
	recorder->aliases = open_memstream(&text, &size);
	if (recorder->aliases) {
		record_listing(recorder, "/sys/bus/pci/devices", record_alias);
		is_good = fclose(recorder->aliases) == 0;
		snprintf(path, sizeof(path), "/lib/modules/%s/modules.alias", release);
		if (is_good && recorder->modules)
			print_value(path, text, size);
	}
	modules_close(recorder->modules);
}

static int cmd_record(const struct cmd *cmd)
{
	struct recorder recorder = { .root = &cmd->root };
	char path[96];

	printf("# recorded by vfio-claim " VERSION "\n");
	for (size_t i = 0; i < ARRAY_SIZE(single_files); i++)
		record_file(&recorder, single_files[i]);
	record_without_serials(&recorder, CONFIG_PATH);
	record_without_serials(&recorder, KNOWN_PATH);
	record_boot_params(&recorder);
	record_cpu_vendor(&recorder);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		snprintf(path, sizeof(path), "/sys/firmware/acpi/tables/%s", tables[i]);
		record_file(&recorder, path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(framebuffers); i++) {
		snprintf(path, sizeof(path), "/sys/bus/platform/devices/%s",
			 framebuffers[i]);
		record_link(&recorder, path);
	}
	record_listing(&recorder, "/sys/class/iommu", record_member);
	record_listing(&recorder, "/sys/bus/pci/devices", record_function);
	record_listing(&recorder, "/sys/bus/pci/drivers", record_driver);
	record_listing(&recorder, "/sys/kernel/iommu_groups", record_group);
	record_listing(&recorder, "/sys/kernel/irq", record_irq);
	record_aliases(&recorder);
	return EXIT_AS_CONFIGURED;
}

const struct verb verb_record = {
	.name = "record",
	.summary = "this machine as a text file, for a bug report or a test",
	.details =
		"Prints what list, check and explain read of this machine, one line for each "
		"entry: 'path = value', 'path -> target', 'path /'. Leaves out serial numbers, "
		"MAC addresses and the boot id. Only root can read everything.",
	.run = cmd_record,
};
