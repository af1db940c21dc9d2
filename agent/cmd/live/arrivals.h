/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

#define ARRIVALS_FOLDER "/run/vfio-claim/arrivals" /* the udev rule waits for it */

/*
 * Notes which device stands at this address now. The kernel makes another one when the card is
 * removed and found again, and one that is noted has been told about. 0 or negative errno.
 */
int MUST_CHECK arrivals_note(const struct root *root, const struct bdf *address);
/* Is another device here than the one that is noted? A missing one is not new. */
bool arrivals_is_new(const struct root *root, const struct bdf *address);

/*
 * Waits until functions of this slot neither come nor get a driver any more: a card comes in pieces, and
 * the host's drivers are asked after udev. Seconds at most.
 */
void arrivals_settle(const struct root *root, const struct bdf *address);
