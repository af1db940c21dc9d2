/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

enum quirk_effect {
	QUIRK_ISOLATES,
	QUIRK_MAY_ISOLATE, /* it depends on what the kernel found elsewhere */
	QUIRK_DECODES,	   /* registers in another place: caps.c knows it too */
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
/* The same, if its effect is that the function isolates. */
const struct quirk *isolating_quirk(const struct function *function);
