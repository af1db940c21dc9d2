/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Reads reset methods, power state, BARs and SR-IOV of one function. */
void traits_read(const struct root *root, struct function *function);

/* Has a driver found outputs for monitors on it? */
void traits_read_display(const struct root *root, struct function *function);

/* Reads Secure Boot, lockdown, module signatures. Unreadable facts stay unreadable. */
void traits_read_security(const struct root *root, struct security *security);
