/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * The next pattern of modules.alias that may match a card of these vendors ("pci:v000010DE"), even
 * one that is not installed now, or a variant of vfio-pci ("vfio_pci:..."). *rest is the remaining
 * text, which is modified.
 */
bool aliases_next(char **rest, const struct strings *vendors, const char **ret_pattern,
		  const char **ret_module);
