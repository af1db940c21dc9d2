/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

#define CLASS_BASE(class) ((class) >> 16)
#define CLASS_SUB(class) ((class) >> 8)
#define BASE_STORAGE 0x01
#define BASE_NETWORK 0x02
#define BASE_DISPLAY 0x03
#define BASE_BRIDGE 0x06 /* ISA and host bridges too */
#define SUB_AUDIO 0x0403
#define SUB_USB 0x0c03
#define SUB_SERIAL_BUS 0x0c80 /* USB Type-C controllers of graphics cards */

/* vfio-pci or one of its variants. */
bool is_vfio_driver(const char *driver);
bool is_bridge(const struct function *function);
bool is_display(const struct function *function);
/* By its class alone, a disk, a network or a bus that leads to one may hang on the function. */
bool could_be_needed(const struct function *function);
