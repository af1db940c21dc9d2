# SPDX-License-Identifier: GPL-2.0-or-later
"""Each finding code: a system that causes it, and a twin that differs in one thing and lacks it.

The text of `check` is compared with findings/CODE.text; VFIO_CLAIM_REWRITE=1 rewrites these files. Codes
that no tree can cause are listed with the place of their test.
"""

import json
import re
from dataclasses import dataclass

import pytest

import real
from machine import Machine
from test_machines import BUILD, HERE, compare, run

MODEL = HERE.parents[1] / "agent/model/finding-texts.h"
EXPECTED = HERE / "findings"

# Parts 1 and 2, but findings of acting and not of judging: no dry run has them.
ELSEWHERE = {
    "GPU_AWAITED": "tests/unit/test-plan.c",
    "VF_NOT_CREATED": "tests/unit/test-vf.c",
    "VF_NOT_TAKEN": "tests/machines/test_vf.py",
    "VF_IN_USE": "tests/unit/test-vf.c",
    "CARD_REFUSED": "tests/unit/test-plan.c",
    "NOT_HELD": "tests/unit/hold.c",
    "CARD_IN_USE": "tests/unit/test-users.c",
    "CARD_RELEASED": "tests/machines/test_screen_status.py",
    "UNBIND_TIMEOUT": "tests/unit/test-execute.c",
    "MODULE_MISSING": "tests/unit/test-execute.c",
    "PROBE_FAILED": "tests/unit/test-execute.c",
    "DEADLINE": "tests/unit/test-report-change.c",
    "INTERNAL": "tests/unit/test-report-change.c",
    "TRIAL_SPENT": "tests/unit/test-attempt.c",
    "TRIAL_UNAVAILABLE": "tests/unit/test-attempt.c",
}
# Findings after the boot, of images, of trials: parts 3 and 4.
LATER = {"CLAIM_LOST", "RIVAL_BOUND", "IMAGE_STALE", "IMAGE_WITHOUT_AGENT"}

CARD = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00."
PORT = "sys/devices/pci0000:00/0000:00:01.0"
NIC = "sys/devices/pci0000:00/0000:00:1f.6"
NVME = "sys/devices/pci0000:00/0000:00:1b.0/0000:02:00.0"
GROUPS = "sys/kernel/iommu_groups"
GPU = "gpu = 01:00.0"
NO_IOMMU = ("sys/class/iommu/dmar0", GROUPS, "sys/devices/*/iommu_group", "sys/devices/*/iommu")
NO_TABLE = ("sys/firmware/acpi/tables/DMAR",)
CMDLINE = "proc/cmdline = root=/dev/nvme0n1p2 quiet "
NO_IR = "sys/kernel/irq/1/chip_name = IO-APIC"
UNSAFE = "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts = "
REGIONS = f"{GROUPS}/12/reserved_regions = 0x00000000bd000000 0x00000000bf7fffff "


BARS = (f"{CARD}0/resource = 0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\\n"
        "0x000000e000000000 0x000000e00fffffff 0x000000000014220c")
REBAR = GPU + "\nrebar = 01:00.0 16G"


def join(place, address, depth):
    """Lines that put the function into the card's group."""
    return (f"{place}/iommu_group -> {'../' * depth}kernel/iommu_groups/12",
            f"{GROUPS}/12/devices/{address} -> ../../../../{place.removeprefix('sys/')}")


def driver(place, name, depth, is_builtin=False):
    lines = (f"{place}/driver -> {'../' * depth}bus/pci/drivers/{name}",
             f"sys/bus/pci/drivers/{name}/bind =")
    module = f"sys/bus/pci/drivers/{name}/module -> ../../../../module/{name}"
    return lines if is_builtin else (*lines, module, f"sys/module/{name} /")


SIMPLE_FRAMEBUFFER = (
    "sys/devices/platform/simple-framebuffer.0 /",
    "sys/bus/platform/devices/simple-framebuffer.0 -> ../../../devices/platform/simple-framebuffer.0",
    # screen_info: by EFI, at 0xe0000000
    "sys/kernel/boot_params/data = @hex:" + (bytes(15) + b"\x70" + bytes(8) + b"\0\0\0\xe0" + bytes(36)).hex(),
    CARD + "0/resource = 0x00000000e0000000 0x00000000efffffff 0x000000000014220c",
)


def function(*columns):
    """Lines for one more function, from the columns of real/README.md."""
    source = real.Source("\t".join((*columns, "0", "-", "?", "?", "?")))
    machine = Machine()
    real.add_function(machine, source, source.rows[0], "dmar0")
    return tuple(machine.to_lines())


USB_IN_GROUP = function("0000:05:00.0", "0c0330", "1b21:2142", "12", "-")
USB_BESIDE = function("0000:05:00.0", "0c0330", "1b21:2142", "25", "-")
CARD_XHCI = f"{CARD}2/usb3"
USB_KEYBOARD = (*driver(CARD + "2", "xhci_hcd", 4),
                f"sys/bus/usb/devices/3-1 -> ../../../{CARD_XHCI.removeprefix('sys/')}/3-1",
                f"sys/bus/usb/devices/3-1:1.0 -> ../../../{CARD_XHCI.removeprefix('sys/')}/3-1/3-1:1.0",
                f"{CARD_XHCI}/3-1/bDeviceClass = 00", f"{CARD_XHCI}/3-1/product = Keyboard K120",
                f"{CARD_XHCI}/3-1/3-1:1.0/bInterfaceClass = 03",
                f"{CARD_XHCI}/3-1/3-1:1.0/bInterfaceSubClass = 01",
                f"{CARD_XHCI}/3-1/3-1:1.0/bInterfaceProtocol = 01")
OTHER_NVME = function("0000:06:00.0", "010802", "144d:a80a", "26", "-")
NIC_DRIVER = driver(NIC, "e1000e", 3)
NIC_IN_GROUP = join(NIC, "0000:00:1f.6", 3)
NVME_IN_GROUP = join(NVME, "0000:02:00.0", 4)
PORT_IN_GROUP = join(PORT, "0000:00:01.0", 3)


@dataclass(frozen=True)
class System:
    """A tree with a configuration; `without` removes entries first, then `lines` replace or add."""

    lines: tuple = ()
    without: tuple = ()
    conf: str = GPU
    tree: str = "intel-rtx3080"

    def build(self, root):
        machine = Machine(HERE / f"{self.tree}.tree")
        machine.change(self.without, self.lines)
        machine.add("etc/vfio-claim.conf = " + self.conf.replace("\n", "\\n"))
        machine.write(root)
        return root


@dataclass(frozen=True)
class Case:
    code: str
    severity: str
    subject: str
    bad: System
    good: System = System()
    program: str = "vfio-claim"


CASES = [
    Case("IOMMU_OFF_FIRMWARE", "error", "0000:01:00.0", System((NO_IR,), NO_IOMMU + NO_TABLE)),
    Case("IOMMU_OFF_KERNEL", "error", "0000:01:00.0", System((), NO_IOMMU),
         System((NO_IR,), NO_IOMMU + NO_TABLE)),
    Case("IOMMU_NOT_READY", "error", "0000:01:00.0",
         System(("sys/firmware/acpi/tables/VIOT = VIOT",), NO_IOMMU + NO_TABLE)),
    Case("IOMMU_NOIOMMU", "error", "0000:01:00.0",
         System((f"{GROUPS}/12/name = vfio-noiommu",)), System((f"{GROUPS}/12/name = other",))),
    Case("IRQ_REMAP_OFF", "error", "0000:01:00.0", System((NO_IR,))),
    Case("UNSAFE_INTERRUPTS", "warning", "0000:01:00.0",
         System((UNSAFE + "Y",)), System((UNSAFE + "N",))),
    Case("GROUP_SHARED", "error", "0000:01:00.0", System(USB_IN_GROUP), System(USB_BESIDE)),
    Case("GROUP_HOLDS_BOOT_DISK", "error", "0000:01:00.0", System(NVME_IN_GROUP)),
    Case("GROUP_HOLDS_NETWORK", "error", "0000:01:00.0", System(NIC_DRIVER + NIC_IN_GROUP),
         System(NIC_DRIVER)),
    Case("GROUP_BRIDGE_DRIVER", "error", "0000:01:00.0",
         System(PORT_IN_GROUP + driver(PORT, "shpchp", 3)),
         System(PORT_IN_GROUP + driver(PORT, "pcieport", 3, is_builtin=True))),
    Case("RESERVED_DIRECT", "error", "0000:01:00.0", System((REGIONS + "direct",)),
         System((REGIONS + "direct-relaxable",))),
    Case("GPU_NOT_FOUND", "error", "/etc/vfio-claim.conf:1", System(conf="gpu = 41:00.0")),
    Case("GPU_CHANGED", "error", "0000:01:00.0", System(conf=GPU + " id=1002:744c"),
         System(conf=GPU + " id=10de:2206")),
    Case("GPU_MOVED", "info", "0000:01:00.0", System(conf="gpu = 09:00.0 id=10de:2206 path=0000:00:01.0/00.0"),
         System(conf=GPU + " id=10de:2206")),
    Case("GPU_AMBIGUOUS", "error", "/etc/vfio-claim.conf:1",
         System(conf="gpu = id=10de:2206", tree="intel-twins"),
         System(conf="gpu = id=10de:2206 path=0000:00:01.0/00.0", tree="intel-twins")),
    Case("VIRTUAL_FUNCTION", "error", "0000:01:00.0",
         System((CARD + "0/physfn -> ../../0000:00:01.0",))),
    Case("REMOVABLE", "warning", "0000:01:00.0", System((CARD + "0/removable = removable",)),
         System((CARD + "0/removable = fixed",))),
    Case("NOT_A_GPU", "error", "0000:01:00.1", System(conf="gpu = 01:00.1")),
    Case("SLOT_HAS_HOST_FUNCTIONS", "warning", "0000:0a:00.0",
         System(conf="gpu = 0a:00.0\nboot-display = allow", tree="amd-apu")),
    Case("BOOT_DISK", "error", "0000:02:00.0", System(conf="device = 02:00.0"),
         System(OTHER_NVME, conf="device = 06:00.0")),
    Case("USB_IN_USE", "warning", "0000:01:00.2", System(USB_KEYBOARD),
         System(USB_KEYBOARD[:-1] + (f"{CARD_XHCI}/3-1/3-1:1.0/bInterfaceProtocol = 02",))),
    Case("BOOT_DISPLAY", "error", "0000:01:00.0",
         System((), ("sys/bus/pci/devices/0000:00:02.0", "sys/devices/pci0000:00/0000:00:02.0",
                     f"{GROUPS}/2"))),
    Case("FIRMWARE_FRAMEBUFFER", "info", "0000:01:00.0", System((CARD + "0/boot_vga = 1",)),
         System((CARD + "0/boot_vga = 0",))),
    # The framebuffer's base is in boot_params, its platform device has no parent: Linux before 6.9.
    Case("FRAMEBUFFER_IN_BAR", "warning", "0000:01:00.0",
         System((*SIMPLE_FRAMEBUFFER, "proc/sys/kernel/osrelease = 5.19.0-21-generic")),
         System(SIMPLE_FRAMEBUFFER)),
    Case("DRIVER_ATTACHED", "error", "0000:01:00.0",
         System(driver(CARD + "0", "nouveau", 4, is_builtin=True)),
         System(driver(CARD + "0", "nouveau", 4))),
    Case("MODULE_REJECTED", "error", "0000:01:00.0",
         System((CMDLINE + "module_blacklist=nouveau,vfio_pci",)),
         System((CMDLINE + "module_blacklist=nouveau modprobe.blacklist=vfio_pci",))),
    Case("WIDER_CLAIM", "error", "0000:02:00.0",
         System((CMDLINE + "vfio-pci.ids=10de:2206",), conf=GPU + " path=0000:00:01.0/00.0",
                tree="intel-twins"),
         System((CMDLINE + "vfio-pci.ids=10de:2206",), tree="intel-twins",
                conf=GPU + "\ngpu = 02:00.0\nboot-display = allow")),
    Case("LEFTOVER_CONFIG", "info", "/etc/modprobe.d/vfio.conf:1",
         System(("etc/modprobe.d/vfio.conf = blacklist nvidia*",)),
         System(("etc/modprobe.d/vfio.conf = # blacklist nvidia*",))),
    Case("CONFIG_INVALID", "error", "/etc/vfio-claim.conf:2", System(conf=GPU + "\ntimeuot = 5"),
         System(conf=GPU + "\ntimeout = 5")),
    Case("CMDLINE_INVALID", "error", "vfio_claim.mode", System((CMDLINE + "vfio_claim.mode=offf",)),
         System((CMDLINE + "vfio_claim.mode=claim",))),
    Case("MODE_OFF", "info", "vfio_claim.mode", System((CMDLINE + "vfio_claim.mode=off",)),
         System((CMDLINE + "vfio_claim.mode=claim",)), program="agent"),
    # Another program's parameter of a similar name, and one for init, do not count.
    Case("CRASH_KERNEL", "info", "kernel command line",
         System((CMDLINE + "reset_devices elfcorehdr=0x2f000000",)),
         System((CMDLINE + "x.elfcorehdr=1 -- elfcorehdr=1",)), program="agent"),
    Case("FACT_UNKNOWN", "warning", "/proc/sys/kernel/osrelease",
         System((), ("proc/sys/kernel/osrelease",))),
    Case("RESET_NONE", "info", "0000:01:00.0", System((CARD + "0/reset_method =",)),
         System((CARD + "0/reset_method = bus",))),
    Case("SETTING_REFUSED", "warning", "0000:01:00.0",
         System((BARS, CARD + "0/resource1_resize = 0000000000000fc0"), conf=REBAR),
         System((BARS, CARD + "0/resource1_resize = 0000000000007fc0"), conf=REBAR)),
    Case("KVM_MISSING", "warning", "/dev/kvm", System(("dev /",)), System(("dev/kvm =",))),
]

# The processor's multifunction port has no ACS, and yet its two cards are separate: only on a patched
# kernel. 4096 bytes of configuration space show it.
ACS_ROWS = """\
# cpu vendor: Intel
# distribution/kernel: Proxmox VE, Linux 6.8.12
0000:00:01.0\t060400\t8086:1901\t1\tpcieport\t1\t01-01\troot-port\t-\t-
0000:00:01.1\t060400\t8086:1905\t2\tpcieport\t1\t02-02\troot-port\t-\t-
0000:00:02.0\t030000\t8086:3e98\t3\t-\t0\t-\trc-endpoint\t-\t-
0000:01:00.0\t030000\t10de:2206\t12\t-\t0\t-\tlegacy\t-\t-
0000:02:00.0\t030000\t10de:2206\t13\t-\t0\t-\tlegacy\t-\t-
"""


def check(program, root, *options):
    process = run(BUILD / program, root, *(("check",) if program == "vfio-claim" else ()), *options,
                  verb_first=program == "vfio-claim")
    assert process.stderr == b""
    return process


def findings_of(program, root):
    """(code, severity, subject) of each, and the report."""
    report = json.loads(check(program, root, "--json").stdout)
    return [(one["code"], one["severity"], one["subject"]) for one in report["findings"]], report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_finding(case, tmp_path):
    bad, good = case.bad.build(tmp_path / "bad"), case.good.build(tmp_path / "good")
    found, report = findings_of(case.program, bad)
    assert (case.code, case.severity, case.subject) in found
    # Only one thing is wrong with it.
    errors = [code for code, severity, _ in found if severity == "error"]
    assert set(errors) <= {case.code}
    if case.severity == "error":
        assert report["result"] == "refused"
    told = next(one for one in report["findings"] if one["code"] == case.code)
    assert told["text"] and "(null)" not in told["text"]
    assert case.severity != "error" or told["remedy"] or case.code == "IOMMU_NOT_READY"
    process = check(case.program, bad)
    if report["result"] in ("claimable", "off"):
        assert process.returncode == 0
    else:
        assert process.returncode == (2 if case.code.endswith("_INVALID") else 1)
    compare(EXPECTED / f"{case.code}.text", process.stdout)

    found, _ = findings_of(case.program, good)
    assert case.code not in [code for code, _, _ in found]


def test_acs_override(tmp_path):
    for name, token, severity in ("bad", "pcie_acs_override=multifunction", "warning"), \
                                 ("good", "quiet", None):
        source = real.Source(ACS_ROWS)
        machine = real.machine_from(source)
        machine.add("etc/vfio-claim.conf = " + GPU)
        machine.add(f"proc/cmdline = {token}")
        machine.write(tmp_path / name)
        found, _ = findings_of("vfio-claim", tmp_path / name)
        assert [one[1] for one in found if one[0] == "ACS_OVERRIDE"] == \
            ([severity] if severity else [])


def test_acs_override_in_vain(tmp_path):
    """A stock kernel ignores the parameter: the groups follow the ports' ACS."""
    rows = ACS_ROWS.replace("\t2\tpcieport", "\t1\tpcieport").replace("\t12\t", "\t1\t") \
        .replace("\t13\t", "\t1\t")
    machine = real.machine_from(real.Source(rows))
    machine.add("etc/vfio-claim.conf = " + GPU)
    machine.add("proc/cmdline = pcie_acs_override=multifunction")
    machine.write(tmp_path)
    assert "ACS_OVERRIDE" not in [one[0] for one in findings_of("vfio-claim", tmp_path)[0]]


def test_every_code_has_a_case():
    """Every code of finding-texts.h is tested here, or its test is named."""
    listing = re.search(r"#define FINDING_CODES\(X\)(.*?)\n\n", MODEL.read_text(), re.S).group(1)
    codes = re.findall(r"X\((\w+), \w+\)", listing)
    assert len(codes) > 30
    here = {case.code for case in CASES} | {"ACS_OVERRIDE"}
    assert len(CASES) + 1 == len(here), "two cases of one code"
    assert here | set(ELSEWHERE) | LATER == set(codes)
    assert not here & (set(ELSEWHERE) | LATER)
    for code, file in ELSEWHERE.items():
        assert code in (HERE.parents[1] / file).read_text()


def test_every_case_has_a_twin():
    for case in CASES:
        assert case.bad != case.good, case.code


def test_no_text_without_case():
    files = {path.stem for path in EXPECTED.iterdir()}
    assert files == {case.code for case in CASES}
