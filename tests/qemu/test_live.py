# SPDX-License-Identifier: GPL-2.0-or-later
"""`claim` and `release` on the running system: between the host's real drivers and vfio-pci."""

import json

from lab import Image, Machine, cells, rtx_3080, rv100

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
IMAGE = Image("bookworm", conf=cells.CONF)
RADEON = Machine(iommu="intel", slots=(rv100(),))
RADEON_IMAGE = Image("bookworm", conf=f"gpu = {RADEON.address(0)} id=1002:5159\n")
# radeon's text console on this emulated chip can hang the guest.
RADEON_OFF = ["drm_kms_helper.fbdev_emulation=0", "vfio_claim.mode=off"]

ACTS = """
cd /lab/out
# act NAME COMMAND...: its output, its exit code, and the drivers afterwards
act() {
	name=$1
	shift
	"$@" >$name.txt 2>&1
	code=$?
	drivers=
	for place in /sys/bus/pci/devices/0000:01:00.*; do
		link=$(readlink $place/driver) || link=none
		drivers="$drivers ${link##*/}"
	done
	echo "$name $code$drivers" >>acts
}
"""

HOST = ["none", "snd_hda_intel", "xhci_hcd"]  # nouveau does not know the emulated chip
OURS = ["vfio-pci"] * 3


def acts(result):
    """(exit code, drivers) of each act."""
    lines = (line.split() for line in result.text("acts").splitlines())
    return {name: (int(code), drivers) for name, code, *drivers in lines}


def events(result):
    return [one["kind"] for one in json.loads(result.text("log.txt"))["events"]]


def test_a_card_that_is_not_configured(boot):
    script = ACTS + """
act dry vfio-claim claim --dry-run 01:00.0
act claim vfio-claim claim 01:00.0
act again vfio-claim claim 01:00.0
group=$(readlink /sys/bus/pci/devices/0000:01:00.0/iommu_group)
sleep 1000 3<>/dev/vfio/${group##*/} &
act busy vfio-claim release 01:00.0
kill $!
wait $!
act release vfio-claim release 01:00.0
act hold vfio-claim release --hold 01:00
act last vfio-claim claim --json 01:00.0
act log vfio-claim log --json
act none vfio-claim claim
"""
    result = boot(MACHINE, IMAGE, conf="# nothing yet\n", run=script)
    assert acts(result) == {
        "dry": (0, HOST),
        "claim": (0, OURS),
        "again": (0, OURS),
        "busy": (1, OURS),
        "release": (0, HOST),
        "hold": (0, ["none"] * 3),
        "last": (0, OURS),
        "log": (0, OURS),
        "none": (1, OURS),
    }
    assert "sleep (" in result.text("busy.txt") and "/dev/vfio/" in result.text("busy.txt")
    assert "xhci_hcd -> vfio-pci" in result.text("claim.txt")
    result.document("last.txt")
    # What changes nothing is no event, and what is refused is one.
    assert events(result) == ["claimed", "refused", "released", "held", "claimed"]


def test_a_card_that_its_driver_uses(boot):
    script = ACTS + """
act boot true
card=$(ls -d /sys/bus/pci/devices/0000:01:00.0/drm/card*)
sleep 1000 3<>/dev/dri/${card##*/} &
act busy vfio-claim claim
kill $!
wait $!
for i in 1 2 3 4 5 6 7 8 9 10; do
	act claim$i vfio-claim claim
	act release$i vfio-claim release
done
act log vfio-claim log --json
"""
    result = boot(RADEON, RADEON_IMAGE, arguments=RADEON_OFF, run=script)
    found = acts(result)
    assert found["boot"] == (0, ["radeon"]), "the host's driver is at work"
    assert found["busy"] == (1, ["radeon"])
    assert "sleep (" in result.text("busy.txt") and "/dev/dri/card" in result.text("busy.txt")
    for i in range(1, 11):
        assert found[f"claim{i}"] == (0, ["vfio-pci"])
        assert found[f"release{i}"] == (0, ["radeon"])
    assert events(result) == ["refused", *["claimed", "released"] * 10]
    assert not result.lines(r"BUG:|Oops|WARNING:")
