# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's monitor, a socket that speaks QMP."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from pathlib import Path
from typing import Any

START_S = 30


class Monitor:
    """A connection to the monitor, closed at the end of the `with`."""

    def __init__(self, path: Path) -> None:
        self._socket = connect(path)
        self._lines = self._socket.makefile("rw", encoding="utf-8")
        self._lines.readline()  # its greeting
        self.ask("qmp_capabilities")

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def ask(self, command: str, **arguments: object) -> Any:
        """QEMU's answer to a command; RuntimeError: it refused."""
        self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._lines.flush()
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise RuntimeError(f"QEMU's monitor, {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def add(self, device: str) -> None:
        """Adds a device, described as for -device."""
        said = self.ask("human-monitor-command", **{"command-line": f"device_add {device}"})
        if said:
            raise RuntimeError(f"QEMU's monitor, {device}: {said.strip()}")

    def names(self) -> set[str]:
        """The devices that have a name."""
        return {one["name"] for one in self.ask("qom-list", path="/machine/peripheral")}


def connect(path: Path) -> socket.socket:
    """Connects to a socket that QEMU makes when it starts."""
    deadline = time.monotonic() + START_S
    while True:
        connection = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            connection.connect(str(path))
            return connection
        connection.close()
        if time.monotonic() > deadline:
            raise TimeoutError(f"QEMU made no {path.name}")
        time.sleep(0.1)
