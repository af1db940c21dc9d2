/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/kernel-line.h"
#include "model/model.h"

#define ADVICE_SIZE 640

/* Why something does not work, and what helps on this machine. */
struct advice {
	char text[ADVICE_SIZE];
	char remedy[ADVICE_SIZE];
	bool has_wish; /* another kernel command line is the remedy, which `setup` can bring about: */
	struct line_wish wish;
};

/*
 * The cause of a missing IOMMU, by the order of the evidence: what is above the kernel, the kernel
 * command line, the kernel itself, the firmware. False: there is one.
 */
bool advice_iommu(const struct iommu *iommu, const struct platform *platform,
		  struct advice *ret_advice);

/* Is this a display of Intel's without a group, while their IOMMU works? */
bool advice_is_own_display(const struct iommu *iommu, const struct function *function);
/* Why the processor's own display has no group, where another function has one. False: not known. */
bool advice_integrated_display(const struct platform *platform, struct advice *ret_advice);

/* How to get interrupt remapping, or to do without it under this policy. */
void advice_interrupts(const struct iommu *iommu, const struct platform *platform,
		       enum strictness policy, char remedy[static ADVICE_SIZE]);

/* Why there is no /dev/kvm. */
const char *advice_kvm(const struct platform *platform, char remedy[static ADVICE_SIZE]);

/* The last parameter of this name whose value, a comma-separated list, has this word. */
bool advice_find_word(const struct platform *platform, const char *name, const char *word,
		      struct parameter *ret_parameter);
