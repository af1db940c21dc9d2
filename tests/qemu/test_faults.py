# SPDX-License-Identifier: GPL-2.0-or-later
"""The real agent on the real kernel, killed at step after step, and in a system that lacks what it
needs.

One boot: in the real root the card is given back to the host and claimed again, once for each case. tests/faults
tries every call; here the kernel is the real one.
"""

import subprocess
from pathlib import Path

import pytest
from lab import Image, Machine, expect, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
TOOL = Path(__file__).parent / "tools/kill-at.c"

# One line for each case: its name, seconds, exit status or word, three drivers, three overrides, the report's result.
SERIES = r"""
set -u
agent=/usr/lib/vfio-claim/agent
card=SLOT
out=/lab/out/series
devices=/sys/bus/pci/devices
vfio-claim image-record "$(uname -r)" >/usr/lib/vfio-claim/image-record

give_back() {
	umount /run/vfio-claim 2>/dev/null
	rm -rf /run/vfio-claim
	for n in 0 1 2; do
		[ -e $devices/0000:$card.$n ] || continue
		echo >$devices/0000:$card.$n/driver_override
		case $(readlink $devices/0000:$card.$n/driver) in
		*/vfio-pci) echo 0000:$card.$n >$devices/0000:$card.$n/driver/unbind ;;
		esac
		echo 0000:$card.$n >/sys/bus/pci/drivers_probe
	done
} 2>/dev/null

look() { # NAME SECONDS STATUS
	line="$1 $2 $3"
	for n in 0 1 2; do
		driver=$(readlink $devices/0000:$card.$n/driver 2>/dev/null)
		line="$line ${driver##*/}-"
	done
	for n in 0 1 2; do
		line="$line $(cat $devices/0000:$card.$n/driver_override 2>/dev/null)-"
	done
	result=$(sed -n 's/^  "result": "\(.*\)",*/\1/p' /run/vfio-claim/report.json 2>/dev/null)
	echo "$line ${result:-none}" >>$out
}

case_() { # NAME COMMAND...
	name=$1
	shift
	give_back
	before=$(cut -d. -f1 /proc/uptime)
	"$@" >/tmp/told 2>&1
	status=$?
	[ -s /tmp/told ] && [ "${name%%-*}" = kill ] && status=$(tail -n 1 /tmp/told | tr ' ' :)
	look "$name" $(($(cut -d. -f1 /proc/uptime) - before)) "$status"
}

prepared() { # WHAT: then the agent
	case $1 in
	full) mkdir -p /run/vfio-claim && mount -t tmpfs -o size=4k tmpfs /run/vfio-claim &&
		dd if=/dev/zero of=/run/vfio-claim/fill bs=4k count=2 2>/dev/null ;;
	read-only) mkdir -p /run/vfio-claim && mount -t tmpfs -o ro tmpfs /run/vfio-claim ;;
	link) mkdir -p /tmp/elsewhere && ln -s /tmp/elsewhere /run/vfio-claim ;;
	no-kmsg) mv /dev/kmsg /dev/kmsg.away ;;
	esac
	$agent
	status=$?
	[ -e /dev/kmsg.away ] && mv /dev/kmsg.away /dev/kmsg
	[ "$1" = link ] && ls -A /tmp/elsewhere >/lab/out/elsewhere
	return $status
}

little_memory() { (ulimit -v "$1" && exec $agent); }

two_at_once() {
	$agent &
	$agent
	first=$?
	wait $!
	echo "$first $?" >/lab/out/two
}

clock_jumps() {
	$agent &
	date -s 2038-01-01 >/dev/null
	wait $!
	status=$?
	date -s 2026-01-01 >/dev/null
	return $status
}

take_out() {
	for n in 2 1 0; do echo 1 >$devices/0000:$card.$n/remove; done
}

gone() {
	take_out
	$agent
	status=$?
	echo 1 >/sys/bus/pci/rescan
	return $status
}

vanishes() {
	$agent &
	take_out
	wait $!
	status=$?
	look vanishes-at-once 0 $status
	echo 1 >/sys/bus/pci/rescan
}

case_ plain $agent
for what in full read-only link no-kmsg; do case_ $what prepared $what; done
case_ two two_at_once
case_ clock clock_jumps
for size in 2000 4000 8000; do case_ memory-$size little_memory $size; done
case_ gone gone
case_ vanishes vanishes
case_ kill-none /lab/kill-at 1 0 0 $agent
steps=$(tail -n 1 /tmp/told | cut -d ' ' -f 1)
case_ kill-none-0 /lab/kill-at 0 0 0 $agent
own=$(tail -n 1 /tmp/told | cut -d ' ' -f 1)
end=$(($(cut -d. -f1 /proc/uptime) + SECONDS_TO_TRY))
round=0
while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
	# All over the run, never the same step twice.
	case_ kill-worker-9-$round /lab/kill-at 1 $((1 + round * 61 % steps)) 9 $agent
	case_ kill-worker-11-$round /lab/kill-at 1 $((1 + (round * 61 + 31) % steps)) 11 $agent
	case_ kill-supervisor-9-$round /lab/kill-at 0 $((1 + round * 7 % own)) 9 $agent
	round=$((round + 1))
done
case_ last $agent
echo "$steps $own $round" >/lab/out/rounds
"""


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    binary = tmp_path_factory.mktemp("tool") / "kill-at"
    subprocess.run(["cc", "-static", "-Os", "-o", binary, TOOL], check=True)
    return binary.read_bytes()


def is_whole(drivers, overrides):
    """The whole card is ours, or none of it and no override is left."""
    if all(driver == "vfio-pci" for driver in drivers):
        return True
    return "vfio-pci" not in drivers and "vfio-pci" not in overrides


def test_every_case_leaves_a_whole_card_and_a_true_report(boot, tool):
    script = SERIES.replace("SLOT", CARD.removeprefix("0000:").removesuffix(".0"))
    result = boot(MACHINE, Image("bookworm", conf=CONF), root_files={"/lab/kill-at": tool},
                  run="chmod 755 /lab/kill-at\n" + script.replace("SECONDS_TO_TRY", "40"), timeout=400,
                  arguments=["log_buf_len=8M"])  # all of the series, on a fast machine too
    cases = {}
    for line in result.text("series").splitlines():
        name, seconds, status, *rest = line.split()
        cases[name] = (int(seconds), status, [word[:-1] for word in rest[:3]],
                       [word[:-1] for word in rest[3:6]], rest[6])
    for name, (seconds, _, drivers, overrides, told) in cases.items():
        assert seconds <= 15, f"{name}: the agent took {seconds} s"
        assert is_whole(drivers, overrides), f"{name}: {drivers} {overrides}"
        if told == "claimed" and not name.startswith("vanishes"):  # it may have been, for a moment
            assert drivers == ["vfio-pci"] * 3, f"{name}: says claimed"
    ours = ["vfio-pci"] * 3
    for name in ("plain", "clock", "two", "no-kmsg", "last", "kill-none"):
        assert cases[name][2] == ours and cases[name][4] == "claimed", f"{name}: {cases[name]}"
    for name in ("full", "read-only", "link"):  # no report, as the kernel log says, and the claim holds
        assert cases[name][2] == ours and cases[name][1] == "1", f"{name}: {cases[name]}"
    assert result.lines(r"vfio-claim: the report cannot be written: ")
    assert result.text("elsewhere") == "", "a link was followed"
    assert sorted(result.text("two").split()) == ["0", "1"]
    assert result.lines(r"vfio-claim: another agent is at work")
    assert cases["gone"][4] == "refused" and cases["gone"][1] == "1"
    killed = {name: case for name, case in cases.items() if name.startswith("kill-")}
    assert len(killed) > 20
    # A surviving process reports the kill; only the supervisor's last steps leave no message.
    for name, case in killed.items():
        if "worker" in name:
            assert case[4] in ("claimed", "failed"), f"{name}: {case}"
    assert any(case[4] == "failed" for case in killed.values()), "nothing was killed"
    print(result.text("rounds"), len(cases))
