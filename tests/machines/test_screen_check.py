# SPDX-License-Identifier: GPL-2.0-or-later
"""The screens of `vfio-claim check`: the answer first, then why, then what to run next. On every machine no
line is too long, and no remedy asks for what is so already."""

import json
import re
import shlex
from dataclasses import dataclass

import pytest

import real
from machine import Machine
from screens import ESCAPES, command, expect_screen, in_pipe, is_narrow, on_terminal
from test_findings import CARD, CASES, GPU, NO_IOMMU, NO_TABLE, NVME_IN_GROUP, USB_IN_GROUP, \
    driver, function
from test_machines import BUILD, HERE, run

NO_IR = "sys/kernel/irq/1/chip_name = IO-APIC"
CPU = "proc/cpuinfo = processor\t: 0\\nvendor_id\t: GenuineIntel\\nflags\t\t: fpu "
VM = (CPU + "hypervisor", "sys/class/dmi/id/sys_vendor = QEMU", "dev /", NO_IR)
LINE = "proc/cmdline = root=/dev/nvme0n1p2 ro quiet "
CONSOLE = "sys/devices/pci0000:00/0000:00:02.0/boot_vga = 1"
MORE_IN_GROUP = (*USB_IN_GROUP, *NVME_IN_GROUP,
                 *function("0000:06:00.0", "040300", "1102:0012", "12", "snd_hda_intel"))
STUB = driver(CARD + "0", "pci-stub", 4, is_builtin=True)
DISPLAYS = ("sys/bus/pci/devices/0000:00:02.0", "sys/devices/pci0000:00/0000:00:02.0",
            "sys/bus/pci/devices/0000:01:00.?", "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.?")


@dataclass(frozen=True)
class Screen:
    status: int
    arguments: tuple = ()
    tree: str = "intel-rtx3080"
    lines: tuple = ()
    without: tuple = ()


SCREENS = {
    # The host's display has its console here: the other one is the one to claim.
    "good-and-bad": Screen(0, lines=(CONSOLE, *USB_IN_GROUP)),
    "two-cards": Screen(0, tree="intel-twins"),
    "vm": Screen(0, lines=VM, without=NO_IOMMU + NO_TABLE),
    "vm-named": Screen(1, ("01:00.0",), lines=VM, without=NO_IOMMU + NO_TABLE),
    "xen": Screen(0, tree="cases/07-xen-dom0"),
    "device-tree": Screen(0, tree="cases/09-raspberry-pi5"),
    "igfx-off": Screen(0, tree="cases/13-igfx-off"),
    "intel-off": Screen(0, tree="cases/19f-intel-off-on-line"),
    "wrong-word": Screen(0, tree="cases/19g-amd-param-on-intel"),
    "on-in-vain": Screen(0, tree="cases/19i-intel-on-but-no-effect"),
    "parameter-missing": Screen(0, lines=(LINE, NO_IR), without=NO_IOMMU),
    "apu-laptop": Screen(0, tree="cases/22-apu-laptop-one-group"),
    "no-display": Screen(0, without=DISPLAYS),
    "named": Screen(0, ("01:00.0",)),
    "named-not-there": Screen(1, ("41:00.0", "42:00.0")),
    "configured": Screen(0, lines=(f"etc/vfio-claim.conf = {GPU}",)),
    "configured-refused": Screen(1, lines=(f"etc/vfio-claim.conf = {GPU}", *USB_IN_GROUP)),
    "claimed": Screen(0, lines=(f"etc/vfio-claim.conf = {GPU}",
                                *(line for n in "012" for line in driver(CARD + n, "vfio-pci", 4)))),
    "group-shared": Screen(1, ("01:00.0",), lines=MORE_IN_GROUP),
    "pci-stub": Screen(1, ("01:00.0",), lines=(LINE + "intel_iommu=on pci-stub.ids=10de:2206", *STUB)),
    "strict": Screen(1, ("01:00.0", "--strict"), lines=("dev /", CPU + "vmx")),
    "strict-good": Screen(0, ("01:00.0", "--strict"), lines=("dev/kvm =",)),
    "guides": Screen(0, tree="cases/11-modprobe-guides"),
}


def build(screen, root):
    machine = Machine(HERE / f"{screen.tree}.tree")
    machine.change(screen.without, screen.lines)
    machine.write(root)


@pytest.mark.parametrize("name", SCREENS)
def test_screen(name, tmp_path):
    screen = SCREENS[name]
    build(screen, tmp_path)
    expect_screen(f"check-{name}", screen.status, command(tmp_path, "check", *screen.arguments))


def test_without_a_warning_strict_changes_nothing(tmp_path):
    """The warning alone makes the difference."""
    build(SCREENS["strict"], tmp_path)
    assert in_pipe(command(tmp_path, "check", "01:00.0"))[0] == 0
    assert in_pipe(command(tmp_path, "check", "01:00.0", "--strict"))[0] == 1
    assert in_pipe(command(tmp_path, "check", "--strict"))[0] == 0, "nothing is configured or named"


def test_json_of_displays(tmp_path):
    """Without a configuration the document judges each display alone, the good one too."""
    build(SCREENS["good-and-bad"], tmp_path)
    process = run(BUILD / "vfio-claim", tmp_path, "check", "--json", verb_first=True)
    report = json.loads(process.stdout)
    assert process.returncode == 0
    assert report["result"] == "nothing-configured"
    assert [(gpu["address"], gpu["result"]) for gpu in report["gpus"]] == \
        [("0000:00:02.0", "claimable"), ("0000:01:00.0", "refused")]
    assert {one["subject"] for one in report["findings"] if one["severity"] == "error"} == {"0000:01:00.0"}


# Every machine --------------------------------------------------------------------------------

TREES = sorted(str(path.relative_to(HERE)) for pattern in ("*.tree", "cases/*.tree", "real/*.tsv")
               for path in HERE.glob(pattern) if path.name != "modules.tree")
VMWARE = ("sys/class/dmi/id/product_name = VMware Virtual Platform", "sys/class/dmi/id/sys_vendor = VMware, Inc.")
POLICIES = "shared-group = claim-all\\nboot-display = allow\\ninterrupt-remapping = warn\\nattached-driver = unbind"
MANY = "intel_iommu=yes pci-stub.ids=10de:2206 nomodule initcall_blacklist=sysfb_init,shpcd_init pcie_port_pm=off"
LONG = "vfio-pci.ids=" + ",".join(f"10de:{n:04x}" for n in range(60))
# The machine's own line and configuration first, then others, one after the other; the last in a VM.
VARIATIONS = (
    (None, None, False),
    ("quiet", None, False),
    ("intel_iommu=on iommu=pt amd_iommu=on intremap=off", None, False),
    ("iommu=off intel_iommu=off amd_iommu=off", POLICIES, False),
    (MANY, POLICIES, False),
    ("quiet", POLICIES, True),
    ("intel_iommu=on", POLICIES, True),
)


def machine_of(tree):
    if tree.endswith(".tsv"):
        return real.machine_from(real.Source.read(tree.rpartition("/")[2]))
    return Machine(HERE / tree)


def change(machine, root, *lines):
    """Adds entries to a machine that is written already."""
    for line in lines:
        machine.add(line)
        machine.write_entry(root, line.partition(" = ")[0])


def text_of(machine, *paths):
    return "\n".join(machine.entries[path][1].decode(errors="replace") for path in paths
                     if path in machine.entries)


PARAMETER = r"[\w.-]+(?:=[^\s;:,']*(?:,[^\s;:,']+)*)?"


def already_so(finding, words, modprobe, configuration, is_virtual):
    """What the remedy asks for although it is so, or can not be; None: it is sound."""
    remedy = finding["remedy"] or ""
    for added in re.findall(rf"\badd ({PARAMETER}) to the kernel command line", remedy):
        if added in words:
            return f"add {added}"
    for shell in re.findall(r"(?:remove|replace|in place of) '([^']+)'[^;]* (?:by|from|on) ", remedy):
        if shell not in words and shell.strip('"') not in words:
            return f"remove {shell}"
    for value in re.findall(r"\bby '([^']+)' on the kernel command line", remedy):
        if value in words:
            return f"replace by {value}"
    for key, value in re.findall(r"set '([a-z-]+) = ([a-z-]+)'", remedy):
        if re.search(rf"^{key} *= *{value}\b", configuration, re.M):
            return f"set {key} = {value}"
    for line in re.findall(r"the line '(options [^']+)'", remedy):
        if line in modprobe:
            return line
    for hint in re.findall(r"(initcall_blacklist=\w+|pcie_port_pm=off|module_blacklist=)", remedy):
        if not hint.endswith("=") and any(word.startswith(hint.partition("=")[0]) and hint.partition("=")[2] in word
                                          for word in words):
            return f"add {hint}"
    if finding["code"] == "LEFTOVER_CONFIG" and finding["subject"] == "kernel command line":
        named = re.match(r"'(.*?)' ", finding["text"])[1]
        if named not in words and named.strip('"') not in words:
            return f"remove {named}"
    if is_virtual and finding["code"].startswith(("IOMMU", "IRQ")) and "firmware" in remedy:
        return "the firmware's setup in a virtual machine"
    return None


@pytest.mark.parametrize("tree", TREES)
def test_no_remedy_is_so_already(tree, tmp_path):
    machine, n = machine_of(tree), 0
    machine.write(tmp_path)
    for line, configuration, is_virtual in VARIATIONS:
        change(machine, tmp_path, *([f"proc/cmdline = {line}"] if line else []),
               *([f"etc/vfio-claim.conf = {configuration}"] if configuration else []),
               *(VMWARE if is_virtual else []))
        modprobe = text_of(machine, *(path for path in machine.entries if "modprobe.d/" in path))
        words = shlex.split(text_of(machine, "proc/cmdline"))
        process = run(BUILD / "vfio-claim", tmp_path, "check", "--json", verb_first=True)
        for finding in json.loads(process.stdout)["findings"]:
            n += 1
            problem = already_so(finding, words, modprobe, text_of(machine, "etc/vfio-claim.conf"),
                                 is_virtual)
            assert not problem, (line, configuration, finding)
    assert n, "no finding at all: nothing was tested"


@pytest.mark.parametrize(("remedy", "text", "words", "configuration"), [
    ("add intel_iommu=on to the kernel command line", "", "intel_iommu=on", ""),
    ("remove 'iommu=off' from the kernel command line", "", "quiet", ""),
    ("replace 'a=b' by 'intel_iommu=on' on the kernel command line", "", "intel_iommu=on a=b", ""),
    ("set 'boot-display = allow' to claim the card anyway", "", "", "boot-display = allow"),
    ("try pcie_port_pm=off on the kernel command line", "", "pcie_port_pm=off", ""),
])
def test_the_test_finds_what_is_so_already(remedy, text, words, configuration):
    finding = {"code": "X", "subject": "s", "text": text, "remedy": remedy}
    assert already_so(finding, words.split(), "", configuration, False)
    assert not already_so(finding, ["iommu=off", "a=b"], "", "", False)


@pytest.mark.parametrize("tree", TREES)
def test_width(tree, tmp_path):
    """Only a single word that is too long crosses the edge, and nothing has over 100 columns."""
    machine = machine_of(tree)
    machine.write(tmp_path)
    for width, line in (60, MANY), (80, LONG), (120, None):
        change(machine, tmp_path, *([f"proc/cmdline = {line}"] if line else []))
        status, text = on_terminal(command(tmp_path, "check"), width)
        assert status in (0, 1, 2)
        assert is_narrow(text), text
        for one in ESCAPES.sub("", text).splitlines():
            assert len(one) <= width or " " not in one.strip(), (width, one)
        assert "\nNext: " in ESCAPES.sub("", text)


def test_every_case_of_a_finding_is_narrow(tmp_path):
    """Whatever a finding says, its screen keeps to the width."""
    for case in CASES:
        if case.program != "vfio-claim":
            continue
        root = case.bad.build(tmp_path / case.code)
        assert is_narrow(in_pipe(command(root, "check"))[1], 72), case.code
