# SPDX-License-Identifier: GPL-2.0-or-later
"""A card that comes late, or that is made again by a rescan: who is first?

The host's card is in slot 0, so that nouveau, snd_hda_intel and xhci_hcd are at work; the card in slot 1 has
the same ids and another subsystem. docs/late-cards.md says why the kernel decides as it does here.
"""

import json
from dataclasses import dataclass, field

import pytest
from lab import Image, Machine, cells, expect, late, rtx_3080
from lab.late import Act, Slot
from lab.machine import PLUGGABLE
from lab.roots import SUITES

HOST = expect.HOST_DRIVERS_3080
OURS = ["vfio-pci"] * 3
NOT_THERE = []

CARDS = (rtx_3080(display=PLUGGABLE), rtx_3080("1462:3202", PLUGGABLE))
MACHINE = Machine(slots=CARDS, hot_plug="acpi", empty=(1,))
HOSTS, CARD = Slot(MACHINE, 0), Slot(MACHINE, 1)
CONF = f"gpu = {MACHINE.address(1)} id=10de:2206 subsystem=1462:3202 path={MACHINE.path(1)}\n"
OFF = "vfio_claim.mode=off"


# Acts, and who has the card after each.
Story = tuple[tuple[Act, list], ...]


@dataclass(frozen=True)
class Case:
    """A boot and the story of the card in it."""

    story: Story
    suite: str = "bookworm"
    hot_plug: str = "acpi"
    is_there: bool = False  # from the start
    options: dict = field(default_factory=dict)  # of boot()
    files: dict = field(default_factory=dict)  # of the image


COMES_AND_GOES = (CARD.plug(), CARD.rescan(), CARD.unplug(), CARD.plug("replug"))
WITHOUT = {"arguments": [OFF]}

LOG = "vfio-claim log --json >/lab/out/late-log.json"

# The same without us: the host's drivers have the card.
CASES = {
    "off-acpi": Case(tuple(zip(COMES_AND_GOES, (HOST, HOST, NOT_THERE, HOST))), options=WITHOUT),
    "off-native": Case(
        tuple(zip(COMES_AND_GOES, (HOST, HOST, NOT_THERE, HOST))),
        suite="trixie",
        hot_plug="native",
        options=WITHOUT,
    ),
    # Claimed at boot: the override goes with the function, and vfio-pci is asked first again.
    "claimed-at-boot": Case(
        (
            (Act("boot", ":"), OURS),
            (CARD.rescan(), OURS),
            (CARD.unplug(), NOT_THERE),
            (CARD.plug("replug"), OURS),
            (Act("log", LOG), OURS),
        ),
        is_there=True,
        options={"systemd": True},
    ),
    # A line that is awaited; the host's card has another id there, so the card's may be asked for.
    "awaited": Case(
        (
            (CARD.plug(), OURS),
            (CARD.unplug(), NOT_THERE),
            (CARD.plug("replug"), OURS),
            (Act("log", LOG), OURS),
        ),
        options={"systemd": True},
    ),
}


@pytest.fixture
def late_boot(boot):
    """Boots a case; compares who has the card after each act, and that the host keeps its own."""

    def run(case):
        machine = Machine(slots=CARDS, hot_plug=case.hot_plug, empty=() if case.is_there else (1,))
        acts = [act for act, _ in case.story]
        result = boot(
            machine,
            Image(case.suite, conf=cells.CONF, files=case.files),
            conf=CONF,
            run=late.script(acts),
            timeout=400,
            **case.options,
        )
        found = {act.name: late.drivers(result, CARD, act.name) for act in acts}
        assert found == {act.name: drivers for act, drivers in case.story}
        hosts = {act.name: late.drivers(result, HOSTS, act.name) for act in acts}
        assert hosts == {act.name: HOST for act in acts}
        return result

    return run


NOUVEAU_FIRST = b'''#!/bin/sh
[ "$1" = prereqs ] && exit 0
%s
exec /usr/lib/vfio-claim/agent
'''
ASKED_FIRST = {"": "vfio-pci is asked for it first", "modprobe nouveau": "the host's driver nouveau is asked before vfio-pci"}
# The card's other functions are not awaited: the host's drivers have them until `arrive` is done.
ARRIVED = "".join(
    f"left=60\nuntil readlink /sys/bus/pci/devices/{address}/driver | grep -q vfio-pci || [ $left = 0 ]; do\n"
    "sleep 1\nleft=$((left - 1))\ndone\n"
    for address in CARD.addresses()
)
BEHIND = (
    (Act("report", "cp /run/vfio-claim/report.json /lab/out/late-report.json"), NOT_THERE),
    (Act("plug", f"{CARD.plug().script}\n{ARRIVED}"), OURS),
    (Act("log", LOG), OURS),
)


@pytest.mark.extended
@pytest.mark.parametrize("loads", ASKED_FIRST)
def test_a_driver_that_the_image_loads_before_the_agent(late_boot, loads):
    """The report of an awaited card says who will be asked first, and it is.

    nouveau's probe fails in the lab, so function 0 comes to vfio-pci in the end.
    """
    script = {"/scripts/init-top/00-vfio-claim": NOUVEAU_FIRST % loads.encode()}
    has_nouveau = {"/etc/initramfs-tools/modules": "nouveau\n"}  # loaded after the agent in any case
    result = late_boot(Case(BEHIND, options={"systemd": True, "overlay_files": script}, files=has_nouveau))
    findings = json.loads(result.text("late-report.json"))["findings"]
    (awaited,) = (one["text"] for one in findings if one["code"] == "GPU_AWAITED")
    assert ASKED_FIRST[loads] in awaited
    assert ("plug" in probes(result, BEHIND)) == bool(loads)


def probes(result, story):
    """The acts in which nouveau was asked for the card."""
    return {act.name for act, _ in story if late.probed_by_nouveau(result, CARD, act.name)}


# test_arrivals.py has cards that are claimed at boot.
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.extended] * (name != "awaited")) for name in CASES]
)
def test_who_has_the_card_after_each_act(late_boot, name):
    story = CASES[name].story
    result = late_boot(CASES[name])
    assert probes(result, story) == {act.name for act, drivers in story if drivers == HOST}
    if any(act.name == "log" for act, _ in story):
        events = json.loads(result.text("late-log.json"))["events"]
        came = sum(drivers == OURS for act, drivers in story if act.name not in ("boot", "log"))
        assert [(one["kind"], one["cause"]) for one in events] == [("claimed", "arrival")] * came


def _ids(file):
    lines = (
        f"{function.id} {function.subsystem} {function.class_code} ffffff".replace(":", " ")
        for function in CARDS[1].functions
    )
    return "".join(f"echo {line} >/sys/bus/pci/drivers/vfio-pci/{file}\n" for line in lines)


OVERRIDE = "".join(
    f"echo vfio-pci >/sys/bus/pci/devices/{address}/driver_override\n" for address in CARD.addresses()
)
VFIO_PCI_FIRST = b'#!/bin/sh\n[ "$1" = prereqs ] || modprobe vfio-pci\n'
# After the reload vfio-pci is the last in the list. nouveau's probe fails in the lab, so function 0 comes
# to vfio-pci in the end.
LAST = ["vfio-pci", "snd_hda_intel", "xhci_hcd"]

ORDER = (
    (Act("new-ids", _ids("new_id")), NOT_THERE),
    (CARD.plug(), OURS),
    (Act("override", OVERRIDE), OURS),
    (CARD.rescan(), OURS),
    (CARD.unplug(), NOT_THERE),
    (CARD.plug("replug"), OURS),
    (Act("no-ids", _ids("remove_id")), OURS),
    (CARD.rescan("rescan-without-ids"), HOST),
    (Act("reload", f"rmmod vfio-pci\nmodprobe vfio-pci\n{_ids('new_id')}"), LAST),
    (CARD.rescan("rescan-as-last"), LAST),
)


@pytest.mark.extended  # of the kernel alone: nothing of ours runs
@pytest.mark.parametrize("suite", SUITES)
def test_the_driver_that_registered_first_is_asked_first(late_boot, suite):
    """vfio-pci is loaded before udev, as by us, and has exact ids; then without ids; then as the last.

    The host's card has another subsystem: the ids do not mean it.
    """
    first = {"overlay_files": {"/scripts/init-top/00-vfio-claim": VFIO_PCI_FIRST}}
    result = late_boot(Case(ORDER, suite, options=WITHOUT | first))
    assert probes(result, ORDER) == {"rescan-without-ids", "rescan-as-last"}
    assert late.overrides(result, CARD, "override") == OURS
    assert late.overrides(result, CARD, "rescan") == [None] * 3, "an override goes with the function"


PIECES = (
    (CARD.plug_part("functions-1-and-2", 1, 2), NOT_THERE),
    (CARD.plug_part("function-0", 0), HOST),
    (CARD.remove("lose-function-0", 0), HOST[1:]),
    (CARD.look("function-0-again"), HOST),
    (CARD.rescan("hide-function-1", hide=[1]), [HOST[0], HOST[2]]),
    (CARD.look("function-1-late"), HOST),
    (CARD.unplug(), NOT_THERE),
)


@pytest.mark.extended
def test_a_card_in_pieces(late_boot):
    """Functions that come one after the other: the kernel finds none before function 0."""
    late_boot(Case(PIECES, options=WITHOUT))
