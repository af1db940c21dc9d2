/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

#define ADVICE_SIZE 320

/* How to switch on the IOMMU in this machine's firmware setup. Returns `buffer`. */
const char *advice_firmware(const struct platform *platform,
			    char buffer[static ADVICE_SIZE]);

/* How to make the kernel use the IOMMU that the firmware offers. */
const char *advice_kernel(const struct iommu *iommu, const struct platform *platform);
