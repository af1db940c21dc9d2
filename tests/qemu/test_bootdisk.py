# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's boot disk is in the card's group: on NVMe, on AHCI, in LUKS on LVM, on md RAID 1.

The lab's images are made in a chroot, where the guest's boot disk is unknown: then all storage of the
group counts. On the running guest `vfio-claim image-record` finds it, as when a user runs
update-initramfs; the image gets this record, and the next boot knows.
"""

import re
from dataclasses import dataclass

import pytest
from lab import Image, storage, topology

RECORD = "/usr/lib/vfio-claim/image-record"
IMAGE = Image("bookworm", conf=topology.Topology().conf())
OPENS = storage.image(topology.Topology().conf())  # LUKS, LVM and md
WRITE_RECORD = 'vfio-claim image-record "$(uname -r)" >/lab/out/image-record\n'


@dataclass(frozen=True)
class Case:
    """A machine that boots from a disk in the card's group."""

    machine: topology.Topology
    root: storage.RootDisks
    disk: str  # the function of that disk
    needs: frozenset[str]  # all functions that the root file system is on
    mounted: str  # the kernel's name of its place, which proves the test's setup
    arguments: tuple[str, ...] = ()
    image: Image = IMAGE


def cases():
    """The cases by name; made at first use, like the disks."""
    return {
        "nvme": lambda: Case(
            topology.two_ports_without_acs(),
            storage.partition("nvme,bus=other"),
            "0000:02:00.0",
            frozenset({"0000:02:00.0"}),
            "/dev/nvme0n1p1",
        ),
        "ahci": lambda: Case(
            topology.conventional_bridge("ahci,id=sata,bus=bridge,addr=02.0"),
            storage.labelled_partition("ide-hd,bus=sata.0"),
            "0000:02:02.0",
            frozenset({"0000:02:02.0"}),
            "/dev/sda1",
        ),
        "luks-on-lvm": lambda: Case(
            topology.one_slot(),
            storage.luks_on_lvm("nvme,bus=port0,addr=00.3,multifunction=on"),
            "0000:01:00.3",
            frozenset({"0000:01:00.3"}),
            "/dev/mapper/opened",
            ("lab.luks",),
            OPENS,
        ),
        "raid1": lambda: Case(
            topology.switch_below_a_port_without_acs(),
            storage.raid1("nvme,bus=down1", "virtio-blk-pci,addr=03.0"),
            "0000:04:00.0",
            frozenset({"0000:04:00.0", "0000:00:03.0"}),
            "/dev/md",
            image=OPENS,
        ),
    }


def needed(record):
    """The functions of the record's root file system."""
    return set(re.findall(r"^need (\S+) .* root file system$", record, re.MULTILINE))


def held(result, disk):
    """The finding that the boot disk is in the group, and the report's entry of the disk."""
    report = result.report
    assert report["result"] == "refused"
    (text,) = (
        f["text"]
        for f in report["findings"]
        if f["code"] == "GROUP_HOLDS_BOOT_DISK" and f" {disk}," in f["text"]
    )
    members = [m for g in report["gpus"][0]["groups"] for m in g["members"] if m["address"] == disk]
    return text, members[0]["used_for"]


@pytest.mark.extended
@pytest.mark.parametrize("name", cases())
def test_boot_disk_in_the_group(boot, name):
    case = cases()[name]()
    options = {"conf": case.machine.conf(), "root": case.root, "arguments": case.arguments}

    first = boot(case.machine, case.image, run=WRITE_RECORD, **options)
    assert re.search(rf"^{case.mounted}\S* / ext4 ", first.text("mounts"), re.MULTILINE)
    text, used_for = held(first, case.disk)
    assert used_for is None and "used for" not in text
    record = first.text("image-record")
    assert needed(record) == case.needs
    assert "needs known" in record.splitlines()

    second = boot(case.machine, case.image, overlay_files={RECORD: record.encode()}, **options)
    text, used_for = held(second, case.disk)
    assert used_for == "root file system"
    assert "used for: root file system" in text
    for result in (first, second):
        assert "vfio-pci" not in result.drivers(case.machine.address())
        assert result.functions[case.disk].driver in ("nvme", "ahci")


@pytest.mark.extended
def test_device_line_may_name_a_spare_disk_but_not_the_boot_disk(boot):
    machine = topology.two_ports_without_acs(
        "pcie-root-port,id=third,chassis=3,addr=09.0",
        "nvme,drive=spare,serial=spare,bus=third",
        options=("-blockdev", "driver=null-co,node-name=spare,size=67108864"),
    )
    boot_disk, spare = "0000:02:00.0", "0000:03:00.0"
    lines = [f"device = {address} id=1b36:0010" for address in (boot_disk, spare)]
    conf = machine.conf(*lines, "on-failure = hold")
    options = {"conf": conf, "root": storage.partition("nvme,bus=other")}

    def verdicts(result):
        return {gpu["address"]: gpu["result"] for gpu in result.report["gpus"]}

    def boot_disks(result):
        return {f["subject"] for f in result.report["findings"] if f["code"] == "BOOT_DISK"}

    def not_held(result):
        return {f["subject"] for f in result.report["findings"] if f["code"] == "NOT_HELD"}

    unknown = boot(machine, IMAGE, run=WRITE_RECORD, **options)
    assert set(verdicts(unknown).values()) == {"refused"}
    assert boot_disks(unknown) == {boot_disk, spare}
    assert not_held(unknown) == {boot_disk, spare}
    assert unknown.functions[spare].driver == "nvme"

    record = unknown.text("image-record")
    known = boot(machine, IMAGE, overlay_files={RECORD: record.encode()}, **options)
    assert verdicts(known) == {machine.address(): "refused", boot_disk: "refused", spare: "claimed"}
    assert boot_disks(known) == not_held(known) == {boot_disk}
    assert known.functions[boot_disk].driver == "nvme"
    assert known.functions[spare].driver == "vfio-pci"
