# SPDX-License-Identifier: GPL-2.0-or-later
"""`claim` on the running system while a driver does not let go, or a function vanishes: in time, and the truth.

The host's driver of the card's USB function is lab_stuck, whose remove returns when it is told to.
"""

import json

import pytest
from lab import Image, Machine, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD, AUDIO, USB = (MACHINE.address(0, function) for function in range(3))
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
TIMEOUT_S = 6

RUN = f"""
cd /lab/out
devices=/sys/bus/pci/devices
parameters=/sys/module/lab_stuck/parameters
echo 'timeout = {TIMEOUT_S}' >>/etc/vfio-claim.conf

drivers() {{
	for function in {CARD} {AUDIO} {USB}; do
		if [ ! -e $devices/$function ]; then
			echo gone
		elif link=$(readlink $devices/$function/driver); then
			echo ${{link##*/}}
		else
			echo -
		fi
	done
}}

# act NAME COMMAND...: its output, its exit code, its seconds, and the drivers afterwards
act() {{
	name=$1
	shift
	begun=$(cut -d' ' -f1 /proc/uptime)
	"$@" >$name.txt 2>&1
	code=$?
	echo $name $code $begun $(cut -d' ' -f1 /proc/uptime) $(drivers) >>acts
}}

given_back() {{
	for second in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(drivers | tail -n 1)" != lab_stuck ] || return 0
		sleep 1
	done
	return 1
}}

act boot true
act stuck vfio-claim claim 01:00.0
act list vfio-claim list
act check vfio-claim check
act status vfio-claim status
act stuck-again vfio-claim claim 01:00.0
act stuck-release vfio-claim release 01:00.0
echo 0 >$parameters/holds
act let-go given_back
act claim vfio-claim claim 01:00.0
act release vfio-claim release 01:00.0

# Function 0 vanishes between the look and the claim: while another function is taken from its driver.
echo 1 >$parameters/takes
act vanishes vfio-claim claim 01:00.0
echo 0 >$parameters/takes
act rescan sh -c 'echo 1 >/sys/bus/pci/rescan'
act claim-all vfio-claim claim 01:00.0
act log vfio-claim log --json
"""

HOST = ["-", "snd_hda_intel", "lab_stuck"]  # nouveau does not know the emulated chip
OURS = ["vfio-pci"] * 3


@pytest.fixture
def acts(boot):
    """What became of each act: exit code, seconds, drivers; and the boot."""
    # Debian 13: on 6.1 such a driver also hangs readers of the function's uevent, udev among them.
    result = boot(
        MACHINE,
        Image("trixie", conf=CONF),
        conf="# nothing yet\n",
        modules=["lab_stuck id=10de:1ad8"],
        run=RUN,
        timeout=300,
    )
    lines = (line.split() for line in result.text("acts").splitlines())
    return {name: (int(code), float(end) - float(begun), drivers) for name, code, begun, end, *drivers in lines}, result


def test_a_driver_that_does_not_let_go_and_a_function_that_vanishes(acts):
    found, result = acts
    assert found["boot"][2] == HOST and result.lines(rf"{USB}: lab_stuck: bound")
    for name in "stuck", "stuck-again", "stuck-release":
        code, seconds, drivers = found[name]
        assert code == 1 and seconds < TIMEOUT_S + 2, f"{name}: {found[name]}"
        assert "vfio-pci" not in drivers, "all functions or none"
    assert "driver lab_stuck did not unbind in time" in result.text("stuck.txt")
    assert f"{USB}  lab_stuck -> no driver" in result.text("stuck.txt"), "what was read back"
    for name in "stuck-again", "stuck-release":
        assert "another vfio-claim is changing a card" in result.text(f"{name}.txt"), "its child has the lock"
    assert found["stuck"][2][:2] == HOST[:2], "given back to the host"
    assert all(found[name][1] < 5 for name in ("list", "check", "status")), "the machine is usable"

    # Once the driver has let go, it gets its function again, and the card can be claimed.
    assert (found["let-go"][0], found["let-go"][2]) == (0, HOST)
    assert (found["claim"][0], found["claim"][2]) == (0, OURS)
    assert (found["release"][0], found["release"][2]) == (0, HOST)

    assert result.lines(rf"{CARD}: lab_stuck: is taken off the bus")
    assert (found["vanishes"][0], found["vanishes"][2]) == (1, ["gone", *HOST[1:]])
    assert (found["claim-all"][0], found["claim-all"][2]) == (0, OURS)
    told = [one["kind"] for one in json.loads(result.text("log.txt"))["events"]]
    assert told == ["failed", "claimed", "released", "failed", "claimed"]
    assert not result.lines(r"BUG:|Oops|WARNING:")
