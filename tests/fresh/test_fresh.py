# SPDX-License-Identifier: GPL-2.0-or-later
"""The README's commands work on Debian 12 and 13 with only git and make."""

import re

import pytest

from lab import fresh, roots

# One worker for each suite: its two tests share a root.
each_suite = pytest.mark.parametrize(
    "suite", [pytest.param(suite, marks=pytest.mark.xdist_group(suite)) for suite in roots.SUITES]
)
# A line of make or of a shell: a missing program, a broken rule.
COMPLAINT = re.compile(r"^(?:make(?:\[\d+\])?|sh|bash|/bin/sh): (?!Entering|Leaving).*", re.MULTILINE)


def test_complaints_are_told_apart():
    assert COMPLAINT.findall("make: pkg-config: No such file or directory\n  CC x\n") == [
        "make: pkg-config: No such file or directory"
    ]
    assert COMPLAINT.findall("/bin/sh: 1: pkg-config: not found\n") and not COMPLAINT.findall("  LD x\n")


@each_suite
def test_nothing_is_looked_for_before_deps(suite):
    """Tools that `make deps` installs are called when they are used, not when make reads its files."""
    goals = ["help", "-n deps", "-n check", "-n lint", "-n demo", "-n bench", "-n compare", "-n check-extended"]
    script = "".join(f"make {goal} >/dev/null\n" for goal in goals)
    assert fresh.run(roots.bare_root(suite), script) == ""


@each_suite
def test_deps_says_what_it_installs_and_nothing_else_before(suite):
    root = fresh.root_with_deps(suite)
    said = (root / fresh.DEPS_LOG).read_text(encoding="utf-8", errors="replace")
    assert said.startswith("deps: installing ")
    assert "  LD       build/vfio-claim" in said, "`make deps all` builds with what it has just installed"
    assert COMPLAINT.findall(said) == []


COMPILED = "make -j 2 all man build/asan/agent build/asan/vfio-claim build/tests/steps 2>&1\n"


def passes(suite, commands):
    said = fresh.run(fresh.root_with_deps(suite), COMPILED + commands)
    assert re.search(r"^\d+ passed in ", said, re.MULTILINE), said
    assert COMPLAINT.findall(said) == []


def test_unit_tests_and_machines_with_the_libraries_of_debian_13():
    """Tests are mostly run on Debian 12."""
    machines = " ".join(f"tests/machines/test_{name}.py" for name in ("cases", "machines", "screen_check"))
    passes("trixie", f"make check-pure check-unit 2>&1\npython3 -m pytest -q -n 2 {machines} 2>&1\n")


@pytest.mark.extended
@each_suite
def test_check_fast(suite):
    passes(suite, "make check-fast 2>&1")
