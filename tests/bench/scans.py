# SPDX-License-Identifier: GPL-2.0-or-later
"""The cost of a scan: the agent on systems of many functions, compared with libpci's own scan."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import trees

BENCH_DIR = Path(__file__).resolve().parent
SIZES = (10, 100, 1000, 10000)
MEMORY = Path("/dev/shm")


def measure(build: Path) -> list[dict[str, int]]:
    """One object for each size: functions, syscalls, instructions, and libpci_ of the same."""
    # On a disk the largest tree's 200,000 names would take minutes.
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as temporary:
        place = Path(temporary)
        flags = shlex.split(_output("pkg-config", "--cflags", "--libs", "libpci"))
        _compile(place / "libpci-scan", "libpci-scan.c", *flags)
        _compile(place / "plain-open.so", "plain-open.c", "-shared", "-fPIC")
        return [_measure_size(build, place, n) for n in SIZES]


def _measure_size(build: Path, place: Path, n: int) -> dict[str, int]:
    print(f"bench: scan of {n:,} functions", file=sys.stderr, flush=True)
    tree = place / f"tree-{n}"
    trees.make(tree, n)
    agent = [build / "agent", "--sysroot", tree, "--json"]
    libpci = [place / "libpci-scan", tree]
    expected = {"agent": _output(*agent), "libpci": _output(*libpci)}
    if json.loads(expected["agent"])["result"] != "claimable" or int(expected["libpci"]) != n:
        raise RuntimeError(f"the scan of {n} functions failed: {expected}")

    figures = {"functions": n}
    for prefix, name, command in (("", "agent", agent), ("libpci_", "libpci", libpci)):
        figures[f"{prefix}syscalls"] = _syscalls(place, command, expected[name])
        figures[f"{prefix}instructions"] = _instructions(place, command, expected[name])
    subprocess.run(["rm", "-r", tree], check=True)
    return figures


def _syscalls(place: Path, command: list[str | Path], expected: str) -> int:
    table = place / "strace"
    _same(expected, _output("strace", "-c", "-f", "-U", "calls,name", "-o", table, *command))
    text = table.read_text(encoding="utf-8")
    total = re.search(r"^\s*(\d+)\s+total$", text, re.MULTILINE)
    if not total:
        raise RuntimeError(f"no total in strace's table:\n{text}")
    return int(total[1])


def _instructions(place: Path, command: list[str | Path], expected: str) -> int:
    """Instructions of all processes together; user space only."""
    for old in place.glob("callgrind.*"):
        old.unlink()
    output = _output(
        *("valgrind", "--quiet", "--tool=callgrind", "--trace-children=yes"),
        f"--callgrind-out-file={place}/callgrind.%p",
        *command,
        preload=place / "plain-open.so",
    )
    _same(expected, output)
    total = 0
    for path in place.glob("callgrind.*"):
        counted = re.search(r"^(?:summary|totals): (\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        total += int(counted[1]) if counted else 0
    return total


def _same(expected: str, output: str) -> None:
    """Fails when the program sees a different system under a tool: it would do different work."""
    if output != expected:
        raise RuntimeError(f"another answer under the tool:\n{output}\nexpected:\n{expected}")


def _compile(program: Path, source: str, *flags: str) -> None:
    _output("cc", "-O2", "-Wall", "-Wextra", "-o", program, BENCH_DIR / source, *flags)


def _output(*command: str | Path, preload: Path | None = None) -> str:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        encoding="utf-8",
        env=os.environ | ({"LD_PRELOAD": str(preload)} if preload else {}),
    ).stdout
