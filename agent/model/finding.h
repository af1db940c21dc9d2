/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

enum severity {
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_ERROR,
	SEVERITY_UNKNOWN, /* another word, in a report */
};

/* Code and default severity. The words are a contract with reports, manuals and users' scripts. */
#define FINDING_CODES(X)                                                                 \
	X(IOMMU_OFF_FIRMWARE, ERROR)                                                     \
	X(IOMMU_OFF_KERNEL, ERROR)                                                       \
	X(IOMMU_NOT_READY, ERROR)                                                        \
	X(IOMMU_NOIOMMU, ERROR)                                                          \
	X(IRQ_REMAP_OFF, ERROR)                                                          \
	X(UNSAFE_INTERRUPTS, WARNING)                                                    \
	X(GROUP_SHARED, ERROR)                                                           \
	X(GROUP_HOLDS_BOOT_DISK, ERROR)                                                  \
	X(GROUP_HOLDS_NETWORK, ERROR)                                                    \
	X(GROUP_BRIDGE_DRIVER, ERROR)                                                    \
	X(RESERVED_DIRECT, ERROR)                                                        \
	X(ACS_OVERRIDE, WARNING)                                                         \
	X(GPU_NOT_FOUND, ERROR)                                                          \
	X(GPU_CHANGED, ERROR)                                                            \
	X(GPU_MOVED, INFO)                                                               \
	X(GPU_AMBIGUOUS, ERROR)                                                          \
	X(NOT_A_GPU, ERROR)                                                              \
	X(VIRTUAL_FUNCTION, ERROR)                                                       \
	X(CARD_REFUSED, ERROR)                                                           \
	X(REMOVABLE, WARNING)                                                            \
	X(SLOT_HAS_HOST_FUNCTIONS, WARNING)                                              \
	X(BOOT_DISK, ERROR)                                                              \
	X(USB_IN_USE, WARNING)                                                           \
	X(BOOT_DISPLAY, ERROR)                                                           \
	X(FIRMWARE_FRAMEBUFFER, WARNING)                                                 \
	X(NOT_HELD, WARNING)                                                             \
	X(FRAMEBUFFER_IN_BAR, ERROR)                                                     \
	X(DRIVER_ATTACHED, ERROR)                                                        \
	X(UNBIND_TIMEOUT, ERROR)                                                         \
	X(MODULE_MISSING, ERROR)                                                         \
	X(MODULE_REJECTED, ERROR)                                                        \
	X(WIDER_CLAIM, ERROR)                                                            \
	X(PROBE_FAILED, ERROR)                                                           \
	X(CLAIM_LOST, ERROR)                                                             \
	X(RIVAL_BOUND, ERROR)                                                            \
	X(LEFTOVER_CONFIG, INFO)                                                         \
	X(IMAGE_STALE, WARNING)                                                          \
	X(IMAGE_WITHOUT_AGENT, WARNING)                                                  \
	X(CONFIG_INVALID, ERROR)                                                         \
	X(CMDLINE_INVALID, ERROR)                                                        \
	X(MODE_OFF, INFO)                                                                \
	X(CRASH_KERNEL, INFO)                                                            \
	X(DEADLINE, ERROR)                                                               \
	X(TRIAL_SPENT, ERROR)                                                            \
	X(TRIAL_UNAVAILABLE, WARNING)                                                    \
	X(RESET_NONE, INFO)                                                              \
	X(FACT_UNKNOWN, WARNING)                                                         \
	X(INTERNAL, ERROR)

enum finding_code {
#define X(code, severity) FINDING_##code,
	FINDING_CODES(X)
#undef X
		FINDING_COUNT_,
	FINDING_UNKNOWN = FINDING_COUNT_, /* another code, in a report */
};

struct finding {
	enum finding_code code;
	enum severity severity;
	char *subject; /* an address, "file:line" or a parameter; may be NULL */
	char *text;
	char *remedy; /* may be NULL */
};

struct findings {
	struct finding *items;
	size_t n, capacity;
	size_t dropped; /* findings beyond FINDINGS_MAX, or lost to a failed allocation */
	size_t dropped_errors; /* errors among these */
};

#define FINDINGS_MAX 64

const char *severity_name(enum severity severity);
enum severity severity_parse(const char *name);
const char *finding_name(enum finding_code code);
enum finding_code finding_parse(const char *name);
enum severity finding_severity(enum finding_code code);
/* Adds with the code's own severity. finding-texts.h has the last three arguments in one. A finding
 * that does not fit is counted, so that no error is lost. */
void findings_add(struct findings *findings, const char *subject, enum finding_code code,
		  const char *remedy, const char *format, ...) PRINTF_LIKE(5, 6);
void findings_add_as(struct findings *findings, enum severity severity,
		     const char *subject, enum finding_code code, const char *remedy,
		     const char *format, ...) PRINTF_LIKE(6, 7);
bool findings_have(const struct findings *findings, enum finding_code code);
bool findings_have_of(const struct findings *findings, enum finding_code code,
		      const char *subject);
bool findings_have_error(const struct findings *findings);
void findings_done(struct findings *findings);
