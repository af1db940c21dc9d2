# SPDX-License-Identifier: GPL-2.0-or-later
"""A trial that GRUB counts: Debian's own grub-mkconfig makes the menu, and GRUB itself (grub-emu) runs it
on a disk image and writes its environment block. No boot: `linux` and `initrd` are functions that print.
"""

from __future__ import annotations

import re

import pytest
from lab import roots
from test_menu import DISKS, PARAMETER, entries
from test_setup import LINE, QUICK, system  # noqa: F401

PACKAGES = ("grub2-common", "grub-emu")
GENERATOR = "/etc/grub.d/09_vfio-claim"
DROP_IN = "/etc/default/grub.d/vfio-claim-trial.cfg"

# emu NAME [ENTRY]: GRUB shows its menu and boots the default or another entry; what the kernel would get is
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
	mke2fs -q -t "${3-ext4}" -d /emu/tree /emu/disk
	echo '(hd0) /emu/disk' >/emu/map
	TERM=dumb COLUMNS=200 timeout 10 script -qec 'stty cols 400; grub-emu -m /emu/map -r hd0 -d /boot/grub' /dev/null \
		</dev/null >/emu/said 2>&1 || :
	debugfs -R 'cat /boot/grub/grubenv' /emu/disk >/emu/block 2>/dev/null
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
		"kernel": "6", "mode": "claim", "result": "$2", "config_sha256": "${4-$(sha256sum </etc/vfio-claim.conf | cut -c 1-64)}",
		$trial "gpus": [{"configured": "$LINE", "kind": "gpu", "address": "0000:01:00.0", "result": "$2",
		"functions": []}], "findings": []}
	END
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
        return system(QUICK + DISKS + EMU + script, *names, suite=suite, packages=PACKAGES, **options)

    return run


def block(text):
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("suite", roots.SUITES)
def test_two_boots_that_hang_and_the_third_is_without_the_claim(menu, suite):
    script = """
update-grub
step done vfio-claim setup 01:00.0 --menu-entry
cp /boot/grub/grub.cfg /lab-out/done.boot
emu first
emu second
emu third
emu fourth
emu other vfio-claim-off
step again vfio-claim confirm --again
emu fifth
"""
    done, first, second, third, fourth, other, again, fifth = menu(
        script, "done", "first", "second", "third", "fourth", "other", "again", "fifth", suite=suite
    )
    assert done.code == 0 and done.conf.endswith(LINE), done
    assert done.says("let GRUB count the boots of the claim") and done.says("The claim is on trial: after 2"), done
    words = [first.out, second.out, third.out, fourth.out, other.out, fifth.out]
    print(*words, sep="|"); print(first.err[-1500:]); print(first.boot, fourth.boot)
