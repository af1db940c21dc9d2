# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim setup` and `remove` on a Debian of their own: real builder, real images, no boot.

The machine is a recorded one whose /sys lies in the root, so that "/" is what is judged and
written. Each test is one throw-away copy of the root.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lab import cache, roots
from lab.build import built
from lab.chroot import Session

MACHINES = Path(__file__).parents[1] / "machines"
sys.path.insert(0, str(MACHINES))
from machine import Machine  # noqa: E402

CONF = "etc/vfio-claim.conf"
LINE = "gpu = 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.0/00.0\n"

# step NAME COMMAND...: keeps what it printed, how it ended, and the configuration after it.
PRELUDE = r"""
for file in cmdline sys/kernel/osrelease; do
	[ ! -e "/lab-proc/$file" ] || mount --bind "/lab-proc/$file" "/proc/$file"
done
step() {
	name=$1
	shift
	code=0
	"$@" >"/lab-out/$name.out" 2>"/lab-out/$name.err" </dev/null || code=$?
	echo "$code" >"/lab-out/$name.code"
	keep "$name"
}
keep() {
	rm -rf "/lab-out/$1.etc"
	mkdir "/lab-out/$1.etc"
	cp -a /etc/vfio-claim.conf* "/lab-out/$1.etc/" 2>/dev/null || :
	(cd /boot && sha256sum initrd.img-*) >"/lab-out/$1.boot" 2>/dev/null || :
	find /etc /boot -name '*.new' >"/lab-out/$1.left"
}
sed -i 's/^MODULES=.*/MODULES=list/' /etc/initramfs-tools/initramfs.conf
kernel=$(ls /lib/modules)
# The real builder under another name, for wrappers that do harm first.
real=/usr/sbin/update-initramfs.real
cp -a /usr/sbin/update-initramfs "$real"
wrap() {
	{ echo '#!/bin/sh'; echo "kernel=$kernel real=$real"; cat; } >/usr/sbin/update-initramfs
	chmod 0755 /usr/sbin/update-initramfs
}
update-initramfs -c -k "$kernel" >/dev/null
"""


class Step:
    """What one command did."""

    def __init__(self, out: Path, name: str) -> None:
        self.code = int((out / f"{name}.code").read_text())
        self.out = (out / f"{name}.out").read_text()
        self.err = (out / f"{name}.err").read_text()
        self.etc = {p.name: p.read_text() for p in (out / f"{name}.etc").iterdir()}
        self.boot = (out / f"{name}.boot").read_text()
        self.left = (out / f"{name}.left").read_text()

    @property
    def conf(self) -> str | None:
        return self.etc.get("vfio-claim.conf")

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n--- errors\n{self.err}\n--- etc {self.etc}\n{self.boot}{self.left}"


@pytest.fixture
def system(tmp_path):
    """run(script, *steps) -> the steps, on the recorded machine changed by `changes`."""

    def run(script, *names, suite="trixie", changes=(), removed=(), files=()):
        machine = Machine(MACHINES / "intel-rtx3080.tree")
        for pattern in removed:
            machine.remove(pattern)
        for line in changes:
            machine.add(line)
        with Session(roots.guest_root(suite), cache.CACHE / "tmp") as session:
            release = roots.kernel_version(session.root)
            machine.add(f"proc/sys/kernel/osrelease = {release}")
            for path in machine.entries:
                if path.startswith("sys/"):
                    machine.write_entry(session.files, path)
                elif path.startswith("proc/"):
                    machine.write_entry(session.files, path)
            (session.files / "proc").rename(session.files / "lab-proc")
            (session.files / "lab-installed").symlink_to("lab-tree")
            copy_tree(built(suite).installed, session.files)
            (session.files / "lab-installed").unlink()
            for path, text in files:
                place = session.files / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
            session.run(PRELUDE + script)
            return [Step(session.out, name) for name in names]

    return run


def copy_tree(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            place.write_bytes(path.read_bytes())
            place.chmod(path.stat().st_mode)


@pytest.mark.parametrize("suite", roots.SUITES)
def test_setup_configures_verifies_and_remove_undoes(system, suite):
    before, dry, done, again, rebuilt, gone, again_gone = system(
        """
keep before; echo 0 >/lab-out/before.code; : >/lab-out/before.out; : >/lab-out/before.err
step dry vfio-claim setup 01:00.0 --dry-run
step done vfio-claim setup 01:00.0
step again vfio-claim setup id=10de:2206
step rebuilt vfio-claim setup --rebuild
step gone vfio-claim remove
step again_gone vfio-claim remove
""",
        "before", "dry", "done", "again", "rebuilt", "gone", "again_gone",
        suite=suite,
    )
    assert dry.code == 0 and "Would write /etc/vfio-claim.conf" in dry.out and LINE in dry.out, dry
    assert (dry.etc, dry.boot) == (before.etc, before.boot), "a dry run wrote something"
    assert done.code == 0, done
    assert done.conf.endswith(LINE) and "holds this configuration" in done.out, done
    assert done.boot != before.boot
    assert again.code == 0 and "nothing to do" in again.out and again.boot == done.boot, again
    assert rebuilt.code == 0 and rebuilt.conf == done.conf, rebuilt
    assert gone.code == 0 and gone.etc == {} and "holds no configuration" in gone.out, gone
    assert again_gone.code == 0 and again_gone.boot == gone.boot, again_gone


def test_policies_and_comments_stay_and_the_old_file_is_kept(system):
    old = (
        "# mine\ngpu = 09:00.0   # the one before\n\non-failure = hold  # black screen is fine\n"
        "device = 0000:05:00.0 id=1b21:2142\n"
    )
    (done,) = system("step done vfio-claim setup 01:00.0 --force", "done", files=[(CONF, old)])
    assert done.code == 0, done
    assert done.conf == old.replace("gpu = 09:00.0   # the one before\n", LINE)
    assert done.etc["vfio-claim.conf.old"] == old


def test_a_refused_card_is_not_configured_unless_forced(system):
    # Another function that a host driver has, in the card's group.
    changes = ["sys/kernel/irq/1/chip_name = IO-APIC"]
    refused, forced = system(
        "step refused vfio-claim setup 01:00.0\nstep forced vfio-claim setup 01:00.0 --force",
        "refused", "forced", changes=changes,
    )
    assert refused.code == 1 and refused.etc == {} and "IRQ_REMAP_OFF" in refused.out, refused
    assert forced.code == 0 and forced.conf.endswith(LINE), forced


@pytest.mark.parametrize(
    "selector, code, text",
    [
        ("07:00.0", 2, "no such card here"),
        ("id=1234:5678", 2, "no such card here"),
        ("nonsense", 2, "not a PCI address"),
        ("00:00.0", 2, "no display function"),
        ("", 2, "no terminal to ask on"),
    ],
)
def test_selectors_that_name_nothing(system, selector, code, text):
    (step,) = system(f"step asked vfio-claim setup {selector}", "asked")
    assert step.code == code and text in step.err and step.etc == {}, step
