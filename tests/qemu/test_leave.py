# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package goes, by the real dpkg and the real builder: no image goes on claiming the card, or
each that does is named. No boot."""

import re
import sys
from pathlib import Path

import pytest
from lab import cache, roots
from lab.build import built
from lab.chroot import Session
from lab.cpio import archive
from test_setup import MACHINES, PRELUDE, Step, copy_tree

sys.path.insert(0, str(MACHINES))
from machine import Machine  # noqa: E402

DEBIAN = Path(__file__).parents[2] / "debian"
CONTROL = """Package: vfio-claim
Version: 0.1.0
Architecture: all
Maintainer: none <none@example.com>
Description: as built for this root
"""
# Where the package was, a command is left that opens the images afterwards.
INSTALL = r"""
dpkg-deb --root-owner-group -b /lab-package /lab.deb >/dev/null
dpkg --force-depends -i /lab.deb >/lab-out/dpkg-install 2>&1
cp /usr/bin/vfio-claim /lab-vfio-claim
step setup vfio-claim setup 01:00.0
"""


@pytest.fixture
def package():
    """run(script, *steps) -> the steps, on a root where dpkg has installed the package."""

    def run(script, *names, suite="trixie"):
        machine = Machine(MACHINES / "intel-rtx3080.tree")
        with Session(roots.guest_root(suite), cache.CACHE / "tmp") as session:
            release = roots.kernel_version(session.root)
            machine.add(f"proc/sys/kernel/osrelease = {release}")
            for path in machine.entries:
                if path.startswith(("sys/", "proc/")):
                    machine.write_entry(session.files, path)
            (session.files / "proc").rename(session.files / "lab-proc")
            (session.files / "lab-plain-image").write_bytes(archive({"init": b"#!/bin/sh\n"}))
            package = session.files / "lab-package"
            package.mkdir()
            copy_tree(built(suite).installed, package)
            (package / "DEBIAN").mkdir()
            (package / "DEBIAN/control").write_text(CONTROL)
            for name in "prerm", "postrm", "postinst":
                text = (DEBIAN / name).read_text(encoding="utf-8").replace("#DEBHELPER#", "")
                (package / "DEBIAN" / name).write_text(text)
                (package / "DEBIAN" / name).chmod(0o755)
            session.run(PRELUDE + INSTALL + script)
            return [Step(session.out, name) for name in ("setup", *names)]

    return run


@pytest.mark.parametrize("action", ["-r", "-P"])
def test_no_image_claims_when_the_package_has_gone(package, action):
    setup, gone, opened = package(
        f"step gone dpkg {action} vfio-claim\n"
        "[ ! -e /usr/bin/vfio-claim ]\n"
        "step opened /lab-vfio-claim image-free\n",
        "gone", "opened",
    )
    assert setup.code == 0, setup
    assert gone.code == 0 and gone.says("Running: update-initramfs -u -k all"), gone
    assert gone.boot != setup.boot and opened.code == 0, opened
    assert bool(gone.etc) == (action == "-r"), gone
    assert "still" not in gone.flat and "vfio_claim.mode=off" not in gone.flat, gone


def test_each_image_that_still_claims_is_named(package):
    """The builder ends well and builds nothing: dpkg ends well too, but not without a word."""
    setup, gone, opened = package(
        "echo update_initramfs=no >/etc/initramfs-tools/update-initramfs.conf\n"
        "step gone dpkg -P vfio-claim\n"
        "step opened /lab-vfio-claim image-free\n"
        "ls /run/vfio-claim* >/lab-out/left 2>/dev/null || :\n",
        "gone", "opened",
    )
    assert setup.code == 0 and gone.code == 0 and gone.boot == setup.boot, gone
    assert opened.code == 1, "the image does claim"
    kernel = re.search(r"initrd\.img-(\S+)", gone.boot)[1]
    assert gone.says(f"'/boot/initrd.img-{kernel}' still holds agent and configuration"), gone
    assert gone.says("/etc/initramfs-tools/update-initramfs.conf:1: 'update_initramfs=no'"), gone
    assert gone.says("boot with vfio_claim.mode=off"), gone


def test_a_builder_that_fails_costs_the_package_nothing_but_words(package):
    setup, gone = package("echo 'exit 3' | builder\nstep gone dpkg -r vfio-claim\n", "gone")
    assert setup.code == 0 and gone.code == 0, gone
    assert gone.says("failed with 3") and gone.says("still holds agent and configuration"), gone


def test_where_nothing_was_set_up_nothing_is_built(package):
    _, gone = package(
        "vfio-claim remove >/dev/null\necho 'exit 3' | builder\nstep gone dpkg -P vfio-claim\n", "gone")
    assert gone.code == 0 and "Running" not in gone.out and "failed" not in gone.flat, gone
