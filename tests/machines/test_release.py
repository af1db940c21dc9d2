# SPDX-License-Identifier: GPL-2.0-or-later
"""The dry runs of `claim` and `release`: who is asked to let a card go."""

import pytest

from boots import CARD, bind, make_machine
from test_vf import command

PLACE = "devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/eth7"
USED = f"sys/class/net/eth7 -> ../../{PLACE}\nsys/{PLACE}/flags = 0x1003\n"


@pytest.mark.parametrize("drivers, verbs", [
    (("nouveau", "snd_hda_intel", "xhci_hcd"), {"claim": 1, "release": 0, "release --hold": 1}),
    (("nouveau", "vfio-pci", "vfio-pci"), {"claim": 1, "release": 1, "release --hold": 1}),
    (("vfio-pci",) * 3, {"claim": 0, "release": 1, "release --hold": 1}),
], ids=["host", "both", "vfio"])
def test_a_card_in_use(tmp_path, drivers, verbs):
    """A card that the host has already has nobody to ask when it is released."""
    root = tmp_path / "root"
    make_machine(root, CARD, more=USED)
    for number, driver in enumerate(drivers):
        bind(root, f"0000:01:00.{number}", driver)
    for verb, wanted in verbs.items():
        code, out = command(root, *verb.split(), "--dry-run")
        assert (code, "CARD_IN_USE" in out) == (wanted, bool(wanted)), (verb, out)
