# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways to reserve a card for VMs that are compared, each as an administrator sets it up.

The scripts are written from descriptions of the ways, and are no copies. Where a guide says less than Debian
needs for the way to work, the way gets what it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

CARD_IDS = ("10de:2206", "10de:1aef", "10de:1ad8")

VFIO_MODULES = "vfio\nvfio_iommu_type1\nvfio_pci\n"
# A driver for each function of the card: what may come before vfio-pci.
HOST_MODULES = ("nouveau", "nvidia", "nvidia_current", "snd_hda_intel", "xhci_hcd", "xhci_pci")


@dataclass(frozen=True)
class Way:
    """files are for the system in which the boot image is made, and for the root that boots."""

    key: str
    name: str
    how: str
    files: dict[str, str] = field(default_factory=dict)
    builder: str = "initramfs-tools"
    is_ours: bool = False
    needs_systemd: bool = False


@dataclass(frozen=True)
class Rival:
    """The host's driver for the card's graphics, and what the guest needs so that it is a rival.

    packages are Debian's. modules are test modules, for a played card.
    """

    name: str
    note: str
    packages: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()


NOUVEAU = Rival(
    "nouveau",
    "The kernel's own driver. A played card has no chip that it knows: its probe ends with an error.",
)


def nvidia(displays: Sequence[str]) -> Rival:
    """NVIDIA's driver, with the registers of these functions by which it knows a GA102."""
    registers = (("0", "b72000a1"), ("4", "0"), ("a00", "172a1000"))
    writes = [f"{address}+{offset}={value}" for address in displays for offset, value in registers]
    return Rival(
        "nvidia",
        "NVIDIA's own driver, as Debian's nvidia-kernel-dkms builds it, with nouveau on the blacklist as Debian's"
        " package nvidia-kernel-support has it. It knows the played chip by its registers, and stays.",
        ("linux-headers-amd64", "nvidia-kernel-dkms"),
        {"/etc/modprobe.d/nvidia-blacklists-nouveau.conf": "blacklist nouveau\n"},
        (f"lab_poke write={','.join(writes)}",),
    )


def init_top(body: str) -> str:
    """A script for scripts/init-top, which runs before udev's (by its name) and needs no other."""
    return f'#!/bin/sh\nPREREQ=""\n[ "$1" = prereqs ] && echo "$PREREQ" && exit 0\n{body}'


def override_by_address(card: Sequence[str]) -> str:
    return init_top(
        f"for address in {' '.join(card)}; do\n"
        "\techo vfio-pci >/sys/bus/pci/devices/$address/driver_override\n"
        "done\n"
        "modprobe -i vfio-pci\n"
    )


# All functions of each card with a VGA display that the firmware did not start with.
OVERRIDE_BY_BOOT_VGA = """#!/bin/sh
for file in /sys/bus/pci/devices/*/boot_vga; do
	read -r is_boot_vga <"$file"
	[ "$is_boot_vga" = 0 ] || continue
	display=${file%/boot_vga}
	for function in "${display%.*}".*; do
		echo vfio-pci >"$function/driver_override"
	done
done
exec modprobe -i vfio-pci
"""

COPY_OVERRIDE = """#!/bin/sh
PREREQ=""
[ "$1" = prereqs ] && echo "$PREREQ" && exit 0
. /usr/share/initramfs-tools/hook-functions
copy_file script /usr/local/bin/vfio-pci-override
"""


def ways(card: Sequence[str], path: str) -> list[Way]:
    """All ways, for the functions of a card; path is its `path=` in our configuration."""
    conf = {"/etc/vfio-claim.conf": f"gpu = {card[0]} id={CARD_IDS[0]} subsystem=1458:403b path={path}\n"}
    modules = {"/etc/initramfs-tools/modules": VFIO_MODULES}
    return [
        Way("nothing", "nothing", "Debian as it is installed."),
        Way(
            "blacklist",
            "blacklist",
            "`blacklist` for nouveau, nvidia, nvidiafb and nvidia_drm in /etc/modprobe.d, and the vfio modules in"
            " /etc/modules, as Proxmox's wiki has it.",
            {
                "/etc/modprobe.d/blacklist.conf": "".join(
                    f"blacklist {module}\n" for module in ("nouveau", "nvidia", "nvidiafb", "nvidia_drm")
                ),
                "/etc/modules": VFIO_MODULES,
            },
        ),
        Way(
            "ids",
            "`ids=` and softdep",
            f"`options vfio-pci ids={','.join(CARD_IDS)}`, and a `softdep ... pre: vfio-pci` for each driver of the"
            " card's functions, in /etc/modprobe.d; the vfio modules in the boot image.",
            {
                "/etc/modprobe.d/vfio.conf": f"options vfio-pci ids={','.join(CARD_IDS)}\n"
                + "".join(f"softdep {module} pre: vfio-pci\n" for module in HOST_MODULES),
                **modules,
            },
        ),
        Way(
            "driverctl",
            "driverctl",
            "Debian's package; `driverctl set-override ADDRESS vfio-pci` for each function, which writes"
            " /etc/driverctl.d.",
            {f"/etc/driverctl.d/pci-{address}": "vfio-pci\n" for address in card},
            needs_systemd=True,
        ),
        Way(
            "truenas",
            "script as in TrueNAS",
            "A script in the image's init-top that writes `driver_override` by address and loads vfio-pci; softdeps"
            " for nouveau and nvidia; the vfio modules in the boot image.",
            {
                "/etc/initramfs-tools/scripts/init-top/bind-vfio": override_by_address(card),
                "/etc/modprobe.d/nvidia.conf": "softdep nouveau pre: vfio-pci\nsoftdep nvidia pre: vfio-pci\n",
                "/etc/modules": VFIO_MODULES,
                **modules,
            },
        ),
        Way(
            "arch",
            "script as in Arch's wiki",
            "`install vfio-pci SCRIPT` in /etc/modprobe.d, where the script writes `driver_override` for all"
            " functions of each display that is not the one that the firmware uses (the wiki's variant for all cards"
            " but that one; its variant for chosen cards is the script as in TrueNAS). mkinitcpio loads its MODULES"
            " before udev, initramfs-tools after; so vfio-pci is loaded in init-top.",
            {
                "/usr/local/bin/vfio-pci-override": OVERRIDE_BY_BOOT_VGA,
                "/etc/modprobe.d/vfio.conf": "install vfio-pci /usr/local/bin/vfio-pci-override\n",
                "/etc/initramfs-tools/hooks/vfio-pci-override": COPY_OVERRIDE,
                "/etc/initramfs-tools/scripts/init-top/load-vfio": init_top("modprobe vfio-pci\n"),
                **modules,
            },
        ),
        Way(
            "claim",
            "vfio-claim",
            "A line in /etc/vfio-claim.conf, as `vfio-claim setup` writes it.",
            conf,
            is_ours=True,
        ),
        Way(
            "nothing-dracut",
            "nothing, dracut",
            "Debian with an image by dracut, to compare the next with. The lab does not compress it, so all of it comes"
            " sooner than with initramfs-tools.",
            builder="dracut",
        ),
        Way(
            "claim-dracut",
            "vfio-claim, dracut",
            "The same line, with an image by dracut (with systemd in it).",
            conf,
            builder="dracut",
            is_ours=True,
        ),
    ]
