# SPDX-License-Identifier: GPL-2.0-or-later
"""Real boot loaders: a disk that boots by itself, set up as a user would, the default entry and the one
without the claim."""

import pytest
from lab import Firmware, Machine, expect, loaders, rtx_3080, rv100

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
RADEON = Machine(iommu="intel", slots=(rv100(),))
# radeon's text console on this emulated chip can hang the guest, and no test needs it.
RADEON_WORDS = ("drm_kms_helper.fbdev_emulation=0",)
CARD = MACHINE.address(0)
# What counts is what boots then.
SETUP = 'vfio-claim setup 01:00.0 >/lab-out/setup 2>&1 || echo "exit $?" >>/lab-out/setup\n'
WITH_ENTRY = SETUP.replace("01:00.0", "01:00.0 --menu-entry")
WORD = "vfio_claim.mode=off"
# As systemd would have done.
MOUNT = "mount /boot/efi\n/lab/step verify vfio-claim verify\n"


@pytest.fixture
def firmware(tmp_path):
    return Firmware(tmp_path)


def claims(guest, functions=3, run=MOUNT):
    """The default claims."""
    result = guest.boot(run=run)
    expect.claimed(result, CARD, functions)
    assert WORD not in result.cmdline
    return result


def leaves_it(guest, menu):
    """The entry that the keys choose leaves the card to the host."""
    result = guest.boot(menu=menu)
    expect.host_has_3080(result, CARD)
    assert result.report["result"] == "off" and WORD in result.cmdline


def test_grub_by_efi(loaded, firmware):
    disk = loaders.Disk(MACHINE, "rtx3080", "grub-efi", prepare=WITH_ENTRY)
    guest = loaded(disk, firmware=firmware)
    claims(guest)
    leaves_it(guest, loaders.GRUB_LAST)


def test_secure_boot(loaded, tmp_path):
    disk = loaders.Disk(RADEON, "rv100", "grub-efi", words=RADEON_WORDS, prepare=SETUP)
    lockdown = "mount -t securityfs securityfs /sys/kernel/security\ncp /sys/kernel/security/lockdown /lab/out/\n"
    result = claims(loaded(disk, firmware=Firmware(tmp_path, secure=True)), functions=1, run=lockdown)
    assert "[integrity]" in result.text("lockdown")


def test_systemd_boot(loaded, firmware):
    disk = loaders.Disk(MACHINE, "rtx3080", "systemd-boot", "trixie", prepare=WITH_ENTRY)
    guest = loaded(disk, firmware=firmware)
    claims(guest)
    leaves_it(guest, loaders.SYSTEMD_BOOT_SECOND)


def test_a_unified_image(loaded, firmware):
    disk = loaders.Disk(MACHINE, "rtx3080", "uki", "trixie", prepare=SETUP)
    claims(loaded(disk, firmware=firmware))


@pytest.mark.extended
def test_grub_by_the_bios(loaded):
    guest = loaded(loaders.Disk(MACHINE, "rtx3080", prepare=WITH_ENTRY))
    claims(guest, run=None)
    leaves_it(guest, loaders.GRUB_LAST)
