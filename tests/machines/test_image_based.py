# SPDX-License-Identifier: GPL-2.0-or-later
"""Systems whose boot image is not built in place (systems/NAME.tree over a machine): each is recognised,
`setup` prints what to do there and writes nothing, and no verb says to run `setup --rebuild`.
"""

import json

import pytest

from boots import CARD, KERNEL, boot, configure, make_machine, verified
from image import image
from machine import Machine
from screens import FOLDER, command, expect_screen, in_pipe
from test_machines import HERE

OFF = ["sys/class/iommu/dmar0", "sys/devices/virtual/iommu", "sys/kernel/iommu_groups",
       "sys/devices/pci*/iommu_group", "sys/devices/pci*/iommu"]
SYSTEMS = sorted(path.stem for path in (HERE / "systems").glob("*.tree"))
PRINTED = ("bootc", "composefs", "silverblue")  # those with steps to copy
SETUP = "setup --rebuild"


def add_system(machine, name, *, lacks_parameter=False):
    machine.add_file(HERE / f"systems/{name}.tree")
    if lacks_parameter:
        machine.change(OFF)
        for path, (kind, text, *rest) in list(machine.entries.items()):
            if path == "proc/cmdline" or "/entries/" in path:
                machine.entries[path] = (kind, text.replace(b" intel_iommu=on", b""), *rest)


@pytest.fixture(name="system")
def _system(tmp_path):
    """make(name, conf) -> the root of a machine with this system."""

    def make(name, conf=None, **options):
        machine = Machine(HERE / "intel-rtx3080.tree")
        add_system(machine, name, **options)
        if conf is not None:
            machine.entries["etc/vfio-claim.conf"] = ("file", conf.encode())
        root = tmp_path / "root"
        machine.write(root)
        return root

    return make


def listing(root):
    return sorted((str(path), path.lstat().st_mtime_ns) for path in root.rglob("*"))


@pytest.mark.parametrize("name", SYSTEMS)
def test_setup_prints_what_to_do(name, system):
    root = system(name)
    before = listing(root)
    expect_screen(f"image-based-{name}", 1, command(root, "setup", "01:00.0", "--yes"))
    assert listing(root) == before


@pytest.mark.parametrize("name", PRINTED)
def test_the_parameter_is_a_step(name, system):
    root = system(name, lacks_parameter=True)
    expect_screen(f"image-based-{name}-parameter", 1, command(root, "setup", "01:00.0", "--yes"))


def test_the_document_has_these_lines():
    text = (HERE.parents[1] / "docs/image-based.md").read_text(encoding="utf-8")
    screen = (FOLDER / "image-based-bootc-parameter.pipe").read_text(encoding="utf-8")
    lines = [line for line in screen.partition("\n\n")[2].splitlines() if line.startswith("    ")]
    copied = [line for line in lines if "reboot" not in line and "bootc upgrade" not in line]
    assert copied and all(line.strip() in text for line in copied)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("words", [["setup", "--from-config"], ["setup", "--rebuild"], ["remove"],
                                   ["setup", "--menu-entry"], ["setup", "01:00.0", "--dry-run"]])
def test_no_verb_changes_anything(name, words, system):
    root = system(name, CARD)
    before = listing(root)
    status, text = in_pipe(command(root, *words))
    text = " ".join(text.split())
    assert status == 1 and "nothing was changed" in text
    assert listing(root) == before
    assert SETUP not in text.replace("'vfio-claim setup --rebuild' in 'transactional-update shell'", "")


def test_the_document_says_that_it_failed(system):
    status, text = in_pipe(command(system("bootc"), "setup", "01:00.0", "--yes", "--json"))
    document = json.loads(text[text.index("\n{"):])
    assert (status, document["result"], document["changed"]) == (1, "failed", False)


def test_a_refused_card_comes_first(system):
    root = system("bootc")
    (root / "sys/kernel/irq/1/chip_name").write_text("IO-APIC\n")
    status, text = in_pipe(command(root, "setup", "01:00.0", "--yes"))
    assert status == 1 and "IRQ_REMAP_OFF" in text and "Containerfile" not in text


@pytest.mark.parametrize("name", ["bootc", "silverblue"])
def test_nothing_to_do_where_the_image_holds_it(name, system):
    root = system(name, CARD)
    (kernel,) = (root / "usr/lib/modules").iterdir()
    (kernel / "initramfs.img").write_bytes(image(CARD))
    for entry in root.glob("boot/loader.*/entries/*.conf"):
        for line in entry.read_text().splitlines():
            if line.startswith("initrd "):
                (root / line.split()[1].lstrip("/")).write_bytes(image(CARD))
    status, text = in_pipe(command(root, "setup", "--from-config"))
    assert status == 0 and "nothing to do" in text


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_is_said_after_a_boot(name, tmp_path):
    """The agent's own remedies too, which were written before anything knew the system."""
    make_machine(tmp_path, CARD)
    machine = Machine()
    add_system(machine, name)
    machine.write(tmp_path)
    boot(tmp_path, verified=verified(), findings=[
        {"severity": "error", "code": "DRIVER_ATTACHED", "subject": "0000:01:00.0", "text": "text",
         "remedy": "run 'vfio-claim setup --rebuild' so that the agent runs before this driver"}])
    configure(tmp_path, CARD + "timeout = 5\n")
    for words in ["status"], ["status", "--json"], ["verify"], ["verify", "--json"], ["check"]:
        _, text = in_pipe(command(tmp_path, *words))
        text = " ".join(text.split())
        assert SETUP not in text.replace("'vfio-claim setup --rebuild' in 'transactional-update shell'", "")


@pytest.mark.parametrize("name", SYSTEMS)
def test_without_the_agent(name, tmp_path):
    make_machine(tmp_path, CARD)
    machine = Machine()
    add_system(machine, name)
    machine.write(tmp_path)
    _, text = in_pipe(command(tmp_path, "verify"))
    assert "IMAGE_WITHOUT_AGENT" in text
    assert SETUP not in " ".join(text.split()).replace("'vfio-claim setup --rebuild' in", "")


def test_an_ordinary_system_still_says_it(tmp_path):
    make_machine(tmp_path, CARD)
    _, text = in_pipe(command(tmp_path, "verify"))
    assert SETUP in " ".join(text.split()) and KERNEL


# The record of an image that is built in a container -----------------------------------


def record(root):
    status, text = in_pipe(command(root, "image-record", "6.12.0-1.el10.x86_64"))
    assert status == 0
    return [line.split()[0] for line in text.splitlines()]


@pytest.mark.parametrize("mark", ["run/.containerenv", ".dockerenv", "run/systemd/container"])
def test_a_container_shows_another_machine(mark, system):
    root = system("bootc", CARD)
    here = record(root)
    (root / mark).parent.mkdir(parents=True, exist_ok=True)
    (root / mark).write_text("")
    there = record(root)
    facts = {"root", "need", "needs", "modalias", "use", "display", "card"}
    assert {"root", "needs", "card"} <= set(here) and not facts & set(there)
    assert {"built-at", "module"} <= set(there)


def test_the_trial_of_an_image_from_a_container(system):
    """Whether the machine that will boot starts by EFI is not known where the image is built."""
    root = system("bootc", CARD)
    units = root / "usr/lib/systemd/system"
    wanted = root / "etc/systemd/system/multi-user.target.wants"
    for place in units, wanted, root / "run", root / "sys/kernel":
        place.mkdir(parents=True, exist_ok=True)
    (units / "vfio-claim-confirm.service").write_text("")
    (wanted / "vfio-claim-confirm.service").symlink_to("/usr/lib/systemd/system/vfio-claim-confirm.service")
    assert "confirmed-by" not in record(root)
    (root / "run/.containerenv").write_text("")
    assert "confirmed-by" in record(root)
