# SPDX-License-Identifier: GPL-2.0-or-later
"""Needs of the host other than its own disks: the network of its root, and the keyboard in use."""

import re

import pytest
from lab import Image, Machine, cells, rtx_3080, storage, topology

RECORD = "/usr/lib/vfio-claim/image-record"
WRITE_RECORD = 'vfio-claim image-record "$(uname -r)" >/lab/out/image-record\n'
NIC = "0000:01:00.0"


def findings(report, code):
    return {one["subject"]: one["text"] for one in report["findings"] if one["code"] == code}


@pytest.mark.extended
def test_root_by_nbd_keeps_its_network(boot):
    """By the record, which the running system would write again."""
    machine = topology.Topology(
        slots=(), extra_devices=("e1000e,netdev=net,bus=port0",), options=storage.NBD_NETWORK
    )
    image = Image("bookworm", conf=f"device = {NIC} id=8086:10d3\n", packages=("nbd-client",))
    with storage.by_nbd("bookworm") as (root, arguments):
        lines = [
            "root /dev/nbd0",
            f"parameters {' '.join(arguments)}",
            f"need {NIC} 8086:10d3 0000:00:08.0/00.0 root file system",
            "needs known",
        ]
        record = {RECORD: "".join(f"{line}\n" for line in lines).encode()}
        result = boot(machine, image, root=root, arguments=arguments, overlay_files=record, run=WRITE_RECORD)
    assert result.report["result"] == "refused"
    assert findings(result.report, "BOOT_DISK") == {
        NIC: "the host needs this function to boot: root file system"
    }
    assert "/dev/nbd0 / ext4" in result.text("mounts")
    assert result.functions[NIC].driver == "e1000e"
    found = re.sub(r" serial=\S+", "", result.text("image-record"))
    assert set(lines) <= set(found.splitlines())


def test_keyboard_on_the_card_is_named(boot):
    machine = Machine(slots=(rtx_3080(),), extra_devices=("usb-kbd",))
    xhci = machine.address(0, 2)
    image = Image("bookworm", conf=cells.CONF)
    run = WRITE_RECORD + "vfio-claim check --json >/lab/out/check\n"
    result = boot(machine, image, arguments=("vfio_claim.mode=off",), run=run)
    text = findings(result.document("check", "check"), "USB_IN_USE")[xhci]
    assert "keyboard 'QEMU USB Keyboard'" in text
    (line,) = (line for line in result.text("image-record").splitlines() if line.startswith("use "))
    assert line == f"use {xhci} 10de:1ad8 {machine.path(0, 2)} keyboard 'QEMU USB Keyboard'"
