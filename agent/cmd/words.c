// SPDX-License-Identifier: GPL-2.0-or-later
/* Says verdicts and kinds of functions in few words that people know. Pure. */
#include "cmd/words.h"

#include "model/device-name.h"
#include "model/function.h"

#include <stdio.h>

static const struct {
	enum finding_code code;
	const char *words;
} reasons[] = {
	{ FINDING_IOMMU_OFF_FIRMWARE, "IOMMU is off" },
	{ FINDING_IOMMU_OFF_KERNEL, "IOMMU is off" },
	{ FINDING_IOMMU_NOT_READY, "in no IOMMU group" },
	{ FINDING_IOMMU_NOIOMMU, "no IOMMU" },
	{ FINDING_IRQ_REMAP_OFF, "no interrupt remapping" },
	{ FINDING_GROUP_SHARED, "shared group" },
	{ FINDING_GROUP_HOLDS_BOOT_DISK, "disk in its group" },
	{ FINDING_GROUP_HOLDS_NETWORK, "network in its group" },
	{ FINDING_GROUP_BRIDGE_DRIVER, "bridge in its group" },
	{ FINDING_RESERVED_DIRECT, "firmware uses it" },
	{ FINDING_GPU_CHANGED, "cannot be read" },
	{ FINDING_GPU_AMBIGUOUS, "may be its twin" },
	{ FINDING_VIRTUAL_FUNCTION, "virtual function" },
	{ FINDING_VF_NOT_CREATED, "functions not made" },
	{ FINDING_VF_NOT_TAKEN, "functions not taken" },
	{ FINDING_VF_IN_USE, "functions in use" },
	{ FINDING_BOOT_DISK, "needed to boot" },
	{ FINDING_BOOT_DISPLAY, "host's last display" },
	{ FINDING_FRAMEBUFFER_IN_BAR, "console in its memory" },
	{ FINDING_DRIVER_ATTACHED, "built-in driver" },
	{ FINDING_MODULE_MISSING, "no vfio-pci" },
	{ FINDING_MODULE_REJECTED, "vfio-pci is rejected" },
	{ FINDING_WIDER_CLAIM, "ids= means others" },
};

const char *reason_words(enum finding_code code)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].words;
	return finding_name(code);
}

static bool is_good(const char *verdict)
{
	return streq(verdict, "claimable") || streq(verdict, "claimed");
}

const char *verdict_words(const char *verdict, char buffer[static VERDICT_WORDS_SIZE])
{
	enum finding_code code = finding_parse(verdict);
	const char *reason = code < FINDING_COUNT_ ? reason_words(code) : verdict;

	if (is_good(verdict))
		return streq(verdict, "claimed") ? verdict : "can be claimed";
	snprintf(buffer, VERDICT_WORDS_SIZE, "no: %s", reason);
	return buffer;
}

enum colour verdict_colour(const char *verdict)
{
	return is_good(verdict) ? GREEN : RED;
}

const char *port_words(const struct function *function)
{
	switch (function->caps.type) {
	case PCIE_ROOT_PORT:
		return "root port";
	case PCIE_UPSTREAM_PORT:
		return "switch";
	case PCIE_DOWNSTREAM_PORT:
		return "switch port";
	default:
		return NULL;
	}
}

const char *function_words(const struct function *function)
{
	const char *words = port_words(function);

	return words ? words : class_words(function->class);
}
