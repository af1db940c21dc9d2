# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations on machines: the agent's dry run, compared with the expected report and text.

A case is NAME.conf. Its first line names the machine, further lines may change it:

    # tree: intel-rtx3080
    # with: sys/... = value      (any line of a tree)
    # without: sys/...           (a pattern; takes what lies below, too)
    # record: card ...           (one more line of the image's record)

VFIO_CLAIM_REWRITE=1 rewrites NAME.json and NAME.text; read the difference before you commit it.
"""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import schemas
from machine import Machine, remove_place

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("VFIO_CLAIM_BUILD", HERE.parents[1] / "build"))
REWRITE = os.environ.get("VFIO_CLAIM_REWRITE") == "1"
CASES = sorted(path.stem for path in HERE.glob("*.conf"))
RECORD = "usr/lib/vfio-claim/image-record"
GOOD = {"claimable", "off", "nothing-configured"}


def run(program, root, *options, seeks_leaks=True, verb_first=False):
    """Runs the agent; with verb_first the command."""
    environment = dict(os.environ, ASAN_OPTIONS=f"detect_leaks={int(seeks_leaks)}")
    environment.pop("COLUMNS", None)  # newer releases of pytest's plugins set it
    where = ["--sysroot", root]
    arguments = [options[0], *where, *options[1:]] if verb_first else [*where, *options]
    process = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20,
                             env=environment)
    if "--json" in options and process.stdout:
        expect_schema(options[0] if verb_first else "agent", options, process.stdout)
    return process


def expect_schema(verb, options, output):
    """Every document is as its schema says; `log` prints a stored one as it is."""
    name = schemas.of_verb(verb, options)
    if verb != "log" or name != "report":
        schemas.expect(name, json.loads(output))


def machine_of(name):
    """The machine of this case, without its configuration."""
    lines = (HERE / f"{name}.conf").read_text().splitlines()
    key, _, tree = lines[0].partition(": ")
    assert key == "# tree", f"{name}.conf must begin with '# tree: NAME'"
    machine = Machine(HERE / f"{tree}.tree")
    for line in lines[1:]:
        if line.startswith("# without: "):
            machine.remove(line.partition(": ")[2])
        elif line.startswith("# with: "):
            machine.add(line.partition(": ")[2])
        elif line.startswith("# record: "):
            kind, value = machine.entries[RECORD]
            machine.entries[RECORD] = (kind, value + line.partition(": ")[2].encode() + b"\n")
    return machine


def build_case(name, root):
    """Writes the machine and the configuration of this case below root."""
    machine = machine_of(name)
    machine.write(root)
    place = root / "etc/vfio-claim.conf"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes((HERE / f"{name}.conf").read_bytes())
    return machine


def settled(text):
    """json-c before 0.17 breaks the line in an empty array, later versions do not."""
    return re.sub(r"\[\s+\]", "[]", text)


def compare(file, output):
    if REWRITE:
        file.write_bytes(output)
    assert settled(output.decode()) == settled(file.read_text())


@pytest.mark.parametrize("name", CASES)
def test_case(name, tmp_path):
    build_case(name, tmp_path)
    before = listing(tmp_path)
    machine_readable = run(BUILD / "agent", tmp_path, "--json")
    text = run(BUILD / "agent", tmp_path)
    compare(HERE / f"{name}.json", machine_readable.stdout)
    compare(HERE / f"{name}.text", text.stdout)
    result = json.loads(machine_readable.stdout)["result"]
    for process in machine_readable, text:
        assert process.stderr == b""
        assert process.returncode == (0 if result in GOOD else 1)
    assert listing(tmp_path) == before, "a dry run wrote something"


def test_no_expectation_without_case():
    strays = [path.name for path in HERE.iterdir()
              if path.suffix in (".json", ".text") and path.stem not in CASES]
    assert not strays


def listing(root):
    return sorted((str(path), path.lstat().st_mtime_ns) for path in root.rglob("*"))


# Damage ---------------------------------------------------------------------------------

CARD = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00."
LINKS = "sys/bus/pci/devices/0000:01:00."

# Without these, or with other contents, a claim cannot be justified: the card's functions, the host's
# display, each function's group and unit, the remapping of interrupts.
VITAL = {f"{CARD}{n}/{file}" for n in range(3) for file in ("iommu_group", "iommu")}
VITAL |= {f"{LINKS}{n}" for n in range(3)}
VITAL |= {"sys/kernel/irq/1/chip_name"}

# Read one by one where the modalias, which has them all, is not what a kernel writes.
IDS = [f"{CARD}0/{file}" for file in ("vendor", "device", "class", "subsystem_vendor", "subsystem_device")]
IDS += [f"{CARD}{n}/{file}" for n in (1, 2) for file in ("vendor", "class")]

# 4096 bytes that a kernel would never write.
DAMAGES = {"removed": None, "emptied": b"", "garbage": b"\xff" * 4096}


def damage(root, path, data):
    place = root / path
    remove_place(place)
    if data is not None:
        place.write_bytes(data)


def try_damages(root, machine, paths):
    """(path, damage, process) for each."""
    for path in paths:
        for name, data in DAMAGES.items():
            damage(root, path, data)
            # The search for leaks takes ten times as long as all the rest: only where it finds most.
            seeks_leaks = path in VITAL and name == "removed"
            yield path, name, run(BUILD / "asan/agent", root, "--json", seeks_leaks=seeks_leaks)
            machine.write_entry(root, path)


def problem_of(path, name, process):
    what = f"{path} {name}"
    # The sanitizers exit with 1, too, and report on standard error.
    if process.returncode not in (0, 1):
        return f"{what}: exit status {process.returncode}: {process.stderr.decode()}"
    if b"Sanitizer" in process.stderr or b"runtime error" in process.stderr:
        return f"{what}: {process.stderr.decode()}"
    if not process.stdout:
        return None if process.stderr else f"{what}: neither a report nor a word why"
    result = json.loads(process.stdout)["result"]
    if result == "claimable" and path in VITAL:
        return f"{what}: claimable all the same"
    if os.environ.get("VFIO_CLAIM_SHOW"):
        print(what, result)
    return None


@pytest.mark.parametrize("file", ["1/class", "2/class", "1/vendor"])
def test_unknown_function_of_the_card(tmp_path, file):
    """Unknown means refuse: the function may be the card's own, and a card is claimed whole or not at
    all."""
    build_case("claimable", tmp_path)
    damage(tmp_path, CARD + file, b"")
    damage(tmp_path, CARD + file.split("/")[0] + "/modalias", b"")
    process = run(BUILD / "asan/agent", tmp_path, "--json")
    assert json.loads(process.stdout)["result"] == "refused"


@pytest.mark.parametrize("damaged", DAMAGES)
@pytest.mark.parametrize("file", IDS, ids=lambda path: path.removeprefix(CARD))
def test_damage_of_ids(tmp_path, file, damaged):
    """Of the ids too, each is known from two places, and unknown without both."""
    machine = build_case("claimable", tmp_path)
    modalias = f"{Path(file).parent}/modalias"

    def result():
        return json.loads(run(BUILD / "asan/agent", tmp_path, "--json").stdout)["result"]

    for data in (DAMAGES[damaged], b"pci:v000010ded00002206\n"):
        damage(tmp_path, modalias, data)
        assert result() == "claimable"  # the other places suffice
        damage(tmp_path, file, DAMAGES[damaged])
        assert result() != "claimable"
        machine.write_entry(tmp_path, modalias)
        assert result() == "claimable"
        machine.write_entry(tmp_path, file)


def test_damage(tmp_path):
    """Each entry of a good machine in turn removed, emptied, or full of 0xff."""
    roots = [tmp_path / "a", tmp_path / "b"]
    machine = [build_case("claimable", root) for root in roots][0]
    entries = list(machine.entries)
    assert VITAL <= set(entries)
    assert json.loads(run(BUILD / "asan/agent", roots[0], "--json").stdout)["result"] == "claimable"

    def work(index):
        return list(try_damages(roots[index], machine, entries[index::2]))

    with ThreadPoolExecutor(2) as pool:
        tried = [one for part in pool.map(work, range(2)) for one in part]
    assert len(tried) == len(entries) * len(DAMAGES)
    problems = [problem for problem in (problem_of(*one) for one in tried) if problem]
    assert not problems, "\n".join(problems)
    for root in roots:  # no damage was left over, so each was tried alone
        assert json.loads(run(BUILD / "asan/agent", root, "--json").stdout)["result"] == "claimable"
