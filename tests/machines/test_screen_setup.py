# SPDX-License-Identifier: GPL-2.0-or-later
"""The screens and the document of `vfio-claim setup` and `remove`; below --sysroot each is a dry run."""

import json
import re
import subprocess
import textwrap

import pytest

from image import KERNELS, add_images
from machine import Machine
from screens import FOLDER, command, expect_conversation, expect_screen
from test_machines import HERE

TOP = HERE.parents[1]

CARD = "gpu = 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.0/00.0\n"
OTHER = "gpu = 0000:09:00.0\n"
NO_INTERRUPT_REMAPPING = "sys/kernel/irq/1/chip_name = IO-APIC"


@pytest.fixture(name="system")
def _system(tmp_path):
    """make(tree, conf, *image_confs, changes=(), removed=()) -> the root of this machine."""

    def make(tree="intel-rtx3080", conf=None, *images, changes=(), removed=()):
        machine = Machine(HERE / f"{tree}.tree")
        add_images(machine, *images)
        machine.change(removed, changes)
        if conf is not None:
            machine.entries["etc/vfio-claim.conf"] = ("file", conf.encode())
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        machine.write(root)
        return root

    return make


# Screens ------------------------------------------------------------------------------


def test_conversation_of_two_cards(system):
    root = system()
    expect_conversation("setup-two-cards", 0, command(root, "setup"), ["2"])
    expect_conversation("setup-none-chosen", 2, command(root, "setup"), [""])
    expect_conversation("setup-no-such-number", 2, command(root, "setup"), ["1 3"])


def test_readme_shows_this_conversation():
    _, _, rest = (TOP / "README.md").read_text(encoding="utf-8").partition("shows the cards and asks:\n\n")
    shown = textwrap.dedent(rest.partition("\nIt then lists")[0])
    screen = (FOLDER / "setup-two-cards.tty").read_text(encoding="utf-8")
    assert shown and re.sub(r"\\e\[[0-9;]*m", "", screen).startswith(shown)


def test_conversation_with_what_is_configured_and_refused(system):
    root = system("intel-rtx3080", CARD, changes=[NO_INTERRUPT_REMAPPING])
    expect_conversation("setup-choice-refused", 1, command(root, "setup"), ["2"])


def test_conversation_by_the_policies_of_the_options(system):
    root = system(changes=[NO_INTERRUPT_REMAPPING])
    expect_conversation("setup-choice-by-policy", 0,
                        command(root, "setup", "--interrupt-remapping=warn"), ["2"])


def test_one_card_named(system):
    expect_screen("setup-one-card", 0, command(system(), "setup", "01:00.0"))


def test_another_card_in_place_of_the_old_one(system):
    root = system("intel-rtx3080", "# mine\n" + OTHER + "timeout = 5\n", OTHER, None)
    expect_screen("setup-replaces", 0, command(root, "setup", "01:00.0"))


def test_refused_card(system):
    expect_screen("setup-refused", 1,
                  command(system(changes=[NO_INTERRUPT_REMAPPING]), "setup", "01:00.0"))


def test_forced_card(system):
    expect_screen("setup-forced", 0,
                  command(system(changes=[NO_INTERRUPT_REMAPPING]), "setup", "01:00.0", "--force"))


def test_no_display(system):
    root = system(removed=["sys/bus/pci/devices/0000:01:00.0", "sys/bus/pci/devices/0000:00:02.0"])
    expect_screen("setup-no-display", 1, command(root, "setup", "01:00.0"))


def test_policies_and_devices(system):
    root = system("intel-rtx3080", CARD + "trial = 2  # why\n")
    expect_screen("setup-policies", 0, command(
        root, "setup", "--shared-group=claim-all", "--interrupt-remapping=warn", "--boot-display=allow",
        "--attached-driver=unbind", "--on-failure=hold", "--timeout=20", "--trial=3",
        "--device", "00:1f.6"))


def test_without_a_terminal_nothing_is_asked(system):
    expect_screen("setup-no-terminal", 2, command(system(), "setup"))


def test_from_config_unchanged(system):
    expect_screen("setup-from-config", 0,
                  command(system("intel-rtx3080", CARD, CARD, CARD), "setup", "--from-config", "--yes"))


def test_remove(system):
    expect_screen("setup-remove", 0, command(system("intel-rtx3080", CARD, CARD, CARD), "remove"))


# The document -------------------------------------------------------------------------


def document(root, *words, status=0):
    done = subprocess.run(command(root, *words, "--json"), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == status, done
    return json.loads(done.stdout)


FROM_CONFIG = ("setup", "--from-config", "--yes")


def test_from_config_says_whether_something_is_to_be_done(system):
    same = document(system("intel-rtx3080", CARD, CARD, CARD), *FROM_CONFIG)
    assert (same["changed"], same["result"], same["needs_reboot"]) == (False, "nothing-to-do", True)
    assert [image["state"] for image in same["images"]] == ["current", "current"]
    assert same["cards"] == [{"address": "0000:01:00.0", "name": "NVIDIA GeForce RTX 3080",
                              "verdict": "claimable", "code": None}]
    for images in ((CARD, OTHER), (CARD, None), (None, None)):
        other = document(system("intel-rtx3080", CARD, *images), *FROM_CONFIG)
        assert (other["changed"], other["result"]) == (True, "done")


def test_from_config_takes_the_file_byte_for_byte(system):
    conf = "# by a template\ngpu=id=10de:2206\n"
    same = document(system("intel-rtx3080", conf, conf, conf), *FROM_CONFIG)
    assert not same["changed"] and same["cards"][0]["address"] == "0000:01:00.0"


def test_a_unit_that_is_not_enabled_is_something_to_do(system):
    units = ["usr/lib/systemd/systemd =", "usr/lib/systemd/system/vfio-claim-verify.service ="]
    assert document(system("intel-rtx3080", CARD, CARD, CARD, changes=units), *FROM_CONFIG)["changed"]


@pytest.mark.parametrize("words", [FROM_CONFIG, ("setup", "01:00.0")])
def test_a_refusal_has_its_code(system, words):
    root = system("intel-rtx3080", CARD, CARD, CARD, changes=[NO_INTERRUPT_REMAPPING])
    refused = document(root, *words, status=1)
    assert (refused["result"], refused["changed"]) == ("refused", False)
    assert (refused["cards"][0]["verdict"], refused["cards"][0]["code"]) == ("refused", "IRQ_REMAP_OFF")
    assert "IRQ_REMAP_OFF" in {finding["code"] for finding in refused["findings"]}


def test_a_card_that_is_not_there(system):
    gone = document(system("intel-rtx3080", OTHER, OTHER, OTHER), *FROM_CONFIG, status=1)
    assert gone["cards"] == [{"address": None, "name": None, "verdict": "refused", "code": "GPU_NOT_FOUND"}]


@pytest.mark.parametrize("conf", [None, "timeout = 5\n", "gpu = 01:00.0\nthis is not a line\n"])
def test_a_file_that_configures_nothing_is_wrong(system, conf):
    wrong = document(system("intel-rtx3080", conf, conf, conf), *FROM_CONFIG, status=2)
    assert (wrong["result"], wrong["changed"]) == ("usage", False)
    assert any(f["code"] == "CONFIG_INVALID" for f in wrong["findings"]) == bool(conf and "not a line" in conf)


def test_remove_says_whether_something_is_to_be_done(system):
    some = document(system("intel-rtx3080", CARD, CARD, CARD), "remove")
    assert (some["changed"], some["result"], some["cards"]) == (True, "done", [])
    none = document(system("intel-rtx3080", removed=()), "remove")
    assert (none["changed"], none["result"], none["needs_reboot"]) == (False, "nothing-to-do", False)


def test_people_are_told_on_standard_error(system):
    done = subprocess.run(command(system(), "setup", "01:00.0", "--json"), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=True)
    assert "can be claimed" in done.stderr and json.loads(done.stdout)["version"] == 1


def test_the_kernel_parameter_is_named(system):
    root = system(removed=["sys/class/iommu/dmar0", "sys/devices/virtual/iommu", "sys/kernel/iommu_groups",
                           "sys/devices/pci*/iommu_group", "sys/devices/pci*/iommu"],
                  changes=["proc/cmdline = root=/dev/nvme0n1p2 ro quiet", "etc/default/grub = GRUB_DEFAULT=0",
                           "boot/grub/grub.cfg = menuentry 'x' {\\n"
                           f" linux /boot/vmlinuz-{KERNELS[0]} root=x\\n initrd /boot/initrd.img-{KERNELS[0]}\\n}}",
                           "usr/sbin/update-grub = x"])
    off = document(root, "setup", "01:00.0", status=1)
    assert (off["kernel_parameter"], off["result"]) == ("intel_iommu=on", "refused")
    assert document(root, "setup", "01:00.0", "--apply-cmdline")["changed"]


def test_the_second_remove_finds_nothing(system, tmp_path):
    root = system("intel-rtx3080", CARD, CARD, CARD)
    (root / "etc/vfio-claim.conf").unlink()
    assert document(root, "remove")["changed"], "images still hold the claim"


# Builders that were told not to ---------------------------------------------------------

NO_BUILDER = ["usr/sbin/mkinitramfs", "usr/sbin/update-initramfs"]
NO_UPDATES = "etc/initramfs-tools/update-initramfs.conf = # mine\\nupdate_initramfs=no"


def test_a_builder_that_builds_nothing(system):
    """Neither setup nor remove calls done what it leaves undone; where nothing is to be built, it may."""
    told = "/etc/initramfs-tools/update-initramfs.conf:2: 'update_initramfs=no' keeps"
    expect_screen("setup-no-updates", 1, command(system(changes=[NO_UPDATES]), "setup", "01:00.0"))
    for words in ["setup", "--rebuild"], ["remove"]:
        root = system("intel-rtx3080", CARD, CARD, CARD, changes=[NO_UPDATES])
        done = subprocess.run(command(root, *words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == 1 and told in " ".join(done.stderr.split()), (words, done)
    same = document(system("intel-rtx3080", CARD, CARD, CARD, changes=[NO_UPDATES]), *FROM_CONFIG)
    assert same["result"] == "nothing-to-do"


WRONG = {
    "HOOKS without us": ("mkinitcpio", "etc/mkinitcpio.conf = HOOKS=(base udev block)",
                         "/etc/mkinitcpio.conf:1: HOOKS lacks 'vfio-claim'"),
    "HOOKS in the wrong order": ("mkinitcpio", "etc/mkinitcpio.conf = HOOKS=(base udev vfio-claim)",
                                 "/etc/mkinitcpio.conf:1: in HOOKS 'vfio-claim' stands behind 'udev'"),
    "omit_dracutmodules": ("dracut", 'etc/dracut.conf.d/x.conf = omit_dracutmodules+=" vfio-claim "',
                           "/etc/dracut.conf.d/x.conf:1: omit_dracutmodules has 'vfio-claim'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_builder_that_leaves_the_agent_out(system, name):
    """Said before anything is built; for remove such images are right."""
    program, line, told = WRONG[name]
    builder = [f"usr/bin/{program} =", line]
    for words, status in (["setup", "01:00.0"], 1), (["remove"], 0):
        root = system("intel-rtx3080", CARD, CARD, CARD, changes=builder, removed=NO_BUILDER) \
            if words == ["remove"] else system(changes=builder, removed=NO_BUILDER)
        done = subprocess.run(command(root, *words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)
        said = " ".join(done.stderr.split())
        assert (done.returncode, told in said) == (status, status == 1), (words, done)


def test_a_stale_fallback_is_a_warning(system):
    preset = ("etc/mkinitcpio.d/linux.preset = PRESETS=('default')\\n"
              'default_image=\"/boot/initramfs-linux.img\"').replace('\\"', '"')
    root = system(changes=["usr/bin/mkinitcpio =", "etc/mkinitcpio.conf = HOOKS=(base vfio-claim udev)", preset,
                           "boot/initramfs-linux-fallback.img = old"], removed=NO_BUILDER)
    done = subprocess.run(command(root, "setup", "01:00.0"), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False)
    said = " ".join(done.stderr.split())
    assert done.returncode == 0 and "warning: /etc/mkinitcpio.d/linux.preset:1: no preset" in said, done
    assert "'/boot/initramfs-linux-fallback.img'" in said
