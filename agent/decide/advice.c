// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is the setting called on this machine? Names of firmware settings and kernel parameters,
 * for remedies. Pure; advice only: no verdict rests on it.
 */
#include "decide/advice.h"

#include <stdio.h>
#include <strings.h>

enum cpu { CPU_ANY, CPU_INTEL, CPU_AMD };

/* As the makers' manuals name them; menus differ between models, so all say "usually". */
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

static enum cpu cpu_of(const struct platform *platform)
{
	if (!platform->cpu_vendor)
		return CPU_ANY;
	if (streq(platform->cpu_vendor, "GenuineIntel"))
		return CPU_INTEL;
	if (streq(platform->cpu_vendor, "AuthenticAMD"))
		return CPU_AMD;
	return CPU_ANY;
}

const char *advice_firmware(const struct platform *platform,
			    char buffer[static ADVICE_SIZE])
{
	static const char *const generic[] = {
		[CPU_ANY] = "the IOMMU (Intel: VT-d; AMD: IOMMU or AMD-Vi; ARM: SMMU)",
		[CPU_INTEL] = "VT-d (\"Intel VT for Directed I/O\")",
		[CPU_AMD] = "IOMMU (or AMD-Vi), and SVM",
	};
	const char *vendor = platform->board_vendor ? platform->board_vendor : "";
	enum cpu cpu = cpu_of(platform);

	for (size_t i = 0; i < ARRAY_SIZE(firmware_settings); i++) {
		if (firmware_settings[i].cpu != cpu ||
		    strncasecmp(vendor, firmware_settings[i].board_vendor,
				strlen(firmware_settings[i].board_vendor)))
			continue;
		snprintf(buffer, ADVICE_SIZE,
			 "switch the IOMMU on in the firmware setup; on %.64s boards usually: %s",
			 vendor, firmware_settings[i].setting);
		return buffer;
	}
	snprintf(buffer, ADVICE_SIZE,
		 "switch on %s in the firmware setup, often below Advanced, Chipset or "
		 "Virtualization",
		 generic[cpu]);
	return buffer;
}

const char *advice_kernel(const struct iommu *iommu, const struct platform *platform,
			  char buffer[static ADVICE_SIZE])
{
	const char *distribution = platform->distribution ? platform->distribution : "";
	/* CONFIG_INTEL_IOMMU_DEFAULT_ON: Debian yes, Fedora and its kin no. */
	bool is_off_by_default =
		streq(distribution, "fedora") || streq(distribution, "rhel") ||
		streq(distribution, "centos") || streq(distribution, "rocky") ||
		streq(distribution, "almalinux");

	if (iommu->tables.has_remap_opt_out)
		snprintf(buffer, ADVICE_SIZE,
			 "the firmware forces DMA remapping off (a flag of its DMAR table): look for "
			 "a setting of that kind in the firmware setup, or update the firmware");
	else if (iommu->tables.is_malformed)
		snprintf(buffer, ADVICE_SIZE,
			 "the firmware's IOMMU table is damaged: update the firmware");
	else if (iommu->has_dmar)
		snprintf(buffer, ADVICE_SIZE,
			 "add intel_iommu=on to the kernel command line%s, and take away "
			 "intel_iommu=off and iommu=off",
			 is_off_by_default ? " (off by default in this distribution)" : "");
	else if (iommu->has_ivrs)
		snprintf(buffer, ADVICE_SIZE,
			 "take amd_iommu=off and iommu=off from the kernel command line; it is on "
			 "without any parameter (amd_iommu=on is not one)");
	else
		snprintf(buffer, ADVICE_SIZE,
			 "look in the kernel log for what it says of its IOMMU, and run this as root");
	return buffer;
}
