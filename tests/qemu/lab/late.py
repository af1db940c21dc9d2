# SPDX-License-Identifier: GPL-2.0-or-later
"""Acts on a running machine's cards: a card comes late, goes, or is made again by a rescan.

An act has a name and a shell script that the guest runs (guest/act). After the boot a test asks who had
each function after each act, and what the kernel said during an act. The machine has hot_plug (hands.py).
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from .machine import Machine
from .result import Result

HIDE = "/sys/module/lab_mask/parameters/hide"


@dataclass(frozen=True)
class Act:
    """A name, unique in a boot, and what the guest does then."""

    name: str
    script: str

    def line(self) -> str:
        return f"/lab/act {self.name} sh -ec {shlex.quote(self.script)}\n"


def script(acts: Sequence[Act]) -> str:
    """What boot(run=...) takes."""
    return "".join(act.line() for act in acts)


@dataclass(frozen=True)
class Slot:
    """A slot of the machine, and the acts on it."""

    machine: Machine
    number: int

    def addresses(self) -> list[str]:
        functions = range(len(self.machine.slots[self.number].functions))
        return [self.machine.address(self.number, function) for function in functions]

    def plug(self, name: str = "plug") -> Act:
        """The whole card comes by hot-plug, and the kernel finds it."""
        return Act(name, f"/lab/ask plug {self.number}\n/lab/await {' '.join(self.addresses())}")

    def plug_part(self, name: str, *functions: int) -> Act:
        """Some functions are put into the slot; the kernel looks when function 0 is there too."""
        wait = f"/lab/await {' '.join(self.addresses())}" if 0 in functions else "sleep 2"
        return Act(name, f"/lab/ask plug {self.number} {','.join(map(str, functions))}\n{wait}")

    def unplug(self, name: str = "unplug") -> Act:
        return Act(name, f"/lab/ask unplug {self.number}")

    def remove(self, name: str, *functions: int) -> Act:
        """The kernel forgets these functions (default: all), by sysfs; the hardware stays."""
        return Act(name, self._remove(*functions))

    def rescan(self, name: str = "rescan", hide: Sequence[int] = ()) -> Act:
        """The kernel forgets what it knows of the card and looks again; hidden functions do not answer."""
        hidden = " ".join(self.addresses()[function] for function in hide)
        return Act(name, f"{self._remove()}echo '{hidden}' >{HIDE}\n{LOOK}")

    def look(self, name: str) -> Act:
        """The kernel looks for new functions; none is hidden."""
        return Act(name, f"echo >{HIDE}\n{LOOK}")

    def _remove(self, *functions: int) -> str:
        chosen = functions or range(len(self.addresses()))
        return "".join(
            f"[ ! -e {place} ] || echo 1 >{place}\n"
            for place in (
                f"/sys/bus/pci/devices/{self.addresses()[function]}/remove"
                for function in sorted(chosen, reverse=True)
            )
        )


LOOK = "echo 1 >/sys/bus/pci/rescan\n"


def comes_again(machine: Machine, slot: int) -> str:
    """A script for a boot with systemd: the card comes again (rescan), in a boot in which nothing is claimed."""
    return (
        f"{Slot(machine, slot).rescan().script}udevadm settle\n"
        "vfio-claim log --json >/lab/out/arrivals.json\n"
        "journalctl -b -o cat -u vfio-claim-arrivals.service >/lab/out/arrivals\n"
    )


def is_left_alone(result: Result, reason: str) -> bool:
    """Whether comes_again() was no event, and the journal has the reason."""
    return (
        f"left to the host's drivers: {reason}" in result.text("arrivals")
        and not json.loads(result.text("arrivals.json")).get("events")
    )


def drivers(result: Result, slot: Slot, name: str) -> list[str | None]:
    """Who has the card's functions after this act, in order; a function that is not there is left out."""
    return [driver for driver, _ in _state(result, slot, name)]


def overrides(result: Result, slot: Slot, name: str) -> list[str | None]:
    return [override for _, override in _state(result, slot, name)]


def _state(result: Result, slot: Slot, name: str) -> list[tuple[str | None, str | None]]:
    command = result.command(name)
    assert command.exit_code == 0, f"{name}: {command}"
    lines = [line.split() for line in result.text("acts").splitlines()]
    return [
        (None if driver == "-" else driver, None if override == "(null)" else override)
        for act, address, driver, override in lines
        if act == name and address in slot.addresses()
    ]


def kernel_log(result: Result, name: str) -> list[str]:
    """The kernel's log during this act."""
    lines = result.dmesg
    (begin,) = (i for i, line in enumerate(lines) if line.endswith(f"lab: act {name}"))
    ends = (i for i, line in enumerate(lines) if i > begin and "lab: act " in line)
    return lines[begin : next(ends, len(lines))]


def probed_by_nouveau(result: Result, slot: Slot, name: str) -> bool:
    """Whether nouveau was asked for the card during this act."""
    address = re.escape(slot.addresses()[0])
    return any(re.search(rf"nouveau(: probe of)? {address}", line) for line in kernel_log(result, name))
