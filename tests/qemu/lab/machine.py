# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine as data: which IOMMU, which cards in which slots; and QEMU's arguments for it.

Nothing here runs anything. Addresses are fixed, so that a test can name a card before
the machine exists: slot n (from 0) is bus n + 1, behind the root port 00:(8 + n).0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

# Arguments of the virtual IOMMU; it must come before all other devices.
IOMMU_DEVICES = {
    "intel": ("intel-iommu,intremap=on,caching-mode=on",),
    "intel-no-intremap": ("intel-iommu,intremap=off,caching-mode=on",),
    "amd": ("amd-iommu,intremap=on",),
    "smmuv3": (),  # a part of the board
    "virtio": ("virtio-iommu-pci,addr=05.0",),
    "none": (),
}

FIRST_PORT = 8

# Who tells the guest that a card came or goes: the firmware (QEMU's default) or the port itself. A port
# keeps address space for a card to come.
HOT_PLUG = {
    "acpi": "on",
    "native": "off",
}
RESERVE = ",pref32-reserve=64M,mem-reserve=16M"

# Plays a display that can be plugged: QEMU's own VGA cards can not, and a device with memory not twice in the
# same slot, as a virtual IOMMU keeps QEMU from freeing what was unplugged.
PLUGGABLE = "pci-testdev"


@dataclass(frozen=True)
class Function:
    """One emulated PCI function, and the identity it pretends to have (None: its own)."""

    device: str
    id: str | None = None
    class_code: str = ""
    subsystem: str = ""
    revision: str = "a1"

    def mask(self, address: str) -> str:
        """The parameter of lab_mask that shows this identity at the address."""
        return f"{address}={self.id}:{self.class_code}:{self.revision}:{self.subsystem}"


@dataclass(frozen=True)
class Card:
    """A card: the functions of one slot."""

    functions: tuple[Function, ...]


def rtx_3080(subsystem: str = "1458:403b", display: str = "ati-vga,romfile=") -> Card:
    """Graphics, audio and USB of an RTX 3080, played by other vendors' functions."""
    return Card(
        (
            Function(display, "10de:2206", "030000", subsystem),
            Function("ich9-intel-hda", "10de:1aef", "040300", subsystem),
            Function("qemu-xhci", "10de:1ad8", "0c0330", subsystem),
        )
    )


def rv100() -> Card:
    """A Radeon 7000 as QEMU emulates it: the real radeon driver binds it."""
    return Card((Function("ati-vga,model=rv100"),))


def device_name(slot: int, number: int) -> str:
    """QEMU's name for a function, with which it can be unplugged."""
    return f"slot{slot}.{number}"


@dataclass(frozen=True)
class Machine:
    """A q35 machine. extra_devices are further -device arguments, as QEMU wants them.

    hot_plug is one of HOT_PLUG: the guest can ask for cards to be plugged and unplugged (hands.py). empty
    are the slots that have no card at the start.
    """

    iommu: str = "intel"
    slots: tuple[Card, ...] = ()
    host_display: bool = True  # the host's own card, like an integrated GPU
    memory_mib: int = 1024
    extra_devices: tuple[str, ...] = ()
    hot_plug: str | None = None
    empty: tuple[int, ...] = ()

    # How QEMU plays it, and what its kernel calls the first serial port.
    emulator: ClassVar[tuple[str, ...]] = ("qemu-system-x86_64", "-cpu", "qemu64")
    console: ClassVar[str] = "ttyS0"

    def board(self) -> str:
        """The value of -machine, with its options."""
        return "q35"

    def address(self, slot: int, function: int = 0) -> str:
        """The guest's address of a function of the card in a slot."""
        return f"0000:{slot + 1:02x}:00.{function}"

    def path(self, slot: int, function: int = 0) -> str:
        """The same for `path=` of the configuration."""
        return f"0000:00:{FIRST_PORT + slot:02x}.0/00.{function}"

    def masks(self) -> list[str]:
        """Parameters of lab_mask for all functions that pretend."""
        return [
            function.mask(self.address(slot, number))
            for slot, card in enumerate(self.slots)
            for number, function in enumerate(card.functions)
            if function.id
        ]

    def device(self, slot: int, number: int) -> str:
        """QEMU's description of a card's function in its slot."""
        # Real cards have the multifunction bit in every function's header; without it each function would
        # get a group of its own after a rescan.
        place = f"bus=port{slot},addr=00.{number},multifunction=on"
        name = f",id={device_name(slot, number)}" if self.hot_plug else ""
        return f"{self.slots[slot].functions[number].device},{place}{name}"

    def kernel_arguments(self) -> list[str]:
        """The guest's kernel parameters for the virtual IOMMU.

        The machine without an IOMMU has them too: the kernel then says "IOMMU enabled".
        """
        return ["intel_iommu=on"] if self.iommu in ("intel", "intel-no-intremap", "none") else []

    def qemu_arguments(self) -> list[str]:
        """The devices except the disks."""
        devices = list(IOMMU_DEVICES[self.iommu])
        if self.host_display:
            devices.append("VGA,addr=02.0")
        for slot, card in enumerate(self.slots):
            port = f"port{slot}"
            devices.append(
                f"pcie-root-port,id={port},chassis={slot + 1},slot={slot + 1},"
                f"addr={FIRST_PORT + slot:02x}.0{RESERVE if self.hot_plug else ''}"
            )
            if slot not in self.empty:
                devices += [self.device(slot, number) for number in range(len(card.functions))]
        devices += self.extra_devices
        arguments = ["-machine", self.board(), "-m", str(self.memory_mib)]
        if self.hot_plug:
            firmware = "ICH9-LPC.acpi-pci-hotplug-with-bridge-support"
            arguments += ["-global", f"{firmware}={HOT_PLUG[self.hot_plug]}"]
        for device in devices:
            arguments += ["-device", device]
        return arguments
