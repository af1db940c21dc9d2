# SPDX-License-Identifier: GPL-2.0-or-later
"""The real machines of real/*.tsv as systems for --sysroot; real/README.md explains the format.

Missing facts are not made up: a function with an unknown driver has no modalias either, so that its
driver stays unknown. Two classes are exempt, by the README's rule.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from machine import Machine

HERE = Path(__file__).resolve().parent / "real"

TYPES = {"endpoint": 0, "legacy": 1, "root-port": 4, "upstream": 5, "downstream": 6,
         "pcie-pci-bridge": 7, "rc-endpoint": 9}
ACS_LETTERS = "VBRCUET"
# Taken as driverless when the driver is unknown: host bridges, AMD's dummy functions.
DRIVERLESS = ("0600", "1300")
BUILTIN = ("pcieport",)
# Root ports with two dwords for ACS, drivers/pci/quirks.c: pci_quirk_intel_spt_pch_acs_match().
WIDE_ACS = re.compile("8086:(a11[0-9a-f]|a16[7-9a]|a29[0-9a-f]|a2e[7-9a-e]|9d1[0-9ab])")
UNITS = {"Intel": ("dmar0", "DMAR"), "AMD": ("ivhd0", "IVRS")}


@dataclass(frozen=True)
class Row:
    """A function; the columns of the README."""

    address: str
    class_code: str
    id: str
    group: str
    driver: str
    header: str
    buses: str
    type: str
    acscap: str
    acsctl: str

    @property
    def bus(self):
        return int(self.address[5:7], 16)

    @property
    def slot(self):
        return self.address[:-2]

    @property
    def span(self):
        """First and last bus below, or None."""
        first, dash, last = self.buses.partition("-")
        return (int(first, 16), int(last, 16)) if first and dash else None


class Source:
    """One .tsv: its header and its functions."""

    def __init__(self, text):
        lines = text.splitlines()
        self.header = dict(line[2:].partition(": ")[::2] for line in lines
                           if line.startswith("# "))
        self.rows = [Row(*line.split("\t")) for line in lines if not line.startswith("#")]

    @classmethod
    def read(cls, file):
        source = cls((HERE / file).read_text())
        if not source.rows:
            raise ValueError(f"{file} holds no function")
        return source

    @property
    def vendor(self):
        return self.header["cpu vendor"].split()[0]

    @property
    def kernel(self):
        found = re.search(r"Linux (\S+)", self.header["distribution/kernel"])
        return found.group(1) if found else "6.1.0"

    @property
    def has_iommu(self):
        return any(row.group.isdigit() for row in self.rows)

    def parent_of(self, row):
        """The bridge directly above; None on a root bus, or when unknown."""
        above = [bridge for bridge in self.rows
                 if bridge.span and bridge.span[0] <= row.bus <= bridge.span[1]]
        return max(above, key=lambda bridge: bridge.span[0]) if above else None

    def place_of(self, row):
        parent = self.parent_of(row)
        above = self.place_of(parent) if parent else f"sys/devices/pci0000:{row.bus:02x}"
        return f"{above}/{row.address}"


def class_number(row):
    return int(row.class_code.ljust(6, "0"), 16)


def acs_bits(letters):
    return sum(1 << ACS_LETTERS.index(letter) for letter in letters if letter != "0")


def config_of(source, row):
    """Configuration space as far as the source knows it: 64, 256 or 4096 bytes."""
    is_known = row.type != "?"
    has_express = row.type in TYPES
    size = 64 if not is_known else 4096 if has_express and row.acscap != "?" else 256
    config = bytearray(size)
    vendor, device = (int(part, 16) for part in row.id.split(":"))
    config[0:2] = vendor.to_bytes(2, "little")
    config[2:4] = device.to_bytes(2, "little")
    config[6] = 0x10 if has_express or not is_known else 0
    config[9:12] = class_number(row).to_bytes(3, "little")
    is_multifunction = sum(other.slot == row.slot for other in source.rows) > 1
    config[14] = int(row.header) | (0x80 if is_multifunction else 0)
    if row.span:
        config[0x18], config[0x19], config[0x1A] = row.bus, *row.span
    if has_express or not is_known:
        config[0x34] = 0x40
    if has_express:
        config[0x40:0x44] = bytes([0x10, 0, TYPES[row.type] << 4 | 2, 0])
    if size == 4096 and row.acscap != "-":
        width = 4 if WIDE_ACS.fullmatch(row.id) else 2
        config[0x100:0x104] = (0x0001000D).to_bytes(4, "little")
        for at, letters in ((0x104, row.acscap), (0x104 + width, row.acsctl)):
            config[at:at + width] = acs_bits(letters).to_bytes(width, "little")
    return bytes(config)


def modalias_of(row):
    vendor, device = (int(part, 16) for part in row.id.split(":"))
    base, sub, interface = class_number(row).to_bytes(3, "big")
    return (f"pci:v{vendor:08X}d{device:08X}sv00000000sd00000000"
            f"bc{base:02X}sc{sub:02X}i{interface:02X}")


def add_function(machine, source, row, unit):
    place = source.place_of(row)
    up = "../" * place.count("/")
    vendor, device = row.id.split(":")
    machine.add(f"sys/bus/pci/devices/{row.address} -> ../../../{place.removeprefix('sys/')}")
    machine.add(f"{place}/vendor = 0x{vendor}")
    machine.add(f"{place}/device = 0x{device}")
    machine.add(f"{place}/class = 0x{class_number(row):06x}")
    machine.add(f"{place}/config = @hex:{config_of(source, row).hex()}")
    if row.driver != "?" or row.class_code[:4] in DRIVERLESS:
        machine.add(f"{place}/modalias = {modalias_of(row)}")
    if row.driver not in ("-", "?"):
        folder = f"sys/bus/pci/drivers/{row.driver}"
        machine.add(f"{place}/driver -> {up}bus/pci/drivers/{row.driver}")
        machine.add(f"{folder}/bind =")
        if row.driver not in BUILTIN:
            machine.add(f"{folder}/module -> ../../../../module/{row.driver}")
            machine.add(f"sys/module/{row.driver} /")
    if row.group.isdigit():
        group = f"kernel/iommu_groups/{row.group}"
        machine.add(f"{place}/iommu_group -> {up}{group}")
        machine.add(f"{place}/iommu -> {up}devices/virtual/iommu/{unit}")
        machine.add(f"sys/{group}/devices/{row.address} -> ../../../../"
                    f"{place.removeprefix('sys/')}")
        machine.add(f"sys/{group}/reserved_regions = "
                    "0x00000000fee00000 0x00000000feefffff msi")


def machine_from(source, has_table=True):
    """`has_table`: the firmware offers an IOMMU. Matters only when none is active."""
    unit, table = UNITS[source.vendor]
    machine = Machine()
    machine.add(f"proc/sys/kernel/osrelease = {source.kernel}")
    for name in ("alias", "dep", "builtin"):  # no module here drives anything
        machine.add(f"lib/modules/{source.kernel}/modules.{name} =")
    machine.add("proc/cmdline = quiet")
    machine.add("sys/firmware/acpi/tables/FACP = FACP")
    if source.has_iommu or has_table:
        machine.add(f"sys/firmware/acpi/tables/{table} = {table}")
    machine.add("sys/class/iommu /")
    if source.has_iommu:
        machine.add(f"sys/devices/virtual/iommu/{unit} /")
        machine.add(f"sys/class/iommu/{unit} -> ../../devices/virtual/iommu/{unit}")
    chip = "IR-IO-APIC" if source.has_iommu else "IO-APIC"
    machine.add(f"sys/kernel/irq/1/chip_name = {chip}")
    for row in source.rows:
        add_function(machine, source, row, unit)
    return machine


# The README's table ---------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """The README's verdict on claiming one GPU."""

    file: str
    address: str
    id: str
    groups: dict  # of each of the card's functions; empty: no group
    word: str  # "VIABLE", "BLOCKED", "NO GROUP"
    blockers: tuple


def parse_verdict(file, text):
    head = re.match(r"`([0-9a-f:.]+)` ([0-9a-f:]{9}), fns ", text)
    if not head:
        raise ValueError(f"{file}: no GPU in {text!r}")
    address = "0000:" + head.group(1)
    groups = {}
    for numbers, group in re.findall(r"\.([0-7](?:/[0-7])*) in g(\d+)", text[head.end():]):
        for number in numbers.split("/"):
            groups[f"{address[:-1]}{number}"] = int(group)
    word = re.search(r"\*\*(VIABLE|BLOCKED)\*\*(.*)", text)
    if word:
        blockers = re.findall(r"\b[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\b", word.group(2))
        return Verdict(file, address, head.group(2), groups, word.group(1),
                       tuple("0000:" + blocker for blocker in blockers))
    if ": no group;" not in text:
        raise ValueError(f"{file}: no verdict in {text!r}")
    return Verdict(file, address, head.group(2), {}, "NO GROUP", ())


def verdicts():
    """The README's whole table. An unreadable row or an empty table is an error."""
    found = []
    for line in (HERE / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not cells[0].endswith(".tsv"):
            continue
        found += [parse_verdict(cells[0], part) for part in cells[3].split("<br>")]
    files = {path.name for path in HERE.glob("*.tsv")}
    if not found or {verdict.file for verdict in found} != files:
        raise ValueError("the README's table does not speak of every machine here")
    return found
