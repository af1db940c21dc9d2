# SPDX-License-Identifier: GPL-2.0-or-later
"""A trial that GRUB counts: Debian's own grub-mkconfig makes the menu, and GRUB itself (grub-emu) runs it
on a disk image and writes its environment block. No boot: GRUB prints what the kernel would get.
"""

from __future__ import annotations

import re

import pytest
from lab import roots
from test_menu import DISKS, GRUB, PARAMETER
from test_setup import LINE, QUICK, system  # noqa: F401

GENERATOR = "/etc/grub.d/09_vfio-claim"

# emu NAME [ENTRY [ro]]: GRUB shows its menu and boots the default or another entry; what the kernel would get is
# the output, and the block is as GRUB left it.
EMU = r"""
emu() {
	name=$1 entry=${2-}
	rm -rf /emu && mkdir -p /emu/tree/boot/grub
	cp /boot/grub/grubenv /emu/tree/boot/grub/ 2>/dev/null || :
	{
		sed 's/set timeout=[0-9]*/set timeout=0/; s/gfxterm/console/; s/^\(\s*\)linux\s/\1echo LINUX /
			s/^\s*initrd\s.*/halt/; s/^\s*search .*/true/' /boot/grub/grub.cfg
		echo 'function load_video { true; }'
		[ -z "$entry" ] || echo "set default='$entry'"
	} >/emu/tree/boot/grub/grub.cfg
	truncate -s 16M /emu/disk
	mke2fs -q -t ext4 -d /emu/tree /emu/disk
	[ -z "${3-}" ] || { mount --bind /emu/disk /emu/disk && mount -o remount,ro,bind /emu/disk; }
	echo '(hd0) /emu/disk' >/emu/map
	TERM=dumb COLUMNS=200 timeout 10 script -qec 'stty cols 400; grub-emu -m /emu/map -r hd0 -d /boot/grub' /dev/null \
		</dev/null >/emu/said 2>&1 || :
	debugfs -R 'cat /boot/grub/grubenv' /emu/disk >/emu/block 2>/dev/null
	[ -z "${3-}" ] || umount /emu/disk
	[ ! -s /emu/block ] || cat /emu/block >/boot/grub/grubenv
	sed -n 's/.*LINUX //p' /emu/said | tr -d '\r' >"/lab-out/$name.out"
	cp /emu/said "/lab-out/$name.err"
	echo 0 >"/lab-out/$name.code"
	keep "$name"
	cp /boot/grub/grubenv "/lab-out/$name.boot" 2>/dev/null || : >"/lab-out/$name.boot"
}
# booted WORDS RESULT STATE: what the agent would have left in this boot.
booted() {
	umount /proc/cmdline 2>/dev/null || :
	echo "root=/dev/sda1 ro $1" >/emu/cmdline
	mount --bind /emu/cmdline /proc/cmdline
	mkdir -p /run/vfio-claim
	: >/run/vfio-claim/trial
	trial=
	[ -z "$3" ] || trial='"trial": {"state": "'$3'", "attempt": 1, "limit": 2},'
	cat >/run/vfio-claim/report.json <<-END
		{"version": 1, "program": "vfio-claim", "boot_id": "$(cat /proc/sys/kernel/random/boot_id)",
		"kernel": "6", "mode": "claim", "result": "$2",
		"config_sha256": "${4-$(sha256sum </etc/vfio-claim.conf | cut -c 1-64)}",
		$trial "gpus": [{"configured": "01:00.0", "kind": "gpu", "address": "0000:01:00.0", "result": "$2",
		"functions": []}], "findings": []}
	END
}
# confirms NAME ARGUMENTS...: vfio-claim confirm, and the block afterwards.
confirms() {
	name=$1
	shift
	step "$name" vfio-claim confirm "$@"
	cp /boot/grub/grubenv "/lab-out/$name.boot"
}
plain
: >/usr/lib/systemd/systemd
systemctl enable vfio-claim-confirm.service >/dev/null 2>&1 || :
grub-editenv /boot/grub/grubenv create
grub-editenv /boot/grub/grubenv set saved_entry=mine
"""


@pytest.fixture
def menu(system):  # noqa: F811
    def run(script, *names, suite="trixie", **options):
        return system(QUICK + DISKS + EMU + script, *names, suite=suite, packages=GRUB, **options)

    return run


def block(step):
    """Our variables of the environment block, after that boot of GRUB or that command."""
    return {k: v for k, v in re.findall(r"^vfio_claim_(\w+)=(.*)$", step.boot, re.MULTILINE) if k != "config"}


def words(step):
    """What the kernel would get of ours."""
    return [word for word in step.out.split() if word.startswith("vfio_claim")]


@pytest.mark.parametrize("suite", roots.SUITES)
def test_the_third_boot_is_without_the_claim(menu, suite):
    names = ("done", "first", "second", "third", "fourth", "off", "again", "fifth", "inner")
    done, first, second, third, fourth, off, again, fifth, inner = menu(
        """
update-grub
step done vfio-claim setup 01:00.0 --menu-entry
grub-script-check /boot/grub/grub.cfg
emu first
emu second
emu third
emu fourth
emu off vfio-claim-off
step again vfio-claim confirm --again
emu fifth
emu inner '1>1'
""",
        *names, suite=suite,
    )
    assert done.code == 0 and done.conf.endswith(LINE), done
    assert done.says("let GRUB count the boots of the claim") and done.says(f"{GENERATOR}, a link to"), done
    assert done.says("begin a trial of 2 boots") and done.says("The claim is on trial: after 2 boots"), done
    assert done.says("another system that is started there counts too"), done
    assert "saved_entry=mine" in first.boot, "GRUB's other variables stay"
    assert words(first) == ["vfio_claim.trial=1/2"] and block(first) == {"limit": "2", "count": "1"}, first
    assert words(second) == ["vfio_claim.trial=2/2"] and block(second) == {"limit": "2", "count": "2"}, second
    for step in (third, fourth):
        assert words(step) == [PARAMETER, "vfio_claim.trial=spent/2"] and block(step) == block(second), step
    assert words(off) == ["vfio_claim.trial=spent/2", PARAMETER], "not switched off twice"
    assert again.code == 0 and again.says("on trial from the next boot on"), again
    assert words(fifth) == ["vfio_claim.trial=1/2"], fifth
    assert words(inner) == ["vfio_claim.trial=2/2"] and "single" in inner.out, "in the submenu too"


def test_a_boot_that_comes_up_corrects_the_count(menu):
    names = ("none", "early", "good", "before", "later", "off", "failed", "other", "foreign", "spent", "resumed")
    none, early, good, before, later, off, failed, other, foreign, spent, resumed = menu(
        """
said() { cat /lab-out/x.out; }
update-grub
mkdir /emu
booted '' off ''
confirms none
vfio-claim setup 01:00.0 >/dev/null
confirms early

emu x; booted "$(said)" claimed on-trial; confirms good
grep -c '"confirmed"' /run/vfio-claim/report.json >>/lab-out/good.err
ls /run/vfio-claim >>/lab-out/good.err
confirms before
emu later
vfio-claim confirm --again
emu x; booted "vfio_claim.mode=off $(said)" off ''; confirms off
emu x; booted "$(said)" failed on-trial; confirms failed
emu x; emu x; booted "$(said)" claimed on-trial 0123; confirms other
vfio-claim setup --rebuild >/dev/null
booted "$(said)" claimed on-trial; confirms foreign
emu x; emu x; emu x; booted "$(said)" refused spent; confirms spent
vfio-claim confirm --again
emu x; vfio-claim confirm --hibernating; emu x; confirms resumed --resumed
""",
        *names,
    )
    assert none.code == 1 and none.says("GRUB counts no boots, so there is no trial"), none
    assert early.code == 1 and early.says("nothing is on trial in this boot") and block(early) == {"limit": "2"}, early
    assert good.code == 0 and good.says("confirmed: a boot with this claim came up") and block(good) == {}, good
    assert "vfio_claim_config=" in good.boot and good.err.startswith("1\n") and "\ntrial\n" not in good.err, good
    assert before.code == 0 and before.says("already confirmed"), before
    (word,) = words(later)
    assert re.fullmatch("vfio_claim.trial=confirmed/[0-9a-f]{8}", word) and later.boot == good.boot, later
    assert off.code == 0 and off.says("it does not count") and block(off) == {"limit": "2"}, off
    assert failed.code == 0 and failed.says("with the count of attempts at zero"), failed
    assert block(failed) == {"limit": "2"}, failed
    assert other.says("it does not count") and block(other) == {"limit": "2", "count": "1"}, other
    assert foreign.code == 1 and block(foreign) == {"limit": "2"}, "setup began another trial since"
    assert spent.code == 1 and spent.says("confirm --again") and block(spent) == {"limit": "2", "count": "2"}, spent
    assert resumed.code == 0 and block(resumed) == {"limit": "2", "count": "1"}, resumed


UNWRITABLE = {
    "lvm": "abstraction=lvm",
    "raid": "abstraction='diskfilter mdraid1x'",
    "luks": "abstraction='cryptodisk luks'",
    "btrfs": "fs=btrfs",
    "zfs": "fs=zfs",
}


def test_where_grub_cannot_write_there_is_no_trial(menu):
    script = "update-grub\n"
    for name, disks in UNWRITABLE.items():
        script += f"layout {disks} </etc/default/grub\nstep {name} vfio-claim setup 01:00.0\n"
        script += "ls /etc/grub.d /etc/default/grub.d >>/lab-out/$name.left\nvfio-claim remove >/dev/null\n"
    # GRUB's folder moves to such a disk later: its block stays as it was.
    script += """
layout </etc/default/grub
vfio-claim setup 01:00.0 >/dev/null
layout abstraction=lvm </etc/default/grub
step moved update-grub
emu after
step dry vfio-claim setup --rebuild --dry-run
step again vfio-claim setup --rebuild
emu gone
"""
    *steps, moved, after, dry, again, gone = menu(script, *UNWRITABLE, "moved", "after", "dry", "again", "gone")
    for (name, disks), step in zip(UNWRITABLE.items(), steps):
        assert step.code == 0 and step.says("There is no trial, as this machine keeps no EFI variables, and GRUB cannot"), step
        assert step.says("on " + disks.split("'")[1] if "'" in disks else disks.split("=")[1]), step
        assert "vfio-claim" not in step.left, (name, step)
    assert moved.code == 0 and moved.says("GRUB counts no boots: GRUB cannot write"), moved
    assert words(after) == [], "the words of the drop-in leave nothing behind"
    assert dry.says("end GRUB's counting") and again.code == 0, (dry, again)
    assert words(gone) == [] and "vfio_claim" not in gone.boot, gone


def test_an_environment_block_that_fails_counts_nothing_and_stops_no_boot(menu):
    boots = {
        "full": ["filler=$filler", "vfio_claim_config=01234567 vfio_claim_limit=2"],
        "read-only": ["vfio_claim_config=01234567 vfio_claim_limit=2"],
        "read-only-again": ["vfio_claim_config=01234567 vfio_claim_limit=2 vfio_claim_count=1"],
        "no-number": ["vfio_claim_config=01234567 vfio_claim_limit=3 vfio_claim_count=x"],
        "no-config": ["vfio_claim_limit=2 vfio_claim_count=1"],
        "nine": ["vfio_claim_config=01234567 vfio_claim_limit=9 vfio_claim_count=8"],
    }
    script = "update-grub\nvfio-claim setup 01:00.0 >/dev/null\n"
    script += "filler=$(head -c 863 /dev/zero | tr '\\0' a)\n"
    for name, lines in boots.items():
        script += "grub-editenv /boot/grub/grubenv create\n"
        for line in reversed(lines):
            script += f"grub-editenv /boot/grub/grubenv set {line}\n"
        script += f"emu {name} '' {'ro' if 'read-only' in name else ''}\n"
    script += """
: >/boot/grub/grubenv
emu empty
rm /boot/grub/grubenv
emu missing
"""
    steps = dict(zip([*boots, "empty", "missing"], menu(script, *boots, "empty", "missing")))
    assert words(steps["nine"]) == ["vfio_claim.trial=9/9"], steps["nine"]
    assert words(steps["no-number"]) == ["vfio_claim.trial=1/3"], steps["no-number"]
    for name in ("no-config", "empty", "missing"):
        assert words(steps[name]) == [] and "vmlinuz-" in steps[name].out, steps[name]
    for name, boots_before in (("full", 0), ("read-only", 0), ("read-only-again", 1)):
        assert words(steps[name]) == [f"vfio_claim.trial=uncounted/{boots_before}"], steps[name]


def test_remove_leaves_no_trace_and_a_removed_package_leaves_harmless_words(menu):
    names = ("alone", "none", "again", "off", "efi", "gone", "last")
    alone, none, again, off, efi, gone, last = menu(
        """
update-grub
cp /boot/grub/grub.cfg /root/before
rm /boot/grub/grubenv
step alone vfio-claim setup 01:00.0
emu none
step again vfio-claim setup 01:00.0
mv /usr/lib/vfio-claim/agent /root/
update-grub
emu last
mv /root/agent /usr/lib/vfio-claim/
update-grub
step off vfio-claim setup --no-trial
ls /etc/grub.d /etc/default/grub.d >>/lab-out/off.left
vfio-claim setup --trial 3 >/dev/null
mkdir -p /sys/firmware/efi/efivars
step efi vfio-claim setup --rebuild
ls /etc/grub.d /etc/default/grub.d >>/lab-out/efi.left
rmdir /sys/firmware/efi/efivars
vfio-claim setup --rebuild >/dev/null
step gone vfio-claim remove
find /etc /boot -name '*vfio*' -not -path '*.wants/*' >>/lab-out/gone.left
cat /boot/grub/grubenv >>/lab-out/gone.left
diff /root/before /boot/grub/grub.cfg >>/lab-out/gone.left
""",
        *names,
    )
    assert alone.code == 0 and words(none) == ["vfio_claim.trial=1/2"], "setup makes a missing block"
    assert again.code == 0 and again.says("nothing to do"), again
    assert words(last) == [] and "root=" in last.out, last
    assert off.code == 0 and off.says("Ending GRUB's counting") and off.says("no trial, as configured"), off
    assert efi.code == 0 and efi.says("Ending GRUB's counting"), efi
    for step in (off, efi):
        assert "vfio-claim" not in step.left, step
    assert gone.code == 0 and gone.says("end GRUB's counting of boots"), gone
    assert "vfio" not in gone.left and "<" not in gone.left and ">" not in gone.left, gone


def test_a_menu_that_cannot_be_made_stays_as_it_was(menu):
    failed, lacking, foreign = menu(
        """
update-grub
cp /boot/grub/grub.cfg /root/before
printf '#!/bin/sh\\necho half >/boot/grub/grub.cfg\\nexit 1\\n' >/usr/local/sbin/update-grub
chmod 0755 /usr/local/sbin/update-grub
PATH=/usr/local/sbin:$PATH
step failed vfio-claim setup 01:00.0
cmp /root/before /boot/grub/grub.cfg >>/lab-out/failed.left || :
ls /etc/grub.d /etc/default/grub.d >>/lab-out/failed.left
printf '#!/bin/sh\\n' >/usr/local/sbin/update-grub
step lacking vfio-claim setup --rebuild
rm /usr/local/sbin/update-grub
: >/etc/grub.d/09_vfio-claim
step foreign vfio-claim setup --rebuild
ls -s /etc/grub.d/09_vfio-claim >>/lab-out/foreign.left
""",
        "failed", "lacking", "foreign",
    )
    assert failed.code == 0 and failed.says("'update-grub' failed with 1"), failed
    for step in (failed, lacking):
        assert step.says("the claim is made, but GRUB does not count its boots"), step
    assert failed.says("There is no trial, as this machine keeps no EFI variables, and GRUB's menu could not"), failed
    assert failed.says("the boot menu is as it was before") and "vfio-claim" not in failed.left, failed
    assert "differ" not in failed.left and lacking.says("still lacks the count"), (failed, lacking)
    assert foreign.code == 0 and "0 /etc/grub.d/09_vfio-claim" in foreign.left, foreign
