# SPDX-License-Identifier: GPL-2.0-or-later
"""Each way to load a GPU's driver early in a dracut image, by itself, with its twin; and an agent's
child that hangs in a driver."""

import pytest
from lab import Image, cells, expect, traps

# modules-load= is systemd's, and plymouth's drm module comes with udev.
TRAPS = [
    ("bookworm", "dracut", traps.PRE),
    ("trixie", "dracut", traps.MODULES_LOAD),
    ("sid", "dracut", traps.FORCED),
    ("trixie", "dracut", traps.PLYMOUTH),
    ("bookworm", "dracut-no-systemd", traps.FORCED),
    ("trixie", "dracut-no-systemd", traps.PRE),
    ("sid", "dracut-no-systemd", traps.PRE),
]


def name(value):
    """The ids of the parameters above."""
    if isinstance(value, traps.Trap):
        return next(key.lower() for key, trap in vars(traps).items() if trap is value)
    return str(value)


@pytest.mark.parametrize(("suite", "builder", "trap"), TRAPS, ids=name)
def test_claimed(boot, suite, builder, trap):
    traps.claim(boot, suite, builder, trap)


@pytest.mark.parametrize(("suite", "builder", "trap"), TRAPS, ids=name)
def test_without_the_claim(boot, suite, builder, trap):
    traps.without(boot, suite, builder, trap)


@pytest.mark.parametrize("suite", ["bookworm", "sid"])
def test_claimed_in_emergency(boot, suite):
    console = traps.emergency(boot, suite)
    assert console.index(traps.IN_EMERGENCY) < console.index("vfio-claim: claimed")
    assert traps.HELD in console
    assert not traps.PROBED.search(console)


@pytest.mark.parametrize("suite", ["bookworm", "sid"])
def test_without_the_claim_in_emergency(boot, suite):
    console = traps.emergency(boot, suite, cells.OFF)
    assert traps.PROBED.search(console)
    assert traps.HELD not in console


def test_the_unit_is_gone_in_the_real_root(boot):
    # Stopped at the switch of roots, with no ExecStop to give the card back; and no unit has failed.
    result = boot(cells.MACHINE, Image("trixie", conf=cells.CONF, builder="dracut"), systemd=True)
    expect.claimed(result, cells.CARD)
    assert result.text("multi-user").strip() == "active"
    assert not result.text("failed-units").strip()


@pytest.mark.parametrize("builder", ["dracut", "dracut-no-systemd"])
def test_a_child_that_hangs_in_a_driver_does_not_hold_up_the_boot(boot, builder):
    # The agent leaves the child behind after its timeout; systemd must not wait for it either.
    result = boot(
        cells.MACHINE,
        Image("trixie", conf=cells.CONF, builder=builder),
        conf=cells.CONF + "timeout = 4\n",
        modules=["lab_stuck id=10de:1aef"],
    )
    assert result.lines("lab_stuck: remove begins")
    assert result.report["result"] == "failed"
    told = result.kmsg[-1]
    later = result.lines("virtio_blk virtio")[0]
    assert _seconds(later) - _seconds(told) < 30


def _seconds(line):
    return float(line.partition("[")[2].partition("]")[0])
