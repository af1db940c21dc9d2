/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* The digest as 64 hexadecimal digits. */
void sha256_hex(const void *data, size_t size, char hex[static 65]);
