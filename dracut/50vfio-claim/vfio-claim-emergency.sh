#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what the agent did on the console. dracut sources this before its emergency shell.
[ ! -r /run/vfio-claim/report.txt ] || cat /run/vfio-claim/report.txt
