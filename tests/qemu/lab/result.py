# SPDX-License-Identifier: GPL-2.0-or-later
"""The results of a boot, from the files that the guest wrote."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[2]))

import schemas  # noqa: E402

UNREADABLE = "(unreadable)"


@dataclass(frozen=True)
class PciFunction:
    """A PCI function as the guest saw it at the end."""

    address: str
    id: str
    class_code: str
    subsystem: str
    driver: str | None
    group: int | None
    override: str | None  # UNREADABLE when the kernel did not answer


@dataclass(frozen=True)
class Command:
    """A command run in the guest; exit_code None: it did not end in time."""

    exit_code: int | None
    output: str
    errors: str


class Result:
    """One boot. Files of the guest are in `place`; missing ones read as empty."""

    def __init__(self, place: Path, serial: str) -> None:
        self.place = place
        self.serial = serial
        self.complete = (place / "complete").exists()

    def text(self, name: str) -> str:
        path = self.place / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def report(self) -> dict[str, Any]:
        """The agent's report; fails when it is missing."""
        return self.document("report.json")

    def document(self, name: str, schema: str = "report") -> dict[str, Any]:
        """A document that our programs wrote; fails when it is not as its schema says."""
        document: dict[str, Any] = json.loads(self.text(name))
        return schemas.expect(schema, document)

    @property
    def report_text(self) -> str:
        return self.text("report.txt")

    @property
    def codes(self) -> set[str]:
        """The codes of all findings."""
        return {finding["code"] for finding in self.report["findings"]}

    @property
    def dmesg(self) -> list[str]:
        """The kernel's log, each line as "<LEVEL>[SECONDS] text"."""
        records = re.finditer(r"^(\d+),\d+,(\d+),[^;]*;(.*)$", self.text("kmsg"), re.MULTILINE)
        return [f"<{int(m[1]) & 7}>[{int(m[2]) / 1e6:12.6f}] {m[3]}" for m in records]

    @property
    def kmsg(self) -> list[str]:
        """The lines that the agent wrote to the kernel's log."""
        return [line for line in self.dmesg if "vfio-claim: " in line]

    def lines(self, pattern: str) -> list[str]:
        """Lines of the kernel's log that match."""
        return [line for line in self.dmesg if re.search(pattern, line)]

    @property
    def functions(self) -> dict[str, PciFunction]:
        """All PCI functions by address."""
        found = {}
        for line in self.text("functions").splitlines():
            address, class_code, vendor, device, subvendor, subdevice, driver, group = line.split()
            found[address] = PciFunction(
                address,
                f"{vendor[2:]}:{device[2:]}",
                class_code,
                f"{subvendor[2:]}:{subdevice[2:]}",
                None if driver == "-" else driver,
                None if group == "-" else int(group),
                self._override(address),
            )
        return found

    def _override(self, address: str) -> str | None:
        path = self.place / "override" / address
        if not path.exists():
            return UNREADABLE
        text = path.read_text(encoding="utf-8").strip()
        return None if text == "(null)" else text

    def drivers(self, slot_address: str) -> list[str | None]:
        """The drivers of a slot's functions in order; the address has no function number."""
        slot = slot_address.rpartition(".")[0] + "."
        return [f.driver for a, f in sorted(self.functions.items()) if a.startswith(slot)]

    @property
    def modules(self) -> set[str]:
        """The modules that are loaded."""
        return {line.split()[0] for line in self.text("modules").splitlines()}

    @property
    def cmdline(self) -> str:
        return self.text("cmdline").strip()

    def command(self, name: str) -> Command:
        """A command that guest/collect ran: status, log, log-json, or the test's own run."""
        code = self.text(f"{name}.rc").strip()
        return Command(int(code) if code else None, self.text(f"{name}.out"), self.text(f"{name}.err"))

    def summary(self) -> str:
        """The first thing to read when a test fails."""
        functions = "\n".join(map(str, self.functions.values()))
        kmsg = "\n".join(self.kmsg)
        return (
            f"command line: {self.cmdline}\n--- report\n{self.report_text}\n--- kernel log\n{kmsg}\n"
            f"--- functions\n{functions}\n--- status\n{self.command('status')}\n"
        )
