# SPDX-License-Identifier: GPL-2.0-or-later
"""Special boots: the kernel of a crash dump, and the one that resumes from hibernation."""

import hashlib
import subprocess

import pytest
from lab import Firmware, Image, Machine, expect, rtx_3080, rv100
from lab.boot import RootDisks, copy_sparse
from lab.image import ROOT_LABEL, root_disk

VARIABLE = "VfioClaimTrial"
LEFT = "vfio-claim: off: this kernel was started after a crash; nothing is touched"

# A card with its own identity: the second kernel's image has no mask.
RADEON = Machine(slots=(rv100(),), memory_mib=1536)
RADEON_IMAGE = Image("bookworm", conf=f"gpu = {RADEON.address(0)} id=1002:5159\n")

# The call of `kexec --load-panic --kexec-file-syscall`, which needs half of Xen's libraries:
# kexec_file_load(2) with KEXEC_FILE_ON_CRASH; the kernel itself adds elfcorehdr=.
LOAD_ON_PANIC = """
open my $kernel, "<", "/root/kernel" or die;
open my $initrd, "<", "/root/initrd" or die;
my $line = "$ARGV[0]\\0";
syscall(320, fileno $kernel, fileno $initrd, length $line, $line, 2) == 0 or die "kexec: $!";
"""
# The real root runs twice: in the first boot, and after the crash.
CRASH = f"""
if [ -e /proc/vmcore ]; then
	vfio-claim verify >/lab/out/verify
	echo $? >/lab/out/verify-exit
	ls /var/log/vfio-claim >/lab/out/filed
	ls /run/vfio-claim >/lab/out/left
	exit
fi
cat >/root/load <<'END'
{LOAD_ON_PANIC}
END
words=$(sed 's/crashkernel=[^ ]*//' /proc/cmdline)
perl /root/load "$words nr_cpus=1 irqpoll reset_devices nomodeset" >/dev/kmsg 2>&1
echo c >/proc/sysrq-trigger
"""


@pytest.fixture
def firmware(tmp_path):
    return Firmware(tmp_path)


@pytest.mark.extended
def test_the_kernel_of_a_crash_dump_claims_and_counts_nothing(boot, firmware):
    built = RADEON_IMAGE.built()
    result = boot(
        RADEON,
        RADEON_IMAGE,
        arguments=["crashkernel=384M"],
        firmware=firmware,
        run=CRASH,
        root_files={
            "/root/kernel": built.kernel.read_bytes(),
            "/root/initrd": built.initrd.read_bytes(),
        },
        timeout=400,
    )
    first, second = result.serial.split("sysrq: Trigger a crash")
    assert "vfio-claim: claimed: 1 card" in first
    assert "vfio-claim: on trial: attempt 1 of 2" in first
    assert LEFT in second and second.count("vfio-claim: ") == 1

    assert "elfcorehdr=" in result.text("cmdline")
    assert result.report["result"] == "off"
    assert result.codes == {"CRASH_KERNEL"}
    assert result.drivers(RADEON.address(0)) != ["vfio-pci"]
    assert "trial" not in result.report and "trial" not in result.text("left")
    assert firmware.writes(VARIABLE) == 2, "the first boot was counted and told"
    assert result.text("verify-exit").strip() == "0" and "nothing to verify" in result.text("verify")
    assert result.text("filed") == ""


MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
IMAGE = Image("bookworm", conf=CONF)
CHANGED = CONF + "timeout = 9\n"  # another claim than that of the system that hibernates
SWAP = "/dev/disk/by-id/virtio-lab-root1"
RESUME = f"resume={SWAP}"

HIBERNATE = f"""
wait_for() {{
	left=600
	until [ "$(systemctl show -P "$2" "$1")" = "$3" ] || [ $left = 0 ]; do
		sleep 0.2
		left=$((left - 1))
	done
}}
wait_for vfio-claim-verify.service ActiveState active
wait_for vfio-claim-confirm.service ActiveState inactive
vfio-claim status >/lab/out/before
swapon {SWAP}
systemctl start hibernate.target >/lab/out/hibernate 2>&1
wait_for vfio-claim-hibernate.service ActiveState inactive
journalctl --no-pager --unit vfio-claim-hibernate.service --unit systemd-hibernate.service >/lab/out/units
ls /run/vfio-claim >/lab/out/left
true
"""


@pytest.fixture
def disks(tmp_path):
    """A root disk that is kept, and a swap disk."""
    root, swap = tmp_path / "root", tmp_path / "swap"
    copy_sparse(root_disk(IMAGE.suite, IMAGE.builder), root)
    with swap.open("wb") as disk:
        disk.truncate(1 << 30)
    subprocess.run(["mkswap", "-q", swap], check=True)
    devices = ((root, "virtio-blk-pci,addr=03.0"), (swap, "virtio-blk-pci,addr=06.0"))
    return RootDisks(f"LABEL={ROOT_LABEL}", devices, keep=True)


@pytest.mark.extended
def test_a_boot_that_resumes_is_no_attempt(boot, firmware, disks):
    options = {"firmware": firmware, "root": disks, "systemd": True, "timeout": 400}
    slept = boot(MACHINE, IMAGE, arguments=[RESUME], run=HIBERNATE, collect=False, **options)
    assert "vfio-claim: on trial: attempt 1 of 2" in slept.serial
    assert "PM: hibernation: " in slept.serial
    written = firmware.writes(VARIABLE)
    assert written == 3, "counted, told, confirmed"

    # The kernel that resumes runs the agent, with another configuration: it counts.
    woken = boot(MACHINE, IMAGE, arguments=[RESUME], conf=CHANGED, **options)
    assert "vfio-claim: claimed: 1 card" in woken.serial
    assert "vfio-claim: on trial: attempt 1 of 2" in woken.serial
    expect.claimed(woken, CARD)
    assert woken.report["config_sha256"] == slept_digest(), "the system that went to sleep"
    assert "trial" not in woken.text("before"), "confirmed"
    assert "it does not count as an attempt" in woken.text("units"), woken.text("units")
    assert "hibernating" not in woken.text("left")
    assert firmware.writes(VARIABLE) == written + 3, "counted, told, given back"
    assert woken.text("failed-units").strip() == ""

    # So the next boot with it is the first one.
    after = boot(MACHINE, IMAGE, arguments=[RESUME, "noresume"], conf=CHANGED, firmware=firmware)
    assert after.report["trial"]["attempt"] == 1
    expect.claimed(after, CARD)


def slept_digest():
    return hashlib.sha256(CONF.encode()).hexdigest()
