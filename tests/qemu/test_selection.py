# SPDX-License-Identifier: GPL-2.0-or-later
"""Only the card that is meant: it may have moved, or another may be in its place."""

import pytest
from lab import Image, Machine, expect, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
IMAGE = Image("bookworm", conf=f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n")


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(f"path={MACHINE.path(0)}", id="path"),
        pytest.param("id=10de:2206 subsystem=1458:403b", id="id", marks=pytest.mark.extended),
    ],
)
def test_a_card_that_moved_is_followed(boot, known):
    result = boot(MACHINE, IMAGE, conf=f"gpu = 0000:05:00.0 {known}\n")
    expect.claimed(result, CARD)
    assert "GPU_MOVED" in result.codes


def test_another_card_at_the_address_is_refused(boot):
    conf = f"gpu = {CARD} id=10de:1b80 subsystem=1458:3702 path={MACHINE.path(0)}\n"
    result = boot(MACHINE, IMAGE, conf=conf)
    assert result.report["result"] == "refused"
    assert "GPU_CHANGED" in result.codes
    expect.host_has_3080(result, CARD)
    assert result.command("status").exit_code == 1


def test_another_card_at_the_address_is_not_even_held(boot):
    conf = f"gpu = {CARD} id=10de:1b80\non-failure = hold\n"
    result = boot(MACHINE, IMAGE, conf=conf)
    assert "GPU_CHANGED" in result.codes
    expect.host_has_3080(result, CARD)
