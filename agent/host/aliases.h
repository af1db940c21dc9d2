/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * The next pattern of modules.alias that may match a card of these vendors ("pci:v000010DE"),
 * also one that is not here now; vfio's variants ("vfio_pci:...") are among them. *rest is the
 * text that is left; it is taken apart.
 */
bool aliases_next(char **rest, const struct strings *vendors, const char **ret_pattern,
		  const char **ret_module);
