# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel of Debian's source with the lab's own configuration, for features that Debian's kernels lack.

Built once for a source and a configuration (about 20 minutes) and kept.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from . import cache, roots
from .chroot import Session

CONFIGS = cache.LAB_DIR / "kernel"

# The build fails when olddefconfig dropped a requested option.
BUILD = """
tar -C / -xf /usr/src/linux-source-*.tar.xz
cd /linux-source-*
make -s tinyconfig
scripts/kconfig/merge_config.sh -m .config /lab-config >/dev/null
make -s olddefconfig
grep ^CONFIG_ /lab-config | grep -vxFf .config && exit 1
make -s -j2 bzImage modules
make -s INSTALL_MOD_PATH=/lab-out modules_install
cp arch/x86/boot/bzImage /lab-out/kernel
rm -f /lab-out/lib/modules/*/build
"""


def built(suite: str, config: str) -> Path:
    """A directory with `kernel` and lib/modules, of kernel/CONFIG.config."""
    text = (CONFIGS / f"{config}.config").read_text(encoding="utf-8")
    builder = roots.kernel_builder_root(suite)

    def make(result: Path) -> None:
        cache.say(f"{suite}: building a kernel for {config} (about 20 minutes)")
        with Session(builder, cache.CACHE / "tmp") as session:
            (session.files / "lab-config").write_text(text, encoding="utf-8")
            session.run(BUILD)
            for entry in session.out.iterdir():
                entry.rename(result / entry.name)

    # Keyed by the source's version, not by the week of its root.
    return cache.once("roots", f"{suite}-kernel-{cache.digest(_version(builder), text, BUILD)}", make)


def release(kernel: Path) -> str:
    """The release of a built kernel, as in `uname -r`."""
    (place,) = (kernel / "lib/modules").iterdir()
    return place.name


def lay_over(kernel: Path, target: Path) -> None:
    """Puts a built kernel where Debian's package would, below target."""
    modules = target / "usr/lib/modules"
    shutil.copytree(kernel / "lib/modules", modules, symlinks=True, dirs_exist_ok=True)
    (target / "boot").mkdir(exist_ok=True)
    shutil.copyfile(kernel / "kernel", target / f"boot/vmlinuz-{release(kernel)}")
    # initramfs-tools looks there for the image's compression.
    (target / f"boot/config-{release(kernel)}").write_text("CONFIG_RD_ZSTD=y\n", encoding="utf-8")


def _version(builder: Path) -> str:
    """The version of Debian's source package, by dpkg."""
    status = (builder / "var/lib/dpkg/status").read_text(encoding="utf-8")
    found = re.search(r"^Package: linux-source-.*?^Version: (\S+)", status, re.MULTILINE | re.DOTALL)
    assert found, "no source in the root that builds kernels"
    return found[1]
