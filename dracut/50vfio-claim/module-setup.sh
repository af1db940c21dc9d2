#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts the agent, its configuration and the modules that it loads into a dracut image; for dracut 057
# and later. A faulty configuration is a warning here and a finding at boot, because a failed build could
# leave a new kernel without any image. Only a broken installation fails.

# called by dracut
check() {
	# Not 1 where nothing is configured: `dracut --add vfio-claim` would then make no image at all.
	# $hostonly does not matter: the drivers bound now say nothing about what is to be claimed.
	[[ -e ${dracutsysrootdir-}/etc/vfio-claim.conf ]] || return 255
	# The package is being removed (vfio-claim image-free --build).
	[[ ! -e /run/vfio-claim.leaving ]] || return 255
	# The agent has nothing to do in an image for a crash kernel: kdumpctl (Fedora and related
	# distributions) exports IN_KDUMP, and openSUSE's mkdumprd asks for a module named kdump.
	[[ -z ${IN_KDUMP-} && " ${dracutmodules-} ${add_dracutmodules-} " != *" kdump "* ]] || return 255
	return 0
}

# called by dracut
depends() {
	return 0
}

# called by dracut
installkernel() {
	local key module

	# No image has these by default. They are the minimum if there is no record. With hostonly set,
	# instmods would leave out modules that are not loaded now.
	hostonly='' instmods vfio_pci vfio_iommu_type1 virtio_pci virtio_iommu
	[[ -e $initdir/usr/lib/vfio-claim/image-record ]] || return 0
	while read -r key module; do
		[[ $key == module ]] && hostonly='' instmods "$module"
	done <"$initdir/usr/lib/vfio-claim/image-record"
	return 0
}

# called by dracut
install() {
	local record=$initdir/usr/lib/vfio-claim/image-record key library

	# dracut goes on after a failed install(), and the image would then claim nothing.
	inst /usr/lib/vfio-claim/agent
	if [[ ! -x $initdir/usr/lib/vfio-claim/agent ]]; then
		dfatal "vfio-claim: /usr/lib/vfio-claim/agent cannot be installed; reinstall vfio-claim"
		exit 1
	fi
	if [[ -e ${dracutsysrootdir-}/etc/vfio-claim.conf ]]; then
		inst_simple /etc/vfio-claim.conf ||
			dwarn "vfio-claim: /etc/vfio-claim.conf cannot be copied; nothing will be claimed"
	fi
	# The record describes this system; nothing is known about another one, below dracut's --sysroot.
	: >"$record"
	if [[ ${dracutsysrootdir-} ]] || ! /usr/bin/vfio-claim image-record "$kernel" >"$record"; then
		dwarn "vfio-claim: the image will not know what its system boots from"
	fi
	# The agent opens these at run time, so inst cannot find them: libkmod and its decompressors.
	while read -r key library; do
		[[ $key != library ]] || inst "$library" ||
			dwarn "vfio-claim: $library cannot be copied; modules load by the record alone"
	done <"$record"

	inst_hook emergency 50 "$moddir/vfio-claim-emergency.sh" ||
		dwarn "vfio-claim: the emergency shell will not show the agent's report"

	if dracut_module_included systemd; then
		# A hook would run too late: modules-load.d is not ordered after dracut's own units.
		inst_simple /usr/lib/systemd/system/vfio-claim-early.service &&
			mkdir -p "$initdir/usr/lib/systemd/system/sysinit.target.wants" &&
			ln -sf ../vfio-claim-early.service \
				"$initdir/usr/lib/systemd/system/sysinit.target.wants/vfio-claim-early.service"
	else
		# Before rd.driver.pre=, which runs as cmdline 01 here.
		inst_hook cmdline 00 "$moddir/vfio-claim.sh"
	fi || {
		dfatal "vfio-claim: nothing would run the agent; reinstall vfio-claim"
		exit 1
	}
}
