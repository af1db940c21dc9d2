/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

#define CLASS_BASE(class) ((class) >> 16)
#define CLASS_SUB(class) ((class) >> 8)
#define BASE_STORAGE 0x01
#define BASE_NETWORK 0x02
#define BASE_DISPLAY 0x03
#define BASE_BRIDGE 0x06 /* ISA and host bridges too */
#define SUB_VGA 0x0300
#define SUB_3D 0x0302 /* a display controller by class, but without outputs */
#define SUB_AUDIO 0x0403
#define SUB_HOST_BRIDGE 0x0600
#define SUB_ISA_BRIDGE 0x0601
#define SUB_USB 0x0c03
#define SUB_SERIAL_BUS 0x0c80 /* USB Type-C controllers of graphics cards */
#define SUB_ACCELERATOR 0x1200

/* vfio-pci or one of its variants. */
bool is_vfio_driver(const char *driver);
bool is_bridge(const struct function *function);

/* Class 03xx, or an accelerator: a `gpu =` line may name it. */
bool is_gpu(const struct function *function);

/* One of the classes of a card's functions. */
bool is_card_class(const struct function *function);

/* Is the console here: the firmware's framebuffer, or the firmware's boot display? */
bool has_console(const struct function *function);

/* May the host need this function for a picture? An unknown fact counts as yes. */
bool may_show_picture(const struct function *function);

/* Is a driver bound that is not VFIO's? */
bool has_host_driver(const struct function *function);

/* Will the host have a picture on this function? An unknown fact counts as no. */
bool is_host_display(const struct function *function);

/* By its class, the function may be a disk, a network, or a bus that leads to one. */
bool could_be_needed(const struct function *function);

/* Would vfio-pci with this `ids=` match the function? Unknown ids count as a match. */
bool ids_reach(const char *ids, size_t size, const struct function *function);
