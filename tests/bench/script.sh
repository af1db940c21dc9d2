#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# script.sh ADDRESS...: claims the functions as a script would, and checks nothing.
for address; do
	echo vfio-pci >"/sys/bus/pci/devices/$address/driver_override"
done
modprobe vfio-pci
modprobe vfio_iommu_type1
for address; do
	echo "$address" >/sys/bus/pci/drivers_probe
done
