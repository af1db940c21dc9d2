# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual functions: four are made, two of them go to VMs and two stay with the host's driver, at each boot.

QEMU's NVMe controller has SR-IOV, and Debian's nvme driver makes its virtual functions.
"""

import json
import re

import pytest
from lab import Image, Machine, cells

PHYSICAL = "0000:01:00.0"
# Not in a slot of the lab: its functions have the multifunction bit, and the virtual ones would share a group.
MACHINE = Machine(
    extra_devices=(
        "pcie-root-port,id=vfs,chassis=9,slot=9,addr=09.0",
        "nvme-subsys,id=subsystem",
        "nvme,serial=lab,subsys=subsystem,bus=vfs,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4,"
        "max_ioqpairs=16,msix_qsize=16",
    )
)
LINE = f"vf = {PHYSICAL} id=1b36:0010 count=4 take=1,2\n"
IMAGE = Image("bookworm", conf=cells.CONF)
UNIT = "vfio-claim-vf.service"

ASK = f"""
pf=/sys/bus/pci/devices/{PHYSICAL}
cd /lab/out

# state NAME: autoprobe, then a line for each virtual function: its driver and its override
state() {{
	cat $pf/sriov_drivers_autoprobe >$1.state
	for link in $pf/virtfn*; do
		[ -e $link ] || continue
		driver=$(readlink $link/driver) || driver=-
		echo ${{driver##*/}} $(cat $link/driver_override) >>$1.state
	done
}}

# said NAME COMMAND...: its output and its exit code, then the state
said() {{
	name=$1
	shift
	"$@" >$name.said 2>&1
	echo $? >>$name.said
	state $name
}}

# A virtual controller of QEMU works once the physical one has given it resources: NVMe's command
# Virtualization Management, for controllers 3 and 4.
online() {{
	perl -e '
		open(my $nvme, "+<", "/dev/nvme0") or die;
		for my $controller (3, 4) {{
			for ([0x8, 0, 2], [0x108, 0, 1], [0x9, 0, 0]) {{
				my $command = pack("CCSLLLQQLLLLLLLLLL", 0x1c, 0, 0, 0, 0, 0, 0, 0, 0, 0,
					$_->[0] | $controller << 16, $_->[2], 0, 0, 0, 0, 5000, 0);
				my $r = ioctl($nvme, 0xc0484e41, $command);
				print "$controller $_->[0]: ", $r ? $r + 0 : $!, "\\n";
			}}
		}}' >>online.said 2>&1
}}
"""

SEVERAL = (
    ASK
    + f"""
state boot
dmesg >boot.dmesg
systemctl show -p ActiveState -p Result {UNIT} >boot.unit
systemctl show -p Result vfio-claim-verify.service >boot.verify
journalctl -b -o cat -u {UNIT} >boot.journal
online
said host vfio-claim vf
said again vfio-claim vf
vfio-claim status --json >status.json
vfio-claim status >status.text

group=$(basename "$(readlink $pf/virtfn0/iommu_group)")
exec 3<>/dev/vfio/$group
said used-undo vfio-claim vf --undo
said used-again vfio-claim vf
cp /etc/vfio-claim.conf /run/kept
echo "vf = {PHYSICAL} count=2" >/etc/vfio-claim.conf
said used-fewer vfio-claim vf
exec 3>&-
echo "vf = {PHYSICAL} count=5" >/etc/vfio-claim.conf
said too-many vfio-claim vf
said too-many-check vfio-claim check
cp /run/kept /etc/vfio-claim.conf

echo $(basename "$(readlink -f $pf/virtfn1)") >/sys/bus/pci/drivers/vfio-pci/unbind
said lost vfio-claim verify --claim
said taken-back vfio-claim vf
said stopped systemctl stop {UNIT}

# Without us the host's driver has all.
dmesg --clear
echo 4 >$pf/sriov_numvfs
sleep 1
state twin
dmesg >twin.dmesg
echo 0 >$pf/sriov_numvfs

echo {PHYSICAL} >/sys/bus/pci/drivers/nvme/unbind
sed -i '1i timeout = 1' /etc/vfio-claim.conf
said no-driver vfio-claim vf
echo {PHYSICAL} >/sys/bus/pci/drivers/nvme/bind
said started systemctl start {UNIT}
said released vfio-claim release {PHYSICAL}
said restarted systemctl restart {UNIT}

# The line is gone before the unit is stopped.
echo >/etc/vfio-claim.conf
said forgotten systemctl stop {UNIT}
cp /run/kept /etc/vfio-claim.conf

# As a start leaves it that is killed.
echo "{PHYSICAL} begun 4 1" >/run/vfio-claim/vf-made
echo 0 >$pf/sriov_drivers_autoprobe
echo 2 >$pf/sriov_numvfs
said unfinished vfio-claim vf --undo --unfinished
echo 2 >$pf/sriov_numvfs
said not-ours vfio-claim vf --undo
"""
)


def state(result, name):
    autoprobe, *functions = result.text(f"{name}.state").splitlines()
    assert autoprobe == "1", "autoprobe is as it was"
    return [line.split()[0] for line in functions]


def said(result, name):
    *lines, code = result.text(f"{name}.said").splitlines()
    return int(code), " ".join(" ".join(lines).split())


def probed(result, name):
    """The functions whose probe nvme has announced. It leaves those again that are not online."""
    return sorted(set(re.findall(r"nvme\d+: pci function 0000:01:00\.(\d)", result.text(f"{name}.dmesg"))))


TAKEN = ["vfio-pci", "vfio-pci"]


def test_two_of_four_for_vms(boot):
    result = boot(MACHINE, IMAGE, conf=LINE, systemd=True, run=SEVERAL)
    assert state(result, "boot")[:2] == TAKEN and len(state(result, "boot")) == 4
    assert probed(result, "boot") == ["0", "3", "4"], "no driver of the host was ever on the others"
    assert "Result=success" in result.text("boot.unit") and "Result=success" in result.text("boot.verify")
    assert "0000:01:00.1 (vfio-pci), 0000:01:00.2 (vfio-pci)" in result.text("boot.journal")

    # Two are the host's, and work there.
    assert said(result, "host")[0] == 0 and state(result, "host") == TAKEN + ["nvme", "nvme"]
    assert said(result, "again") == (0, f"{PHYSICAL}: nothing to do")
    status = json.loads(result.text("status.json"))
    (line,) = status["virtual_functions"]
    assert status["as_configured"] and (line["address"], line["count"]) == (PHYSICAL, 4)
    assert [f["driver"] for f in line["functions"]] == TAKEN + ["nvme", "nvme"]
    assert [f["taken"] for f in line["functions"]] == [True, True, False, False]

    # A process has a group open, as a VM would: the number stays, and the process is named.
    for name in "used-undo", "used-fewer":
        code, text = said(result, name)
        assert code == 1 and "process 'sh'" in text and "stays 4" in text, text
        assert state(result, name) == TAKEN + ["nvme", "nvme"]
    assert said(result, "used-again") == (0, f"{PHYSICAL}: nothing to do")

    # The line wants what the function cannot have.
    code, text = said(result, "too-many")
    assert code == 1 and "count=5, but this function can have 4" in text
    assert state(result, "too-many") == TAKEN + ["nvme", "nvme"]
    code, text = said(result, "too-many-check")
    assert code == 2 and "VF_NOT_CREATED" in text

    # One is lost: said, and taken again.
    code, text = said(result, "lost")
    assert code == 1 and "virtual function 2 of 0000:01:00.0 is to be taken for VMs, and has no driver" in text
    assert said(result, "taken-back")[0] == 0 and state(result, "taken-back") == TAKEN + ["nvme", "nvme"]

    assert said(result, "stopped")[0] == 0 and state(result, "stopped") == []
    assert len(state(result, "twin")) == 4 and probed(result, "twin") == ["1", "2", "3", "4"]
    code, text = said(result, "no-driver")
    assert code == 1 and "no driver is bound to this function after 1 s" in text
    assert said(result, "started")[0] == 0 and state(result, "started")[:2] == TAKEN

    # What was made is remembered, and nothing else is undone.
    code, text = said(result, "released")
    assert (code, text) == (0, f"{PHYSICAL}: 0 virtual functions") and state(result, "released") == []
    assert said(result, "restarted")[0] == 0 and state(result, "restarted")[:2] == TAKEN
    assert said(result, "forgotten")[0] == 0 and state(result, "forgotten") == []
    assert said(result, "unfinished")[0] == 0 and state(result, "unfinished") == []
    assert said(result, "not-ours") == (0, "") and len(state(result, "not-ours")) == 2


@pytest.mark.extended
def test_the_same_at_the_next_boot(boot):
    """And with another kernel: nothing of the first boot is kept, and nothing needs to be."""
    result = boot(MACHINE, Image("trixie", conf=LINE), systemd=True, run=ASK + "online\nsaid host vfio-claim vf\n")
    assert state(result, "host") == TAKEN + ["nvme", "nvme"]
