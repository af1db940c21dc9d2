# SPDX-License-Identifier: GPL-2.0-or-later
"""One cell of the matrix suite x image builder: the claim, and the twin without it."""

from __future__ import annotations

from collections.abc import Callable

from . import expect
from .image import Image
from .machine import Machine, rtx_3080
from .result import Result

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
OFF = "vfio_claim.mode=off"

# Seconds for a boot: unstable is slow under emulation on a busy host.
TIMEOUT = 300

# A line in the journal of a boot image with systemd.
SHOW_JOURNAL = (
    "for dir in /run/log/journal/*; do\n"
    '	[ ! -d "$dir" ] || journalctl -D "$dir" -o short-monotonic >/lab/out/journal\n'
    "done\n"
)


def claim(boot: Callable[..., Result], suite: str, builder: str) -> Result:
    """The card is claimed before any driver is bound, and the report reaches the real root."""
    result = boot(MACHINE, Image(suite, conf=CONF, builder=builder), run=SHOW_JOURNAL, timeout=TIMEOUT)
    expect.claimed(result, CARD)
    assert "nouveau" in result.report["gpus"][0]["functions"][0]["rivals"]
    assert result.report["image_built_at"]
    assert "nouveau" in result.modules, "nouveau must have been loaded, to no avail"
    told = result.dmesg.index(result.kmsg[-1])
    assert told < _first(result, "virtio_blk virtio"), "before udev loads anything"
    if builder == "dracut":
        came_before_udev(result)
    return result


def without(boot: Callable[..., Result], suite: str, builder: str) -> Result:
    """The same boot with the agent off: the host's drivers bind the card."""
    result = boot(MACHINE, Image(suite, conf=CONF, builder=builder), arguments=[OFF], timeout=TIMEOUT)
    expect.host_has_3080(result, CARD)
    assert result.report["result"] == "off"
    return result


def came_before_udev(result: Result) -> None:
    """By systemd's own journal, the unit had ended before the units that load drivers started."""
    journal = result.text("journal").splitlines()
    done = _line(journal, "Finished vfio-claim-early.service")
    assert done < _line(journal, "Starting systemd-udevd.service")
    assert done < _line(journal, "Starting systemd-udev-trigger.service")
    assert done < _line(journal, "Starting dracut-cmdline.service")


def _line(lines: list[str], text: str) -> int:
    return next(number for number, line in enumerate(lines) if text in line)


def _first(result: Result, pattern: str) -> int:
    return result.dmesg.index(result.lines(pattern)[0])
