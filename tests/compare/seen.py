# SPDX-License-Identifier: GPL-2.0-or-later
"""What a boot showed of its two cards, from the guest's files. Pure: no boot, no file.

Only what was seen counts: a boot whose files do not tell raises NotSeen, and has no row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VFIO = "vfio-pci"
# The drivers of a host that fit the functions of the played card.
RIVALS = ("nouveau", "nvidia", "snd_hda_intel", "xhci_hcd")

# The kernel's own words for a registered driver, a probe, and a driver that stays (drivers/base/bus.c, dd.c).
# They are debugging messages: the parameter turns them on.
KERNEL_SAYS = 'dyndbg="func bus_add_driver +p; func really_probe +p"'
REGISTERED = re.compile(r"bus: 'pci': add driver (?P<driver>\S+)")
PROBED = re.compile(r"bus: 'pci': really_probe: probing driver (?P<driver>\S+) with device (?P<address>\S+)")
BOUND = re.compile(r"bus: 'pci': really_probe: bound device (?P<address>\S+) to driver (?P<driver>\S+)")
KINDS = {"registered": REGISTERED, "probed": PROBED, "bound": BOUND}

# A record of /dev/kmsg: level, sequence number, microseconds, flags; text.
RECORD = re.compile(r"^(?P<level>\d+),(?P<number>\d+),(?P<us>\d+),[^;]*;(?P<text>.*)$", re.MULTILINE)
TARGET = re.compile(r"^ActiveEnterTimestampMonotonic=(?P<us>[1-9]\d*)$", re.MULTILINE)
# What a way itself has to say, and what the kernel says of vfio for it.
TOLD = re.compile(r"vfio|NVRM: (GPU .* is already bound|The NVIDIA probe routine was not called)", re.IGNORECASE)
NOT_TOLD = re.compile(r"ommand line: |^bus: '|command line parameters|vgaarb|VFIO - User Level|systemd\[|^audit")


class NotSeen(Exception):
    """The boot's files do not tell what happened to the cards."""


@dataclass(frozen=True)
class Event:
    """A moment on the kernel's clock. kind is one of KINDS; a registration has no address."""

    ms: float
    kind: str
    driver: str
    address: str = ""


@dataclass(frozen=True)
class Boot:
    """One boot: who has each function at its end, what happened before, and what the log says."""

    drivers: Mapping[str, str | None]
    events: tuple[Event, ...]
    target_ms: float | None  # None: not a boot to the default target
    log: tuple[str, ...]

    def probed(self, address: str) -> list[str]:
        """The host's drivers that probed a function, each once, in order."""
        found = (one.driver for one in self.events if one.kind == "probed" and one.address == address)
        return [driver for driver in dict.fromkeys(found) if driver != VFIO]

    def host_gets(self, address: str) -> bool:
        """Whether the function is the host's: the last driver that probed it is one of the host's, and has it or
        gave it up.

        A driver may give up a function of a card that is only played; a real one it would keep. It has given up
        nothing if it was bound and the function was taken away, or if vfio-pci probed the function later.
        """
        own = [one for one in self.events if one.address == address]
        last = [one for one in own if one.kind == "probed"][-1:]
        if not last or last[0].driver == VFIO:
            return False
        driver = self.drivers[address]
        was_bound = any(one.kind == "bound" and one.driver == last[0].driver for one in own)
        return driver == last[0].driver or (driver is None and not was_bound)

    def claimed_ms(self, card: Sequence[str]) -> float | None:
        """When the last function of a card came to vfio-pci; None: not all of them did."""
        if any(self.drivers[address] != VFIO for address in card):
            return None
        return max(one.ms for one in self.events if one.kind == "bound" and one.driver == VFIO and one.address in card)


def boot(
    kmsg: str, target: str | None, drivers: Mapping[str, str | None], cards: Sequence[str], told: str = ""
) -> Boot:
    """The boot's Boot.

    kmsg is /dev/kmsg. target is what systemctl says of multi-user.target; None where the boot ended before
    systemd, after udev. cards are the addresses that must be there, told is the journal of the way's own units.
    """
    records = list(RECORD.finditer(kmsg))
    if not records or records[0]["number"] != "0":
        raise NotSeen("the kernel's log does not begin at the kernel's start")
    found = TARGET.search(target or "")
    if target is not None and not found:
        raise NotSeen("the default target was not reached")
    missing = [address for address in cards if address not in drivers]
    if missing:
        raise NotSeen(f"no function {', '.join(missing)}")
    events = tuple(event for record in records for event in _events(record))
    if not any(event.kind == "bound" for event in events):
        raise NotSeen("the kernel does not say which driver probes what")
    target_ms = int(found["us"]) / 1e3 if found else None
    seen = Boot({address: drivers[address] for address in cards}, events, target_ms, _log(records, told))
    _expect_consistent(seen)
    return seen


def _events(record: re.Match[str]) -> list[Event]:
    found = [(kind, pattern.match(record["text"])) for kind, pattern in KINDS.items()]
    return [Event(int(record["us"]) / 1e3, kind, **match.groupdict()) for kind, match in found if match]


def _expect_consistent(seen: Boot) -> None:
    """sysfs and the log are two witnesses: a function has the driver that was bound to it last."""
    for address, driver in seen.drivers.items():
        bound = [one.driver for one in seen.events if one.kind == "bound" and one.address == address]
        if driver is not None and (not bound or bound[-1] != driver):
            raise NotSeen(f"{address} has {driver}, and the log does not say since when")


def _log(records: Sequence[re.Match[str]], told: str) -> tuple[str, ...]:
    """What the way's units and the kernel's log say of the claim, each once."""
    lines = [record["text"].strip() for record in records]
    lines = [line for line in lines if TOLD.search(line) and not NOT_TOLD.search(line)]
    return tuple(dict.fromkeys([*filter(None, map(str.strip, told.splitlines())), *lines]))


def versions(status: str, packages: Sequence[str]) -> dict[str, str]:
    """The versions of installed packages, from dpkg's status file."""
    found = {}
    for block in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if re.match(r"[A-Z][A-Za-z-]*: ", line))
        if fields.get("Status") == "install ok installed" and fields["Package"] in packages:
            found[fields["Package"]] = fields["Version"]
    missing = set(packages) - set(found)
    if missing:
        raise NotSeen(f"not installed: {', '.join(sorted(missing))}")
    return found
