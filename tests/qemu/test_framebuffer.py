# SPDX-License-Identifier: GPL-2.0-or-later
"""A display with the firmware's framebuffer: its memory is free when a VM needs it.

Debian's kernels have efifb, whose region goes with its driver. The kernel here has simple-framebuffer
and simpledrm built in, as Fedora's, Ubuntu's and Talos's: BOOTFB stays in the BAR then. The card is
of class 0380, for which the kernel does nothing by itself.
"""

import re

import pytest
from lab import Card, Firmware, Function, Image, Machine, image, kernel
from lab.boot import RootDisks

SUITE = "trixie"
MACHINE = Machine(slots=(Card((Function("bochs-display"),)),), host_display=False)
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=1234:1111\nboot-display = allow\n"
QEMU = ("qemu-system-x86",)

# Prints the regions in the card's BARs, and those that a QEMU gets. The monitor's `quit` runs after it
# has mapped all it can.
LOOK = f"""
cd /lab/out
look() {{ sed -n '/ : {CARD}$/,/^  [^ ]/p' /proc/iomem >$1.iomem; }}
look before
cat /sys/class/vtconsole/*/name >consoles
dmesg >$PWD/dmesg.before
vfio-claim verify --json >verify.json
echo 'info pci' | qemu-system-x86_64 -accel tcg -m 64 -nodefaults -display none -S -monitor stdio \\
	-device vfio-pci,host={CARD},romfile= >qemu.out 2>qemu.err &
qemu=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	grep -q "BAR0" qemu.out && break
	sleep 1
done
look with-vm
kill $qemu
dmesg >$PWD/dmesg.after
"""

# By hand, in the real root: all steps of the agent except the removal.
WITHOUT_RESCAN = f"""
device=/sys/bus/pci/devices/{CARD}
for module in irqbypass vfio vfio_iommu_type1 vfio-pci-core vfio-pci; do
	insmod /lab/modules/$module.ko
done
for console in /sys/class/vtconsole/*; do
	if grep -q "frame buffer" $console/name; then echo 0 >$console/bind; fi
done
echo simple-framebuffer.0 >/sys/bus/platform/drivers/simple-framebuffer/unbind
echo vfio-pci >$device/driver_override
echo {CARD} >/sys/bus/pci/drivers_probe
"""
# The card is the host's again: its own driver binds, and removes the framebuffer's remaining device.
GIVE_BACK = f"""
echo {CARD} >/sys/bus/pci/devices/{CARD}/driver/unbind
echo >/sys/bus/pci/devices/{CARD}/driver_override
for module in ttm drm_ttm_helper drm_vram_helper bochs; do
	[ ! -e /lab/modules/$module.ko ] || insmod /lab/modules/$module.ko
done
basename "$(readlink /sys/bus/pci/devices/{CARD}/driver)" >driver.after
look given-back
dmesg >dmesg.given-back
"""


@pytest.fixture
def boot_own(boot, tmp_path):
    """Boots the kernel with simpledrm by EFI, with QEMU in the guest and the kernel's modules at hand."""
    own = kernel.built(SUITE, "simplefb")
    disk = image.root_disk(SUITE, packages=QEMU)
    modules = {f"/lab/modules/{path.name}": path.read_bytes() for path in own.glob("lib/modules/**/*.ko")}

    def run(script, **options):
        return boot(
            MACHINE, Image(SUITE, conf=CONF, own_kernel=own), firmware=Firmware(tmp_path), run=script,
            root=RootDisks(f"LABEL={image.ROOT_LABEL}", ((disk, "virtio-blk-pci,addr=03.0"),)), root_files=modules, timeout=300, **options,
        )

    return run


def in_bar(result, name):
    """Names of the regions in the card's BARs."""
    lines = result.text(f"{name}.iomem").splitlines()
    assert any(line.endswith(CARD) for line in lines), lines
    return {line.split(" : ")[1] for line in lines} & {"BOOTFB", "simpledrm", "efifb", "vfio-pci", "vfio"}


def warnings(result, name):
    """The driver model's warnings in the kernel's log."""
    return re.findall(r".*(?:WARNING:|BUG:|Oops|KASAN|use-after-free).*", result.text(name))


def verified(result):
    findings = result.document("verify.json")["verified"]["findings"]
    return {(f["severity"], f["code"]) for f in findings if f["severity"] != "info"}


@pytest.mark.extended
def test_a_vm_gets_the_memory_of_the_boot_display(boot_own):
    result = boot_own(LOOK + GIVE_BACK)
    assert result.report["result"] == "claimed"
    assert result.functions and in_bar(result, "before") == set()
    assert "FRAMEBUFFER_IN_BAR" not in result.codes
    assert not {code for _, code in verified(result)} & {"FRAMEBUFFER_IN_BAR", "CLAIM_LOST", "GROUP_SHARED"}
    assert "BAR0" in result.text("qemu.out"), result.text("qemu.err")
    assert "Failed to mmap" not in result.text("qemu.err")
    assert in_bar(result, "with-vm") == {"vfio-pci"}
    assert "can't reserve" not in result.text("dmesg.after")
    assert result.text("driver.after").strip() == "bochs-drm"
    assert warnings(result, "dmesg.given-back") == []


@pytest.mark.extended
def test_unbinding_alone_leaves_the_region(boot_own):
    """The twin: without the removal the same QEMU does not get the memory."""
    result = boot_own(WITHOUT_RESCAN + LOOK, arguments=["vfio_claim.mode=off"])
    assert in_bar(result, "before") == {"BOOTFB"}
    assert "Failed to mmap" in result.text("qemu.err")
    assert "can't reserve" in result.text("dmesg.after")


@pytest.mark.extended
def test_without_the_framebuffer_device_nothing_is_in_the_way(boot_own):
    """Boots with the parameter that FRAMEBUFFER_IN_BAR names."""
    result = boot_own(LOOK, arguments=["initcall_blacklist=sysfb_init"])
    assert result.report["result"] == "claimed" and in_bar(result, "before") == set()
    assert "FRAMEBUFFER_IN_BAR" not in result.codes
    assert "Failed to mmap" not in result.text("qemu.err") and in_bar(result, "with-vm") == {"vfio-pci"}


@pytest.mark.extended
def test_a_framebuffer_without_a_driver_is_found_too(boot_own):
    """simpledrm is missing, as when it is a module; its device and BOOTFB are there."""
    result = boot_own(LOOK, arguments=["initcall_blacklist=simpledrm_platform_driver_init"])
    assert result.report["result"] == "claimed" and in_bar(result, "before") == set()
    assert "Failed to mmap" not in result.text("qemu.err")
