# SPDX-License-Identifier: GPL-2.0-or-later
"""Missing files of /proc and /sys: facts that depend on them are unknown, a message names the file, and
no card is claimed because of the loss.
"""

import json
import os
import re
from collections import Counter
from functools import partial
from hashlib import sha256

import pytest

import test_cases
from machine import Machine
from test_machines import BUILD, CASES, HERE, build_case, machine_of, run


# Each kind of file is removed from this many trees, chosen by a digest of the names; trees with a
# refused card come first, as a wrong claim is likelier there.
TREES_FOR_EACH_KIND = int(os.environ.get("VFIO_CLAIM_TREES", "6"))

# The absence of these files is itself a fact: an unlisted function, no driver, a capability that is not
# exported.
ABSENT = re.compile(
    r"sys/bus/pci/devices/[^/]+|"
    r"sys/kernel/iommu_groups/\d+/devices/[^/]+|"
    r"sys/devices/.*/(driver|physfn|virtfn\d+|boot_vga|sriov_\w+)|"
    # A recorded machine may lack it.
    r"sys/devices/.*/config|"
    # The configuration, and files that are not the kernel's.
    r"etc/.*|lib/.*|boot/.*|efi/.*|usr/(bin|sbin)/.*|run/.*")


def kind(path):
    path = re.sub(r"[0-9a-f]{4,5}:[0-9a-f]{2}:[0-9a-f]{2}\.\d", "FUNCTION", path)
    path = re.sub(r"(FUNCTION/)+", "FUNCTION/", path)
    return re.sub(r"pci[0-9a-f]+:[0-9a-f]+(?=/)", "PCI", re.sub(r"(?<=[/.])\d+", "N", path))


def subjects():
    """Yields a name, its machine, a function that builds it below a folder, the program with its
    arguments, and whether a card is refused there."""
    for case in test_cases.CASES:
        verb, *selectors = case.run.split()
        yield test_cases.ident(case), Machine(HERE / f"cases/{case.name}.tree"), \
            partial(test_cases.build, case), \
            ["agent"] if verb == "agent" else ["vfio-claim", verb, *selectors], \
            any(card.result != test_cases.OK for card in case.cards)
    for name in CASES:
        result = json.loads((HERE / f"{name}.json").read_text())["result"]
        if result in ("claimable", "refused"):
            yield name, machine_of(name), partial(build_case, name), ["agent"], \
                result == "refused"


SUBJECTS = {name: rest for name, *rest in subjects()}


def removals():
    """Paths by subject, the same in every run."""
    counts, chosen = Counter(), {}
    pairs = [(name, path) for name, (machine, *_) in SUBJECTS.items()
             for path in machine.entries if not ABSENT.fullmatch(path)]
    pairs.sort(key=lambda pair: (not SUBJECTS[pair[0]][-1],
                                 sha256(" ".join(pair).encode()).digest()))
    for name, path in pairs:
        counts[kind(path)] += 1
        if counts[kind(path)] <= TREES_FOR_EACH_KIND:
            chosen.setdefault(name, []).append(path)
    return chosen


CHOSEN = removals()


def verdicts(command, root):
    """(result, functions) of each line; every dry run ends in a report."""
    program, *arguments = command
    process = run(BUILD / program, root, *arguments, "--json", verb_first=bool(arguments))
    assert process.returncode in (0, 1, 2)
    return [(gpu["result"], {one["address"] for one in gpu["functions"]})
            for gpu in json.loads(process.stdout)["gpus"]]


@pytest.mark.parametrize("name", CHOSEN)
def test_no_claim_for_want_of_a_file(name, tmp_path):
    """Whatever file is gone, a refusal stays, and no other function is claimed."""
    root = tmp_path / "root"
    _, build, command, _ = SUBJECTS[name]
    build(root)
    before = verdicts(command, root)
    more = []
    for path in CHOSEN[name]:
        os.rename(root / path, tmp_path / "aside")
        for was, now in zip(before, verdicts(command, root)):
            if now[0] == "claimable" and (was[0] != "claimable" or now[1] - was[1]):
                more.append((path, was, now))
        os.rename(tmp_path / "aside", root / path)
    assert not more


def test_removals_are_many():
    paths = [path for some in CHOSEN.values() for path in some]
    assert len(paths) > 200 and len({kind(path) for path in paths}) > 30


# Messages --------------------------------------------------------------------------------

PROC_SYS = (
    "proc", "proc/cmdline", "proc/sys/kernel/osrelease", "proc/sys/kernel/random/boot_id",
    "proc/1/mountinfo", "sys", "sys/bus/pci", "sys/bus/pci/devices", "sys/class/iommu",
    "sys/kernel/irq", "sys/kernel/iommu_groups", "sys/firmware", "sys/firmware/acpi/tables")
VERBS = (("check",), ("check", "01:00.0"), ("list",), ("list", "--all"), ("dump",),
         ("explain", "01:00.0"), ("status",), ("verify",), ("log",),
         ("image-record", "6.1.0-56-amd64"))


@pytest.mark.parametrize("gone", PROC_SYS)
def test_every_verb_without(gone, tmp_path):
    """Every verb ends in one of its exit codes, and a line on standard error names the file."""
    machine = build_case("claimable", tmp_path)
    machine.add("proc/1/mountinfo = 22 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw")
    machine.remove(gone)
    root = tmp_path / "root"
    machine.write(root)
    for arguments in VERBS:
        process = run(BUILD / "asan/vfio-claim", root, *arguments, seeks_leaks=False,
                      verb_first=True)
        assert process.returncode in (0, 1, 2), (arguments, process)
        assert b"No such file or directory" not in process.stderr or b"/" in process.stderr, \
            (arguments, process.stderr)
    agent = run(BUILD / "asan/agent", root, "--json", seeks_leaks=False)
    assert agent.returncode in (0, 1)
    assert json.loads(agent.stdout)["version"] == 1


@pytest.mark.parametrize(("gone", "code"), [
    ("proc/sys/kernel/osrelease", "FACT_UNKNOWN"), ("proc/cmdline", "CMDLINE_INVALID")])
def test_unknown_is_said(gone, code, tmp_path):
    machine = build_case("claimable", tmp_path / "good")
    machine.remove(gone)
    machine.write(tmp_path / "bad")
    for program in ("agent",), ("vfio-claim", "check"):
        said = {}
        for root in "good", "bad":
            process = run(BUILD / program[0], tmp_path / root, *program[1:], "--json",
                          verb_first=len(program) > 1)
            said[root] = [finding["subject"] for finding in json.loads(process.stdout)["findings"]
                          if finding["code"] == code]
        assert said == {"good": [], "bad": [f"/{gone}"]}


# Interrupts of ARM -----------------------------------------------------------------------


def iort(*nodes):
    """A table of these nodes: (type, bytes after the node's head of 16)."""
    body = b"".join(bytes([number]) + (16 + len(data)).to_bytes(2, "little") + bytes(13) + data
                    for number, data in nodes)
    head = b"IORT" + (48 + len(body)).to_bytes(4, "little") + bytes(28)
    return head + len(nodes).to_bytes(4, "little") + (48).to_bytes(4, "little") + bytes(4) + body


ITS = (0, (1).to_bytes(4, "little") + bytes(4))
NO_ITS = (0, bytes(4))
SMMU = (4, bytes(44))

GIC = "GICv3"


INTERRUPTS = {
    # No message interrupt was allocated yet.
    "no table": ((GIC, GIC), None, "unknown", "FACT_UNKNOWN"),
    "table of no service": ((GIC, GIC), iort(SMMU), "unknown", "FACT_UNKNOWN"),
    "empty group": ((GIC, GIC), iort(SMMU, NO_ITS), "unknown", "FACT_UNKNOWN"),
    "service": ((GIC, GIC), iort(ITS, SMMU), "on", None),
    "table cut behind it": ((GIC, GIC), iort(ITS, SMMU)[:-1], "on", None),
    "table cut in it": ((GIC, GIC), iort(ITS, SMMU)[:60], "unknown", "FACT_UNKNOWN"),
    "version 5": (("GICv5-SPI",), iort(ITS), "on", None),
    # One message interrupt was allocated.
    "its chip": ((GIC, "ITS-MSI"), None, "on", None),
    "its chip for each device": ((GIC, "ITS-PCI-MSI-0000:01:00.0"), iort(SMMU), "on", None),
    # An interrupt controller without such a service.
    "version 2": (("GICv2",), iort(SMMU), "off", "IRQ_REMAP_OFF"),
    "version 2 with a frame": (("GICv2", "MSI"), iort(ITS, SMMU), "off", "IRQ_REMAP_OFF"),
    # x86 has lines from the beginning.
    "x86, off": (("IO-APIC", "PCI-MSI"), iort(ITS), "off", "IRQ_REMAP_OFF"),
    "x86, on": (("IR-IO-APIC",), None, "on", None),
    "no chip at all": ((), iort(ITS), "unknown", "IRQ_REMAP_OFF"),
}


@pytest.mark.parametrize("name", INTERRUPTS)
def test_interrupts(name, tmp_path):
    chips, table, answer, code = INTERRUPTS[name]
    machine = Machine(HERE / "cases/arm-early.tree")
    machine.remove("sys/kernel/irq/*")
    for number, chip in enumerate(chips):
        machine.add(f"sys/kernel/irq/{number}/chip_name = {chip}")
    if table is None:
        machine.remove("sys/firmware/acpi/tables/IORT")
    else:
        machine.entries["sys/firmware/acpi/tables/IORT"] = ("file", table)
    machine.write(tmp_path)
    report = json.loads(run(BUILD / "asan/agent", tmp_path, "--json").stdout)
    codes = {finding["code"] for finding in report["findings"]}
    assert report["iommu"]["interrupt_remapping"] == answer
    assert codes & {"FACT_UNKNOWN", "IRQ_REMAP_OFF"} == ({code} if code else set())
    assert report["result"] == ("refused" if code == "IRQ_REMAP_OFF" else "claimable")


# The table also stands for interrupts alone, on a machine without an SMMU.
UNITS = {
    "services alone": (iort(ITS), "no-table", "IOMMU_OFF_FIRMWARE"),
    "no node": (iort(), "no-table", "IOMMU_OFF_FIRMWARE"),
    "a unit": (iort(ITS, SMMU), "table-present", "IOMMU_OFF_KERNEL"),
    "cut in the unit": (iort(ITS, SMMU)[:-30], "table-present", "IOMMU_OFF_KERNEL"),
}


@pytest.mark.parametrize("name", UNITS)
def test_no_smmu(name, tmp_path):
    table, firmware, code = UNITS[name]
    machine = Machine(HERE / "cases/arm-early.tree")
    for pattern in ("sys/class/iommu/*", "*/iommu", "*/iommu_group", "sys/kernel/iommu_groups*"):
        machine.remove(pattern)
    machine.add("sys/class/iommu /")
    machine.entries["sys/firmware/acpi/tables/IORT"] = ("file", table)
    machine.write(tmp_path)
    report = json.loads(run(BUILD / "asan/agent", tmp_path, "--json").stdout)
    assert report["iommu"]["firmware"] == firmware
    assert code in {finding["code"] for finding in report["findings"]}
    assert report["result"] == "refused"
