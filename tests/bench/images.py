# SPDX-License-Identifier: GPL-2.0-or-later
"""The size that our files add to a boot image, in addition to the vfio modules, in bytes as stored."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab import build, cache, roots
from lab.chroot import Session
from lab.image import unpack

from boots import CONF, SUITE

# The installation with our hook, and one without it that has the same modules in its image.
OURS = "\n"
MODULES_ONLY = """
rm -r /usr/lib/vfio-claim /usr/share/initramfs-tools/hooks/vfio-claim /etc/vfio-claim.conf
rm /usr/share/initramfs-tools/scripts/init-top/00-vfio-claim
cat >/etc/initramfs-tools/hooks/modules-only <<'END'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules vfio_pci vfio_iommu_type1 virtio_pci virtio_iommu
END
chmod +x /etc/initramfs-tools/hooks/modules-only
"""


@dataclass(frozen=True)
class Addition:
    bytes: int  # of the compressed image
    files: list[dict[str, int | str]]  # path, bytes, and compressed_bytes of the file alone


def measure() -> dict[str, Addition]:
    """For an installation with GRUB's dependencies (dmsetup, and so libudev), and without."""
    roots_to_try = {"ordinary": _ordinary_root(), "minimal": roots.guest_root(SUITE)}
    return {name: _addition(name, root) for name, root in roots_to_try.items()}


def _ordinary_root() -> Path:
    """The lab's guest with the package that all of Debian's GRUB packages depend on."""
    packages = (*roots.GUEST_PACKAGES, "dmsetup")

    def make(root: Path) -> None:
        cache.say(f"{SUITE}: making a root with dmsetup (about 60 s)")
        roots._make(SUITE, packages, root)

    plain = roots.guest_root(SUITE).name
    return cache.once("roots", f"{plain}-{cache.digest(packages)}", make)


def _addition(name: str, root: Path) -> Addition:
    ours, without = _image(name, root, OURS), _image(name, root, MODULES_ONLY)
    with tempfile.TemporaryDirectory() as temporary:
        trees = []
        for initrd, part in ((ours, "ours"), (without, "without")):
            tree = Path(temporary) / part
            tree.mkdir()
            trees.append(unpack(SUITE, initrd, tree))
        files = _added_files(*trees)
    return Addition(ours.stat().st_size - without.stat().st_size, files)


def _image(name: str, root: Path, prepare: str) -> Path:
    installed = build.built(SUITE).installed
    kernel = roots.kernel_version(root)
    script = f"{prepare}\nupdate-initramfs -c -k {kernel}\ncp /boot/initrd.img-{kernel} /lab-out/initrd\n"

    def make(result: Path) -> None:
        cache.say(f"bench: an image for the {name} installation (about 15 s)")
        with Session(root, cache.CACHE / "tmp") as session:
            subprocess.run(["cp", "-a", f"{installed}/.", str(session.files)], check=True)
            (session.files / "etc").mkdir(exist_ok=True)
            (session.files / "etc/vfio-claim.conf").write_text(CONF, encoding="ascii")
            session.run(script)
            (session.out / "initrd").rename(result / "initrd")

    content = cache.digest(root.name, cache.tree_digest(installed), script, CONF)
    return cache.once("images", f"{SUITE}-bench-{content}", make) / "initrd"


def _added_files(ours: Path, without: Path) -> list[dict[str, int | str]]:
    """New and changed files, the largest first."""
    added: list[dict[str, int | str]] = []
    for path in cache.tree_files(ours):
        relative = path.relative_to(ours)
        other = without / relative
        if path.is_symlink() or (other.is_file() and other.read_bytes() == path.read_bytes()):
            continue
        data = path.read_bytes()
        packed = subprocess.run(["zstd", "-q", "-9"], input=data, stdout=subprocess.PIPE, check=True).stdout
        added.append({"path": f"/{relative}", "bytes": len(data), "compressed_bytes": len(packed)})
    return sorted(added, key=lambda entry: -int(entry["compressed_bytes"]))
