# SPDX-License-Identifier: GPL-2.0-or-later
"""Images with our files, built by Debian's image builder."""

import pytest
from lab import Image, Machine, rtx_3080
from lab.image import unpack
from lab.roots import SUITES

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CONF = f"gpu = {MACHINE.address(0)} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
VFIO_MODULES = {"vfio.ko", "vfio_iommu_type1.ko", "vfio-pci-core.ko", "vfio-pci.ko"}


def modules_in(tree):
    """File names of the modules of an unpacked image, without their compression."""
    names = (path.name for path in tree.rglob("*.ko*"))
    return {name.partition(".ko")[0] + ".ko" for name in names}


@pytest.mark.parametrize("suite", SUITES)
def test_the_agent_comes_first_in_init_top(tmp_path, suite):
    tree = Image(suite, conf=CONF).built().unpacked(tmp_path)
    order = (tree / "scripts/init-top/ORDER").read_text(encoding="utf-8")
    scripts = [line.split()[0] for line in order.splitlines() if line.startswith("/scripts/")]
    assert scripts[0] == "/scripts/init-top/00-vfio-claim"
    assert "/scripts/init-top/udev" in scripts


@pytest.mark.parametrize("suite", SUITES)
def test_the_image_holds_agent_configuration_and_modules(tmp_path, suite):
    tree = Image(suite, conf=CONF).built().unpacked(tmp_path)
    assert (tree / "usr/lib/vfio-claim/agent").exists()
    assert (tree / "etc/vfio-claim.conf").read_text(encoding="utf-8") == CONF
    assert modules_in(tree) >= VFIO_MODULES


@pytest.mark.parametrize("suite", [pytest.param("bookworm", marks=pytest.mark.extended), "trixie"])
def test_without_a_configuration_the_image_has_no_agent(tmp_path, suite):
    tree = Image(suite).built().unpacked(tmp_path)
    assert not (tree / "usr/lib/vfio-claim").exists()
    assert not list((tree / "scripts").rglob("*vfio-claim*"))
    assert "vfio-claim" not in (tree / "scripts/init-top/ORDER").read_text(encoding="utf-8")


@pytest.mark.extended
@pytest.mark.parametrize("suite", SUITES)
def test_an_image_for_this_machine_only_holds_the_modules_too(boot, tmp_path, suite):
    # MODULES=dep looks at the running machine, so the image is made in a guest.
    make_image = """
cp -a /etc/initramfs-tools /lab/confdir
sed -i s/^MODULES=.*/MODULES=dep/ /lab/confdir/initramfs.conf
mkinitramfs -d /lab/confdir -o /lab/out/initrd "$(uname -r)"
"""
    result = boot(MACHINE, Image(suite, conf=CONF), run=make_image, timeout=400)
    made = result.command("run")
    assert made.exit_code == 0, made.errors
    tree = tmp_path / "tree"
    tree.mkdir()
    modules = modules_in(unpack(suite, result.place / "initrd", tree))
    assert modules >= VFIO_MODULES
    assert "virtio_blk.ko" in modules and "nvme.ko" not in modules, "not an image for this machine"


# As kdump-tools' postinst.d and kdumpctl's mkdumprd build images for crash kernels.
CRASH_IMAGES = {
    ("bookworm", "initramfs-tools"): """
mkdir -p /var/lib/kdump
cp -pr /etc/initramfs-tools /var/lib/kdump
echo KDUMP=y >>/var/lib/kdump/initramfs-tools/initramfs.conf
mkinitramfs -d /var/lib/kdump/initramfs-tools -o /lab-out/crash $(ls /lib/modules)
""",
    ("trixie", "dracut"): "IN_KDUMP=1 dracut --force /lab-out/crash $(ls /lib/modules)\n",
}


@pytest.mark.extended
@pytest.mark.parametrize(("suite", "builder"), CRASH_IMAGES)
def test_an_image_for_a_crash_kernel_goes_without_the_agent(tmp_path, suite, builder):
    prepare = CRASH_IMAGES[suite, builder]
    built = Image(suite, conf=CONF, prepare=prepare, builder=builder).built()
    for name, has_agent in (("initrd", True), ("crash", False)):
        tree = tmp_path / name
        tree.mkdir()
        unpacked = unpack(suite, built.place / name, tree)
        assert (unpacked / "usr/lib/vfio-claim/agent").exists() == has_agent
        assert (unpacked / "etc/vfio-claim.conf").exists() == has_agent
