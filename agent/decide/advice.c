// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the cause of a missing IOMMU, of missing interrupt remapping and of a missing /dev/kvm, and the
 * remedy that fits this machine: never a parameter that is there already, never the firmware's
 * setup in a virtual machine. Pure.
 */
#include "decide/advice.h"

#include "model/finding.h"
#include "model/function.h"

#include <stdio.h>
#include <strings.h>

#define VENDOR_INTEL 0x8086

enum cpu { CPU_ANY, CPU_INTEL, CPU_AMD };

static enum cpu cpu_of(const struct platform *platform)
{
	if (is_string_equal(platform->cpu_vendor, "GenuineIntel"))
		return CPU_INTEL;
	if (is_string_equal(platform->cpu_vendor, "AuthenticAMD"))
		return CPU_AMD;
	return CPU_ANY;
}

/* The IOMMU that the tables promise; without tables to read, the processor's. */
static enum cpu iommu_of(const struct iommu *iommu, const struct platform *platform)
{
	if (iommu->has_dmar)
		return CPU_INTEL;
	if (iommu->has_ivrs)
		return CPU_AMD;
	return iommu->tables_fact == FACT_KNOWN ? CPU_ANY : cpu_of(platform);
}

static bool has_table(const struct iommu *iommu)
{
	return iommu->has_dmar || iommu->has_ivrs || iommu->has_viot || iommu->has_iort;
}

/* The firmware's setup --------------------------------------------------------------------- */

/* The names in the makers' manuals. Menus differ between models, so the remedy says "usually". */
static const struct {
	const char *board_vendor; /* the beginning of DMI's board vendor */
	enum cpu cpu;
	const char *setting;
} firmware_settings[] = {
	{ "Gigabyte", CPU_AMD,
	  "Settings > AMD CBS > NBIO > IOMMU = Enabled, and Settings > Miscellaneous > IOMMU = "
	  "Enabled" },
	{ "Gigabyte", CPU_INTEL, "Settings > Miscellaneous > VT-d = Enabled" },
	{ "ASUSTeK", CPU_AMD, "Advanced > AMD CBS > NBIO Common Options > IOMMU = Enabled" },
	{ "ASUSTeK", CPU_INTEL,
	  "Advanced > System Agent (SA) Configuration > VT-d = Enabled" },
	{ "Micro-Star", CPU_AMD,
	  "Settings > Advanced > AMD CBS > NBIO Common Options > IOMMU = "
	  "Enabled" },
	{ "Micro-Star", CPU_INTEL, "OC > CPU Features > Intel VT-D Tech = Enabled" },
	{ "ASRock", CPU_AMD, "Advanced > AMD CBS > NBIO Common Options > IOMMU = Enabled" },
	{ "ASRock", CPU_INTEL, "Advanced > Chipset Configuration > VT-d = Enabled" },
	{ "Supermicro", CPU_INTEL,
	  "Advanced > Chipset Configuration > North Bridge > Intel VT for Directed I/O (VT-d) = "
	  "Enable" },
};

static void set_firmware(const struct platform *platform, struct advice *advice)
{
	static const char *const generic[] = {
		[CPU_ANY] = "the IOMMU (Intel: VT-d; AMD: IOMMU or AMD-Vi; ARM: SMMU)",
		[CPU_INTEL] = "VT-d (\"Intel VT for Directed I/O\")",
		[CPU_AMD] = "IOMMU (or AMD-Vi), and SVM",
	};
	const char *vendor = platform->board_vendor ? platform->board_vendor : "";
	enum cpu cpu = cpu_of(platform);

	snprintf(advice->text, ADVICE_SIZE, TEXT_FIRMWARE_WITHOUT_IOMMU);
	snprintf(advice->remedy, ADVICE_SIZE, REMEDY_FIRMWARE, generic[cpu]);
	for (size_t i = 0; i < ARRAY_SIZE(firmware_settings); i++)
		if (firmware_settings[i].cpu == cpu &&
		    !strncasecmp(vendor, firmware_settings[i].board_vendor,
				 strlen(firmware_settings[i].board_vendor)))
			snprintf(advice->remedy, ADVICE_SIZE, REMEDY_FIRMWARE_BOARD,
				 vendor, firmware_settings[i].setting);
}

/* Above the kernel ------------------------------------------------------------------------- */

static const struct {
	const char *name, *remedy;
} hypervisors[] = {
	[HYPERVISOR_QEMU] = { "QEMU", REMEDY_QEMU },
	[HYPERVISOR_VMWARE] = { "VMware", REMEDY_VMWARE },
	[HYPERVISOR_VIRTUALBOX] = { "VirtualBox", REMEDY_VIRTUALBOX },
	[HYPERVISOR_HYPERV] = { "Hyper-V", NULL },
	[HYPERVISOR_XEN] = { "Xen", NULL },
	[HYPERVISOR_OTHER] = { "some hypervisor", REMEDY_OTHER_HYPERVISOR },
};

static bool is_virtual(const struct platform *platform)
{
	return platform->hypervisor != HYPERVISOR_NONE;
}

static void set_hypervisor(enum hypervisor hypervisor, struct advice *advice)
{
	const char *name = hypervisors[hypervisor].name;

	snprintf(advice->text, ADVICE_SIZE, TEXT_VM_WITHOUT_IOMMU, name);
	if (hypervisors[hypervisor].remedy)
		snprintf(advice->remedy, ADVICE_SIZE, "%s", hypervisors[hypervisor].remedy);
	else
		snprintf(advice->remedy, ADVICE_SIZE, REMEDY_PHYSICAL, name);
}

/* A table is there in a VM too if it has a virtual IOMMU. */
static bool is_above_the_kernel(const struct iommu *iommu,
				const struct platform *platform, struct advice *advice)
{
	if (platform->is_xen_dom0) {
		snprintf(advice->text, ADVICE_SIZE, TEXT_XEN_DOM0);
		snprintf(advice->remedy, ADVICE_SIZE, REMEDY_XEN_DOM0);
		return true;
	}
	if (has_table(iommu))
		return false;
	if (is_virtual(platform)) {
		set_hypervisor(platform->hypervisor, advice);
		return true;
	}
	if (!platform->tree_model || iommu->tables_fact == FACT_KNOWN)
		return false;
	snprintf(advice->text, ADVICE_SIZE, TEXT_DEVICE_TREE,
		 *platform->tree_model ? platform->tree_model : "of an unknown model");
	snprintf(advice->remedy, ADVICE_SIZE, REMEDY_DEVICE_TREE);
	return true;
}

/* The kernel command line ------------------------------------------------------------------- */

static bool next_word(const char **cursor, struct parameter *parameter)
{
	return *cursor && parameter_next(cursor, parameter) && !parameter_is_end(parameter);
}

bool advice_find_word(const struct platform *platform, const char *name, const char *word,
		      struct parameter *ret_parameter)
{
	const char *cursor = platform->cmdline;
	struct parameter parameter;
	bool is_there = false;

	while (next_word(&cursor, &parameter)) {
		if (!parameter_is(&parameter, name) || !parameter_lists(&parameter, word))
			continue;
		*ret_parameter = parameter;
		is_there = true;
	}
	return is_there;
}

static const char *quote_word(const struct parameter *word, char buffer[static QUOTE_SIZE])
{
	return quote(word->text, word->size, buffer);
}

static void set_off(struct advice *advice, const struct parameter *word)
{
	char quoted[QUOTE_SIZE];

	quote_word(word, quoted);
	snprintf(advice->text, ADVICE_SIZE, TEXT_WORD_OFF, quoted);
	snprintf(advice->remedy, ADVICE_SIZE, REMEDY_REMOVE_WORD, quoted);
}

static void set_replaced(struct advice *advice, const struct parameter *word)
{
	char quoted[QUOTE_SIZE];

	snprintf(advice->remedy, ADVICE_SIZE, REMEDY_REPLACE_WORD,
		 quote_word(word, quoted));
}

/* arch/x86/kernel/pci-dma.c, drivers/acpi, and the option of each driver */
static bool is_off_by_word(enum cpu kind, const struct platform *platform,
			   struct advice *advice)
{
	struct parameter word;

	if (!advice_find_word(platform, "iommu", "off", &word) &&
	    !(kind == CPU_AMD && advice_find_word(platform, "amd_iommu", "off", &word)) &&
	    !advice_find_word(platform, "acpi", "off", &word))
		return false;
	set_off(advice, &word);
	return true;
}

/* The kernel itself --------------------------------------------------------------------------- */

static bool has_option(const struct platform *platform, const char *option, char value)
{
	char line[64];
	size_t size = snprintf(line, sizeof(line), "%s=%c", option, value);

	for (const char *at = platform->kernel_config; at && (at = strstr(at, line));
	     at += size)
		if ((at == platform->kernel_config || at[-1] == '\n') &&
		    (at[size] == '\n' || !at[size]))
			return true;
	return false;
}

static bool is_built_without(enum cpu kind, const struct platform *platform,
			     struct advice *advice)
{
	static const char *const drivers[] = {
		[CPU_INTEL] = "CONFIG_INTEL_IOMMU", [CPU_AMD] = "CONFIG_AMD_IOMMU"
	};

	if (!platform->kernel_config || kind == CPU_ANY ||
	    has_option(platform, drivers[kind], 'y'))
		return false;
	snprintf(advice->text, ADVICE_SIZE, TEXT_KERNEL_DRIVER, drivers[kind]);
	snprintf(advice->remedy, ADVICE_SIZE, REMEDY_KERNEL_DRIVER);
	return true;
}

#define DEFAULT_ON "CONFIG_INTEL_IOMMU_DEFAULT_ON"
/* Debian's kernels only: on, but not for the processor's own display */
#define DEFAULT_ON_WITHOUT_DISPLAY "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF"

static bool is_on_by_default(const struct platform *platform)
{
	return has_option(platform, DEFAULT_ON, 'y') ||
	       has_option(platform, DEFAULT_ON_WITHOUT_DISPLAY, 'y');
}

/* By the kernel's configuration; where that cannot be read, by the distribution. */
static bool is_off_by_default(const struct platform *platform)
{
	static const char *const distributions[] = { "fedora", "rhel", "centos", "rocky",
						     "almalinux" };

	if (platform->kernel_config)
		return !is_on_by_default(platform);
	for (size_t i = 0; i < ARRAY_SIZE(distributions); i++)
		if (is_string_equal(platform->distribution, distributions[i]))
			return true;
	return false;
}

static void set_intel(const struct platform *platform, struct advice *advice)
{
	struct intel_words words = line_read_intel(platform->cmdline);
	char quoted[QUOTE_SIZE];

	if (words.state == INTEL_OFF) {
		set_off(advice, &words.decides);
		if (is_off_by_default(platform))
			set_replaced(advice, &words.decides);
	} else if (words.state == INTEL_ON || is_on_by_default(platform)) {
		snprintf(advice->remedy, ADVICE_SIZE, REMEDY_IOMMU_LOG, "DMAR");
	} else if (words.has_mistake) {
		snprintf(advice->text, ADVICE_SIZE, TEXT_WORD_TYPO,
			 quote_word(&words.mistake, quoted));
		set_replaced(advice, &words.mistake);
	} else {
		snprintf(advice->remedy, ADVICE_SIZE, REMEDY_INTEL,
			 is_off_by_default(platform) ? CLAUSE_OFF_BY_DEFAULT : "");
	}
}

/* Where ACPI is off there are reasons, and the machine may not boot with it. */
static void set_wish(enum cpu kind, const struct platform *platform, struct advice *advice)
{
	const char *line = platform->cmdline ?: "";
	struct line_wish wish = { .is_intel = kind == CPU_INTEL, .is_amd = kind == CPU_AMD };
	struct parameter word;

	if (advice_find_word(platform, "acpi", "off", &word))
		return;
	wish.adds_parameter = wish.is_intel && !is_on_by_default(platform) &&
			      line_read_intel(line).state != INTEL_ON;
	advice->has_wish = wish.adds_parameter || !line_does(line, &wish);
	advice->wish = wish;
}

/* An off on the line, a damaged table and a missing driver come before what could be added. */
static void set_kernel(const struct iommu *iommu, const struct platform *platform,
		       struct advice *advice)
{
	enum cpu kind = iommu_of(iommu, platform);

	snprintf(advice->text, ADVICE_SIZE, "%s",
		 has_table(iommu) ? TEXT_KERNEL_IGNORES_IOMMU : TEXT_KERNEL_WITHOUT_IOMMU);
	if (is_off_by_word(kind, platform, advice)) {
		set_wish(kind, platform, advice);
		return;
	}
	if (is_built_without(kind, platform, advice))
		return;
	if (iommu->tables.has_remap_opt_out)
		snprintf(advice->remedy, ADVICE_SIZE, "%s",
			 is_virtual(platform) ? REMEDY_DMAR_OPT_OUT_VM :
						REMEDY_DMAR_OPT_OUT);
	else if (iommu->tables.is_malformed)
		snprintf(advice->remedy, ADVICE_SIZE, "%s",
			 is_virtual(platform) ? REMEDY_TABLE_DAMAGED_VM :
						REMEDY_TABLE_DAMAGED);
	else if (iommu->has_dmar) {
		set_intel(platform, advice);
		set_wish(kind, platform, advice);
	} else if (iommu->has_ivrs)
		snprintf(advice->remedy, ADVICE_SIZE, REMEDY_IOMMU_LOG, "AMD-Vi");
	else
		snprintf(advice->remedy, ADVICE_SIZE, "%s",
			 iommu->tables_fact == FACT_UNREADABLE ? REMEDY_AS_ROOT :
								 REMEDY_IOMMU_LOG_ANY);
}

/* --------------------------------------------------------------------------------------------- */

/* What is changed already needs no other remedy. */
static void look_at_next_boot(const struct platform *platform, struct advice *advice)
{
	if (advice->has_wish && platform->next_cmdline &&
	    line_does(platform->next_cmdline, &advice->wish))
		snprintf(advice->remedy, ADVICE_SIZE, REMEDY_REBOOT_FOR_LINE);
}

bool advice_iommu(const struct iommu *iommu, const struct platform *platform,
		  struct advice *ret_advice)
{
	struct advice advice = {};

	if (iommu->n_units || iommu->has_viot)
		return false;
	if (!is_above_the_kernel(iommu, platform, &advice)) {
		if (iommu->tables_fact == FACT_KNOWN && !has_table(iommu))
			set_firmware(platform, &advice);
		else
			set_kernel(iommu, platform, &advice);
	}
	look_at_next_boot(platform, &advice);
	*ret_advice = advice;
	return true;
}

bool advice_is_own_display(const struct iommu *iommu, const struct function *function)
{
	return function->group_fact == FACT_ABSENT && is_gpu(function) &&
	       function->id.vendor == VENDOR_INTEL && iommu->kind == IOMMU_INTEL;
}

/* igfx_off, and Debian's narrower intgpu_off */
bool advice_integrated_display(const struct platform *platform, struct advice *ret_advice)
{
	struct advice advice = {};
	char quoted[QUOTE_SIZE];
	struct parameter word;

	if (advice_find_word(platform, "intel_iommu", "igfx_off", &word) ||
	    advice_find_word(platform, "intel_iommu", "intgpu_off", &word)) {
		quote_word(&word, quoted);
		snprintf(advice.text, ADVICE_SIZE, TEXT_IGFX_OFF, quoted);
		snprintf(advice.remedy, ADVICE_SIZE, REMEDY_IGFX_OFF, quoted);
	} else if (has_option(platform, DEFAULT_ON_WITHOUT_DISPLAY, 'y') &&
		   line_read_intel(platform->cmdline).state == INTEL_UNSET) {
		snprintf(advice.text, ADVICE_SIZE, TEXT_IGFX_DEFAULT);
		snprintf(advice.remedy, ADVICE_SIZE, REMEDY_IGFX_DEFAULT);
	} else {
		return false;
	}
	advice.has_wish = true;
	advice.wish = (struct line_wish){ .is_intel = true,
					  .adds_parameter = true,
					  .wants_own_display = true };
	look_at_next_boot(platform, &advice);
	*ret_advice = advice;
	return true;
}

/* drivers/iommu/irq_remapping.c, and apic.c: no remapping without an IO-APIC */
static bool find_irq_word(const struct platform *platform, struct parameter *ret_word)
{
	const char *cursor = platform->cmdline;
	struct parameter word;

	if (advice_find_word(platform, "intremap", "off", ret_word))
		return true;
	while (next_word(&cursor, &word)) {
		if (parameter_is(&word, "nointremap") || parameter_is(&word, "noapic") ||
		    parameter_is(&word, "nolapic")) {
			*ret_word = word;
			return true;
		}
	}
	return false;
}

void advice_interrupts(const struct iommu *iommu, const struct platform *platform,
		       enum strictness policy, char remedy[static ADVICE_SIZE])
{
	bool is_unsafe = iommu->has_unsafe_interrupts || platform->has_unsafe_option;
	const char *unsafe = is_unsafe ? "" : CLAUSE_IRQ_UNSAFE;
	char first[ADVICE_SIZE / 2] = REMEDY_IRQ_FIRMWARE, quoted[QUOTE_SIZE];
	struct parameter word;

	if (find_irq_word(platform, &word))
		snprintf(first, sizeof(first), REMEDY_REMOVE_WORD,
			 quote_word(&word, quoted));
	else if (platform->hypervisor == HYPERVISOR_QEMU)
		snprintf(first, sizeof(first), REMEDY_IRQ_QEMU);
	else if (is_virtual(platform))
		snprintf(first, sizeof(first), REMEDY_OTHER_HYPERVISOR);
	if (policy == STRICT_REQUIRE)
		snprintf(remedy, ADVICE_SIZE, CLAUSE_IRQ_WARN, first, unsafe);
	else
		snprintf(remedy, ADVICE_SIZE, "%s%s", first, unsafe);
}

const char *advice_kvm(const struct platform *platform, char remedy[static ADVICE_SIZE])
{
	static const char *const modules[] = {
		[CPU_INTEL] = "kvm_intel", [CPU_AMD] = "kvm_amd"
	};
	static const char *const settings[] = { [CPU_INTEL] = "VT-x", [CPU_AMD] = "SVM" };
	enum cpu cpu = cpu_of(platform);

	if (platform->is_xen_dom0)
		return REMEDY_KVM_XEN;
	if (is_virtual(platform) && platform->virtualization_fact != FACT_KNOWN)
		return REMEDY_KVM_NESTED;
	if (cpu == CPU_ANY || platform->is_kvm_loaded ||
	    platform->virtualization_fact == FACT_UNREADABLE)
		return REMEDY_KVM_LOG;
	if (platform->virtualization_fact == FACT_KNOWN)
		snprintf(remedy, ADVICE_SIZE, REMEDY_KVM_MODULE, modules[cpu]);
	else
		snprintf(remedy, ADVICE_SIZE, REMEDY_KVM_FIRMWARE, settings[cpu]);
	return remedy;
}
