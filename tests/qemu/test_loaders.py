# SPDX-License-Identifier: GPL-2.0-or-later
"""Real boot loaders: a disk that boots by itself, set up as a user would, the default entry and the one
without the claim."""

import pytest
from lab import Machine, expect, loaders, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
SETUP = "vfio-claim setup 01:00.0 --menu-entry\n"
WORD = "vfio_claim.mode=off"


def both_entries(guest, last):
    """The default claims; the entry that the keys choose leaves the card to the host."""
    result = guest.boot()
    expect.claimed(result, CARD)
    assert WORD not in result.cmdline
    result = guest.boot(menu=last)
    expect.host_has_3080(result, CARD)
    assert result.report["result"] == "off" and WORD in result.cmdline


@pytest.mark.extended
def test_grub_by_the_bios(loaded):
    both_entries(loaded(loaders.Disk(MACHINE, "rtx3080", prepare=SETUP)), loaders.GRUB_LAST)
