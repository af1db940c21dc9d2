# SPDX-License-Identifier: GPL-2.0-or-later
"""`make check-matrix`: the suites of the matrix made first, and a table of its cells at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import lab
import pytest
from lab.prepare import prepare
from lab.roots import MATRIX_SUITES


def pytest_configure(config: pytest.Config) -> None:
    """In the controlling process, after the lab's own: makes the matrix's own boots."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            prepare(MATRIX_SUITES)


@pytest.fixture
def timed_boot(
    boot: Callable[..., lab.Result], record_property: Callable[[str, object], None]
) -> Iterator[Callable[..., lab.Result]]:
    """The fixture `boot`, which also adds the guest's own seconds to the table."""

    def run(*args: Any, **options: Any) -> lab.Result:
        record_property("cell", f"{args[1].suite} {args[1].builder}")
        begun = time.monotonic()
        result = boot(*args, **options)
        record_property("seconds", round(time.monotonic() - begun))
        record_property("guest", round(float(result.text("uptime").split()[0])))
        return result

    yield run


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each cell: results of claim and twin, seconds in total and of the guest."""
    cells: dict[str, dict[str, str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            told = dict(report.user_properties)
            if "cells.py" not in report.nodeid or "cell" not in told:
                continue
            side = "claim" if "test_claimed" in report.nodeid else "twin"
            has_times = "guest" in told
            times = f"{told['seconds']:4} s, {told['guest']:3} s of it in the guest" if has_times else ""
            cells.setdefault(told["cell"], {})[side] = f"{outcome} {times}"
    if not cells:
        return
    terminalreporter.section("the matrix")
    for cell, sides in sorted(cells.items()):
        suite, builder = cell.split()
        claim, twin = (sides.get(side, "no answer") for side in ("claim", "twin"))
        terminalreporter.write_line(f"{suite:9} {builder:18} claim {claim:40} twin {twin}")
