/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

enum quirk_effect {
	QUIRK_ISOLATES,
	QUIRK_MAY_ISOLATE, /* depends on other facts that the kernel has */
	QUIRK_DECODES,	   /* ACS registers in another place, which caps.c reads too */
};

struct quirk {
	uint16_t vendor, first, last;
	bool every_second;
	enum pcie_type type; /* PCIE_UNKNOWN: any */
	enum quirk_effect effect;
	const char *name;
};

/* The first row for this function; NULL: none. */
const struct quirk *find_quirk(const struct function *function);
/* The same, if its effect is isolation. */
const struct quirk *isolating_quirk(const struct function *function);
