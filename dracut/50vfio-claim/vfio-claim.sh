#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the agent. /init of a dracut image without systemd sources this before rd.driver.pre= and udev.
/usr/lib/vfio-claim/agent || :
