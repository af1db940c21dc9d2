# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys for a boot loader's menu, pressed on the machine's keyboard once the menu is on the console."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path

# Seconds between keys: firmware polls the keyboard.
PAUSE = 0.3


@dataclass(frozen=True)
class Menu:
    """A text that is on the console when the menu waits, and the keys to press then.

    The keys have QEMU's names (QKeyCode): "down", "end", "ret".
    """

    text: str
    keys: tuple[str, ...]

    def press(self, monitor: Path) -> None:
        """Presses the keys by QEMU's monitor, a socket that speaks QMP."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(monitor))
            with connection.makefile("rw", encoding="utf-8") as lines:
                lines.readline()  # its greeting
                _ask(lines, "qmp_capabilities")
                for key in self.keys:
                    _ask(lines, "send-key", keys=[{"type": "qcode", "data": key}])
                    time.sleep(PAUSE)


def _ask(lines, command: str, **arguments: object) -> None:  # type: ignore[no-untyped-def]
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    lines.flush()
    while True:
        answer = json.loads(lines.readline())
        if "error" in answer:
            raise RuntimeError(f"QEMU's monitor, {command}: {answer['error']}")
        if "return" in answer:
            return
