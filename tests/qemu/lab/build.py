# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles agent, test modules and shim inside the suite's builder root.

The host's compiler and libraries play no part, so a result fits the guest on any host.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import cache, roots
from .chroot import Session

# Parts of the source tree that `make install` does not need.
NOT_SOURCE = frozenset({".git", ".ci", ".github", "build", "dist", "tests/qemu"})


@dataclass(frozen=True)
class Support:
    """What a boot with masks needs, compiled for a kernel."""

    modules: dict[str, bytes]  # test modules by name, without .ko
    shim: bytes


@dataclass(frozen=True)
class Built(Support):
    """The programs compiled for a suite."""

    installed: Path  # the tree that `make install DESTDIR=` wrote


@dataclass(frozen=True)
class Target:
    """Another architecture, and the root that compiles for it."""

    architecture: str
    kernel_architecture: str
    prefix: str  # of the tools' names
    root: Path


def built(suite: str, kernel: str = "") -> Built:
    """Everything compiled for the suite from the sources as they are now.

    kernel is the guest's: two roots of one week may differ by an update in between.
    """
    kernel = kernel or roots.kernel_version(roots.guest_root(suite))
    return Built(**vars(support(suite, kernel)), installed=_installed(suite, kernel))


def support(suite: str, kernel: str, target: Target | None = None) -> Support:
    """Test modules and shim alone; target: for another architecture than this machine's."""
    place = _support(suite, kernel, target)
    return Support(
        modules={path.stem: path.read_bytes() for path in sorted(place.glob("*.ko"))},
        shim=(place / "shim").read_bytes(),
    )


def _installed(suite: str, kernel: str) -> Path:
    source = cache.SOURCE_DIR
    builder = roots.builder_root(suite, kernel)

    def make(result: Path) -> None:
        cache.say(f"{suite}: building vfio-claim (about 10 s)")
        with Session(builder, cache.CACHE / "tmp") as session:
            copy_source(source, session.files / "lab-source")
            # The tree may hold objects of the host's compiler that look new.
            session.run(
                "cd /lab-source\n"
                "make clean\n"
                "make -j2 all\n"
                "make install DESTDIR=/lab-out\n"
            )
            for entry in session.out.iterdir():
                entry.rename(result / entry.name)

    key = f"{suite}-{cache.digest(builder.name)}-{_source_key(source)}"
    return cache.once("installed", key, make)


def package(suite: str, version: str | None = None, target: Target | None = None) -> Path:
    """The .deb that `make deb` makes for the suite; version: in place of the sources' own."""
    source = cache.SOURCE_DIR
    packager = target.root if target else roots.packager_root(suite)
    architecture = f"DEB_ARCH={target.architecture}" if target else ""

    def make(result: Path) -> None:
        cache.say(f"{suite}: building the package (about 30 s)")
        with Session(packager, cache.CACHE / "tmp") as session:
            copy_source(source, session.files / "lab-source")
            change = (
                f"sed -i 's/^VERSION := .*/VERSION := {version}/' Makefile\n"
                f"sed -i '1s/(.*)/({version}-1)/' debian/changelog\n"
            )
            session.run(
                "cd /lab-source\n" + (change if version else "")
                # Its unit tests run in tests/packaging.
                + f"DEB_BUILD_OPTIONS=nocheck make deb {architecture}\nmv dist/*.deb /lab-out\n"
            )
            for entry in session.out.iterdir():
                entry.rename(result / entry.name)

    key = f"{suite}-{cache.digest(packager.name, version)}-{_source_key(source)}"
    (deb,) = cache.once("packages", key, make).iterdir()
    return deb


def copy_source(source: Path, target: Path, skip: frozenset[str] = NOT_SOURCE) -> None:
    """Copies the sources as they are now, without build results."""
    for path in cache.tree_files(source, skip):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy, follow_symlinks=False)


def _source_key(source: Path) -> str:
    """The hash of the sources, taken once for a run and all its workers.

    An edit while the tests run must not give an image of one state and a root of another.
    """
    key = os.environ.get("LAB_SOURCE_KEY") or cache.tree_digest(source, NOT_SOURCE)
    os.environ["LAB_SOURCE_KEY"] = key
    return key


def _support(suite: str, kernel: str, target: Target | None) -> Path:
    builder = target.root if target else roots.builder_root(suite, kernel)
    prefix = target.prefix if target else ""
    cross = f"ARCH={target.kernel_architecture} CROSS_COMPILE={prefix}" if target else ""
    parts = ("modules", "shim")

    def make(result: Path) -> None:
        cache.say(f"{suite}: building the test modules (about 10 s)")
        with Session(builder, cache.CACHE / "tmp") as session:
            for part in parts:
                shutil.copytree(cache.LAB_DIR / part, session.files / "lab-source" / part)
            session.run(
                "cd /lab-source\n"
                f"make -C modules {cross} KDIR=/usr/src/linux-headers-{kernel}\n"
                f"{prefix}gcc -O2 -Wall -Wextra -static -s -o shim/shim shim/shim.c\n"
                "cp modules/*.ko shim/shim /lab-out\n"
            )
            for entry in session.out.iterdir():
                entry.rename(result / entry.name)

    hashes = [cache.tree_digest(cache.LAB_DIR / part) for part in parts]
    return cache.once("support", f"{suite}-{cache.digest(builder.name, *hashes)}", make)
