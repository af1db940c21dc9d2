# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m lab prepare [all] | demo | costs

demo boots one machine and shows the boot log; LAB_SUITE chooses the Debian (bookworm or
trixie). It fails unless the card was claimed. costs prints what each test cost in the last runs.
"""

from __future__ import annotations

import os
import sys

from . import BootFailed, Image, Machine, boot, costs, rtx_3080
from .cache import say
from .chroot import CommandFailed
from .expect import probed_by_nouveau
from .prepare import prepare, prepare_all
from .roots import DEBIAN, SUITES


def demo(suite: str) -> int:
    prepare([suite], ["initramfs-tools"])
    machine = Machine(iommu="intel", slots=(rtx_3080(),))
    address = machine.address(0)
    conf = f"gpu = {address} id=10de:2206 subsystem=1458:403b path={machine.path(0)}\n"
    image = Image(suite, conf=conf)
    image.built()
    say(f"{suite}: booting {DEBIAN[suite]} with an RTX 3080 and the real nouveau (about 25 s)")
    result = boot(machine, image)

    print(f"\n# /etc/vfio-claim.conf, as it is in the boot image\n{conf}")
    print("# what the kernel's log has of vfio-claim")
    print("\n".join(line.partition(">")[2] for line in result.kmsg))
    print(f"\n# vfio-claim log\n{result.command('log').output}")
    print(f"# drivers after the boot\n{address} and its functions: {result.drivers(address)}")

    is_claimed = result.report["result"] == "claimed" and result.drivers(address) == ["vfio-pci"] * 3
    if not is_claimed or probed_by_nouveau(result, address):
        print(f"\nNot claimed.\n{result.summary()}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    suite = os.environ.get("LAB_SUITE", "bookworm")
    if suite not in SUITES:
        print(f"LAB_SUITE: one of {', '.join(SUITES)}", file=sys.stderr)
        return 2
    if sys.argv[1:] == ["costs"]:
        print(costs.table(costs.read()))
        return 0
    if os.geteuid() != 0:
        print("The lab makes root file systems: run it as root.", file=sys.stderr)
        return 2
    try:
        match sys.argv[1:]:
            case ["prepare"]:
                prepare()
                return 0
            case ["prepare", "all"]:
                prepare_all()
                return 0
            case ["demo"]:
                return demo(suite)
    except (BootFailed, CommandFailed) as failed:
        print(f"lab: {failed}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
