# SPDX-License-Identifier: GPL-2.0-or-later
"""What each test costs: seconds, processor time, boots, things made for the cache.

`boot` and `cache` note what they spend; conftest.py adds it up for each test and writes it to a record.
`python3 -m lab costs` prints the record as a table.
"""

from __future__ import annotations

import ast
import contextlib
import json
import resource
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
RECORD = SOURCE / "build/costs/qemu.json"
BOOT = "boot"


@dataclass
class Cost:
    """Of one test. spent: seconds by what was done: "boot", or a kind of the cache ("images").

    Processor time hardly depends on what else the host does.
    """

    test: str
    seconds: float = 0.0
    processor: float = 0.0
    spent: dict[str, list[float]] = field(default_factory=dict)

    def number(self, what: str) -> int:
        return len(self.spent.get(what, []))

    def made(self) -> float:
        """Seconds for what a later run finds in the cache."""
        return sum(sum(times) for what, times in self.spent.items() if what != BOOT)


_spent: dict[str, list[float]] = {}
_processor = 0.0


@contextlib.contextmanager
def noted(what: str) -> Iterator[None]:
    """Adds the time inside to the test that runs."""
    begun = time.monotonic()
    try:
        yield
    finally:
        _spent.setdefault(what, []).append(round(time.monotonic() - begun, 1))


def take() -> tuple[float, dict[str, list[float]]]:
    """Processor time and what was noted, since the last call."""
    global _processor
    before, _processor = _processor, _processor_time()
    taken = dict(_spent)
    _spent.clear()
    return round(_processor - before, 1), taken


def _processor_time() -> float:
    """Of this process and of those that it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def write(costs: list[Cost]) -> None:
    """Replaces the record; a run of some tests keeps the rows of the others."""
    rows = {cost.test: cost for cost in [*read(), *costs]}
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps([asdict(row) for row in rows.values()], indent=1) + "\n", encoding="utf-8")


def read() -> list[Cost]:
    if not RECORD.exists():
        return []
    return [Cost(**row) for row in json.loads(RECORD.read_text(encoding="utf-8"))]


def table(costs: list[Cost]) -> str:
    """Files by their cost, what each tells, and its tests."""
    files: dict[str, list[Cost]] = {}
    for cost in costs:
        files.setdefault(cost.test.partition("::")[0], []).append(cost)
    lines = [_row("seconds", "processor", "boots", "making", "test"), _row(*["---:"] * 4, "---")]
    for name, rows in sorted(files.items(), key=lambda item: -sum(cost.seconds for cost in item[1])):
        lines.append(_line(rows, f"**{Path(name).name}**: {_tells(name)}"))
        for cost in sorted(rows, key=lambda cost: -cost.seconds):
            lines.append(_line([cost], cost.test.partition("::")[2].replace("|", "\\|")))
    lines.append(_line(costs, f"**all {len(costs)}**"))
    return "\n".join(lines)


def _line(costs: list[Cost], text: str) -> str:
    figures = (
        sum(cost.seconds for cost in costs),
        sum(cost.processor for cost in costs),
        sum(cost.number(BOOT) for cost in costs),
        sum(cost.made() for cost in costs),
    )
    return _row(*(f"{figure:.0f}" for figure in figures), text)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _tells(name: str) -> str:
    """The first paragraph of a test file's own description."""
    path = SOURCE / name
    if not path.exists():
        return "gone"
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())
