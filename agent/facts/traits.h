/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Reset methods, power, BARs, SR-IOV of one function. */
/* Whether a driver has found outputs for monitors on it. */
void traits_read_display(const struct root *root, struct function *function);

void traits_read(const struct root *root, struct function *function);

/* Secure Boot, lockdown, module signatures. What cannot be read stays unreadable. */
void traits_read_security(const struct root *root, struct security *security);
