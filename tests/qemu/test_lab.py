# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab itself: a guest that does not do its part must not pass for one that did."""

import subprocess

import lab
import pytest
from lab import Image, Machine, cpio, initrd, rtx_3080

END_NOW = b'#!/bin/sh\n[ "$1" = prereqs ] || echo b >/proc/sysrq-trigger\n'
WAIT_FOR_EVER = b'#!/bin/sh\n[ "$1" = prereqs ] || while :; do sleep 10; done\n'
SCRIPT = "/scripts/init-top/00-vfio-claim"
MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))


IMAGE = Image(
    "bookworm",
    conf=f"gpu = {MACHINE.address(0)} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n",
)


def test_a_guest_that_ends_early_is_a_failure(boot):
    with pytest.raises(lab.BootFailed, match="without results"):
        boot(MACHINE, IMAGE, overlay_files={SCRIPT: END_NOW})


def test_a_guest_that_hangs_is_a_failure_and_not_tried_again(boot):
    with pytest.raises(lab.BootFailed, match="no end within 30 s"):
        boot(MACHINE, IMAGE, overlay_files={SCRIPT: WAIT_FOR_EVER}, timeout=30)


EARLY = cpio.archive({"/early": b"x" * 700})
EARLY += b"\0" * (-len(EARLY) % initrd.ALIGNED)
MAIN = cpio.archive({"/init": b"#!/bin/sh\n", "/a/b": b"y" * 5000})


@pytest.mark.parametrize("early", [b"", EARLY])
@pytest.mark.parametrize("packer", ["zstd -qc", "gzip -c", "xz -c --check=crc32", "cat"])
def test_an_image_is_unpacked_by_the_host_or_left_as_it_is(packer, early):
    packed = subprocess.run(packer.split(), input=MAIN, capture_output=True, check=True).stdout
    assert initrd.unpacked(early + packed) == early + MAIN
    damaged = [packed[:-9], packed + b"more", b"?" + packed, packed[: len(packed) // 2] + packed]
    for rest in damaged if packer != "cat" else []:
        assert initrd.unpacked(early + rest) == early + rest
