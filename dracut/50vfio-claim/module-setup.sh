#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts the agent, its configuration and the modules it loads into a dracut image; for dracut 057 and
# later. A problem of the configuration is a warning here and a finding at boot: a failed build
# could leave a new kernel without any image. Only a broken installation fails.

# called by dracut
check() {
	# Not 1 where nothing is configured: `dracut --add vfio-claim` would then make no image at all.
	# And whatever $hostonly says: what is bound now tells nothing of what shall be claimed.
	[[ -e ${dracutsysrootdir-}/etc/vfio-claim.conf ]] || return 255
	# Nor in an image for a crash kernel, where the agent has nothing to do: kdumpctl (Fedora and its
	# kin) exports IN_KDUMP, openSUSE's mkdumprd asks for a module of the name kdump.
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

	# Not in any image by default. Without a record these are the least. In an image for this
	# machine only, instmods would leave out what is not loaded now.
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

	# dracut goes on after an install() that failed, and the image would claim nothing.
	inst /usr/lib/vfio-claim/agent
	if [[ ! -x $initdir/usr/lib/vfio-claim/agent ]]; then
		dfatal "vfio-claim: /usr/lib/vfio-claim/agent cannot be installed; reinstall vfio-claim"
		exit 1
	fi
	if [[ -e ${dracutsysrootdir-}/etc/vfio-claim.conf ]]; then
		inst_simple /etc/vfio-claim.conf ||
			dwarn "vfio-claim: /etc/vfio-claim.conf cannot be copied; nothing will be claimed"
	fi
	# Of this system: nothing is known of another one, below dracut's --sysroot.
	: >"$record"
	if [[ ${dracutsysrootdir-} ]] || ! /usr/bin/vfio-claim image-record "$kernel" >"$record"; then
		dwarn "vfio-claim: the image will not know what its system boots from"
	fi
	# Opened at run time, so that inst cannot see it; with it its own decompressors.
	while read -r key library; do
		[[ $key != library ]] || inst "$library" ||
			dwarn "vfio-claim: $library cannot be copied; modules load by the record alone"
	done <"$record"

	inst_hook emergency 50 "$moddir/vfio-claim-emergency.sh" ||
		dwarn "vfio-claim: the emergency shell will not show the agent's report"

	if dracut_module_included systemd; then
		# A hook would be too late: nothing orders modules-load.d after dracut's own units.
		inst_simple /usr/lib/systemd/system/vfio-claim-early.service &&
			mkdir -p "$initdir/usr/lib/systemd/system/sysinit.target.wants" &&
			ln -sf ../vfio-claim-early.service \
				"$initdir/usr/lib/systemd/system/sysinit.target.wants/vfio-claim-early.service"
	else
		# Before rd.driver.pre=, which is cmdline 01 here.
		inst_hook cmdline 00 "$moddir/vfio-claim.sh"
	fi || {
		dfatal "vfio-claim: nothing would run the agent; reinstall vfio-claim"
		exit 1
	}
}
