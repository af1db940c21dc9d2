# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest's side of the lab: makes the parts that all boots share first, and shows a boot's log when a
test fails."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Failed assertions of these modules are shown in detail, as in a test.
pytest.register_assert_rewrite("lab.cells", "lab.expect", "lab.late", "lab.lives", "lab.traps")

import lab
from lab import costs, loaders, progress
from lab.prepare import prepare

RESULTS = pytest.StashKey[list[lab.Result]]()
SPENT = "spent"
# Of this run, by the test's name; complete in the controlling process.
COSTS: dict[str, costs.Cost] = {}


def pytest_configure(config: pytest.Config) -> None:
    progress.begin(config, prepare)


@pytest.hookimpl(trylast=True)  # after -m and -k have selected
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test of a life takes as long as several others: each worker begins with one. What boots nothing comes
    last, so that the workers end together.

    At first xdist gives each worker a run of consecutive tests, a quarter of its share (at least 2).
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    first_run = max(len(items) // workers // 4, 2)
    lives = [item for item in items if _uses(item, "living")]
    items[:] = [item for item in items if item not in lives]
    items.sort(key=lambda item: not _uses(item, "boot", "loaded"))
    for number, item in enumerate(lives):
        items.insert(number * first_run, item)


def _uses(item: pytest.Item, *fixtures: str) -> bool:
    return not set(fixtures).isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture
def boot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., lab.Result]]:
    """lab.boot, with its results kept below the test's directory and shown on failure."""
    results = request.node.stash.setdefault(RESULTS, [])

    def run(*args: Any, **options: Any) -> lab.Result:
        place = tmp_path / f"boot-{len(results)}"
        results.append(lab.boot(*args, results=place, **options))
        return results[-1]

    yield run


@pytest.fixture
def living(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., lab.Living]]:
    """lab.Living: a machine whose disk is kept until the end of the test."""
    with contextlib.ExitStack() as stack:

        def begin(*args: Any) -> lab.Living:
            guest = stack.enter_context(lab.Living(*args, results=tmp_path))
            request.node.stash[RESULTS] = guest.results
            return guest

        yield begin


@pytest.fixture
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., loaders.Loaded]]:
    """loaders.Loaded: a machine that boots by its own boot loader, from a disk kept until the end of the
    test."""
    with contextlib.ExitStack() as stack:

        def begin(*args: Any, **options: Any) -> loaders.Loaded:
            guest = stack.enter_context(loaders.Loaded(*args, results=tmp_path, **options))
            request.node.stash[RESULTS] = guest.results
            return guest

        yield begin


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    costs.take()  # what was before


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    report.user_properties.append((SPENT, costs.take()))
    if report.failed:
        for result in item.stash.get(RESULTS, []):
            report.sections.append((f"boot in {result.place}", result.summary()))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    cost = COSTS.setdefault(report.nodeid, costs.Cost(report.nodeid))
    processor, spent = dict(report.user_properties).get(SPENT, (0.0, {}))
    cost.seconds = round(cost.seconds + report.duration, 1)
    cost.processor = round(cost.processor + processor, 1)
    for what, times in spent.items():
        cost.spent.setdefault(what, []).extend(times)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput") and COSTS:
        costs.write(list(COSTS.values()))
