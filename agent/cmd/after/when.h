/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <time.h>

#define WHEN_SIZE 64

/* "Fri 2026-11-27 19:04", local time; "" for -1. */
const char *when_format(time_t time, char buffer[static WHEN_SIZE]);

/* "2 hours ago"; "" for -1 and for times to come. */
const char *when_ago(time_t time, time_t now, char buffer[static WHEN_SIZE]);
