# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways in which a dracut image loads a GPU's driver before udev's coldplug, or besides it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import expect
from .boot import RootDisks
from .cells import CARD, CONF, MACHINE, OFF, SHOW_JOURNAL, TIMEOUT, came_before_udev
from .image import Image
from .result import Result

IN_EMERGENCY = "lab: in emergency"
HELD = "lab: held by vfio-pci"
PROBED = re.compile(rf"nouveau {CARD}: ")


@dataclass(frozen=True)
class Trap:
    """dracut's configuration, words of the kernel command line, and Debian packages.

    is_early: it loads nouveau before udev runs.
    """

    dracut: str = 'add_drivers+=" nouveau "\n'
    arguments: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    is_early: bool = True


PRE = Trap(arguments=("rd.driver.pre=nouveau",))
MODULES_LOAD = Trap(arguments=("modules-load=nouveau",))
FORCED = Trap(dracut='force_drivers+=" nouveau "\n')
PLYMOUTH = Trap(
    dracut='add_dracutmodules+=" plymouth "\n',
    arguments=("splash", "plymouth.ignore-serial-consoles"),
    packages=("plymouth",),
    is_early=False,
)
ALL = Trap(FORCED.dracut, (*PRE.arguments, *MODULES_LOAD.arguments))


def _image(suite: str, builder: str, trap: Trap) -> Image:
    files = {"/etc/dracut.conf.d/trap.conf": trap.dracut}
    return Image(suite, conf=CONF, files=files, packages=trap.packages, builder=builder)


def claim(boot: Callable[..., Result], suite: str, builder: str, trap: Trap) -> None:
    """The card is claimed anyway."""
    image = _image(suite, builder, trap)
    result = boot(MACHINE, image, arguments=trap.arguments, run=SHOW_JOURNAL, timeout=TIMEOUT)
    expect.claimed(result, CARD)
    assert "nouveau" in result.modules, "nouveau must have been loaded, to no avail"
    if builder == "dracut":
        came_before_udev(result)


def without(boot: Callable[..., Result], suite: str, builder: str, trap: Trap) -> None:
    """Without the claim the trap works: nouveau probes in the image, before udev if the trap is early.

    The real root cannot load nouveau: any probe came from the image.
    """
    result = boot(
        MACHINE,
        _image(suite, builder, trap),
        arguments=[*trap.arguments, OFF],
        root_files={"/etc/modprobe.d/lab.conf": b"blacklist nouveau\n"},
        timeout=TIMEOUT,
    )
    expect.host_has_3080(result, CARD)
    if trap.is_early:
        probe = result.dmesg.index(result.lines(rf"nouveau {CARD}: ")[0])
        assert probe < result.dmesg.index(result.lines("virtio_blk virtio")[0])


# Emergency: the root never appears. The agent is slow, so that the boot fails before the agent is done;
# and the machine waits for udev's remaining work, like a person at the shell.

_MODULE = """#!/bin/bash
check() { return 0; }
install() {
	inst_multiple sleep udevadm
	inst_simple "$moddir/slow.conf" /etc/systemd/system/vfio-claim-early.service.d/slow.conf
	inst_hook shutdown-emergency 50 "$moddir/lab-wait.sh"
}
"""
_SLOW = "[Service]\nExecStartPre=/usr/bin/sleep 25\n"
_WAIT = f"""# sourced
echo "{IN_EMERGENCY}" >/dev/kmsg
left=150
while [ ! -d /sys/module/nouveau ] && [ $left -gt 0 ]; do
	sleep 1
	left=$((left - 1))
done
udevadm settle
[ ! -e /sys/bus/pci/drivers/vfio-pci/{CARD} ] || echo "{HELD}" >/dev/kmsg
echo "lab: the end" >/dev/kmsg
"""
_FOLDER = "/usr/lib/dracut/modules.d/99lab-emergency"


def emergency(boot: Callable[..., Result], suite: str, *arguments: str) -> str:
    """The console of a boot that ends in emergency.target before the agent is done."""
    files = {
        "/etc/dracut.conf.d/trap.conf": 'add_drivers+=" nouveau "\n',
        f"{_FOLDER}/module-setup.sh": _MODULE,
        f"{_FOLDER}/slow.conf": _SLOW,
        f"{_FOLDER}/lab-wait.sh": _WAIT,
    }
    result = boot(
        MACHINE,
        Image(suite, conf=CONF, files=files, builder="dracut"),
        arguments=["rd.shell=0", "rd.emergency=reboot", "rd.timeout=3", *arguments],
        root=RootDisks("LABEL=lab-is-not-there", ()),
        collect=False,
        timeout=TIMEOUT,
    )
    assert "lab: the end" in result.serial
    return result.serial
