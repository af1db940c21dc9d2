# SPDX-License-Identifier: GPL-2.0-or-later
"""A boot image, made by the guest's own builder, and its root disk."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import build, cache, kernel, roots
from .chroot import Session

CONF = "/etc/vfio-claim.conf"
ROOT_LABEL = "lab-root"
ROOT_DISK_SIZE = "1400M"
LARGE_ROOT_DISK_SIZE = "2400M"  # with QEMU, say
SUPPORT = cache.LAB_DIR / "guest"

# An image for all machines, like Debian's, with fewer drivers: boots mostly wait for the unpacking.
DRACUT_CONF = """hostonly="no"
hostonly_cmdline="no"
compress="cat"
early_microcode="no"
drivers+=" virtio_pci virtio_blk ext4 "
omit_dracutmodules+=" i18n kernel-network-modules kernel-modules-extra qemu qemu-net nvdimm "
"""
# By the modules present: each release of dracut has more of systemd's.
WITHOUT_SYSTEMD = r"""
names=$(ls /usr/lib/dracut/modules.d | sed -n 's/^[0-9]*\(.*systemd.*\)/\1/p' | tr '\n' ' ')
echo "omit_dracutmodules+=\" $names\"" >>/etc/dracut.conf.d/lab.conf
"""
# Debian's default packs for most of the time that an image takes, and boot.py unpacks it again.
INITRAMFS_CONF = "COMPRESSLEVEL=1\n"
BUILDER_CONF = {
    "initramfs-tools": ("/etc/initramfs-tools/conf.d/lab", INITRAMFS_CONF),
    "dracut": ("/etc/dracut.conf.d/lab.conf", DRACUT_CONF),
}
MAKE_IMAGE = {
    "initramfs-tools": "update-initramfs -c -k {kernel}",
    "dracut": "dracut --force /boot/initrd.img-{kernel} {kernel}",
}
MAKE_IMAGE["dracut-no-systemd"] = MAKE_IMAGE["dracut"]


@dataclass(frozen=True)
class Image:
    """The guest administrator's setup before the boot image is made.

    conf is baked in as /etc/vfio-claim.conf (None: there is no such file). files are laid
    over the root, prepare is a shell script run in it. packages are Debian's, on top of those
    that all guests have. builder is one of roots.BUILDERS. own_kernel is of kernel.built(), in place of
    Debian's; there are no test modules for it.
    """

    suite: str = "bookworm"
    conf: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    prepare: str = ""
    packages: tuple[str, ...] = ()
    builder: str = "initramfs-tools"
    own_kernel: Path | None = None

    @property
    def guest(self) -> Path:
        """The root in which the image is made."""
        return roots.guest_root(self.suite, self.packages, self.builder)

    def compiled(self) -> build.Built:
        """The programs compiled for its kernel."""
        return build.built(self.suite, roots.kernel_version(self.guest))

    def built(self) -> BuiltImage:
        """The image, built when needed."""
        guest = self.guest
        installed = self.compiled().installed
        own = self.own_kernel
        version = kernel.release(own) if own else roots.kernel_version(guest)
        files = dict(self.files) | ({CONF: self.conf} if self.conf is not None else {})
        name, content = BUILDER_CONF[roots.BUILDERS[self.builder]]
        files[name] = content
        script = f"""
{WITHOUT_SYSTEMD if self.builder == "dracut-no-systemd" else ""}
systemctl --quiet enable vfio-claim-verify.service vfio-claim-vf.service vfio-claim-images.service vfio-claim-arrivals.service vfio-claim-confirm.service vfio-claim-hibernate.service
{self.prepare}
{MAKE_IMAGE[self.builder].format(kernel=version)} >/lab-out/log 2>&1 || {{ cat /lab-out/log; exit 1; }}
cp /boot/initrd.img-{version} /lab-out/initrd
cp /boot/vmlinuz-{version} /lab-out/kernel
"""

        def make(result: Path) -> None:
            cache.say(f"{self.suite}: making a boot image with {self.builder} (about 15 s)")
            with Session(guest, cache.CACHE / "tmp") as session:
                lay_over(session.files, installed, files)
                if own:
                    kernel.lay_over(own, session.files)
                session.run(script)
                for entry in session.out.iterdir():
                    entry.rename(result / entry.name)

        key = cache.digest(guest.name, cache.tree_digest(installed), sorted(files.items()), script, own and own.name)
        return BuiltImage(self, cache.once("images", f"{self.suite}-{key}", make))


@dataclass(frozen=True)
class BuiltImage:
    """A built image: its kernel, its initrd, and its builder's output."""

    image: Image
    place: Path

    @property
    def kernel(self) -> Path:
        return self.place / "kernel"

    @property
    def initrd(self) -> Path:
        return self.place / "initrd"

    @property
    def log(self) -> str:
        return (self.place / "log").read_text(encoding="utf-8", errors="replace")

    def unpacked(self, target: Path) -> Path:
        """Unpacks the initrd with Debian's own tool; returns the directory that holds its /init."""
        return unpack(self.image.suite, self.initrd, target)


def unpack(suite: str, initrd: Path, target: Path) -> Path:
    """Unpacks an initrd below target with the suite's own tool; returns the directory that holds its
    /init.

    An image is one archive or several, and the tool then makes a directory for each: laid
    over each other here, as the kernel does it.
    """
    with Session(roots.guest_root(suite), cache.CACHE / "tmp") as session:
        shutil.copyfile(initrd, session.files / "lab-initrd")
        session.run("unmkinitramfs /lab-initrd /lab-out/image\n")
        image = session.out / "image"
        parts = [image] if (image / "init").exists() else sorted(image.iterdir())
        for part in parts:
            subprocess.run(["cp", "-a", f"{part}/.", str(target)], check=True)
    return target


def root_disk(
    suite: str, builder: str = "initramfs-tools", packages: tuple[str, ...] = ()
) -> Path:
    """The guest's root file system as a disk image, with further packages; boots must not write to it.

    Programs and configuration are not on it: they come with each boot (boot.py).
    """
    guest = roots.guest_root(suite, packages, builder)
    size = LARGE_ROOT_DISK_SIZE if packages else ROOT_DISK_SIZE

    def make(result: Path) -> None:
        cache.say(f"{suite}: making the root disk (about 5 s)")
        with Session(guest, cache.CACHE / "tmp") as session:
            make_disk(session, "", size)
            (session.out / "root.ext4").rename(result / "root.ext4")

    content = cache.digest(guest.name, cache.tree_digest(SUPPORT))
    return cache.once("disks", f"{suite}-{content}", make) / "root.ext4"


ENABLE_SUPPORT = """
systemctl enable systemd-udevd.service >/dev/null 2>&1 || true
ln -s /lab/lab-collect.service /etc/systemd/system/
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /lab/lab-collect.service /etc/systemd/system/multi-user.target.wants/
"""


def make_disk(session: Session, script: str, size: str) -> None:
    """Runs the script in the session's root and makes root.ext4 of the result, with /lab."""
    shutil.copytree(SUPPORT, session.files / "lab")
    session.run(
        f"{script}\n"
        f"{ENABLE_SUPPORT}"
        "echo lab-guest >/etc/hostname\n"
        f"truncate -s {size} /lab-out/root.ext4\n"
        "rm -f /lab-script\n"
        # One file system only, without the mounts at /proc, /dev and /lab-out.
        "mkdir /lab-view && mount --bind / /lab-view\n"
        f"mke2fs -q -t ext4 -L {shlex.quote(ROOT_LABEL)} -d /lab-view /lab-out/root.ext4\n"
    )


def lay_over(target: Path, installed: Path, files: dict[str, str]) -> None:
    shutil.copytree(installed, target, symlinks=True, dirs_exist_ok=True)
    for name, text in files.items():
        path = target / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if text.startswith("#!") else 0o644)
