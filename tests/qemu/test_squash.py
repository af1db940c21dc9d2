# SPDX-License-Identifier: GPL-2.0-or-later
"""Images whose files dracut puts into a file system inside them, of real dracut. No boot."""

from __future__ import annotations

import json
import re

import pytest
from lab import Image, cache, cells, roots
from lab.chroot import Session
from lab.cpio import archive
from test_setup import MACHINES, Machine, Step, copy_tree

# dracut's module in each suite, and the file that it makes.
MODULES = {"bookworm": ("squash", "squash-root.img"), "trixie": ("squash-squashfs", "squashfs-root.img")}
PACKAGES = ("squashfs-tools", "erofs-utils", "dracut-squash")
SUITES = (pytest.param("bookworm", marks=pytest.mark.extended), "trixie")

PRELUDE = r"""
mount --bind /lab-proc/cmdline /proc/cmdline
mount --bind /lab-proc/sys/kernel/osrelease /proc/sys/kernel/osrelease
mkdir -p /etc/dracut.conf.d
cat >/etc/dracut.conf.d/lab.conf <<'END'
hostonly="no"
hostonly_cmdline="no"
compress="cat"
squash_compress="lz4"
early_microcode="no"
omit_dracutmodules+=" i18n kernel-network-modules kernel-modules-extra qemu qemu-net nvdimm "
END
with() { echo "add_dracutmodules+=\" $1 \"" >/etc/dracut.conf.d/squash.conf; }
image=/boot/initrd.img-$(basename /lib/modules/*)
cp /lab-plain-image "$image"
step() {
	name=$1
	shift
	code=0
	"$@" >"/lab-out/$name.out" 2>"/lab-out/$name.err" </dev/null || code=$?
	echo "$code" >"/lab-out/$name.code"
	mkdir "/lab-out/$name.etc"
	: >"/lab-out/$name.boot"
	: >"/lab-out/$name.left"
}
"""


@pytest.fixture
def system():
    """run(suite, script, *steps) -> the steps, in a root with dracut and a recorded machine."""

    def run(suite, script, *names):
        machine = Machine(MACHINES / "intel-rtx3080.tree")
        with Session(roots.guest_root(suite, PACKAGES, "dracut"), cache.CACHE / "tmp") as session:
            release = roots.kernel_version(session.root)
            machine.add(f"proc/sys/kernel/osrelease = {release}")
            for path in machine.entries:
                if path.startswith(("sys/", "proc/")):
                    machine.write_entry(session.files, path)
            (session.files / "proc").rename(session.files / "lab-proc")
            copy_tree(Image(suite, builder="dracut", packages=PACKAGES).compiled().installed, session.files)
            (session.files / "lab-plain-image").write_bytes(archive({"init": b"#!/bin/sh\n"}))
            session.run(PRELUDE + script)
            return [Step(session.out, name) for name in names]

    return run


def state(step):
    """The state of the one image, and all that is said of it."""
    status = json.loads(step.out)
    (image,) = status["images"]
    return image["state"], " ".join(finding["text"] for finding in status["findings"])


@pytest.mark.extended
@pytest.mark.parametrize("suite", SUITES)
def test_setup_looks_into_the_file_system_in_the_image(system, suite):
    module, _ = MODULES[suite]
    done, current, stale, damaged, gone, without, missing = system(
        suite,
        f"with {module}\n"
        """
step done vfio-claim setup 01:00.0
step current vfio-claim status --json
echo '# changed' >>/etc/vfio-claim.conf
step stale vfio-claim status --json
cp "$image" /kept
at=$(grep -abo hsqs "$image" | head -n 1 | cut -d : -f 1)
dd if=/dev/zero of="$image" bs=1 seek=$((at + 64)) count=32 conv=notrunc status=none
step damaged vfio-claim status --json
cp /kept "$image"
step gone vfio-claim remove
step without vfio-claim image-free
cp /kept "$image"
mv /usr/bin/unsquashfs /usr/bin/kept
echo 'gpu = 01:00.0' >/etc/vfio-claim.conf
step missing vfio-claim status --json
""",
        "done", "current", "stale", "damaged", "gone", "without", "missing",
    )
    assert done.code == 0 and done.says("holds this configuration"), done
    assert state(current) == ("current", ""), current
    assert state(stale)[0] == "stale", stale
    assert state(damaged)[0] == "unreadable", damaged
    assert gone.code == 0 and gone.says("has no agent"), gone
    assert without.code == 0, without
    assert state(missing)[0] == "unreadable" and "install squashfs-tools" in state(missing)[1], missing


@pytest.mark.extended
def test_an_erofs_cannot_be_judged(system):
    done, free = system(
        "trixie",
        "with squash-erofs\nstep done vfio-claim setup 01:00.0\nstep free vfio-claim image-free\n",
        "done", "free",
    )
    assert done.code == 1 and done.says("in an erofs inside it, which cannot be opened"), done
    assert "has no agent" not in done.flat, done
    assert free.code == 1, free


@pytest.mark.parametrize("suite", SUITES)
def test_the_agent_and_all_it_needs_are_inside(tmp_path, suite):
    module, name = MODULES[suite]
    image = Image(
        suite, conf=cells.CONF, builder="dracut", packages=PACKAGES,
        files={"/etc/dracut.conf.d/squash.conf": f'add_dracutmodules+=" {module} "\nsquash_compress="lz4"\n'},
    )
    outer = image.built().unpacked(tmp_path)
    assert (outer / name).exists() and not (outer / "usr/lib/vfio-claim").exists()
    assert not list(outer.rglob("*vfio*")), "loaded before the agent runs"
    modules = {re.sub(r"\.ko.*", "", path.name) for path in outer.rglob("*.ko*")}
    assert modules == {"loop", "overlay", "squashfs"}
