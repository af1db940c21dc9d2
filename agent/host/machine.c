// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what explains a missing IOMMU or a missing /dev/kvm: the hypervisor above, Xen's dom0, the
 * device tree, the kernel's own configuration, and the makers of processor and board. Never judges.
 */
#include "host/machine.h"

#include "host/chain/chain.h"

#include "base/text.h"
#include "facts/platform.h"

#include <stdio.h>

#define DMI "/sys/class/dmi/id/"
#define CONFIG_SIZE_MAX (1 << 20)

static int read_line(const struct root *root, const char *path, char **ret_value)
{
	char text[1024];

	if (root_read_line(root, path, text, sizeof(text)) <= 0)
		return 0;
	*ret_value = strdup(text);
	return *ret_value ? 0 : -ENOMEM;
}

/* The processor ------------------------------------------------------------------------------ */

static const char *const flags[] = { "hypervisor", "vmx", "svm" };

static bool has_word(const char *line, size_t size, const char *word)
{
	struct span rest = { line, size };

	while (rest.size) {
		struct span here = span_next(&rest, " \t");

		if (here.size == strlen(word) && !memcmp(here.text, word, here.size))
			return true;
	}
	return false;
}

/* Of the first processor: its vendor's line, and a line of those flags. */
size_t machine_reduce_cpu(char *text, size_t size)
{
	char vendor[64] = "", known[64] = "";
	const char *cursor = text, *line;
	size_t length;

	line = text_next_line(&cursor, "vendor_id", &length);
	if (line)
		snprintf(vendor, sizeof(vendor), "vendor_id%.*s\n", (int)length, line);
	cursor = text;
	line = text_next_line(&cursor, "flags", &length);
	for (size_t i = 0; line && i < ARRAY_SIZE(flags); i++)
		if (has_word(line, length, flags[i])) {
			strcat(known, " ");
			strcat(known, flags[i]);
		}
	snprintf(text, size + 1, line ? "%sflags\t\t:%s\n" : "%s", vendor, known);
	return strlen(text);
}

static int read_cpu(const struct root *root, struct platform *platform)
{
	char text[8192], *vendor;
	const char *cursor = text, *line;
	ssize_t n = root_read(root, "/proc/cpuinfo", text, sizeof(text));
	size_t size;

	if (n == -EFBIG) /* the first processor suffices */
		text[sizeof(text) - 1] = '\0';
	platform->virtualization_fact = FACT_UNREADABLE;
	if (n < 0 && n != -EFBIG)
		return 0;
	machine_reduce_cpu(text, strlen(text));
	if (strstr(text, "flags"))
		platform->virtualization_fact =
			strstr(text, " vmx") || strstr(text, " svm") ? FACT_KNOWN :
								       FACT_ABSENT;
	if (strstr(text, " hypervisor"))
		platform->hypervisor = HYPERVISOR_OTHER;
	line = text_next_line(&cursor, "vendor_id", &size);
	if (!line)
		return 0;
	vendor = strndup(line, size);
	if (!vendor)
		return -ENOMEM;
	memmove(vendor, vendor + strspn(vendor, " \t:"), size + 1 - strspn(vendor, " \t:"));
	platform->cpu_vendor = vendor;
	return 0;
}

/* Above the kernel --------------------------------------------------------------------------- */

/* What hypervisors call the machines that they make, in DMI: systemd's detect-virt has the same. */
static const struct {
	const char *file, *begins;
	enum hypervisor hypervisor;
} makers[] = {
	{ DMI "sys_vendor", "QEMU", HYPERVISOR_QEMU },
	{ DMI "product_name", "KVM", HYPERVISOR_QEMU },
	{ DMI "product_name", "Standard PC (", HYPERVISOR_QEMU },
	{ DMI "sys_vendor", "VMware", HYPERVISOR_VMWARE },
	{ DMI "product_name", "VirtualBox", HYPERVISOR_VIRTUALBOX },
	{ DMI "product_name", "Virtual Machine", HYPERVISOR_HYPERV },
};

static bool file_begins(const struct root *root, const char *path, const char *text)
{
	char line[256];

	return root_read_line(root, path, line, sizeof(line)) > 0 && has_prefix(line, text);
}

static void read_hypervisor(const struct root *root, struct platform *platform)
{
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (file_begins(root, makers[i].file, makers[i].begins)) {
			platform->hypervisor = makers[i].hypervisor;
			break;
		}
	if (file_begins(root, "/sys/hypervisor/type", "xen"))
		platform->hypervisor = HYPERVISOR_XEN;
	if (root_read_line(root, "/proc/xen/capabilities", text, sizeof(text)) <= 0 ||
	    !strstr(text, "control_d"))
		return;
	platform->is_xen_dom0 = true;
	platform->hypervisor = HYPERVISOR_NONE;
}

/* The kernel ----------------------------------------------------------------------------------- */

size_t machine_reduce_config(char *text)
{
	const char *cursor = text, *line;
	char *end = text;
	size_t size;

	while ((line = text_next_line(&cursor, "", &size))) {
		if (!memmem(line, size, "IOMMU", 5))
			continue;
		size += line[size] == '\n';
		memmove(end, line, size);
		end += size;
	}
	*end = '\0';
	return end - text;
}

/* /proc/config.gz is not read: kernels that have it alone (Arch) come with every IOMMU driver. */
static int read_config(const struct root *root, const char *release,
		       struct platform *platform)
{
	static const struct {
		const char *before, *after;
	} places[] = { { "/boot/config-", "" },
		       { "/lib/modules/", "/config" },
		       { "/usr/lib/modules/", "/config" } };

	for (size_t i = 0; release && i < ARRAY_SIZE(places); i++) {
		char path[512];
		size_t size;
		int r;

		snprintf(path, sizeof(path), "%s%s%s", places[i].before, release,
			 places[i].after);
		r = root_read_file(root, path, CONFIG_SIZE_MAX, &platform->kernel_config,
				   &size);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			continue;
		machine_reduce_config(platform->kernel_config);
		return 0;
	}
	return 0;
}

static void read_kvm(const struct root *root, struct platform *platform)
{
	platform->kvm_fact = root_exists(root, "/dev/kvm") ? FACT_KNOWN :
			     root_exists(root, "/dev")	   ? FACT_ABSENT :
							     FACT_UNREADABLE;
	platform->is_kvm_loaded = root_exists(root, "/sys/module/kvm_intel") ||
				  root_exists(root, "/sys/module/kvm_amd");
}

static int read_distribution(const struct root *root, char **ret_distribution)
{
	_cleanup_free_ char *text = NULL;
	const char *cursor, *line;
	size_t size;
	int r;

	r = root_read_file(root, "/etc/os-release", CONFIG_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	line = text_next_line(&cursor, "ID=", &size);
	if (!line)
		return 0;
	line += *line == '"';
	*ret_distribution = strndup(line, strcspn(line, "\"\n"));
	return *ret_distribution ? 0 : -ENOMEM;
}

static int read_next_cmdline(const struct root *root, struct platform *platform)
{
	CLEANUP(chain_done) struct chain chain = {};
	const struct chain_entry *entry;
	int r = chain_read(root, &chain);

	entry = r == 0 ? chain_find_default(&chain) : NULL;
	if (!entry || !entry->options)
		return r;
	platform->next_cmdline = strdup(entry->options);
	return platform->next_cmdline ? 0 : -ENOMEM;
}

int machine_read(const struct root *root, struct snapshot *snapshot)
{
	struct platform *platform = &snapshot->platform;
	int r;

	r = platform_read_cmdline(root, &platform->cmdline);
	if (r != -ENOMEM)
		r = read_next_cmdline(root, platform);
	if (r == 0)
		r = read_cpu(root, platform);
	if (r == 0)
		r = read_line(root, DMI "board_vendor", &platform->board_vendor);
	if (r == 0)
		r = read_line(root, "/proc/device-tree/model", &platform->tree_model);
	if (r == 0)
		r = read_distribution(root, &platform->distribution);
	if (r == 0)
		r = read_config(root, snapshot->kernel, platform);
	read_hypervisor(root, platform);
	read_kvm(root, platform);
	return r;
}
