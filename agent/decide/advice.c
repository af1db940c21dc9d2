// SPDX-License-Identifier: GPL-2.0-or-later
/* Names a firmware setting or kernel parameter as it is called on this machine. Pure. */
#include "decide/advice.h"

#include "model/finding.h"

#include <stdio.h>
#include <strings.h>

enum cpu { CPU_ANY, CPU_INTEL, CPU_AMD };

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
		snprintf(buffer, ADVICE_SIZE, REMEDY_FIRMWARE_BOARD, vendor,
			 firmware_settings[i].setting);
		return buffer;
	}
	snprintf(buffer, ADVICE_SIZE, REMEDY_FIRMWARE, generic[cpu]);
	return buffer;
}

const char *advice_kernel(const struct iommu *iommu, const struct platform *platform)
{
	const char *distribution = platform->distribution ? platform->distribution : "";
	/* CONFIG_INTEL_IOMMU_DEFAULT_ON is set in Debian, and not in Fedora and its relatives. */
	bool is_off_by_default =
		streq(distribution, "fedora") || streq(distribution, "rhel") ||
		streq(distribution, "centos") || streq(distribution, "rocky") ||
		streq(distribution, "almalinux");

	if (iommu->tables.has_remap_opt_out)
		return REMEDY_DMAR_OPT_OUT;
	if (iommu->tables.is_malformed)
		return REMEDY_TABLE_DAMAGED;
	if (iommu->has_dmar)
		return is_off_by_default ? REMEDY_INTEL_DEFAULT_OFF : REMEDY_INTEL;
	return iommu->has_ivrs ? REMEDY_AMD : REMEDY_IOMMU_LOG;
}
