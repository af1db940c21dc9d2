# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards that come while the machine runs: with a twin on the host, two at once, in pieces, and with a full /run.

The host's card is in slot 0. The one for VMs in slot 1 is of the very same ids and subsystem, so vfio-pci may not be
asked for it, and the host's drivers are first. The one in slot 2 has another subsystem, and vfio-pci is first.
nouveau gives these cards up, so lab_stuck plays the display's driver that keeps what it has. test_late.py has the same
without us.
"""

import json

from lab import Image, Machine, cells, late, rtx_3080
from lab.late import Act, Slot
from lab.machine import PLUGGABLE

CARDS = (
    rtx_3080(display=PLUGGABLE),
    rtx_3080(display=PLUGGABLE),
    rtx_3080("1462:3202", PLUGGABLE),
)
MACHINE = Machine(slots=CARDS, hot_plug="acpi", empty=(1,))
HOSTS, TWIN, CARD = (Slot(MACHINE, number) for number in range(3))
CONF = "".join(
    f"gpu = {MACHINE.address(slot)} id=10de:2206 subsystem={CARDS[slot].functions[0].subsystem} path={MACHINE.path(slot)}\n"
    for slot in (1, 2)
)
IMAGE = Image("bookworm", conf=cells.CONF)

HOST = ["lab_stuck", "snd_hda_intel", "xhci_hcd"]
OURS = ["vfio-pci"] * 3
NOT_THERE = []


UNBIND = "echo 'attached-driver = unbind' >>/etc/vfio-claim.conf\n"
FILL = "cat /dev/zero >/run/fill || :\ndf --output=avail /run >/lab/out/df\n"
EMPTY = "rm /run/fill\n"


def after(script, act):
    """The act, once the script has run."""
    return Act(act.name, script + act.script)


def both_at_once():
    """The kernel forgets both cards, and finds them in one look."""
    gone = (TWIN.remove("", 0, 1, 2), CARD.remove("", 0, 1, 2))
    return Act("both-at-once", "".join(act.script for act in gone) + late.LOOK)


# Each act, and who has the twin and the card afterwards.
STORY = (
    (Act("boot", "insmod /lab/lab_stuck.ko id=10de:2206 holds=0"), NOT_THERE, OURS),
    (TWIN.plug(), HOST, OURS),
    (Act("what-to-do", "vfio-claim claim 02:00.0"), OURS, OURS),
    (after(UNBIND, both_at_once()), OURS, OURS),
    (CARD.remove("lose-function-0", 0), OURS, OURS[1:]),
    (CARD.look("function-0-again"), OURS, OURS),
    (CARD.rescan("hide-function-1", hide=[1]), OURS, OURS[1:]),
    (CARD.look("function-1-late"), OURS, OURS),
    (after(FILL, CARD.rescan("full-rescan")), OURS, OURS),
    (Act("full-release", "! vfio-claim release 03:00.0"), OURS, HOST),
    (Act("full-claim", "vfio-claim claim 03:00.0"), OURS, OURS),
    (after(EMPTY, CARD.rescan("last")), OURS, OURS),
)
END = """
vfio-claim log --json >/lab/out/events.json
vfio-claim verify --claim >/lab/out/verify
echo $? >>/lab/out/verify
journalctl -b -o cat -u 'vfio-claim-arrival@*' >/lab/out/arrivals
"""

CAME = (CARD, "claimed", "arrival")
TOLD = [
    (TWIN, "refused", "arrival"),  # the host's drivers had it
    (TWIN, "claimed", "command"),
    # Both at once, in either order.
    (TWIN, "claimed", "arrival"),
    CAME,
    CAME,  # function 0
    CAME,  # functions 0 and 2
    CAME,  # function 1
    # What was done while /run was full is not in the report.
    CAME,
]
NO_SPACE = "this boot's report does not have the event: No space left on device"


def test_every_way_to_arrive(boot):
    script = late.script([act for act, _, _ in STORY]) + END
    files = {"/lab/lab_stuck.ko": IMAGE.compiled().modules["lab_stuck"]}
    result = boot(MACHINE, IMAGE, conf=CONF, systemd=True, root_files=files, run=script, timeout=560)
    for act, twin, card in STORY:
        assert (late.drivers(result, TWIN, act.name), late.drivers(result, CARD, act.name)) == (twin, card), act.name
        assert late.drivers(result, HOSTS, act.name) == HOST, "the host's card is untouched"

    events = json.loads(result.text("events.json"))["events"]
    told = [(one["address"], one["kind"], one["cause"]) for one in events]
    expected = [(slot.addresses()[0], kind, cause) for slot, kind, cause in TOLD]
    assert told[:2] == expected[:2] and sorted(told[2:4]) == sorted(expected[2:4]) and told[4:] == expected[4:]
    (lost, *_) = [one for one in events[0]["findings"] if one["code"] == "CLAIM_LOST"]
    assert "lab_stuck was asked before vfio-pci" in lost["text"] and "'vfio-claim claim'" in lost["remedy"]

    assert result.text("df").split()[-1] == "0", "/run is full"
    for name in "full-release", "full-claim":
        assert NO_SPACE in result.command(name).errors
        assert ("release it again" in result.command(name).errors) == (name == "full-release")
    assert NO_SPACE in result.text("arrivals")
    assert result.text("verify").splitlines()[-1] == "0", result.text("verify")
    assert not result.lines(r"BUG:|Oops|WARNING:")
