# SPDX-License-Identifier: GPL-2.0-or-later
"""The watch: what happens to a claimed card is in the journal within a second, and in report and metrics."""

import json

from lab import Image, Machine, rtx_3080

INTEL = Machine(iommu="intel", slots=(rtx_3080(),))
CARD, AUDIO, USB = (INTEL.address(0, function) for function in range(3))
PORT = INTEL.path(0).split("/")[0]
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={INTEL.path(0)}\n"
UNIT = "vfio-claim-watch.service"
CHANGED = "2eb625d547b6458db9f72e9ef405da55"
CLAIMED = "4b66d503631a4a838f4db18cb9ddbc32"
PROM = "/var/lib/prometheus/node-exporter/vfio-claim.prom"

# until_so COMMAND: waits for at most 6 s. act NAME COMMAND: does it, notes when it was done, and waits until it is
# told. At the end Slot Control of the port switches the card off (as in test_distress.py), and the port has an event
# that does not say why.
RUN = f"""
cd /lab/out
devices=/sys/bus/pci/devices
entries() {{
	journalctl -b -o json -t vfio-claim | grep -c VFIO_CLAIM_EVENT
}}
until_so() {{
	for third in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		! "$@" || break
		sleep 0.3
	done
}}
is_told() {{
	[ "$(entries)" != "$before" ]
}}
is_counted() {{
	cp {PROM} prom && grep -q 'unreachable"}} 1' prom
}}
act() {{
	before=$(entries)
	sh -c "$2"
	cut -d' ' -f1 /proc/uptime >$1.done
	until_so is_told
}}
systemctl is-enabled {UNIT} >unit
mkdir -p {PROM.rsplit("/", 1)[0]}
systemctl start vfio-claim-metrics.timer {UNIT}
systemctl is-active vfio-claim-metrics.path {UNIT} >>unit
act unbind "echo {AUDIO} >$devices/{AUDIO}/driver/unbind"
act bind "echo {AUDIO} >/sys/bus/pci/drivers/vfio-pci/bind"
act remove "echo 1 >$devices/{USB}/remove"
act rescan "echo 1 >/sys/bus/pci/rescan"
act off "printf '\\005' | dd of=$devices/{PORT}/config bs=1 seek=109 conv=notrunc
echo change >$devices/{PORT}/uevent"
until_so is_counted
systemctl stop {UNIT}
systemctl show -p Result -p ExecMainStatus -p NRestarts {UNIT} >>unit
journalctl -b -o json -t vfio-claim >journal
cp /run/vfio-claim/report.json watched.json
"""
# A function that comes back is told by its arrival, which takes its time in an emulated machine.
TOLD = [
    ("unbind", "lost", "watch", f"{AUDIO}: the function was claimed, but has no driver now"),
    ("bind", "claimed", "watch", "every function is on a VFIO driver and answers again"),
    ("remove", "gone", "watch", f"{USB}: the function was claimed, but is gone from its bus"),
    ("rescan", "claimed", "arrival", ""),
    ("off", "unreachable", "watch", "the function's configuration space reads all ones"),
]


def test_every_change_is_told_once_and_within_a_second(boot):
    result = boot(INTEL, Image("bookworm", conf=CONF), systemd=True, run=RUN, timeout=300)
    assert result.report["gpus"][0]["result"] == "claimed"
    unit = result.text("unit").split()
    assert unit[:3] == ["disabled", "active", "active"]
    assert set(unit[3:]) == {"Result=success", "ExecMainStatus=0", "NRestarts=0"}

    entries = [json.loads(line) for line in result.text("journal").splitlines()]
    told = [entry for entry in entries if "VFIO_CLAIM_EVENT" in entry]
    assert len(told) == len(TOLD), [entry["MESSAGE"] for entry in told]
    for entry, (act, kind, cause, text) in zip(told, TOLD):
        assert entry["MESSAGE"].startswith(f"{CARD}: {kind}") and text in entry["MESSAGE"]
        assert entry["MESSAGE_ID"] == (CLAIMED if kind == "claimed" else CHANGED)
        assert (entry["VFIO_CLAIM_GPU"], entry["VFIO_CLAIM_CAUSE"]) == (CARD, cause)
        seconds = int(entry["__MONOTONIC_TIMESTAMP"]) / 1e6 - float(result.text(f"{act}.done"))
        assert seconds < 1 or cause == "arrival", (act, seconds)
        print(f"{act}: told after {seconds:.2f} s")

    events = result.document("watched.json")["events"]
    assert [(event["kind"], event["cause"]) for event in events] == [told[1:3] for told in TOLD]
    # All functions of the card are off, and one event has them all.
    assert {finding["subject"] for finding in events[-1]["findings"]} == {CARD, AUDIO, USB}
    # The last event came while the metrics of the one before were still being written.
    for kind, n in ("lost", 1), ("claimed", 2), ("gone", 1), ("unreachable", 1), ("group-changed", 0):
        assert f'vfio_claim_events{{kind="{kind}"}} {n}\n' in result.text("prom")
