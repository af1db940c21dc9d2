# SPDX-License-Identifier: GPL-2.0-or-later
"""`owner =`: the rule of udev that setup writes, and what is wrong with a line. Below --sysroot nothing is
written: the rule that setup would write is the one with which it finds nothing to do."""

import subprocess

import pytest

from image import add_images
from machine import Machine
from screens import command
from test_machines import HERE

CARD = "gpu = 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.0/00.0\n"
RULE = "etc/udev/rules.d/72-vfio-claim-owner.rules"
PEOPLE = ["etc/passwd = root:x:0:0::/root:/bin/sh\\nalice:x:1000:1000::/home/alice:/bin/sh",
          "etc/group = root:x:0:\\nkvm:x:104:"]
IDS = {0: "2206", 1: "1aef", 2: "1ad6"}
TEXT = ("# Written by 'vfio-claim setup' from the owner lines of /etc/vfio-claim.conf; "
        "'vfio-claim remove' deletes it.\n" + "".join(
            f'SUBSYSTEM=="vfio", TEST=="/sys/kernel/iommu_groups/%k/devices/0000:01:00.{n}", '
            f'ATTR{{[pci/0000:01:00.{n}]vendor}}=="0x10de", ATTR{{[pci/0000:01:00.{n}]device}}=="0x{device}", '
            'OWNER="alice", GROUP="kvm", MODE="0660"\n'
            f'SUBSYSTEM=="vfio-dev", KERNELS=="0000:01:00.{n}", ATTRS{{vendor}}=="0x10de", '
            f'ATTRS{{device}}=="0x{device}", OWNER="alice", GROUP="kvm", MODE="0660"\n'
            for n, device in IDS.items()))


def system(root, conf, rule=None):
    machine = Machine(HERE / "intel-rtx3080.tree")
    add_images(machine, conf, conf)
    machine.change((), PEOPLE)
    machine.entries["etc/vfio-claim.conf"] = ("file", conf.encode())
    if rule is not None:
        machine.entries[RULE] = ("file", rule.encode())
    machine.write(root)
    return root


def run(root, *words):
    return subprocess.run(command(root, *words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


@pytest.mark.parametrize("line", ["owner = alice:kvm\n", "owner = 01:00.1 alice:kvm\n",
                                  "owner = root:root\nowner = id=10de:2206 alice:kvm  # the VM's\n"])
def test_the_rule_is_the_one_that_stands(line, tmp_path):
    rule = TEXT if line.count("=") < 3 else None
    done = run(system(tmp_path / "root", CARD + line, rule), "setup", "--from-config", "--yes")
    assert done.returncode == 0, done
    assert ("nothing to do" in done.stdout) == (rule is not None)
    assert (f"write /{RULE}" in done.stdout) == (rule is None)


def test_a_rule_of_another_owner_is_written_anew(tmp_path):
    root = system(tmp_path / "root", CARD + "owner = root:kvm\n", TEXT)
    assert f"write /{RULE}" in run(root, "setup", "--from-config", "--yes").stdout
    assert f"write /{RULE}" in run(root, "setup", "--rebuild").stdout


def test_a_rule_that_is_no_longer_configured_goes(tmp_path):
    done = run(system(tmp_path / "root", CARD, TEXT), "setup", "--from-config", "--yes")
    assert f"remove /{RULE}" in done.stdout


def test_without_an_owner_nothing_is_said(tmp_path):
    assert "udev" not in run(system(tmp_path / "root", CARD), "setup", "--rebuild").stdout


def test_remove_takes_it_away(tmp_path):
    assert f"remove /{RULE}" in run(system(tmp_path / "root", CARD, TEXT), "remove").stdout


@pytest.mark.parametrize("line, why", [
    ("owner = bob:kvm", "there is no user 'bob', in 'owner = bob:kvm'"),
    ("owner = alice:libvirt", "there is no group 'libvirt', in 'owner = alice:libvirt'"),
    ("owner = alice", "no user and group in 'owner = alice'"),
    ("owner = :kvm", "no user and group in 'owner = :kvm'"),
    ("owner = alice:", "no user and group in 'owner = alice:'"),
    ('owner = alice:kvm",RUN+="x', "no user and group in"),
    ("owner = alice:kvm:x", "no user and group in"),
])
@pytest.mark.parametrize("verb", ["--from-config", "--rebuild"])
def test_what_is_wrong_is_named_with_its_line(line, why, verb, tmp_path):
    done = run(system(tmp_path / "root", f"{CARD}{line}\n"), "setup", verb, "--yes")
    assert done.returncode == 2, done
    assert f"/etc/vfio-claim.conf:2: {why}" in " ".join(done.stderr.split())
