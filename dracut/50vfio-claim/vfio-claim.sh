#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by /init of a dracut image without systemd, before rd.driver.pre= and udev.
/usr/lib/vfio-claim/agent || :
