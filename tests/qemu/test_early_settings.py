# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of cards by a real kernel: written before the bind, read back, and refused where the kernel does
so. QEMU 7.2 has no device with a resizable BAR, so that one is refused here; tests/unit/test-execute.c has
the others."""

import pytest
from lab import Card, Function, Image, Machine, expect, rtx_3080

# Unlike the functions of the other card, this one has power management and an FLR.
TESLA_T4 = Card((Function("virtio-rng-pci", "10de:1eb8", "030200", "10de:12a2"),))
MACHINE = Machine(iommu="intel", slots=(rtx_3080(), TESLA_T4))
CARD, OTHER = MACHINE.address(0), MACHINE.address(1)
CARDS = f"gpu = {CARD} id=10de:2206 path={MACHINE.path(0)}\ngpu = {OTHER} id=10de:1eb8\n"
SETTINGS = (f"d3cold = {OTHER} off\nreset-method = {OTHER} bus,flr\nrebar = {CARD} 16G\nidle-d3 = off\n"
            "disable-vga = on\nowner = daemon:disk\n")
IMAGE = Image("bookworm", conf=CARDS + SETTINGS)  # the image's record has vfio-pci's parameters

# What setup writes, for one function of each card.
RULE = "".join(
    f'SUBSYSTEM=="vfio", TEST=="/sys/kernel/iommu_groups/%k/devices/{address}", '
    f'ATTR{{[pci/{address}]vendor}}=="0x{vendor}", ATTR{{[pci/{address}]device}}=="0x{device}", '
    'OWNER="daemon", GROUP="disk", MODE="0660"\n'
    for address, vendor, device in ((CARD, "10de", "2206"), (OTHER, "10de", "ffff"))).encode()

SHOW = f"""
cd /sys/bus/pci/devices
for file in */d3cold_allowed */reset_method; do
	echo "$file = $(cat $file)"
done > /lab/out/files
grep . /sys/module/vfio_pci/parameters/* > /lab/out/parameters
for address in {CARD} {OTHER}; do
	group=$(basename $(readlink $address/iommu_group))
	echo "$address $(stat -c '%U:%G %a' /dev/vfio/$group)"
done > /lab/out/nodes
"""


def files(result):
    lines = (result.place / "files").read_text().splitlines()
    return dict(line.split(" = ") for line in lines if " = " in line)


@pytest.mark.extended
def test_written_before_the_bind_and_refused_where_the_kernel_does(boot):
    result = boot(MACHINE, IMAGE, run=SHOW,
                  root_files={"etc/udev/rules.d/72-vfio-claim-owner.rules": RULE})
    expect.claimed(result, CARD)
    expect.claimed(result, OTHER, functions=1)
    there = files(result)
    assert there[f"{OTHER}/d3cold_allowed"] == "0"
    assert there[f"{OTHER}/reset_method"] == "bus flr"
    parameters = (result.place / "parameters").read_text()
    assert "disable_idle_d3:Y" in parameters and "disable_vga:Y" in parameters
    refused = [one for one in result.report["findings"] if one["code"] == "SETTING_REFUSED"]
    assert [(one["severity"], one["subject"], one["text"]) for one in refused] == [
        ("warning", CARD, f"the kernel does not take 'rebar = {CARD} 16G': No such file or directory")]
    nodes = (result.place / "nodes").read_text().split("\n")
    assert nodes[0] == f"{CARD} daemon:disk 660"
    assert nodes[1] == f"{OTHER} root:root 600", "another card at this address is not given away"


@pytest.mark.extended
def test_without_the_settings_the_kernel_has_its_own(boot):
    result = boot(MACHINE, IMAGE, conf=CARDS, run=SHOW)
    expect.claimed(result, CARD)
    there = files(result)
    assert there[f"{OTHER}/d3cold_allowed"] == "1"
    assert there[f"{OTHER}/reset_method"] == "flr pm bus"
    nodes = (result.place / "nodes").read_text()
    assert f"{CARD} root:root 600" in nodes
    assert "SETTING_REFUSED" not in result.codes
