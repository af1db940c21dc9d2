# SPDX-License-Identifier: GPL-2.0-or-later
"""`claim` and `release` on the running system: between the host's real drivers and vfio-pci."""

import json

from lab import Image, Machine, expect, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
IMAGE = Image("bookworm", conf=CONF)

DRIVERS = """
drivers() {
	for n in 0 1 2; do
		link=$(readlink /sys/bus/pci/devices/0000:01:00.$n/driver)
		echo "$1 $n ${link##*/}" >>/lab/out/drivers
	done
}
# act NAME COMMAND...
act() {
	name=$1
	shift
	"$@" >/lab/out/$name.txt 2>&1
	echo "$?" >/lab/out/$name.code
	drivers $name
}
"""


def test_taken_and_given_back(boot):
    script = DRIVERS + """
drivers boot
act dry vfio-claim claim --dry-run 01:00.0
act claim vfio-claim claim 01:00.0
act again vfio-claim claim 01:00.0
act release vfio-claim release 01:00.0
act hold vfio-claim release --hold 01:00.0
act last vfio-claim claim 01:00
act json vfio-claim log --json
"""
    result = boot(MACHINE, IMAGE, conf="# nothing yet\n", run=script)
    print(result.text("drivers"))
    for name in ("dry", "claim", "again", "release", "hold", "last"):
        print(name, result.text(f"{name}.code"), result.text(f"{name}.txt"))
    print([ (e['kind'],e['text']) for e in json.loads(result.text('json.txt'))['events']])
    print(result.text("status.out"), result.text("log.out"))
    assert 0


def test_claimed_again_after_a_rescan(boot):
    script = DRIVERS + """
drivers boot
for i in 1 2; do
	for n in 2 1 0; do echo 1 >/sys/bus/pci/devices/0000:01:00.$n/remove; done
	echo 1 >/sys/bus/pci/rescan
	drivers rescan$i
	udevadm settle
	sleep 4
	drivers after$i
done
systemctl status 'vfio-claim*' >/lab/out/units 2>&1
journalctl -b >/lab/out/journal
ls -la /run/vfio-claim /run/vfio-claim/arrivals >/lab/out/ls
act json vfio-claim log --json
"""
    result = boot(MACHINE, IMAGE, run=script, systemd=True)
    print(result.text("drivers"))
    print(result.text("units"))
    print(result.text("ls"))
    print([ (e['kind'],e['text']) for e in json.loads(result.text('json.txt')).get('events', [])])
    print(result.text("journal")[-5000:])
    assert 0
