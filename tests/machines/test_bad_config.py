# SPDX-License-Identifier: GPL-2.0-or-later
"""Configuration spaces of broken devices: no verb crashes, and no card is claimed by mistake.

Both programs have sanitizers.
"""

import json

import pytest

import real
from machine import Machine
from test_machines import BUILD, HERE, run

CARD = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/config"
PORT = "sys/devices/pci0000:00/0000:00:01.0/config"


def pointing(size, *pokes):
    """A good header that has capabilities, and bytes at offsets."""
    space = bytearray(size)
    space[0:16] = bytes.fromhex("de10062207001000a100000300000000")
    space[0x34] = 0x40
    for offset, data in pokes:
        data = bytes.fromhex(data)
        space[offset:offset + len(data)] = data
    assert len(space) == size
    return bytes(space)


EXPRESS = (0x40, "10000200")
SPACES = {
    "empty": b"",
    "one-byte": b"\xde",
    "cut-header": pointing(64)[:63],
    "64": pointing(64),
    "256": pointing(256, EXPRESS),
    "4096": pointing(4096, EXPRESS),
    "cut-within-256": pointing(256, EXPRESS)[:200],
    "cut-within-4096": pointing(4096, EXPRESS)[:259],
    "longer": pointing(8192, EXPRESS),
    "all-ones-64": b"\xff" * 64,
    "all-ones-256": b"\xff" * 256,
    "all-ones-4096": b"\xff" * 4096,
    "all-zero": bytes(4096),
    "loop-on-itself": pointing(256, (0x40, "0140")),
    "loop-of-two": pointing(256, (0x40, "0150"), (0x50, "0540")),
    "points-into-the-header": pointing(256, (0x40, "0104")),
    "points-at-the-end": pointing(256, (0x40, "01ff")),
    "express-at-the-end": pointing(256, (0x34, "fc"), (0xFC, "1000")),
    "extended-loop": pointing(4096, EXPRESS, (0x100, "0d000110")),
    "extended-loop-of-two": pointing(4096, EXPRESS, (0x100, "03000120"), (0x200, "0d000110")),
    "extended-points-back": pointing(4096, EXPRESS, (0x100, "0d000104")),
    "extended-at-the-end": pointing(4096, EXPRESS, (0x100, "0300c1ff"), (0xFFC, "0d000100")),
    "serial-at-the-end": pointing(4096, EXPRESS, (0x100, "0100c1ff"), (0xFFC, "03000100")),
    "header-type-127": pointing(256, (0x0E, "7f")),
    "cardbus": pointing(256, (0x0E, "02"), (0x14, "40")),
}
# As a kernel returns them, with and without privilege. The rest is damaged, and never claimed.
# Spaces with a sound list of capabilities as far as the agent reads.
GOOD = {name for name in SPACES
        if name in ("64", "256", "4096", "longer", "points-into-the-header", "points-at-the-end",
                    "cut-within-256", "cut-within-4096")
        or name.startswith("extended-") or name == "serial-at-the-end"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A good machine, built once; each test rewrites two of its files."""
    machine = Machine(HERE / "intel-rtx3080.tree")
    machine.add("etc/vfio-claim.conf = gpu = 0000:01:00.0 id=10de:2206")
    root = tmp_path_factory.mktemp("bad-config")
    machine.write(root)
    return machine, root


def run_all(root):
    """Runs every program and verb that reads configuration space; returns the two reports."""
    runs = [run(BUILD / "asan/agent", root, "--json", seeks_leaks=False)]
    for arguments in ("check", "--json"), ("list", "--all"), ("explain", "0000:01:00.0"), ("dump",):
        runs.append(run(BUILD / "asan/vfio-claim", root, *arguments, seeks_leaks=False,
                        verb_first=True))
    for process in runs:
        assert process.returncode in (0, 1), process.stderr
        assert b"Sanitizer" not in process.stderr and b"runtime error" not in process.stderr
    return json.loads(runs[0].stdout), json.loads(runs[1].stdout)


@pytest.mark.parametrize("name", SPACES)
def test_space(name, tree):
    """The space of the card and of the port above it. The agent and `check` agree; a device that is no
    endpoint, or damaged, is not claimed."""
    machine, root = tree
    for path in CARD, PORT:
        machine.entries[path] = ("file", SPACES[name])
        machine.write_entry(root, path)
    agent, check = run_all(root)
    assert agent["result"] == check["result"]
    assert agent["result"] == ("claimable" if name in GOOD else "refused")


@pytest.mark.parametrize("space", [b"\xff" * 64, b"\xff" * 4096], ids=["64", "4096"])
def test_gone(space, tmp_path):
    """A card that reads as all ones is in D3cold, blocked, or gone: only sysfs remembers it, and it is
    refused."""
    source = real.Source.read("02-gigabyte-b650-aorus-elite-ax-rtx.tsv")
    machine = real.machine_from(source)
    for path in [path for path in machine.entries if path.endswith("/config")]:
        machine.entries[path] = ("file", space)
    machine.add("etc/vfio-claim.conf = gpu = 01:00.0")
    machine.write(tmp_path)
    agent, check = run_all(tmp_path)
    assert (agent["result"], check["result"]) == ("refused", "refused")
