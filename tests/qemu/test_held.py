# SPDX-License-Identifier: GPL-2.0-or-later
"""A VM has the card: every way to change the card refuses, and names the VM. A mate in the card's group. A reboot.

The VM is a QEMU inside the guest, which has the card and one of two virtual functions. Its processor is stopped:
it costs nothing, and holds its groups like any other.
"""

import json
import re
import tempfile
from pathlib import Path

import pytest
from lab import cache, cells, image
from lab.boot import RootDisks, copy_sparse
from lab.image import Image
from lab.topology import two_ports_without_acs

SUITE = "bookworm"
IMAGE = Image(SUITE, conf=cells.CONF)
QEMU = ("qemu-system-x86",)
PHYSICAL = "0000:03:00.0"
MATE = "0000:02:00.0"
# The card's port and the mate's are one group; the controller with virtual functions has a port of its own.
MACHINE = two_ports_without_acs(
    "qemu-xhci,bus=other",
    "pcie-root-port,id=vfs,chassis=9,slot=9,addr=09.0",
    "nvme-subsys,id=subsystem",
    "nvme,serial=lab,subsys=subsystem,bus=vfs,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4,"
    "max_ioqpairs=16,msix_qsize=16",
)
CARD, AUDIO, USB = MACHINE.addresses()
CONF = MACHINE.conf(f"vf = {PHYSICAL} id=1b36:0010 count=4 take=1,2")
AUDIO_IDS = "10de 1aef 1458 403b 040300 ffffff"

ASK = f"""
cd /lab/out
devices=/sys/bus/pci/devices
pf=$devices/{PHYSICAL}

driver() {{
	link=$(readlink $1/driver) || link=-
	echo "${{link##*/}}"
}}

# state NAME: who has the card, and who has the virtual functions
state() {{
	for function in {CARD} {AUDIO} {USB}; do
		[ ! -e $devices/$function ] || driver $devices/$function
	done >$1.card
	for link in $pf/virtfn*; do
		[ ! -e $link ] || driver $link
	done >$1.vfs
}}

# said NAME COMMAND...: its output and its exit code, then the state
said() {{
	name=$1
	shift
	"$@" >$name.said 2>&1
	echo $? >>$name.said
	state $name
}}

# told N: waits until there are N events
told() {{
	for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(vfio-claim log --json | grep -c '"cause":')" -lt $1 ] || break
		sleep 1
	done
}}
"""

FIRST = (
    ASK
    + f"""
state boot
# With the mate in its group the card is refused; without it, claimed.
said with-mate vfio-claim claim
echo 1 >$devices/{MATE}/remove
said claimed vfio-claim claim
# The sound function alone goes, and nobody asks vfio-pci to have it when it comes back.
echo 1 >$devices/{AUDIO}/remove
echo {AUDIO_IDS} >/sys/bus/pci/drivers/vfio-pci/remove_id

qemu-system-x86_64 -accel tcg -m 64 -nodefaults -display none -S -device vfio-pci,host={CARD},romfile= \\
	-device vfio-pci,host=$(basename "$(readlink $pf/virtfn0)"),romfile= >qemu.log 2>&1 &
vm=$!
for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ "$(ls -l /proc/$vm/fd | grep -c '/dev/vfio/[0-9]')" -lt 2 ] || break
	sleep 1
done
echo $vm >vm
ls -l /proc/$vm/fd >vm.fd

before=$(vfio-claim log --json | grep -c '"cause":')
echo 1 >/sys/class/pci_bus/{CARD[:7]}/rescan
told $((before + 1))
state arrived
systemctl show -p Result 'vfio-claim-arrival@{AUDIO}.service' >arrived.unit
journalctl -b -o cat -t vfio-claim >arrived.journal
vfio-claim log --json >arrived.json
said held-claim vfio-claim claim
said held-release vfio-claim release
said held-hold vfio-claim release --hold
said held-verify vfio-claim verify --claim
said held-vf vfio-claim vf
cp /etc/vfio-claim.conf /run/kept
sed -i 's/count=4/count=3/' /etc/vfio-claim.conf
said held-fewer vfio-claim vf
cp /run/kept /etc/vfio-claim.conf
said held-undo vfio-claim vf --undo
said held-stop systemctl stop vfio-claim-vf.service
journalctl -b -o cat -u vfio-claim-vf.service >held-stop.journal
kill -0 $vm && echo runs >vm.after

# The same without the VM.
kill $vm
wait $vm
said free-claim vfio-claim claim

systemctl start vfio-claim-watch.service
before=$(journalctl -b -o json -t vfio-claim | grep -c VFIO_CLAIM_EVENT)
echo 1 >/sys/class/pci_bus/{MATE[:7]}/rescan
cut -d' ' -f1 /proc/uptime >mate.done
driver $devices/{MATE} >mate.driver
for third in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(journalctl -b -o json -t vfio-claim | grep -c VFIO_CLAIM_EVENT)" = "$before" ] || break
	sleep 0.3
done
echo 1 >$devices/{MATE}/remove
sleep 2
systemctl stop vfio-claim-watch.service
journalctl -b -o json -t vfio-claim >journal

said free-release vfio-claim release
said free-hold vfio-claim release --hold
said free-undo vfio-claim vf --undo
vfio-claim log --json >log.json
sync
"""
)

AGAIN = ASK + "state boot\nvfio-claim status --json >status.json\n"

HOST = ["-", "snd_hda_intel", "xhci_hcd"]  # nouveau does not know the emulated chip
OURS = ["vfio-pci"] * 3
HALF = ["vfio-pci", "-", "vfio-pci"]
TAKEN = ["vfio-pci"] * 2


@pytest.fixture
def disk():
    """The guest's root, which lives for two boots."""
    source = image.root_disk(SUITE, packages=QEMU)
    with tempfile.TemporaryDirectory(dir=cache.CACHE / "tmp") as place:
        copy = Path(place) / "root.ext4"
        copy_sparse(source, copy)
        yield RootDisks(f"LABEL={image.ROOT_LABEL}", ((copy, "virtio-blk-pci,addr=03.0"),), keep=True)


def card(result, name):
    return result.text(f"{name}.card").split()


def vfs(result, name):
    return result.text(f"{name}.vfs").split()


def said(result, name):
    *lines, code = result.text(f"{name}.said").splitlines()
    return int(code), " ".join(" ".join(lines).split())


def refused_for_the_vm(result, name):
    code, text = said(result, name)
    vm = result.text("vm").strip()
    assert code == 1 and re.search(rf"qemu-system-x86'? \({vm}[,)].*/dev/vfio/\d+", text), f"{name}: {text}"
    assert (card(result, name), vfs(result, name)[:2]) == (HALF, TAKEN), f"{name}: nothing is changed"
    assert len(vfs(result, name)) == 4


@pytest.mark.extended
def test_every_path_refuses_what_a_vm_has_and_the_next_boot_is_the_same(boot, disk):
    result = boot(MACHINE, IMAGE, conf=CONF, systemd=True, root=disk, run=FIRST, timeout=420)
    assert vfs(result, "boot")[:2] == TAKEN and len(vfs(result, "boot")) == 4
    assert said(result, "with-mate")[0] == 1 and card(result, "with-mate") == HOST
    assert said(result, "claimed")[0] == 0 and card(result, "claimed") == OURS

    assert result.text("vm.after"), result.text("qemu.log")
    assert len(set(re.findall(r"/dev/vfio/\d+", result.text("vm.fd")))) == 2, result.text("qemu.log")
    for name in "held-claim", "held-release", "held-hold", "held-fewer", "held-undo":
        refused_for_the_vm(result, name)
    assert said(result, "held-vf")[0] == 0 and vfs(result, "held-vf")[:2] == TAKEN, "as configured"
    assert vfs(result, "held-stop")[:2] == TAKEN and len(vfs(result, "held-stop")) == 4
    assert "qemu-system-x86" in result.text("held-stop.journal")
    # A function that comes while the VM has its card.
    assert card(result, "arrived") == HALF
    event = json.loads(result.text("arrived.json"))["events"][-1]
    assert (event["kind"], event["cause"]) == ("refused", "arrival")
    assert f"qemu-system-x86 ({result.text('vm').strip()})" in json.dumps(event["findings"])

    assert said(result, "free-claim")[0] == 0 and card(result, "free-claim") == OURS
    assert said(result, "free-release")[0] == 0 and card(result, "free-release") == HOST
    assert said(result, "free-hold")[0] == 0 and card(result, "free-hold") == ["-"] * 3
    assert said(result, "free-undo")[0] == 0 and vfs(result, "free-undo") == []

    # A mate of the group, within a second.
    assert result.text("mate.driver").strip() == "xhci_hcd"
    entries = [json.loads(line) for line in result.text("journal").splitlines()]
    told = [e for e in entries if e.get("VFIO_CLAIM_CAUSE") == "watch" and "VFIO_CLAIM_EVENT" in e]
    assert [e["VFIO_CLAIM_EVENT"] for e in told] == ["group-changed", "claimed"]
    assert MATE in told[0]["MESSAGE"]
    seconds = int(told[0]["__MONOTONIC_TIMESTAMP"]) / 1e6 - float(result.text("mate.done"))
    assert seconds < 1, seconds

    again = boot(MACHINE, IMAGE, conf=CONF, systemd=True, root=disk, run=AGAIN, timeout=300)
    assert vfs(again, "boot")[:2] == TAKEN and len(vfs(again, "boot")) == 4
    (line,) = json.loads(again.text("status.json"))["virtual_functions"]
    assert [f["taken"] for f in line["functions"]] == [True, True, False, False]
