# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian on arm64: programs compiled for it here, and a root that only an emulated machine can finish.

Nothing of arm64 runs on the host, which may have no binfmt_misc: what a chroot does for the other roots, a
machine does for this one, with the whole root in its memory and without a disk.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from . import build, cache, cpio, image, roots
from .boot import MACHINES_AT_ONCE, RootDisks, Setup, start
from .chroot import CommandFailed
from .firmware import Firmware
from .living import SLOW_MACHINE
from .machine import Machine
from .result import Result

SUITE = "bookworm"
ARCHITECTURE = "arm64"
MEMORY = "3G"  # for the root twice, packed and unpacked
DISK_SIZE = "2500M"
PACKAGE = "/root/vfio-claim.deb"
SMALL_IMAGES = {name: text.encode() for name, text in SLOW_MACHINE["initramfs-tools"].items()}


@dataclass(frozen=True)
class ArmMachine(Machine):
    """QEMU's board "virt", which has a GICv3 with an ITS, and an SMMU if iommu says so.

    Slots and addresses are those of other machines.
    """

    iommu: str = "smmuv3"

    # A processor that signs no pointers, which is slow to emulate.
    emulator: ClassVar[tuple[str, ...]] = ("qemu-system-aarch64", "-cpu", "cortex-a57")
    console: ClassVar[str] = "ttyAMA0"

    def board(self) -> str:
        return "virt,gic-version=3" + (",iommu=smmuv3" if self.iommu == "smmuv3" else "")


class ArmFirmware(Firmware):
    """The same firmware for arm64. With it the kernel reads ACPI's tables, and a device tree without."""

    code = Path("/usr/share/AAVMF/AAVMF_CODE.fd")
    empty_variables = Path("/usr/share/AAVMF/AAVMF_VARS.fd")


# What the emulated machine does as its first and only process.
STAGE = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
export DEBIAN_FRONTEND=noninteractive INITRD=No
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
modprobe -a virtio_pci virtio_blk
sh -eux /lab-script && echo yes >/lab-done
rm -f /lab-stage /lab-script
tar -C / --one-file-system -cf /dev/vda .
sync
echo b >/proc/sysrq-trigger
sleep 60
"""
INSTALL_ALL = """
dpkg --force-unsafe-io --force-depends --install /var/cache/apt/archives/*.deb
test -z "$(dpkg --audit)"
rm -rf /var/cache/apt/archives/*.deb
"""


def root() -> Path:
    """The guest's root, all packages configured; made when needed."""

    def install(tree: Path, result: Path) -> None:
        # For STAGE's modprobe; the kernel's package does so only in there.
        subprocess.run(["depmod", "-b", tree, roots.kernel_version(tree)], check=True)
        cache.say(f"{SUITE} {ARCHITECTURE}: installing its packages in an emulated machine (about 4 minutes)")
        emulate(tree, INSTALL_ALL, {}, result, limit=2400)

    return roots.foreign_root(SUITE, ARCHITECTURE, install, STAGE, INSTALL_ALL)


def target() -> build.Target:
    """How programs and test modules are compiled for the guest."""
    compiler = roots.cross_root(SUITE, ARCHITECTURE, roots.kernel_version(root()))
    return build.Target(ARCHITECTURE, "arm64", "aarch64-linux-gnu-", compiler)


def emulate(tree: Path, script: str, files: Mapping[str, bytes], result: Path, limit: int) -> None:
    """Runs the script in a machine whose root is the tree with the files over it; result gets the whole root
    as it is then."""
    (cache.CACHE / "tmp").mkdir(parents=True, exist_ok=True)
    over = {**files, "/lab-stage": STAGE.encode(), "/lab-script": script.encode()}
    with tempfile.TemporaryDirectory(dir=cache.CACHE / "tmp") as scratch:
        place = Path(scratch)
        _pack(tree, over, place / "initrd")
        subprocess.run(["truncate", "-s", DISK_SIZE, place / "root.tar"], check=True)
        with cache.slot("machine", MACHINES_AT_ONCE), contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(_stage_command(tree, place), stdin=subprocess.DEVNULL, timeout=limit, check=False)
        # Behind the archive, or in its place, are zeroes.
        subprocess.run(["tar", "-C", result, "-xpf", place / "root.tar"], check=True)
        if not (result / "lab-done").exists():
            said = (place / "serial").read_text(encoding="utf-8", errors="replace").splitlines()
            raise CommandFailed("the emulated machine did not finish its script:\n" + "\n".join(said[-60:]))
        (result / "lab-done").unlink()


def _pack(tree: Path, over: Mapping[str, bytes], initrd: Path) -> None:
    with open(initrd, "wb") as out:
        pack = "find . -xdev | cpio -o -H newc --quiet"
        subprocess.run(["sh", "-c", pack], cwd=tree, stdout=out, check=True)
    with open(initrd, "ab") as out:
        out.write(b"\0" * (-out.tell() % 512) + cpio.archive(over))


def _stage_command(tree: Path, place: Path) -> list[str]:
    return [
        *ArmMachine.emulator,
        *("-nodefaults", "-display", "none", "-no-reboot", "-smp", "1", "-m", MEMORY),
        *("-machine", ArmMachine(iommu="none").board()),
        *("-kernel", str(_kernel(tree)), "-initrd", str(place / "initrd")),
        *("-append", f"console={ArmMachine.console} rdinit=/lab-stage panic=-1 norandmaps"),
        *("-serial", f"file:{place / 'serial'}"),
        *("-drive", f"if=none,id=root,format=raw,cache=unsafe,file={place / 'root.tar'}"),
        *("-device", "virtio-blk-pci,drive=root"),
    ]


def _kernel(tree: Path) -> Path:
    return tree / f"boot/vmlinuz-{roots.kernel_version(tree)}"


@dataclass(frozen=True)
class Installed:
    """A disk on which our package is installed by dpkg, and the kernel and the image on it."""

    place: Path

    @property
    def kernel(self) -> Path:
        return self.place / "kernel"

    @property
    def initrd(self) -> Path:
        return self.place / "initrd"

    @property
    def root(self) -> Path:
        return self.place / "root.ext4"


def installed(conf: str) -> Installed:
    """The disk with this configuration; its image is made by the guest's own update-initramfs."""
    guest = root()
    kernel = roots.kernel_version(guest)
    package = build.package(SUITE, target=target()).read_bytes()
    files = {image.CONF: conf.encode(), PACKAGE: package, **SMALL_IMAGES}
    for path in cache.tree_files(image.SUPPORT):
        files[f"/lab/{path.relative_to(image.SUPPORT)}"] = path.read_bytes()
    script = f"""
dpkg --force-unsafe-io --install {PACKAGE}
update-initramfs -c -k {kernel}
{image.ENABLE_SUPPORT}
echo lab-guest >/etc/hostname
"""

    def make(result: Path) -> None:
        cache.say(f"{SUITE} {ARCHITECTURE}: installing the package in an emulated machine (about 2 minutes)")
        with tempfile.TemporaryDirectory(dir=cache.CACHE / "tmp") as scratch:
            tree = Path(scratch)
            emulate(guest, script, files, tree, limit=1200)
            shutil.copyfile(_kernel(tree), result / "kernel")
            shutil.copyfile(tree / f"boot/initrd.img-{kernel}", result / "initrd")
            command = ["mke2fs", "-q", "-t", "ext4", "-L", image.ROOT_LABEL, "-d", tree, result / "root.ext4"]
            subprocess.run([*command, DISK_SIZE], stdout=subprocess.DEVNULL, check=True)

    content = cache.digest(guest.name, sorted(files.items()), script, STAGE)
    return Installed(cache.once("images", f"{SUITE}-{ARCHITECTURE}-{content}", make))


def boot(
    machine: ArmMachine,
    disk: Installed,
    *,
    firmware: Firmware | None = None,
    run: str | None = None,
    results: Path | None = None,
    timeout: int = 600,
) -> Result:
    """Boots once, as lab.boot does; the disk stays as it is."""
    begin = time.monotonic()
    cache.say(f"{SUITE} {ARCHITECTURE}: a boot (about 60 s)")
    setup = Setup(
        machine,
        f"{SUITE} {ARCHITECTURE}",
        kernel=disk.kernel,
        initrd=disk.initrd,
        root=RootDisks(f"LABEL={image.ROOT_LABEL}", ((disk.root, "virtio-blk-pci,addr=03.0"),)),
        compiled=build.support(SUITE, roots.kernel_version(root()), target()),
        to_root={"/lab/run": run.encode()} if run else {},
        firmware=firmware,
        timeout=timeout,
    )
    result = start(setup, results=results)
    cache.say(f"{SUITE} {ARCHITECTURE}: it took {time.monotonic() - begin:.0f} s")
    return result
