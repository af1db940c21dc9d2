/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

struct monitor;

/* Listens to the kernel's events of PCI functions and of their VFIO devices, from now on. */
int MUST_CHECK monitor_open(struct monitor **ret_monitor);
void monitor_close(struct monitor *monitor);
/* Readable when there are events. */
int monitor_fd(const struct monitor *monitor);
/*
 * The path below /sys of the next device with an event, to be freed. 0; -EAGAIN: none is waiting;
 * -ENOBUFS: some were lost; or another errno.
 */
int MUST_CHECK monitor_receive(struct monitor *monitor, char **ret_path);
