# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel in distress while the agent claims: it crashes in a module, it has no memory, the card
reads as all ones. The boot goes on, the card is claimed whole or not at all, and the report says why."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from lab import BootFailed, Image, Machine, expect, roots, rtx_3080

# A twin that belongs to the host.
MACHINE = Machine(iommu="intel", slots=(rtx_3080(), rtx_3080()))
CARD = MACHINE.address(0)
TWIN = MACHINE.address(1)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
IMAGE = Image("bookworm", conf=CONF)
TIMEOUT_S = 10  # of the configuration
OFF = "vfio_claim.mode=off"
TOOL = Path(__file__).parent / "tools/press.c"

# A module that crashes ---------------------------------------------------------------------------

# The kernel keeps it as "coming", so that a later load of this name might wait forever.
SECOND_AGENT = """
cat /sys/module/vfio_pci/initstate >/lab/out/initstate
cp /run/vfio-claim/report.json /lab/out/first.json
/lab/step second /usr/lib/vfio-claim/agent
"""


def crashing(image):
    """The image's replacement of vfio-pci."""
    release = roots.kernel_version(image.guest)
    module = image.compiled().modules["lab_oops"].replace(b"lab_oops", b"vfio_pci")
    return {f"/usr/lib/modules/{release}/kernel/drivers/vfio/pci/vfio-pci.ko": module}


@pytest.mark.extended
def test_a_module_that_crashes_the_kernel_as_it_is_loaded(boot):
    result = boot(MACHINE, IMAGE, overlay_files=crashing(IMAGE), systemd=True, run=SECOND_AGENT)
    assert result.lines("Oops: 0002") and result.lines(r"RIP: .*vfio_pci_init")
    assert result.text("multi-user").strip() == "active"
    report = json.loads(result.text("first.json"))
    assert report["result"] == "failed"
    assert report["duration_ms"] < 2000, "nothing of it waits"
    (finding,) = (f for f in report["findings"] if f["code"] == "INTERNAL")
    assert "killed by signal 9" in finding["text"] and "an oops" in finding["text"]
    assert "kernel log" in finding["remedy"]
    expect.host_has_3080(result, CARD)
    expect.host_has_3080(result, TWIN)
    assert result.text("initstate").strip() == "coming"
    assert result.command("second").exit_code == 1, "it came to an end"
    assert result.report["result"] == "failed" and "PROBE_FAILED" in result.codes
    _, begin, end = result.text("steps").split()
    assert float(end) - float(begin) < TIMEOUT_S


@pytest.mark.extended
def test_the_module_that_crashes_costs_no_time(boot):
    seconds = {}
    for arguments in ([], [OFF]):
        result = boot(MACHINE, IMAGE, overlay_files=crashing(IMAGE), arguments=arguments, systemd=True)
        assert result.text("multi-user").strip() == "active"
        assert bool(result.lines("Oops: ")) == (not arguments)
        expect.host_has_3080(result, CARD)
        seconds[bool(arguments)] = float(result.text("uptime").split()[0])
    assert seconds[False] < seconds[True] * 1.3 + TIMEOUT_S, seconds


# No memory, and all ones -------------------------------------------------------------------------

# In place of the boot script that runs the agent: runs it several times, with klibc's few tools. The
# power of the card is that of its slot: the port's Slot Control, high byte, 05 is off.
SCRIPT = r"""#!/bin/sh
[ "$1" = prereqs ] && exit 0
agent=/usr/lib/vfio-claim/agent
devices=/sys/bus/pci/devices
card=SLOT
mkdir /run/lab
echo -1000 >/proc/self/oom_score_adj # whom the kernel kills is the agent

look() { # NAME STATUS
	line="$1 $2"
	for n in 0 1 2; do
		driver=$(readlink $devices/$card.$n/driver)
		line="$line ${driver##*/}-"
	done
	for n in 0 1 2; do
		read -r override <$devices/$card.$n/driver_override
		line="$line $override-"
	done
	echo "$line" >>/run/lab/series
	[ ! -e /run/vfio-claim ] || mv /run/vfio-claim /run/lab/$1
}

give_back() {
	for n in 0 1 2; do
		echo >$devices/$card.$n/driver_override
		[ ! -e /sys/bus/pci/drivers/vfio-pci/$card.$n ] ||
			echo $card.$n >/sys/bus/pci/drivers/vfio-pci/unbind
	done
}

read -r begin _ </proc/uptime
for delay in DELAYS; do
	look memory-$delay "$(/lab/press 4096 $delay $agent 2>&1)"
	give_back
done
printf '\005' | dd of=$devices/PORT/config bs=1 seek=109 conv=notrunc 2>/dev/null
read -r middle _ </proc/uptime
$agent
look ones $?
read -r end _ </proc/uptime
echo "$begin $middle $end" >/run/lab/times
exit 0
"""
KEEP = "cp -r /run/lab /lab/out/lab\n"
WHOLE = (["vfio-pci"] * 3, ["vfio-pci"] * 3)
NOTHING = ([""] * 3, ["(null)"] * 3)


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    binary = tmp_path_factory.mktemp("tool") / "press"
    subprocess.run(["cc", "-static", "-Os", "-Wall", "-Wextra", "-Werror", "-o", binary, TOOL], check=True)
    return binary.read_bytes()


def distressed(press, delays):
    """The image's files for a boot with these cases."""
    script = SCRIPT.replace("SLOT", CARD.removesuffix(".0")).replace("DELAYS", " ".join(map(str, delays)))
    script = script.replace("PORT", "0000:00:08.0")
    return {"/scripts/init-top/00-vfio-claim": script.encode(), "/lab/press": press}


def told(result, name):
    """The report of one of the agent's runs, or None."""
    text = result.text(f"lab/{name}/report.json")
    return json.loads(text) if text else None


@pytest.mark.extended
def test_no_memory_and_a_card_that_answers_with_ones(boot, press):
    delays = (40, 5, 1, "-")  # the first has the modules still to be loaded
    result = boot(MACHINE, IMAGE, overlay_files=distressed(press, delays), run=KEEP)
    cases = {}
    for line in result.text("lab/series").splitlines():
        name, status, *words = line.split()
        words = [word[:-1] for word in words]
        cases[name] = (status, (words[:3], words[3:]))

    # Killed at some moment for lack of memory: all or nothing, and a surviving process reports it.
    killed = result.lines(r"Out of memory: Killed process \d+ \(agent\)")
    reports = {delay: told(result, f"memory-{delay}") for delay in delays}
    for delay in delays[:-1]:
        status, card = cases[f"memory-{delay}"]
        report = reports[delay]
        assert card in (WHOLE, NOTHING), f"memory-{delay}: {card}"
        if status == "0":  # the agent ended before the killer came
            assert card == WHOLE
            killed.append(None)
        elif report:
            assert (report["result"] == "claimed") == (card == WHOLE)
            (finding,) = (f for f in report["findings"] if f["code"] == "INTERNAL")
            assert "killed" in finding["text"] and "out of memory" in finding["text"]
    assert len(killed) == len(delays) - 1 and killed.count(None) < 2
    assert any(report and "INTERNAL" in str(report["findings"]) for report in reports.values())
    # With as little memory and no kill the agent succeeds: it needs less than 4 MiB.
    assert cases["memory--"] == ("0", WHOLE) and told(result, "memory--")["result"] == "claimed"

    # The card, claimed a moment ago, has no power now; its answering twin is another card.
    report = told(result, "ones")
    assert cases["ones"] == ("1", NOTHING) and report["result"] == "refused"
    (finding,) = (f for f in report["findings"] if f["code"] == "GPU_CHANGED")
    assert finding["subject"] == CARD and "all ones" in finding["text"]
    begin, middle, end = map(float, result.text("lab/times").split())
    assert end - middle < TIMEOUT_S
    expect.host_has_3080(result, TWIN)
    assert "vfio-pci" not in result.drivers(CARD), "what the host's drivers make of it is theirs"


@pytest.mark.extended
def test_the_card_without_power_without_the_claim(boot, press):
    # No agent runs: the host's drivers bind as much of the same card as it allows.
    files = distressed(press, ())
    files = {name: data.replace(b"/usr/lib/vfio-claim/agent", b":") for name, data in files.items()}
    result = boot(MACHINE, IMAGE, overlay_files=files, run=KEEP)
    with_claim = boot(MACHINE, IMAGE, overlay_files=distressed(press, ()), run=KEEP)
    assert told(with_claim, "ones")["result"] == "refused"
    assert result.drivers(CARD) == with_claim.drivers(CARD)
    expect.host_has_3080(result, TWIN)
    seconds = [float(each.text("uptime").split()[0]) for each in (with_claim, result)]
    assert seconds[0] < seconds[1] * 1.3 + TIMEOUT_S, seconds


@pytest.mark.extended
def test_as_little_memory_as_the_guest_boots_with_by_itself(boot):
    for mib in range(216, 400, 16):
        machine = replace(MACHINE, memory_mib=mib)
        try:
            twin = boot(machine, IMAGE, arguments=[OFF], as_packed=True)
        except (BootFailed, IndexError):
            continue
        break
    assert mib > 216, "with the least that was tried it did boot"
    expect.host_has_3080(twin, CARD)
    result = boot(machine, IMAGE, as_packed=True)
    expect.claimed(result, CARD)
    expect.host_has_3080(result, TWIN)
    seconds = [float(each.text("uptime").split()[0]) for each in (result, twin)]
    assert seconds[0] < seconds[1] * 1.3 + TIMEOUT_S, seconds
