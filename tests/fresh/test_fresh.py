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


# Debian 12, on which the tests are mostly run themselves, is for `make check-extended`.
@pytest.mark.parametrize("suite", [pytest.param("bookworm", marks=pytest.mark.extended), "trixie"])
def test_check_fast(suite):
    compiled = "make -j 2 all man build/asan/agent build/asan/vfio-claim"
    said = fresh.run(fresh.root_with_deps(suite), f"{compiled} 2>&1\nmake check-fast 2>&1")
    assert re.search(r"^\d+ passed in ", said, re.MULTILINE), said
    assert COMPLAINT.findall(said) == []
