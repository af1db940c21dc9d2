# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim setup` and `remove` on a Debian root: real builder, real images, no boot.

The machine is a recorded one whose /sys is in the root, so that "/" is judged and written. Each test has
a throw-away copy of the root.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from lab import cache, roots, uki
from lab.build import built
from lab.chroot import Session
from lab.cpio import archive

MACHINES = Path(__file__).parents[1] / "machines"
sys.path.insert(0, str(MACHINES))
from machine import Machine  # noqa: E402

CONF = "etc/vfio-claim.conf"
LINE = "gpu = 0000:01:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:01.0/00.0\n"

# step NAME COMMAND...: keeps the output, the exit code, and the configuration afterwards.
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
kernel=$(basename /lib/modules/*)
# An image from before vfio-claim, and the note by which update-initramfs knows it for its own.
cp /lab-plain-image "/boot/initrd.img-$kernel"
mkdir -p /var/lib/initramfs-tools
sha1sum "/boot/initrd.img-$kernel" >"/var/lib/initramfs-tools/$kernel"
# quick FILE: an image as Debian's builder would make it, of our files alone.
cat >/usr/local/bin/quick <<'END'
#!/bin/sh
set -e
work=$(mktemp -d)
cd "$work"
mkdir -p usr/lib/vfio-claim usr/lib/modules/k scripts/init-top etc
: >init
cp /usr/lib/vfio-claim/agent usr/lib/vfio-claim/
vfio-claim image-record "$(basename /lib/modules/[1-8]*)" >usr/lib/vfio-claim/image-record
sed -n 's/^load [^ ]* \(\/[^ ]*\).*/\1/p' usr/lib/vfio-claim/image-record |
	while read -r module; do : >"usr/lib/modules/k/$(basename "$module")"; done
cp /usr/share/initramfs-tools/scripts/init-top/00-vfio-claim scripts/init-top/
echo '/scripts/init-top/00-vfio-claim "$@"' >scripts/init-top/ORDER
[ ! -e /etc/vfio-claim.conf ] || cp /etc/vfio-claim.conf etc/
find . | cpio --quiet -o -H newc >"$1.new"
mv "$1.new" "$1"
END
chmod 0755 /usr/local/bin/quick
# A builder that does what the test says.
builder() {
	{
		echo '#!/bin/sh'
		echo "PATH=/usr/local/bin:\$PATH image=/boot/initrd.img-$kernel"
		cat
	} >/usr/sbin/update-initramfs
	chmod 0755 /usr/sbin/update-initramfs
}
quick_builder() { echo 'echo building; quick "$image"' | builder; }
second_kernel() {
	mkdir /lib/modules/9.9.9
	: >/boot/vmlinuz-9.9.9
	cp /lab-plain-image /boot/initrd.img-9.9.9
}
"""


class Step:
    """The outcome of one command."""

    def __init__(self, out: Path, name: str) -> None:
        self.code = int((out / f"{name}.code").read_text())
        self.out = (out / f"{name}.out").read_text()
        self.err = (out / f"{name}.err").read_text()
        self.etc = {p.name: p.read_text() for p in (out / f"{name}.etc").iterdir()}
        self.boot = (out / f"{name}.boot").read_text()
        self.left = (out / f"{name}.left").read_text()

    @property
    def flat(self) -> str:
        """All that was printed, whatever the width of its lines."""
        return " ".join((self.out + self.err).split())

    def says(self, text: str) -> bool:
        return " ".join(text.split()) in self.flat

    @property
    def conf(self) -> str | None:
        return self.etc.get("vfio-claim.conf")

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n--- errors\n{self.err}\n--- etc {self.etc}\n{self.boot}{self.left}"


@pytest.fixture
def system(tmp_path):
    """run(script, *steps) -> the steps, on the recorded machine changed by `changes`."""

    def run(script, *names, suite="trixie", changes=(), removed=(), files=(), packages=(), blobs={}):
        machine = Machine(MACHINES / "intel-rtx3080.tree")
        machine.change(removed, changes)
        with Session(roots.guest_root(suite, packages), cache.CACHE / "tmp") as session:
            release = roots.kernel_version(session.root)
            machine.add(f"proc/sys/kernel/osrelease = {release}")
            for path in machine.entries:
                if path.startswith("sys/"):
                    machine.write_entry(session.files, path)
                elif path.startswith("proc/"):
                    machine.write_entry(session.files, path)
            (session.files / "proc").rename(session.files / "lab-proc")
            copy_tree(built(suite).installed, session.files)
            (session.files / "lab-plain-image").write_bytes(archive({"init": b"#!/bin/sh\n"}))
            for path, text in files:
                place = session.files / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
            for path, data in blobs.items():
                (session.files / path).write_bytes(data)
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
    assert dry.code == 0 and dry.says("would be done: write /etc/vfio-claim.conf") and dry.says(LINE), dry
    assert (dry.etc, dry.boot) == (before.etc, before.boot), "a dry run wrote something"
    assert done.code == 0, done
    assert done.conf.endswith(LINE) and done.says("holds this configuration"), done
    assert done.boot != before.boot
    assert again.code == 0 and again.says("nothing to do") and again.boot == done.boot, again
    assert rebuilt.code == 0 and rebuilt.conf == done.conf, rebuilt
    assert gone.code == 0 and gone.etc == {} and gone.says("has no agent"), gone
    assert again_gone.code == 0 and again_gone.boot == gone.boot, again_gone


def test_a_full_boot_keeps_the_old_image_and_configuration(system):
    """Too full is seen before; full is what the builder says when its image is larger than was to be expected."""
    refused, full, mended = system(
        """
mkdir /lab-boot && cp /boot/vmlinuz-* /lab-boot
size=$(du -sk /lab-boot | cut -f 1)
mount -t tmpfs -o "size=$((size + 400))k" tmpfs /boot
cp -a /lab-boot/. /boot && cp /lab-plain-image "/boot/initrd.img-$kernel"
step refused vfio-claim setup 01:00.0
mount -o "remount,size=$((size + 4800))k" /boot
step full vfio-claim setup 01:00.0
mount -o remount,size=200m /boot
step mended vfio-claim setup 01:00.0
umount /boot
""",
        "refused", "full", "mended",
    )
    assert refused.code == 1 and refused.etc == {} and refused.says("MiB free"), refused
    assert full.code == 1 and full.etc == {}, full
    assert full.says("No space left") and full.says("has no agent"), full
    assert mended.code == 0 and mended.conf.endswith(LINE), mended


QUICK = "quick_builder\n"


def test_policies_and_comments_stay_and_the_old_file_is_kept(system):
    old = (
        "# mine\ngpu = 09:00.0   # the one before\n\non-failure = hold  # black screen is fine\n"
        "device = 0000:05:00.0 id=1b21:2142\n"
    )
    (done,) = system(
        QUICK + "step done vfio-claim setup 01:00.0 --force", "done", files=[(CONF, old)]
    )
    assert done.code == 0, done
    assert done.conf == old.replace("gpu = 09:00.0   # the one before\n", LINE)
    assert done.etc["vfio-claim.conf.old"] == old


def test_trial_is_told_of_and_can_be_left_out(system):
    efi = "sys/firmware/efi/efivars /"
    dry, none, trial, off, kept, wrong = system(
        QUICK + """
mv /usr/lib/systemd/systemd /lab-systemd
step none vfio-claim setup 01:00.0 --yes
mv /lab-systemd /usr/lib/systemd/systemd
step dry vfio-claim setup --rebuild --dry-run
step trial vfio-claim setup --rebuild
step off vfio-claim setup --no-trial
step kept vfio-claim setup 01:00.0
step wrong vfio-claim setup --rebuild --no-trial
""",
        "dry", "none", "trial", "off", "kept", "wrong",
        changes=[efi],
    )
    enable = "systemctl enable vfio-claim-confirm.service"
    assert none.code == 0 and none.says("The claim is on trial: after 2 boots"), none
    assert "systemctl" not in none.out, "nothing to enable without systemd"
    assert dry.says(f"run '{enable}'") and "on trial" not in dry.out, dry
    assert trial.code == 0 and trial.says(f"Running: {enable}"), trial
    assert off.code == 0 and off.conf == none.conf + "trial = off\n", off
    assert off.says("There is no trial, as configured") and "systemctl" not in off.out, off
    assert kept.code == 0 and kept.conf == off.conf and kept.says("nothing to do"), kept
    assert wrong.code == 2 and wrong.says("takes neither a selector"), wrong


def test_a_refused_card_is_not_configured_unless_forced(system):
    refused, forced = system(
        QUICK + "step refused vfio-claim setup 01:00.0\n"
        "step forced vfio-claim setup 01:00.0 --force",
        "refused", "forced",
        changes=["sys/kernel/irq/1/chip_name = IO-APIC"],
    )
    assert refused.code == 1 and refused.etc == {} and refused.says("IRQ_REMAP_OFF"), refused
    assert forced.code == 0 and forced.conf.endswith(LINE), forced


def test_what_names_nothing_changes_nothing(system):
    cases = {
        "07:00.0": "no card matches",
        "id=1234:5678": "no card matches",
        "nonsense": "no PCI function matches",
        "00:00.0": "is not a display function",
        "": "no terminal to ask on",
        "--rebuild 01:00.0": "takes neither a selector",
        "--menu-entry --yes": "adds the entry alone",
        "--menu-entry --force": "adds the entry alone",
        "--menu-entry --apply-cmdline --dry-run": "adds the entry alone",
        "--menu-entry": None,  # goes on to look for a menu
    }
    script = "".join(f"step s{i} vfio-claim setup {case}\n" for i, case in enumerate(cases))
    steps = system(QUICK + script, *(f"s{i}" for i in range(len(cases))))
    for step, text in zip(steps, cases.values()):
        if text is None:
            assert step.code == 1 and step.says("no boot menu was found"), step
            continue
        assert step.code == 2 and step.says(text) and step.etc == {}, (text, step)


def test_a_broken_configuration_is_named_and_left(system):
    broken = "gpu = 01:00.0\nthis is not a line\n"
    step, none = system(
        QUICK + "step step vfio-claim setup 01:00.0\n"
        "mv /etc/vfio-claim.conf /etc/mine\nstep none vfio-claim setup 01:00.0",
        "step", "none", files=[(CONF, broken)],
    )
    assert step.code == 2 and step.etc == {"vfio-claim.conf": broken}, step
    assert step.says("vfio-claim.conf:2") and step.says("'this is not a line'"), step
    assert none.code == 0, none


def test_systems_that_cannot_be_set_up(system):
    user, read_only, no_image, unified, no_builder = system(
        QUICK + """
step user setpriv --reuid 65534 --regid 65534 --clear-groups vfio-claim setup 01:00.0
mount --bind /etc /etc && mount -o remount,ro,bind /etc
step read_only vfio-claim setup 01:00.0
umount /etc
rm /boot/vmlinuz-*
step no_image vfio-claim setup 01:00.0
mkdir -p /boot/efi/EFI/Linux && cp /lab-unified /boot/efi/EFI/Linux/fedora.efi
step unified vfio-claim setup 01:00.0
rm /usr/sbin/mkinitramfs
step no_builder vfio-claim setup 01:00.0
""",
        "user", "read_only", "no_image", "unified", "no_builder",
        blobs={"lab-unified": uki.unified({".linux": b"k", ".initrd": b"i", ".osrel": b"ID=fedora\n"}, True)},
    )
    for step, text in [
        (user, "only root"),
        (read_only, "Read-only file system; nothing was changed"),
        (no_image, "no installed kernel with a boot image"),
        (unified, "in one file that was built elsewhere"),
        (no_builder, "no builder of boot images is installed"),
    ]:
        assert step.code == 1 and step.says(text) and step.etc == {}, (text, step)
        assert "Building" not in step.out, step


def test_without_a_display(system):
    (step,) = system(
        QUICK + "step step vfio-claim setup 01:00.0", "step",
        removed=["sys/bus/pci/devices/0000:01:00.0", "sys/bus/pci/devices/0000:00:02.0"],
    )
    assert step.code == 1 and step.says("no display was found") and not step.etc, step


def test_a_builder_that_fails_half_way(system):
    step, lazy, good = system(
        """second_kernel
echo 'quick "$image"; echo "the second one fails"; exit 7' | builder
step step vfio-claim setup 01:00.0
echo 'exit 0' | builder
step lazy vfio-claim setup 01:00.0
echo 'quick "$image"; quick /boot/initrd.img-9.9.9' | builder
step good vfio-claim setup 01:00.0
""",
        "step", "lazy", "good",
    )
    assert step.code == 1 and step.etc == {} and step.says("failed with 7"), step
    assert "  | the second one fails" in step.out
    assert step.says("Building back the images") and step.says("holds no configuration"), step
    assert step.says("9.9.9: ") and step.says("All of them are as before"), step
    assert lazy.code == 1 and lazy.etc == {} and lazy.says("has no agent"), lazy
    assert good.code == 0 and good.flat.count("holds this configuration") == 2, good


def test_from_config_changes_something_once(system):
    conf = "# by a template\ngpu = 01:00.0\n"
    first, second, changed, gone, none = system(
        QUICK + """
step first vfio-claim setup --from-config --yes --json
step second vfio-claim setup --from-config --yes --json
echo 'timeout = 20' >>/etc/vfio-claim.conf
step changed vfio-claim setup --from-config --yes --json
step gone vfio-claim remove --yes --json
step none vfio-claim remove --yes --json
""",
        "first", "second", "changed", "gone", "none", files=[(CONF, conf)],
    )
    assert first.conf == second.conf == conf and second.boot == first.boot
    assert changed.conf == conf + "timeout = 20\n" and changed.boot != second.boot
    answers = [json.loads(step.out) for step in (first, second, changed, gone, none)]
    assert [answer["changed"] for answer in answers] == [True, False, True, True, False], answers
    assert [answer["result"] for answer in answers] == ["done", "nothing-to-do", "done", "done", "nothing-to-do"]
    assert {image["state"] for image in answers[1]["images"]} == {"current"}
    assert all(step.code == 0 for step in (first, second, changed, gone, none))


def test_each_image_is_named_while_it_is_built(system):
    (done,) = system(
        """second_kernel
builder <<'END'
for kernel in 9.9.9 $(basename /lib/modules/[1-8]*); do
	echo "update-initramfs: Generating /boot/initrd.img-$kernel"
	quick "/boot/initrd.img-$kernel"
done
END
step done vfio-claim setup 01:00.0
""",
        "done",
    )
    assert done.code == 0 and "\n  image 1 of 2: 9.9.9 ... done in " in done.out, done
    assert "\n  image 2 of 2: " in done.out and "Generating" not in done.out, done


OLD = "gpu = 0000:09:00.0\n"


@pytest.mark.parametrize(
    "moment",
    [
        'kill -INT $PPID; quick "$image"',
        'quick "$image"; kill -INT $PPID; sleep 2',
        'trap "" INT TERM; quick "$image"; kill -TERM $PPID; exit 0',
        'echo half >"$image.new"; kill -HUP $PPID; kill -KILL $$',
    ],
)
def test_an_interrupted_build_puts_the_configuration_back(system, moment):
    (step,) = system(
        f"builder <<'END'\n{moment}\nEND\nstep step vfio-claim setup 01:00.0", "step",
        files=[(CONF, OLD)],
    )
    assert step.code == 1 and step.conf == OLD, step
    assert step.says("interrupted") and step.says("is as it was before"), step
    assert "/etc" not in step.left, step


def test_two_at_once(system):
    first, second, after = system(
        """
keep second
builder <<'END'
code=0
vfio-claim setup 01:00.0 >/lab-out/second.out 2>/lab-out/second.err </dev/null || code=$?
echo $code >/lab-out/second.code
quick "$image"
END
step first vfio-claim setup 01:00.0
quick_builder
step after vfio-claim setup --rebuild
""",
        "first", "second", "after",
    )
    assert second.code == 1 and second.says("another setup or remove is running"), second
    assert first.code == 0 and after.code == 0, (first, after)


def test_the_question_on_a_terminal(system):
    chosen, none, stopped = system(
        QUICK + r"""
terminal() { script -qec 'exec vfio-claim setup' /dev/null; }
step_from() {
	code=0
	{ sleep 3; printf "$2"; sleep 3; } | terminal >"/lab-out/$1.out" 2>"/lab-out/$1.err" || code=$?
	echo "$code" >"/lab-out/$1.code"
	keep "$1"
}
step_from none '\n'
step_from stopped '\003'
step_from chosen '2\ny\n'
""",
        "chosen", "none", "stopped",
    )
    assert none.says("Which cards shall virtual machines own?") and none.says("2) 0000:01:00.0"), none
    assert none.code == 2 and none.etc == {} and none.says("no card was chosen"), none
    assert stopped.code == 1 and stopped.etc == {}, stopped
    assert stopped.says("interrupted; nothing was changed"), stopped
    assert chosen.code == 0 and chosen.conf.endswith(LINE), chosen


def test_what_is_remembered_of_cards(system):
    """A card chosen, dead next to its twin, chosen again, restored when an image cannot be built,
    removed."""
    done, dead, built, again, failed, gone = system(
        QUICK + """
cards=/var/lib/vfio-claim/cards
twin='card 0000:07:00.0 id=10de:2206 subsystem=1458:403b path=0000:00:1d.0/00.0'
step done vfio-claim setup 01:00.0
cp $cards /lab-out/done.err
echo "$twin" >>$cards
step dead vfio-claim check
step built vfio-claim setup --rebuild
cp $cards /lab-out/built.err
step again vfio-claim setup 01:00.0
cp $cards /lab-out/again.err
echo "$twin" >>$cards
echo 'exit 1' | builder
step failed vfio-claim setup 01:00.0
cp $cards /lab-out/failed.err
quick_builder
step gone vfio-claim remove
ls /var/lib/vfio-claim >>/lab-out/gone.err
""",
        "done", "dead", "built", "again", "failed", "gone",
    )
    meant = f"card {LINE.removeprefix('gpu = ').strip()} port=8086:1901 with=10de:1aef with=10de:1ad6 meant"

    def lines(step):
        return [line for line in step.err.splitlines() if not line.startswith("#")]

    assert done.code == 0 and lines(done) == [meant], done
    assert dead.code == 1 and dead.says("GPU_AMBIGUOUS"), dead
    assert built.code == 0 and len(lines(built)) == 2, built
    assert again.code == 0 and again.says("all images ... done in") and lines(again) == [meant], again
    assert failed.code == 1 and len(lines(failed)) == 2, failed
    assert gone.code == 0 and "cards" not in gone.err, gone


# The firmware offers an IOMMU, and the kernel does not use it.
NO_IOMMU = ("sys/class/iommu/dmar0", "sys/devices/virtual/iommu", "sys/kernel/iommu_groups",
            "sys/devices/pci*/iommu_group", "sys/devices/pci*/iommu")
# What asks for intel_iommu=on: no word on the line, and a kernel that waits for it, as Debian's does not.
WITHOUT_WORD = ("proc/cmdline = root=/dev/nvme0n1p2 ro quiet",)
OFF_BY_DEFAULT = "sed -i /INTEL_IOMMU_DEFAULT_ON/d /boot/config-*\n"
