# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines whose IOMMU groups span more than a slot: ports without ACS, bridges, switches.

The card is an RTX 3080. The devices between it and the root bus are data, and so is its address in the
guest: the firmware numbers buses in the order of the root bus, deepest first.
"""

from __future__ import annotations

from dataclasses import dataclass

from .machine import IOMMU_DEVICES, Card, Machine, rtx_3080

PORT = "pcie-root-port,id=port0,chassis=1,addr=08.0"


@dataclass(frozen=True)
class Topology(Machine):
    """One card (or none) and its place. options are words of QEMU's command line."""

    slots: tuple[Card, ...] = (rtx_3080(),)
    way: tuple[str, ...] = (PORT,)  # the devices between the root bus and the card
    bus: str = "port0"
    device: str = "00"
    slot_address: str = "0000:01:00"
    slot_path: str = "0000:00:08.0/00"
    options: tuple[str, ...] = ()

    def address(self, slot: int = 0, function: int = 0) -> str:
        return f"{self.slot_address}.{function}"

    def path(self, slot: int = 0, function: int = 0) -> str:
        return f"{self.slot_path}.{function}"

    def addresses(self) -> list[str]:
        """All functions of the card."""
        return [self.address(0, number) for number in range(len(self.slots[0].functions))]

    def conf(self, *lines: str) -> str:
        """A configuration that names the card, with further lines."""
        first = self.slots[0].functions[0]
        gpu = f"gpu = {self.address()} id={first.id} subsystem={first.subsystem} path={self.path()}"
        return "\n".join([gpu, *lines]) + "\n"

    def qemu_arguments(self) -> list[str]:
        devices = [*IOMMU_DEVICES[self.iommu]]
        if self.host_display:
            devices.append("VGA,addr=02.0")
        devices += self.way
        for card in self.slots:
            devices += [
                f"{function.device},bus={self.bus},addr={self.device}.{number},multifunction=on"
                for number, function in enumerate(card.functions)
            ]
        devices += self.extra_devices
        arguments = ["-machine", "q35", "-m", str(self.memory_mib), *self.options]
        for device in devices:
            arguments += ["-device", device]
        return arguments


def port_without_acs() -> Topology:
    """Port and card share a group, which does no harm, as a port's driver does not count."""
    return Topology(way=(f"{PORT},disable-acs=on",))


def two_ports_without_acs(*devices: str, options: tuple[str, ...] = ()) -> Topology:
    """Two ports are functions of one slot: the device on the bus `other`, 02:00, shares the card's
    group."""
    second = "pcie-root-port,id=other,chassis=2,addr=08.1,multifunction=on,disable-acs=on"
    first = f"{PORT},multifunction=on,disable-acs=on"
    return Topology(way=(first, second, *devices), options=options)


def conventional_bridge(*devices: str) -> Topology:
    """The card and all else on the bus `bridge`, 02:, have the bridge's requester id."""
    return Topology(
        way=(PORT, "pcie-pci-bridge,id=bridge,bus=port0", *devices),
        bus="bridge",
        device="01",
        slot_address="0000:02:01",
        slot_path="0000:00:08.0/00.0/01",
    )


def one_slot(*devices: str, options: tuple[str, ...] = ()) -> Topology:
    """The card has neighbours in its own slot, on the bus `port0`, like an APU."""
    return Topology(extra_devices=devices, options=options)


def switch(*devices: str, root_port: str = PORT, options: tuple[str, ...] = ()) -> Topology:
    """The card (03:00) and the bus `down1` (04:00) are behind two downstream ports of one switch."""
    return Topology(
        way=(
            root_port,
            "x3130-upstream,id=switch,bus=port0",
            "xio3130-downstream,id=down0,bus=switch,chassis=11,slot=11,addr=00.0",
            "xio3130-downstream,id=down1,bus=switch,chassis=12,slot=12,addr=01.0",
            *devices,
        ),
        bus="down0",
        slot_address="0000:03:00",
        slot_path="0000:00:08.0/00.0/00.0/00",
        options=options,
    )


def switch_below_a_port_without_acs(*devices: str) -> Topology:
    """The same, and nothing above the switch isolates its ports."""
    return switch(*devices, root_port=f"{PORT},disable-acs=on")
