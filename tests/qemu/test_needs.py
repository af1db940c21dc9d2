# SPDX-License-Identifier: GPL-2.0-or-later
"""What the host needs that is no disk of its own: the network of its root, and the keyboard in use."""

import json

from lab import Image, Machine, rtx_3080, storage, topology

RECORD = "/usr/lib/vfio-claim/image-record"
WRITE_RECORD = 'vfio-claim image-record "$(uname -r)" >/lab/out/image-record\n'
NIC = "0000:01:00.0"


def findings(report, code):
    return {one["subject"]: one["text"] for one in report["findings"] if one["code"] == code}


def test_root_by_nbd_keeps_its_network(boot):
    machine = topology.Topology(
        slots=(), extra_devices=("e1000e,netdev=net,bus=port0",), options=storage.NBD_NETWORK
    )
    image = Image("bookworm", conf=f"device = {NIC} id=8086:10d3\n", packages=("nbd-client",))
    with storage.by_nbd("bookworm") as (root, arguments):
        options = {"root": root, "run": WRITE_RECORD}
        first = boot(machine, image, arguments=(*arguments, "vfio_claim.mode=off"), **options)
        record = first.text("image-record")
        assert f"need {NIC} 8086:10d3 0000:00:08.0/00.0 root file system" in record.splitlines()
        assert "needs known" in record.splitlines()

        overlay = {RECORD: record.encode()}
        second = boot(machine, image, arguments=arguments, overlay_files=overlay, **options)
    assert second.report["result"] == "refused"
    assert "root file system" in findings(second.report, "BOOT_DISK")[NIC]
    assert "/dev/nbd0 / ext4" in second.text("mounts")
    assert second.functions[NIC].driver == "e1000e"


def test_keyboard_on_the_card_is_named(boot):
    machine = Machine(slots=(rtx_3080(),), extra_devices=("usb-kbd",))
    xhci = machine.address(0, 2)
    image = Image("bookworm", conf=f"gpu = {machine.address(0)} id=10de:2206\n")
    run = WRITE_RECORD + "vfio-claim check --json >/lab/out/check\n"
    result = boot(machine, image, arguments=("vfio_claim.mode=off",), run=run)
    text = findings(json.loads(result.text("check")), "USB_IN_USE")[xhci]
    assert "keyboard 'QEMU USB Keyboard'" in text
    (line,) = (line for line in result.text("image-record").splitlines() if line.startswith("use "))
    assert line == f"use {xhci} 10de:1ad8 {machine.path(0, 2)} keyboard 'QEMU USB Keyboard'"
