#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced before dracut's emergency shell: what the agent did, on the console.
[ ! -r /run/vfio-claim/report.txt ] || cat /run/vfio-claim/report.txt
