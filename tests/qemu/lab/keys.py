# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys for a boot loader's menu, pressed on the machine's keyboard once the menu is on the console."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from .monitor import Monitor

# Seconds between keys: firmware polls the keyboard.
PAUSE = 0.3


@dataclass(frozen=True)
class Menu:
    """A text that is on the console when the menu waits, and the keys to press then.

    The keys have QEMU's names (QKeyCode): "down", "end", "ret".
    """

    text: str
    keys: tuple[str, ...]

    def press(self, path: Path) -> None:
        """Presses the keys by QEMU's monitor at this path."""
        with Monitor(path) as monitor:
            for key in self.keys:
                monitor.ask("send-key", keys=[{"type": "qcode", "data": key}])
                time.sleep(PAUSE)
