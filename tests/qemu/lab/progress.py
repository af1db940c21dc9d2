# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest's start in the lab: the lab's messages reach the terminal, also from the workers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest


def begin(config: pytest.Config, prepare: Callable[[], None] = lambda: None) -> None:
    """In the controlling process: show progress, and prepare before any worker asks."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if os.geteuid() != 0:
        pytest.exit("the lab makes root file systems: run it as root", returncode=2)
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        _show(os.dup(2))
        prepare()


def _show(terminal: int) -> None:
    """Copies the messages of this process and the workers from LAB_PROGRESS to the terminal."""
    read_end, write_end = os.pipe()
    os.environ["LAB_PROGRESS"] = f"/proc/{os.getpid()}/fd/{write_end}"

    def copy() -> None:
        while text := os.read(read_end, 4096):
            os.write(terminal, text)

    threading.Thread(target=copy, daemon=True).start()
