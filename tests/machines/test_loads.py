# SPDX-License-Identifier: GPL-2.0-or-later
"""Effects of loading the vfio modules, by the system's own module index and modprobe.d: the chosen
driver module, the functions it would bind, the reasons why a module does not load."""

import json

import pytest

import modtree
from machine import Machine
from modtree import Module
from test_machines import BUILD, HERE, run

RELEASE = "6.1.0-56-amd64"
CARD = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
USB = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.2"
GPU = "etc/vfio-claim.conf = gpu = 01:00.0"
TWIN = "etc/vfio-claim.conf = gpu = 01:00.0 path=0000:00:01.0/00.0"
DEVICE = "d00002206sv*sd*bc*sc*i*"

VFIO = (
    Module("virt/lib/irqbypass"),
    Module("drivers/vfio/vfio", needs=("irqbypass",), softdeps=("post: vfio_iommu_type1",)),
    Module("drivers/vfio/vfio_iommu_type1", needs=("vfio",)),
    Module("drivers/vfio/pci/vfio-pci-core", needs=("vfio", "irqbypass")),
    Module("drivers/vfio/pci/vfio-pci", ("vfio_pci:v*d*sv*sd*bc*sc*i*",),
           ("vfio_pci_core", "vfio", "irqbypass")),
)
NOUVEAU = Module("drivers/gpu/nouveau", (f"pci:v000010DE{DEVICE}",))
# The display that the host keeps, whatever modules exist.
KEPT = "sys/bus/platform/devices/simple-framebuffer.0 -> " \
    "../../../devices/pci0000:00/0000:00:02.0/simple-framebuffer.0"
VARIANT = f"vfio_pci:v000010DE{DEVICE}"
FREE = Module("drivers/vfio/pci/nvgrace-gpu-vfio-pci", (VARIANT,), ("vfio_pci_core", "vfio"))
BOUND = Module("drivers/vfio/pci/xe-vfio-pci", (VARIANT,), ("vfio_pci_core", "vfio", "nouveau"))


def build(root, *lines, modules=(), without=("usr",), tree="intel-rtx3080", builtin=()):
    """A running system, which asks its own modules as there is no image record."""
    machine = Machine(HERE / f"{tree}.tree")
    for pattern in without:
        machine.remove(pattern)
    for line in (GPU, KEPT, *lines):
        machine.add(line)
    machine.write(root)
    modtree.write(root, RELEASE, (*VFIO, NOUVEAU, *modules), builtin)
    return root


def tell(root, *arguments, program="vfio-claim"):
    process = run(BUILD / program, root, *arguments, verb_first=program == "vfio-claim")
    assert process.stderr == b"", "libkmod has nothing to say here"
    return process


def loads(root):
    """The modules that the agent would load, in order."""
    lines = tell(root, "check").stdout.decode().splitlines()
    return [line.split()[-1] for line in lines if line.startswith("  load module ")]


def errors(root, program="vfio-claim"):
    arguments = ("check", "--json") if program == "vfio-claim" else ("--json",)
    report = json.loads(tell(root, *arguments, program=program).stdout)
    found = [(one["code"], one["subject"]) for one in report["findings"]
             if one["severity"] == "error"]
    assert (report["result"] == "refused") == bool(found)
    assert not found or "0000:01:00.0" in [subject for _, subject in found]
    return found


def record_of(root, errors=b""):
    process = run(BUILD / "vfio-claim", root, "image-record", RELEASE, verb_first=True)
    assert (process.returncode, process.stderr) == (0, errors)
    return process.stdout.decode().splitlines()


# Variants -----------------------------------------------------------------------------------

@pytest.mark.parametrize(("modules", "lines", "chosen"), [
    pytest.param((), (), "vfio_pci", id="none"),
    pytest.param((FREE,), (), "nvgrace_gpu_vfio_pci", id="free"),
    pytest.param((BOUND,), (), "vfio_pci", id="needs-a-rival"),
    pytest.param((BOUND,), ("sys/module/nouveau /",), "vfio_pci", id="rival-loaded"),
    pytest.param((BOUND,), ("etc/modprobe.d/x.conf = blacklist nouveau",), "vfio_pci",
                 id="rival-blacklisted"),
    pytest.param((BOUND, FREE), (), "nvgrace_gpu_vfio_pci", id="second-is-free"),
    pytest.param((FREE,), ("proc/cmdline = module_blacklist=nvgrace_gpu_vfio_pci",), "vfio_pci",
                 id="blacklisted"),
])
def test_variant(modules, lines, chosen, tmp_path):
    root = build(tmp_path, *lines, modules=modules)
    assert loads(root)[0] == chosen
    # A new image has the modules that the agent will load, and no rival.
    record = record_of(root)
    files = [line.split()[2] for line in record if line.startswith(f"load {chosen} ")]
    assert files[-1].endswith(f"/{chosen.replace('_', '-')}.ko")
    assert any("nouveau" in file for file in files) is False


# Options ------------------------------------------------------------------------------------

OPTIONS = "etc/modprobe.d/vfio.conf = options vfio-pci disable_vga=1 ids=10de:2206"


def test_ids_are_left_out_of_the_record(tmp_path):
    root = build(tmp_path, OPTIONS, "etc/modprobe.d/x.conf = softdep irqbypass pre: nouveau")
    record = record_of(root, b"vfio-claim: the agent loads vfio-pci without 'ids=10de:2206' "
                             b"of modprobe.d\n")
    assert "left-out ids=10de:2206" in record
    steps = [line.split() for line in record if line.split()[1] == "vfio_pci"]
    names = [(step[0], step[2].rpartition("/")[2], *step[3:]) for step in steps
             if step[0] != "module"]
    assert [name for name in names if name[0] == "load"] == [
        ("load", "irqbypass.ko"), ("load", "vfio.ko"), ("load", "vfio-pci-core.ko"),
        ("load", "vfio-pci.ko", "disable_vga=1")]
    assert [name for name in names if name[0] != "load"] == [
        ("softdep", "nouveau.ko"), ("softdep", "vfio_iommu_type1.ko")]
    # The system that builds the image is unaffected.
    assert errors(root) == []


def test_ids_of_the_record_are_the_agents_to_say(tmp_path):
    """Records made by hand: one with the option would widen the claim; without it the agent reports the
    option."""
    for name, line in ("with", "load vfio_pci /k/vfio-pci.ko ids=10de:2206"), \
                      ("left-out", "left-out ids=10de:2206"):
        root = tmp_path / name
        build(root, TWIN, tree="intel-twins", without=())
        record = root / "usr/lib/vfio-claim/image-record"
        record.write_text(record.read_text() + line + "\n")
        found = errors(root, "agent")
        assert ("WIDER_CLAIM" in [code for code, _ in found]) == (name == "with")
        assert (("WIDER_CLAIM", "0000:02:00.0") in found) == (name == "with")
        report = json.loads(tell(root, "--json", program="agent").stdout)
        said = [one["severity"] for one in report["findings"] if one["code"] == "LEFTOVER_CONFIG"]
        assert said == ([] if name == "with" else ["warning"])


TWINS = (("WIDER_CLAIM", "0000:02:00.0"), ("WIDER_CLAIM", "0000:01:00.0"))


@pytest.mark.parametrize(("words", "expected"), [
    ("vfio-pci.ids=10de:2206", TWINS),
    ("vfio_pci.ids=1002:73bf,10de:2206", TWINS),
    ("\"vfio-pci.ids=10de:1aef,10de:2206\"",
     (TWINS[0], ("WIDER_CLAIM", "0000:02:00.1"), TWINS[1])),
    ("vfio-pci.ids=10de:2206:1458:403b", TWINS),
    ("vfio-pci.ids=10de:2206:1458:ffff", ()),
    ("vfio-pci.ids=10de:2206 vfio-pci.ids=1002:73bf", ()),
    ("pci-stub.ids=10de:2206", ()),
    ("-- vfio-pci.ids=10de:2206", ()),
    ("vfio-pci.disable_idle_d3=1", ()),
    ("vfio-pci.ids=ffffffff:ffffffff:ffffffff:ffffffff:010802:ffff00",
     (("WIDER_CLAIM", "0000:03:00.0"), ("WIDER_CLAIM", "0000:01:00.0"))),
])
@pytest.mark.parametrize("builtin", [(), ("drivers/vfio/pci/vfio-pci",)], ids=["module", "builtin"])
def test_ids_of_the_command_line(words, expected, builtin, tmp_path):
    """One of the twins is the host's."""
    root = build(tmp_path, TWIN, f"proc/cmdline = root=/dev/nvme0n1p2 {words}", tree="intel-twins",
                 builtin=builtin)
    found = errors(root)
    assert found == list(expected)


# What keeps modules away -------------------------------------------------------------------


@pytest.mark.parametrize(("words", "module"), [
    ("module_blacklist=vfio_pci", "vfio_pci"),
    ("module_blacklist=nouveau,vfio_pci_core", "vfio_pci_core"),
    ("module-blacklist=irqbypass", "irqbypass"),
    ("\"module_blacklist=vfio,nouveau\"", "vfio"),
    ("module_blacklist=vfio_iommu_type1", "vfio_iommu_type1"),
    ("nomodule", "irqbypass"),
    ("module_blacklist=nouveau,nvgrace_gpu_vfio_pci", None),
    ("module_blacklist=vfio-pci", None),
    ("modprobe.blacklist=vfio_pci", None),
    ("nomodule=0", None),
])
def test_rejected_modules(words, module, tmp_path):
    root = build(tmp_path, f"proc/cmdline = {words}")
    assert errors(root) == ([("MODULE_REJECTED", "0000:01:00.0")] if module else [])
    said = " ".join(tell(root, "check").stdout.decode().split())
    assert not module or f"keeps module {module} from loading" in said


@pytest.mark.parametrize("line", [
    "blacklist vfio_pci\\nblacklist vfio",
    "install vfio-pci /bin/false",
    "install vfio /bin/false\\ninstall vfio_pci_core /bin/false",
    "alias vfio_pci off\\nalias vfio-pci off",
    "alias vfio_pci nouveau",
])
def test_modprobe_configuration_does_not_stop_an_explicit_load(line, tmp_path):
    root = build(tmp_path, f"etc/modprobe.d/x.conf = {line}")
    assert errors(root) == []
    assert loads(root) == ["vfio_pci", "vfio_iommu_type1"]
    files = [one.split()[2] for one in record_of(root) if one.startswith("load vfio_pci ")]
    assert [file.rpartition("/")[2] for file in files] == \
        ["irqbypass.ko", "vfio.ko", "vfio-pci-core.ko", "vfio-pci.ko"]


VERBS = (("check",), ("check", "--json"), ("list",), ("list", "--all"), ("explain", "01:00.0"),
         ("dump",), ("image-record", RELEASE), ("status",), ("setup", "01:00.0", "--dry-run"))


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_libkmod_says_nothing_of_its_own(verb, tmp_path):
    root = build(tmp_path, "etc/modprobe.d/x.conf = vfio-pci ids=10de:1c03\\noptions\\nblacklist")
    process = run(BUILD / "vfio-claim", root, *verb, verb_first=True)
    assert b"libkmod" not in process.stderr and b"x.conf" not in process.stderr


# No index ----------------------------------------------------------------------------------

NO_DRIVER = (f"{USB}/class = 0x0c0330",)
INDEX = "lib/modules/" + RELEASE


def other_in_group(root):
    """An endpoint unknown to every module joins the card's group."""
    place = "sys/devices/pci0000:00/0000:00:1f.6"
    machine = Machine()
    machine.add(f"{place}/iommu_group -> ../../../kernel/iommu_groups/12")
    machine.add("sys/kernel/iommu_groups/12/devices/0000:00:1f.6 -> ../../../../"
                + place.removeprefix("sys/"))
    machine.write(root)
    return root


DAMAGES = {
    "whole": lambda folder: None,
    "gone": lambda folder: [path.unlink() for path in folder.glob("modules.*")],
    "damaged": lambda folder: [path.write_bytes(b"\0" * 64) if path.suffix == ".bin" else
                               path.unlink() for path in folder.glob("modules.*")],
    "empty": lambda folder: [path.write_bytes(b"") if path.suffix == ".bin" else path.unlink()
                             for path in folder.glob("modules.*")],
    "only-builtin": lambda folder: [path.unlink() for path in folder.glob("modules.*")
                                    if not path.name.startswith("modules.builtin")],
    "text": lambda folder: [path.unlink() for path in folder.glob("modules.*.bin")],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_an_index_nobody_knows_the_members_of_a_group(damage, tmp_path):
    root = other_in_group(build(tmp_path))
    DAMAGES[damage](root / INDEX)
    report = json.loads(tell(root, "check", "--json").stdout)
    codes = [one["code"] for one in report["findings"] if one["severity"] == "error"]
    assert codes == ([] if damage in ("whole", "text") else ["GROUP_HOLDS_NETWORK"])


def test_the_agent_knows_by_its_record(tmp_path):
    """An image never has a complete index."""
    root = other_in_group(build(tmp_path, without=()))
    DAMAGES["gone"](root / INDEX)
    assert errors(root, "agent") == []


def test_a_record_of_the_machine_holds_its_index(tmp_path):
    root, copy = build(tmp_path / "root", modules=(FREE,)), Machine()
    copy.add_all(tell(root, "dump").stdout.decode())
    copy.write(tmp_path / "copy")

    def rivals(place):
        report = json.loads(tell(place, "check", "--json").stdout)
        return [one["rivals"] for one in report["gpus"][0]["functions"]]

    assert rivals(tmp_path / "copy") == rivals(root)
    assert ["nouveau"] in rivals(root)
