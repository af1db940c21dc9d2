# SPDX-License-Identifier: GPL-2.0-or-later
"""Root disks of other kinds than a bare file system: a partition, md RAID 1, LUKS on LVM, a network's.

They hold a small root, without the kernel's modules, so that a copy is cheap. The real tools make md and
LUKS in a guest, once a week, as the host may have no device-mapper.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from . import cache, roots
from .boot import RootDisks, boot
from .chroot import Session
from .image import Image, root_disk
from .topology import Topology

SUITE = "bookworm"
PACKAGES = ("cryptsetup-bin", "lvm2", "mdadm")
FILE_SYSTEM_UUID = "1ab0f5f5-0000-4000-8000-000000000001"
WHOLE_UUID = "1ab0f5f5-0000-4000-8000-000000000002"
FILE_SYSTEM_SIZE = 288 << 20
MIB = 1 << 20
DISK_ID = 0x1AB00001  # so that the first partition's PARTUUID is 1ab00001-01
NOT_IN_SMALL_ROOT = (
    "boot/*",
    "lab-small",
    "lab-view",
    "usr/lib/modules/*/kernel",
    "var/cache/*",
    "var/lib/apt/*",
)
KEY = "the lab has no secrets"

# Opens the LUKS device in the image. lvm2's and mdadm's own hooks do the rest.
FILES = {
    "/etc/initramfs-tools/hooks/lab-luks": """#!/bin/sh
[ "$1" = prereqs ] && exit 0
. /usr/share/initramfs-tools/hook-functions
copy_exec /sbin/cryptsetup
manual_add_modules dm_crypt xts ecb aes_generic algif_skcipher
""",
    "/etc/initramfs-tools/scripts/local-top/lab-luks": f"""#!/bin/sh
[ "$1" = prereqs ] && exit 0
case $(cat /proc/cmdline) in *lab.luks*) ;; *) exit 0 ;; esac
left=100
until lvm vgchange -ay --sysinit lab >/dev/null 2>&1 && [ -e /dev/mapper/lab-crypt ]; do
	sleep 0.1
	left=$((left - 1))
	[ $left -gt 0 ] || exit 0
done
printf %s '{KEY}' | cryptsetup open --key-file - /dev/mapper/lab-crypt opened
""",
}

MAKE = f"""
set -eu
disk() {{ echo /dev/disk/by-id/virtio-lab-$1; }}
modprobe -a dm_mod dm_crypt raid1 xts
udevadm settle
mdadm --create /dev/md0 --run --level=1 --metadata=1.0 --homehost=any --name=lab --assume-clean \\
	--raid-devices=2 "$(disk md0)" "$(disk md1)"
mdadm --stop /dev/md0
pvcreate -q "$(disk luks)-part1"
vgcreate -q lab "$(disk luks)-part1"
lvcreate -q -y -Zn -Wn -n crypt -l 100%FREE lab
printf %s '{KEY}' | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \\
	--key-file - /dev/mapper/lab-crypt
printf %s '{KEY}' | cryptsetup open --key-file - /dev/mapper/lab-crypt opened
dd if="$(disk source)" of=/dev/mapper/opened bs=1M conv=sparse
sync
cryptsetup close opened
vgchange -q -an lab
sync
echo made >/lab/out/made
"""


def image(conf: str) -> Image:
    """An image that can open all these disks."""
    return Image(SUITE, conf=conf, packages=PACKAGES, files=FILES)


def partition(device: str) -> RootDisks:
    """The file system on the first partition, named by PARTUUID."""
    return RootDisks(f"PARTUUID={DISK_ID:08x}-01", ((_partition(), device),))


def labelled_partition(device: str) -> RootDisks:
    """The same, named by the file system's UUID."""
    return RootDisks(f"UUID={FILE_SYSTEM_UUID}", ((_partition(), device),))


def raid1(device: str, other: str) -> RootDisks:
    """md RAID 1 of two disks."""
    return RootDisks(
        f"UUID={FILE_SYSTEM_UUID}", ((_disks() / "md0", device), (_disks() / "md1", other))
    )


def luks_on_lvm(device: str) -> RootDisks:
    """The file system in LUKS, on a logical volume, on a partition. Needs lab.luks as argument."""
    return RootDisks("/dev/mapper/opened", ((_disks() / "luks", device),))


@contextlib.contextmanager
def by_nbd(suite: str) -> Iterator[tuple[RootDisks, tuple[str, ...]]]:
    """The suite's root, served by qemu-nbd to QEMU's user network, and its kernel arguments.

    For images with the package nbd-client, on a machine with NBD_NETWORK.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["qemu-nbd", "--persistent", "--snapshot", "--shared=4", "--format=raw", "--export-name=root"]
    with subprocess.Popen([*command, "--bind=127.0.0.1", f"--port={port}", root_disk(suite)]) as server:
        try:
            _wait_for_port(port)
            yield RootDisks("/dev/nbd0", ()), (f"nbdroot=10.0.2.2:{port}/root", "ip=dhcp")
        finally:
            server.kill()


NBD_NETWORK = ("-netdev", "user,id=net")


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        if time.monotonic() > deadline:
            raise RuntimeError("qemu-nbd does not answer")
        time.sleep(0.05)


def _partition() -> Path:
    guest = roots.guest_root(SUITE)
    support = cache.LAB_DIR / "guest"

    def make(result: Path) -> None:
        _small_root(guest, support, result / "source")
        _copy(result / "source", result / "partition", FILE_SYSTEM_SIZE + 2 * MIB, at=MIB)
        (result / "source").unlink()
        _partition_table(result / "partition")

    content = cache.digest(guest.name, cache.tree_digest(support), FILE_SYSTEM_SIZE, NOT_IN_SMALL_ROOT)
    return cache.once("disks", f"{SUITE}-partition-{content}", make) / "partition"


def _disks() -> Path:
    guest = roots.guest_root(SUITE, PACKAGES)
    if roots.kernel_version(guest) != roots.kernel_version(roots.guest_root(SUITE)):
        raise RuntimeError(f"{guest}: Debian's kernel changed in between; remove this root")
    support = cache.LAB_DIR / "guest"

    def make(result: Path) -> None:
        cache.say(f"{SUITE}: making disks with md and LUKS (about 60 s)")
        source = result / "source"
        _small_root(guest, support, source)
        for name in ("md0", "md1"):
            _copy(source, result / name, FILE_SYSTEM_SIZE + MIB, at=0)
        with open(result / "luks", "wb") as disk:
            disk.truncate(FILE_SYSTEM_SIZE + 64 * MIB)
        _partition_table(result / "luks")
        names = ("source", "md0", "md1", "luks")
        options: list[str] = []
        for name in names:
            options += ["-drive", f"if=none,id={name},format=raw,cache=unsafe,file={result / name}"]
        devices = tuple(
            f"virtio-blk-pci,drive={name},serial=lab-{name},addr={number:02x}.0"
            for number, name in enumerate(names, start=0x10)
        )
        machine = Topology(slots=(), extra_devices=devices, options=tuple(options), iommu="none")
        made = boot(machine, image(""), run=MAKE, root=_whole_root(guest, support, result))
        if not made.text("made"):
            raise RuntimeError(f"no disks: {made.command('run')}")
        source.unlink()
        (result / "whole").unlink()

    content = cache.digest(
        guest.name, cache.tree_digest(support), MAKE, FILE_SYSTEM_SIZE, NOT_IN_SMALL_ROOT
    )
    return cache.once("disks", f"{SUITE}-storage-{content}", make)


def _whole_root(guest: Path, support: Path, result: Path) -> RootDisks:
    """A root with the tools and all modules, to make the others in."""
    with Session(guest, cache.CACHE / "tmp") as session:
        shutil.copytree(support, session.files / "lab")
        session.run(
            "rm -f /lab-script\n"
            "mkdir /lab-view && mount --bind / /lab-view\n"
            f"mke2fs -q -t ext4 -U {WHOLE_UUID} -d /lab-view /lab-out/whole 1400M\n"
        )
        shutil.move(session.out / "whole", result / "whole")
    return RootDisks(f"UUID={WHOLE_UUID}", ((result / "whole", "virtio-blk-pci,addr=05.0"),))


def _small_root(guest: Path, support: Path, target: Path) -> None:
    with Session(guest, cache.CACHE / "tmp") as session:
        shutil.copytree(support, session.files / "lab")
        excluded = " ".join(f"--exclude='./{path}'" for path in NOT_IN_SMALL_ROOT)
        session.run(
            "rm -f /lab-script\n"
            "mkdir /lab-view /lab-small && mount --bind / /lab-view\n"
            f"tar -C /lab-view --one-file-system {excluded} -cf - . | tar -C /lab-small -xf -\n"
            f"mke2fs -q -t ext4 -U {FILE_SYSTEM_UUID} -d /lab-small /lab-out/small "
            f"{FILE_SYSTEM_SIZE >> 10}k\n"
        )
        shutil.move(session.out / "small", target)


def _copy(source: Path, target: Path, size: int, at: int) -> None:
    """A sparse file of this size with the source's bytes at an offset."""
    with open(source, "rb") as data, open(target, "wb") as disk:
        disk.truncate(size)
        while chunk := data.read(MIB):
            if chunk.count(0) != len(chunk):
                disk.seek(at + data.tell() - len(chunk))
                disk.write(chunk)


def _partition_table(disk: Path) -> None:
    """One Linux partition, from 1 MiB to the end."""
    sectors = disk.stat().st_size // 512
    entry = b"\0\0\0\0\x83\0\0\0" + (2048).to_bytes(4, "little") + (sectors - 2048).to_bytes(4, "little")
    table = b"\0" * 440 + DISK_ID.to_bytes(4, "little") + b"\0\0" + entry + b"\0" * 48 + b"\x55\xaa"
    with open(disk, "r+b") as out:
        out.write(table)
