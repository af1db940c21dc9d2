# SPDX-License-Identifier: GPL-2.0-or-later
"""Systems of any number of PCI functions, as trees for --sysroot.

    python3 trees.py DIR N     make one below DIR

Each domain has a root bus with a host bridge and root ports, and behind each port a bus of
eight functions. The first port leads to a card like an RTX 3080 of three functions, which
is configured. There is an IOMMU of Intel's kind; no modules are installed.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CARD = "0000:01:00.0"
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path=0000:00:01.0/00.0\nboot-display = allow\n"
RELEASE = "6.1.0-bench-amd64"

FUNCTIONS_PER_BUS = 8
PORTS_PER_DOMAIN = 31 * 8 - 1  # 00:01.0 to 00:1f.6; 00:1f.7 is the machine's own


@dataclass(frozen=True)
class Function:
    address: str
    vendor: int
    device: int
    class_code: int
    subsystem: tuple[int, int]
    parent: str  # directory below /sys/devices
    group: int
    secondary_bus: int | None = None  # of a bridge

    @property
    def place(self) -> str:
        return f"{self.parent}/{self.address}"

    @property
    def modalias(self) -> str:
        base, sub, interface = self.class_code.to_bytes(3, "big")
        vendor, device = self.subsystem
        return (
            f"pci:v{self.vendor:08X}d{self.device:08X}sv{vendor:08X}sd{device:08X}"
            f"bc{base:02X}sc{sub:02X}i{interface:02X}"
        )

    @property
    def config(self) -> bytes:
        header = bytearray(64)
        header[0:2] = self.vendor.to_bytes(2, "little")
        header[2:4] = self.device.to_bytes(2, "little")
        header[4:6] = (0x0406).to_bytes(2, "little")
        header[8] = 0xA1
        header[9:12] = self.class_code.to_bytes(3, "little")
        header[14] = 0x01 if self.secondary_bus is not None else 0x80
        if self.secondary_bus is None:
            header[0x2C:0x2E] = self.subsystem[0].to_bytes(2, "little")
            header[0x2E:0x30] = self.subsystem[1].to_bytes(2, "little")
        else:
            header[0x19] = header[0x1A] = self.secondary_bus
        return bytes(header)


GIGABYTE = (0x1458, 0x403B)
CARD_FUNCTIONS = ((0x2206, 0x030000), (0x1AEF, 0x040300), (0x1AD8, 0x0C0330))
# Devices behind the other ports: a network card, an NVMe drive, a USB controller.
OTHERS = ((0x8086, 0x1572, 0x020000), (0x144D, 0xA808, 0x010802), (0x1B21, 0x2142, 0x0C0330))


def functions() -> Iterator[Function]:
    """Yields without end: the machine's own, the card, then each port and the devices behind it."""
    group = 0
    for domain in range(0x10000):
        root = f"pci{domain:04x}:00"

        def on_root(
            devfn: int, device: int, class_code: int, number: int, secondary: int | None = None,
            *, domain: int = domain, root: str = root,
        ) -> Function:
            address = f"{domain:04x}:00:{devfn >> 3:02x}.{devfn & 7}"
            return Function(address, 0x8086, device, class_code, (0x1458, 0x5000), root, number, secondary)

        yield on_root(0, 0x3EC2, 0x060000, group)
        if domain == 0:
            yield on_root(0x1F << 3 | 7, 0xA305, 0x060100, group + 1)
            group += 1
        group += 1
        for port in range(PORTS_PER_DOMAIN):
            bus = port + 1
            bridge = on_root(8 + port, 0x1901, 0x060400, group, bus)
            yield bridge
            group += 1
            if domain == 0 and port == 0:
                for number, (device, class_code) in enumerate(CARD_FUNCTIONS):
                    address = f"0000:01:00.{number}"
                    yield Function(address, 0x10DE, device, class_code, GIGABYTE, bridge.place, group)
                group += 1
                continue
            for number in range(FUNCTIONS_PER_BUS):
                vendor, device, class_code = OTHERS[(port + number) % len(OTHERS)]
                address = f"{domain:04x}:{bus:02x}:00.{number}"
                yield Function(address, vendor, device, class_code, (vendor, 1), bridge.place, group)
                group += 1


def make(top: Path, n: int) -> None:
    """A system of n functions below top, which must not exist."""
    tree = _Tree(top)
    for table in ("DMAR", "FACP", "APIC", "MCFG"):
        tree.write(f"sys/firmware/acpi/tables/{table}", table)
    for irq in range(24):
        tree.write(f"sys/kernel/irq/{irq}/chip_name", "IR-IO-APIC")
    tree.directory("sys/devices/virtual/iommu/dmar0")
    tree.link("sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0")
    tree.directory("sys/bus/pci/drivers")
    for function in itertools.islice(functions(), n):
        _add_function(tree, function)
    tree.write("proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro quiet")
    tree.write("proc/sys/kernel/osrelease", RELEASE)
    tree.write("proc/sys/kernel/random/boot_id", "6f2b8f5e-3a35-4f3c-9f0e-4f6f6f0c7f11")
    tree.write("etc/vfio-claim.conf", CONF.rstrip("\n"))
    tree.directory(f"lib/modules/{RELEASE}")


REGIONS = "\n".join(
    ["0x00000000a0000000 0x00000000a000ffff 0x0000000000040200"]
    + ["0x0000000000000000 0x0000000000000000 0x0000000000000000"] * 12
)


def _add_function(tree: _Tree, function: Function) -> None:
    place = f"sys/devices/{function.place}"
    vendor, device = function.subsystem
    for name, text in (
        ("vendor", f"0x{function.vendor:04x}"),
        ("device", f"0x{function.device:04x}"),
        ("class", f"0x{function.class_code:06x}"),
        ("subsystem_vendor", f"0x{vendor:04x}"),
        ("subsystem_device", f"0x{device:04x}"),
        ("revision", "0xa1"),
        ("irq", "16"),
        ("modalias", function.modalias),
        ("driver_override", "(null)"),
        ("resource", REGIONS),
    ):
        tree.write(f"{place}/{name}", text)
    tree.write_bytes(f"{place}/config", function.config)
    up = "../" * (len(place.split("/")) - 1)
    group = f"sys/kernel/iommu_groups/{function.group}"
    tree.link(f"{place}/iommu", f"{up}devices/virtual/iommu/dmar0")
    tree.link(f"{place}/iommu_group", f"{up}{group.removeprefix('sys/')}")
    tree.link(f"sys/bus/pci/devices/{function.address}", f"../../../devices/{function.place}")
    tree.write(f"{group}/reserved_regions", "0x00000000fee00000 0x00000000feefffff msi")
    tree.write(f"{group}/type", "DMA")
    tree.link(f"{group}/devices/{function.address}", f"../../../../devices/{function.place}")


class _Tree:
    """Writes below a directory. Equal files are hard links, as there are many thousands."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.known: dict[bytes, Path] = {}
        self.directories: set[str] = set()

    def directory(self, path: str) -> None:
        if path not in self.directories:
            (self.top / path).mkdir(parents=True, exist_ok=True)
            self.directories.add(path)

    def link(self, path: str, target: str) -> None:
        self.directory(path.rpartition("/")[0])
        (self.top / path).symlink_to(target)

    def write(self, path: str, text: str) -> None:
        self.write_bytes(path, text.encode() + b"\n")

    def write_bytes(self, path: str, data: bytes) -> None:
        place = self.top / path
        self.directory(path.rpartition("/")[0])
        if place.exists():  # a group has several functions
            return
        if data in self.known:
            place.hardlink_to(self.known[data])
        else:
            place.write_bytes(data)
            self.known[data] = place


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
