# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines of public bug reports and of reviews, in cases/, and an expert's answer for each.

The head of a tree describes its situation. Addresses without a domain are in domain 0000.
"""

import json
import subprocess
from dataclasses import dataclass

import pytest

from machine import Machine
from test_machines import BUILD, HERE, run

CONFIG = "etc/vfio-claim.conf"


def addresses(text):
    return {one if one.count(":") == 2 else f"0000:{one}" for one in text.split()}


@dataclass(frozen=True)
class Card:
    """The answer for one line of the configuration, or one selector."""

    result: str  # "claimable", "refused", or "either": the test is that nothing is harmed
    functions: str = None  # all that are claimed with it; None: not compared


@dataclass(frozen=True)
class Says:
    """A finding; words are sought in text and remedy."""

    code: str = None  # None: any code
    subject: str = None
    words: tuple = ()
    severity: str = None
    not_in_remedy: str = None


@dataclass(frozen=True)
class Case:
    name: str
    run: str  # the verb with its selectors; "agent": the dry run, and the steps of its plan
    cards: tuple
    says: tuple = ()
    silent: tuple = ()  # codes
    untouched: str = ""  # no step for these, and no part of a claimed card


OK, NO, EITHER = "claimable", "refused", "either"
ARC = Card(OK, "03:00.0 04:00.0")
DISPLAY = Says("BOOT_DISPLAY", "00:02.0", severity="error")
IOMMU_OFF = Says(subject="01:00.0", severity="error")
VF = Says(words=("virtual function", "0000:00:02.0"), severity="error")
NOT_YET_VF = Says(words=("virtual function",), severity="error")

CASES = (
    # The audio function is below the card's own switch, in another slot.
    Case("01-arc-a770-audio-other-slot", "check 03:00.0", (ARC,)),
    Case("01b-arc-root-port-without-acs", "check 03:00.0", (ARC,), silent=("GROUP_SHARED",)),
    Case("01c-arc-agent", "agent", (ARC,)),
    Case("01d-arc-noacs-claimall", "check", (ARC,)),
    # The line that had to be written by hand before.
    Case("01e-arc-noacs-device-line", "check", (Card(OK), Card(OK)), silent=("CONFIG_INVALID",)),
    Case("01f-arc-d3cold-all-ones", "check 03:00.0", (Card(NO),),
         (Says(subject="03:00.0", words=("D3cold",), severity="error"),)),
    Case("arc-split", "agent", (ARC,)),
    Case("arc-onegroup", "agent", (ARC,), silent=("GROUP_SHARED",)),

    # The board's second chip has no outputs.
    Case("02-gtx690-two-chips", "check 04:00.0", (Card(NO),),
         (Says("BOOT_DISPLAY", "04:00.0", severity="error"),)),
    Case("02b-gtx690-one-group", "check 04:00.0", (Card(NO),),
         (Says("BOOT_DISPLAY", "04:00.0", severity="error"),)),
    Case("02c-gtx690-agent", "agent", (Card(NO),),
         (Says("BOOT_DISPLAY", "04:00.0", severity="error"),),
         untouched="04:00.0 04:00.1 05:00.0 05:00.1"),

    # A virtual function is there only after its physical function's driver, which is the host's.
    Case("04-i915-sriov-n100", "check 00:02.1", (Card(NO),), (VF,), untouched="00:02.0"),
    Case("04b-i915-sriov-early-boot", "agent", (Card(NO),), (NOT_YET_VF,), untouched="00:02.0"),
    Case("04c-i915-sriov-early-boot-setup-line", "agent", (Card(NO),), (NOT_YET_VF,),
         untouched="00:02.0"),
    Case("04d-early-record-with-vfs", "agent", (Card(NO),), (NOT_YET_VF,), untouched="00:02.0"),
    Case("04e-early-record-rebuilt-without-vfs", "agent", (Card(NO),), (NOT_YET_VF,),
         untouched="00:02.0"),
    Case("04f-i915-sriov-and-second-display", "check 00:02.1", (Card(NO),), (VF,),
         untouched="00:02.0"),

    Case("05-optimus-mx450-3d", "check 01:00.0", (Card(OK, "01:00.0"),)),
    Case("05-optimus-mx450-3d", "check 00:02.0", (Card(NO),), (DISPLAY,)),
    Case("05b-optimus-igpu-agent", "agent", (Card(NO),), (DISPLAY,), untouched="00:02.0 01:00.0"),

    # b and c advise only the missing settings, and LEFTOVER_CONFIG does not ask to remove
    # allow_unsafe_interrupts where no other way exists.
    Case("06-x58-no-irq-remap", "check 02:00.0", (Card(NO),),
         (Says("IRQ_REMAP_OFF", words=("allow_unsafe_interrupts",), severity="error"),)),
    Case("06b-x58-warn-unsafe-set", "check", (Card(OK, "02:00.0 02:00.1"),),
         (Says("IRQ_REMAP_OFF", severity="warning", not_in_remedy="allow_unsafe_interrupts"),),
         silent=("LEFTOVER_CONFIG",)),
    Case("06c-x58-warn-unsafe-not-set", "check", (Card(OK, "02:00.0 02:00.1"),),
         (Says("IRQ_REMAP_OFF", words=("allow_unsafe_interrupts",), severity="warning"),)),

    # There is no IOMMU for PCIe on a Raspberry Pi, and no setting for it.
    Case("07-xen-dom0", "check 0b:00.0", (Card(NO),),
         (Says(subject="0b:00.0", words=("Xen's dom0", "xen-pciback"), severity="error",
               not_in_remedy="firmware"),)),
    Case("09-raspberry-pi5", "check 0001:01:00.0", (Card(NO),),
         (Says(subject="0001:01:00.0", words=("Raspberry Pi 5", "device tree"), severity="error",
               not_in_remedy="firmware"),)),

    # The boot disk is behind VMD.
    Case("10-vmd-laptop", "check 01:00.0", (Card(OK, "01:00.0"),)),
    Case("10b-vmd-device-line", "check", (Card(OK, "01:00.0"), Card(NO)),
         (Says("BOOT_DISK", "00:0e.0", severity="error"),)),
    Case("10c-vmd-device-nvme", "check", (Card(OK, "01:00.0"), Card(NO)),
         (Says("BOOT_DISK", "10000:e1:00.0", severity="error"),)),
    Case("10d-vmd-gpu-behind", "check", (Card(NO),)),
    Case("vmd", "agent", (Card(OK, "01:00.0 01:00.1 01:00.2"), Card(OK, "05:00.0")),
         untouched="00:0e.0"),
    Case("vmd", "check", (Card(OK, "01:00.0 01:00.1 01:00.2"), Card(OK, "05:00.0"))),

    # Each of the guides' leftovers is named.
    Case("11-modprobe-guides", "check 01:00.0", (Card(NO),),
         (Says(words=("module_blacklist",), severity="error"),
          *(Says("LEFTOVER_CONFIG", words=(word,)) for word in (
              "install nouveau", "alias nouveau off", "nova_core", "xen-pciback.hide=", "pci-stub.ids=",
              "\"vfio-pci.ids=", "modprobe.blacklist=", "driverctl", "vfio_virqfd", "pci_stub",
              "vfio_pci ids=", "softdep drm")))),
    Case("11b-modprobe-crlf", "check 01:00.0", (Card(OK, "01:00.0 01:00.1"),),
         (Says("LEFTOVER_CONFIG", words=("'blacklist nouveau' does nothing",)),
          Says("LEFTOVER_CONFIG", words=("options vfio-pci ids=",)))),
    Case("11c-module-blacklist-vfio", "check 01:00.0", (Card(NO),),
         (Says(words=("module_blacklist",), severity="error"),)),
    # `blacklist` in modprobe.d holds for aliases, not for a module that is loaded by its name.
    Case("11d-blacklist-vfio", "check 01:00.0", (Card(OK, "01:00.0 01:00.1"),)),
    Case("11e-bad-line", "check 01:00.0", (Card(OK, "01:00.0 01:00.1"),)),

    Case("13-igfx-off", "check 00:02.0", (Card(NO),),
         (Says(subject="00:02.0", words=("'intel_iommu=on,igfx_off'",), severity="error"),)),

    # claim-all takes neither the LPC bridge nor a network card, so it is no remedy for them.
    Case("14-igpu-and-pch-audio", "check", (Card(NO), Card(NO)),
         (DISPLAY, Says("GROUP_SHARED", "00:1f.3", ("0000:00:1f.4",), "error"))),
    Case("14b-same-with-lpc-driver", "check", (Card(NO), Card(NO)),
         (Says(subject="00:1f.3", words=("0000:00:1f.0",), severity="error",
               not_in_remedy="claim-all"),)),
    Case("14c-lpc-claim-all", "check", (Card(OK, "00:02.0"), Card(NO)),
         (Says(subject="00:1f.3", words=("0000:00:1f.0",), severity="error",
               not_in_remedy="claim-all"),),
         untouched="00:1f.0"),
    Case("14d-nic-claim-all", "check", (Card(OK, "00:02.0"), Card(NO)),
         (Says("GROUP_HOLDS_NETWORK", "00:1f.3", ("0000:00:1f.6",), "error",
               not_in_remedy="claim-all"),),
         untouched="00:1f.6"),

    # The network card that the root comes by.
    Case("16-nfs-root", "check", (Card(OK, "01:00.0 01:00.1"), Card(NO)),
         (Says("BOOT_DISK", "02:00.0", severity="error"),)),
    Case("16b-iscsi-root", "check", (Card(OK, "01:00.0 01:00.1"), Card(NO)),
         (Says("BOOT_DISK", "02:00.0", severity="error"),)),
    Case("16c-nbd-root", "check", (Card(OK, "01:00.0 01:00.1"), Card(NO)),
         (Says("BOOT_DISK", "02:00.0", severity="error"),)),
    Case("16d-nfs-root-agent", "agent", (Card(NO),),
         (Says("BOOT_DISK", "02:00.0", severity="error"),), untouched="02:00.0"),
    Case("16e-iscsi-root-agent", "agent", (Card(NO),),
         (Says("BOOT_DISK", "02:00.0", severity="error"),), untouched="02:00.0"),
    Case("nfs-live", "check", (Card(NO),), (Says("BOOT_DISK", "00:1f.6", severity="error"),)),
    Case("nfs-nic", "agent", (Card(NO),), (Says("BOOT_DISK", "00:1f.6", severity="error"),),
         untouched="00:1f.6"),

    Case("18-raphael-igpu", "check 11:00.0", (Card(OK, "11:00.0 11:00.1"),)),
    Case("18b-raphael-device-line", "check",
         (Card(OK, "11:00.0 11:00.1"), Card(OK, "11:00.6"))),

    # What `setup --apply-cmdline` does on each of these: test_cmdline.py.
    *(Case(name, "check 01:00.0", (Card(NO),), (IOMMU_OFF,)) for name in (
        "19-endeavouros-grub", "19b-manjaro-update-grub", "19c-pop-kernelstub",
        "19d-arch-systemd-boot", "19e-arch-uki")),
    Case("19f-intel-off-on-line", "check 01:00.0", (Card(NO),),
         (Says(subject="01:00.0", words=("remove 'intel_iommu=off'",), severity="error"),)),
    Case("19g-amd-param-on-intel", "check 01:00.0", (Card(NO),),
         (Says(subject="01:00.0", words=("replace 'amd_iommu=on' by 'intel_iommu=on'",),
               severity="error"),)),
    Case("19h-iommu-typo", "check 01:00.0", (Card(NO),),
         (Says(subject="01:00.0", words=("remove 'iommu=off'",), severity="error",
               not_in_remedy="intel_iommu"),)),
    Case("19i-intel-on-but-no-effect", "check 01:00.0", (Card(NO),),
         (Says(subject="01:00.0", words=("kernel log",), severity="error",
               not_in_remedy="intel_iommu=on"),)),

    Case("22-apu-laptop-one-group", "check 04:00.0", (Card(NO),),
         (Says("BOOT_DISPLAY", "04:00.0", severity="error"),
          Says("GROUP_HOLDS_BOOT_DISK", "04:00.0", ("0000:04:00.3",), "error"))),
    # The host may boot from a disk on its USB ports, which claim-all then does not take along.
    Case("22b-apu-claim-all", "check", (Card(NO),),
         (Says("GROUP_HOLDS_BOOT_DISK", "04:00.0", ("0000:04:00.3",), "error"),),
         untouched="04:00.3 04:00.4"),

    # A function that the host needs, or may need, is refused and not held.
    Case("hold-bootdisk", "agent", (Card(NO),),
         (Says("BOOT_DISK", "02:00.0", severity="error"),), untouched="02:00.0"),
    Case("hold-unknown", "agent", (Card(NO),),
         (Says("BOOT_DISK", "02:00.0", severity="error"),), untouched="02:00.0"),
    Case("unknown-usb", "agent", (Card(NO),), (Says("BOOT_DISK", "05:00.0", severity="error"),),
         untouched="05:00.0"),
    Case("unknown-nic", "agent", (Card(NO),), (Says("BOOT_DISK", "05:00.0", severity="error"),),
         untouched="05:00.0"),
    Case("unknown-fc", "agent", (Card(NO),), (Says("BOOT_DISK", "05:00.0", severity="error"),),
         untouched="05:00.0"),
    # The root disk is the one behind the recorded path, whatever its address is now.
    Case("twin-nvme-path", "agent", (Card(OK, "02:00.0"),), untouched="03:00.0"),
    Case("twin-nvme-id", "agent", (Card(OK, "01:00.0 01:00.1 01:00.2"), Card(NO)),
         (Says("GPU_AMBIGUOUS", severity="error"),), untouched="02:00.0 03:00.0"),
    # Only the card is held: the functions that claim-all would add stay the host's.
    Case("claimall-hold", "agent", (Card(NO),), untouched="01:01.0"),

    # One of two equal cards is left, and it may be the host's.
    Case("dead-1", "agent", (Card(NO),), untouched="01:00.0 01:00.1 01:00.2"),
    Case("norecord-moved", "agent", (Card(NO),), untouched="01:00.0 01:00.1 01:00.2"),
    Case("portswap", "agent", (Card(NO),), untouched="01:00.0 01:00.1"),
    Case("portswap-byid", "agent", (Card(NO),), untouched="01:00.0 01:00.1"),

    # Both displays are configured; the second one's group holds a network card.
    Case("both-release", "agent", (Card(EITHER), Card(NO)),
         (Says(subject="05:00.0", words=("0000:05:01.0",), severity="error"),), untouched="05:00.0 05:01.0"),
    Case("both-hold", "agent", (Card(EITHER), Card(NO)),
         (Says(subject="05:00.0", words=("0000:05:01.0",), severity="error"),), untouched="05:01.0"),
    Case("one-release", "agent", (Card(OK, "01:00.0 01:00.1 01:00.2"),), untouched="05:00.0"),
    Case("only-3d", "agent", (Card(NO),), (Says("BOOT_DISPLAY", "01:00.0", severity="error"),),
         untouched="01:00.0 01:00.1 01:00.2 05:00.0"),

    Case("bmg", "agent", (Card(OK, "05:00.0"),)),
    # No driver has the other displays, so the host would be left without a display.
    Case("bmg2", "agent", (Card(EITHER),)),
    Case("mi300x", "agent", (Card(OK, "05:00.0"),), silent=("NOT_A_GPU",)),
    # The card's functions get their group with their driver.
    Case("arm64-smmu", "agent", (Card(OK, "01:00.0 01:00.1 01:00.2"),),
         silent=("IOMMU_NOT_READY", "IRQ_REMAP_OFF", "FACT_UNKNOWN")),
    Case("arm64-smmu-shared", "agent", (Card(NO),),
         (Says("GROUP_HOLDS_NETWORK", "01:00.0", words=("0000:01:00.2",), severity="error"),)),
    Case("arm64-smmu-ports", "agent", (Card(NO),),
         (Says("GROUP_HOLDS_NETWORK", "01:00.0", words=("0000:02:01.0",), severity="error"),)),
    Case("arm-early", "agent", (Card(OK, "01:00.0 01:00.1 01:00.2"),), silent=("IRQ_REMAP_OFF",)),
    Case("keyboard", "agent", (Card(OK, "01:00.0 01:00.1 01:00.2"),),
         (Says(subject="01:00.2", words=("keyboard",)),)),
    Case("fb510", "agent", (Card(EITHER),)),
)


def ident(case):
    return f"{case.name}-{case.run.replace(' ', '-')}"


def build(case, root, in_reverse=False):
    machine = Machine(HERE / f"cases/{case.name}.tree")
    if in_reverse:
        lines = machine.entries[CONFIG][1].decode().splitlines()
        machine.entries[CONFIG] = ("file", "\n".join(reversed(lines)).encode() + b"\n")
    machine.write(root)
    return machine


def ask(case, root):
    """(exit code, report)."""
    verb, *selectors = case.run.split()
    if verb == "agent":
        process = run(BUILD / "agent", root, "--json")
    else:
        process = run(BUILD / "vfio-claim", root, verb, *selectors, "--json", verb_first=True)
    assert process.stderr == b""
    return process.returncode, json.loads(process.stdout)


def steps(root):
    """(action, function, module) of each step of the plan."""
    process = subprocess.run([BUILD / "tests/steps", root], capture_output=True, timeout=20, check=False)
    assert (process.returncode, process.stderr) == (0, b"")
    return [tuple(line.split()) for line in process.stdout.decode().splitlines()]


def is_said(finding, says):
    words = f"{finding['text']} {finding['remedy']}"
    return says.code in (None, finding["code"]) and \
        (says.subject is None or finding["subject"] in addresses(says.subject)) and \
        says.severity in (None, finding["severity"]) and \
        all(word in words for word in says.words) and \
        not (says.not_in_remedy and says.not_in_remedy in (finding["remedy"] or ""))


def claimed(report):
    return {function["address"] for gpu in report["gpus"] if gpu["result"] == OK
            for function in gpu["functions"]}


@pytest.mark.parametrize("case", CASES, ids=ident)
def test_answer(case, tmp_path):
    build(case, tmp_path)
    status, report = ask(case, tmp_path)
    gpus = report["gpus"]
    assert len(gpus) == len(case.cards)
    for gpu, card in zip(gpus, case.cards):
        assert gpu["result"] in ((OK, NO) if card.result == EITHER else (card.result,)), \
            (gpu["configured"], report["findings"])
        if card.functions:
            assert {one["address"] for one in gpu["functions"]} == addresses(card.functions)
    assert status == (0 if all(gpu["result"] == OK for gpu in gpus) else 1)
    for says in case.says:
        assert any(is_said(finding, says) for finding in report["findings"]), \
            (says, report["findings"])
    assert not [finding for finding in report["findings"] if finding["code"] in case.silent]
    assert not claimed(report) & addresses(case.untouched)
    if case.run == "agent":
        check_steps(case, report, steps(tmp_path))


def check_steps(case, report, plan):
    """Steps act only on claimed functions; untouchable functions are not held either."""
    acts = {function for action, function, _ in plan if action in ("override", "probe")}
    assert acts == claimed(report)
    assert not {function for _, function, _ in plan} & addresses(case.untouched)
    assert not {function for action, function, _ in plan if action == "hold"} & acts


@pytest.mark.parametrize("case", [case for case in CASES if any(
    card.result != OK for card in case.cards)], ids=ident)
def test_own_finding(case, tmp_path):
    """Every refusal has its own error, which names the card or, if none was found, the line."""
    build(case, tmp_path)
    _, report = ask(case, tmp_path)
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    for gpu in report["gpus"]:
        own = {one["address"] for one in gpu["functions"]}
        assert gpu["result"] == OK or any(
            finding["subject"] in own if own else gpu["configured"] in finding["text"]
            for finding in errors), (gpu, errors)


def has_lines(case):
    config = Machine(HERE / f"cases/{case.name}.tree").entries.get(CONFIG, (None, b""))[1]
    return len(case.run.split()) == 1 and config.count(b"gpu =") + config.count(b"device =") > 1


@pytest.mark.parametrize("case", filter(has_lines, CASES), ids=ident)
def test_order_of_lines(case, tmp_path):
    build(case, tmp_path / "a")
    build(case, tmp_path / "b", in_reverse=True)
    answers = [sorted((gpu["configured"], gpu["result"], sorted(
        one["address"] for one in gpu["functions"])) for gpu in ask(case, tmp_path / way)[1]["gpus"])
        for way in "ab"]
    assert answers[0] == answers[1]


def test_battlemage(tmp_path):
    """The module is vfio-pci, never a variant that loads the rival as a dependency."""
    for name in "bmg", "bmg2":
        build(Case(name, "agent", ()), tmp_path / name)
        with open(tmp_path / name / CONFIG, "a", encoding="utf-8") as conf:
            conf.write("boot-display = allow\n")  # this case is about the module
        modules = {module for _, _, module in steps(tmp_path / name)}
        assert "vfio_pci" in modules
        assert "xe_vfio_pci" not in modules


def test_console_stays_until_the_modules_are_there(tmp_path):
    build(Case("fb510", "agent", ()), tmp_path)
    actions = [action for action, _, module in steps(tmp_path) if module != "vfio_iommu_type1"]
    assert "release-framebuffer" in actions
    assert actions.index("load") < actions.index("release-framebuffer")


def test_crash_kernel(tmp_path):
    build(Case("kdump", "agent", ()), tmp_path)
    process = run(BUILD / "agent", tmp_path, "--json")
    assert json.loads(process.stdout)["result"] != OK


def test_card_that_fell_off_the_bus(tmp_path):
    build(Case("fallen", "verify", ()), tmp_path)
    process = run(BUILD / "vfio-claim", tmp_path, "verify", "--json", verb_first=True)
    assert process.returncode == 1
    assert json.loads(process.stdout)["verified"]["result"] == "not-as-configured"


def test_every_case_has_its_answer():
    told = {case.name for case in CASES} | {"fallen", "kdump"}
    assert told | {"modules"} == {path.stem for path in (HERE / "cases").glob("*.tree")}
