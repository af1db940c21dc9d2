# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim setup --apply-cmdline`: the kernel command line where the loader that boots takes it from.

GRUB's programs and kernel-install are Debian's own (see test_menu.py for what stands in). No boot: the tests
read the menu.
"""

from __future__ import annotations

import re

import pytest
from test_menu import GRUB, KERNEL_FILES, menu, values
from test_setup import NO_IOMMU, OFF_BY_DEFAULT, QUICK, WITHOUT_WORD, system

WORD = "intel_iommu=on"
DROP_IN = f'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {WORD}"'
LACKS = "the parameter is not in the command line of the entry that boots"

# line NAME: the kernel command line of the entry that boots. sums NAME: of all files that may change.
TOOLS = r"""
line() { grep -m 1 -E '^[[:space:]]linux' /boot/grub/grub.cfg >>"/lab-out/$1.err"; }
sums() {
	find /etc/default /etc/kernel /boot/loader /var/lib/vfio-claim/kernel-parameter -type f 2>/dev/null |
		sort >/lab-files
	xargs -r stat -c '%n %a' </lab-files >"/lab-out/$1.left"
	xargs -r sha256sum </lab-files >>"/lab-out/$1.left"
}
"""


def settings(text):
    """/etc/default/grub, and a menu made of it."""
    return f"{OFF_BY_DEFAULT}{TOOLS}plain\ncat >/etc/default/grub <<'END'\n{text}END\nupdate-grub 2>/dev/null\n"


# Upstream's script differs from Debian's in this: it does not read the folder.
UPSTREAM = r"""
sed -i '/^for x in .*default.grub\.d/,/^done/d' /usr/sbin/grub-mkconfig
! grep -q default/grub.d /usr/sbin/grub-mkconfig
rm /usr/sbin/update-grub
"""
APPLY = "vfio-claim setup 01:00.0 --apply-cmdline"


def test_debian_with_grub_and_a_leftover_file(menu):
    told, unasked, done, again, gone = menu(
        settings('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n') + f"""
sums told; mv /lab-out/told.left /lab-out/before
step told vfio-claim setup 01:00.0
step unasked {APPLY}
step done {APPLY} --yes --verbose; line done; cat /etc/default/grub.d/* >>/lab-out/done.err
step again {APPLY} --yes
step gone vfio-claim remove --verbose; line gone; sums gone
cmp /lab-out/before /lab-out/gone.left && echo "as before" >>/lab-out/gone.err
""",
        "told", "unasked", "done", "again", "gone",
        removed=NO_IOMMU, changes=WITHOUT_WORD, files=[("etc/kernel/cmdline", "root=/dev/x quiet\n")],
    )
    assert told.code == 1 and told.etc == {} and told.says("--apply-cmdline"), told
    assert f"  + {DROP_IN}" in told.out and told.says("then run: update-grub"), told
    assert "/etc/kernel/cmdline" not in told.out, told
    assert unasked.code == 1 and unasked.etc == {} and unasked.says("changing the kernel command line needs")
    assert done.code == 0 and DROP_IN in done.err and f" {WORD} quiet" in done.err, done
    assert again.code == 0 and again.says("needs no change") and again.says("nothing to do"), again
    assert gone.code == 0 and gone.etc == {} and WORD not in gone.err and "as before" in gone.err, gone


OFF = """GRUB_DEFAULT=0
GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=off iommu=off,pt"
GRUB_CMDLINE_LINUX='net.ifnames=0 itel_iommu=on'   # mine
"""


@pytest.mark.parametrize("kind", ["debian", "upstream"])
def test_words_in_the_way_go_first_and_come_back(menu, kind):
    done, gone = menu(
        settings(OFF) + (UPSTREAM if kind == "upstream" else "") + f"""
chmod 0640 /etc/default/grub
printf 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT iommu=off"\\n' >/etc/default/grub.d/x.cfg
[ {kind} = debian ] || rm /etc/default/grub.d/x.cfg
sums done; mv /lab-out/done.left /lab-out/before
step done {APPLY} --yes; line done
stat -c 'mode %a' /etc/default/grub >>/lab-out/done.err; cat /etc/default/grub >>/lab-out/done.err
cat /var/lib/vfio-claim/kernel-parameter >>/lab-out/done.err
step gone vfio-claim remove; line gone; sums gone
cmp /lab-out/before /lab-out/gone.left && echo "as before" >>/lab-out/gone.err
""",
        "done", "gone",
        removed=NO_IOMMU, changes=["proc/cmdline = root=/dev/nvme0n1p2 quiet intel_iommu=off iommu=off,pt"],
        files=[("etc/default/grub.d/x.cfg", "")],
    )
    assert done.code == 0, done
    for text in ("'intel_iommu=off' is removed", "'iommu=off,pt' becomes 'iommu=pt'", "'itel_iommu=on' is removed"):
        assert done.says(text), (text, done)
    line = next(line for line in done.err.splitlines() if line.startswith("\tlinux"))
    assert line.split().count(WORD) == 1 and "off" not in line and "iommu=pt" in line, line
    assert "mode 640" in done.err, done
    assert ("grub-mkconfig -o /boot/grub/grub.cfg" if kind == "upstream" else "Running: update-grub") in done.out, done
    assert f"{'grub-defaults' if kind == 'upstream' else 'grub'} {WORD}\n" in done.err, done
    assert gone.code == 0 and "intel_iommu=off" in gone.err and "as before" in gone.err, gone


UNSAFE = {
    "conditional": ('[ -e / ] && GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=off"\n', "/etc/default/grub:1"),
    "pieces": ("# first\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"' intel_iommu=off'\n", "/etc/default/grub:2"),
    "command": ('GRUB_CMDLINE_LINUX="$(echo intel_iommu=off)"\n', "/etc/default/grub:1"),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_what_cannot_be_edited_safely_is_named_and_left(menu, name):
    text, place = UNSAFE[name]
    step, dry = menu(
        settings(text) + f"""
sums step; mv /lab-out/step.left /lab-out/before
step step {APPLY} --yes; sums step
cmp /lab-out/before /lab-out/step.left && echo "as before" >>/lab-out/step.err
step dry {APPLY} --dry-run
""",
        "step", "dry", removed=NO_IOMMU, changes=["proc/cmdline = root=/dev/nvme0n1p2 intel_iommu=off"],
    )
    for each in (step, dry):
        assert each.code == 1 and each.says(f"{place} cannot be edited safely; nothing was changed"), each
    assert "as before" in step.err and step.etc == {}, step


def test_an_entry_that_lacks_it_is_seen(menu):
    lost, mended = menu(
        settings('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n') + f"""
echo 'GRUB_CMDLINE_LINUX="console=tty0"' >/etc/default/grub.d/zz.cfg
step lost {APPLY} --yes; line lost
rm /etc/default/grub.d/zz.cfg
step mended {APPLY} --yes; line mended
""",
        "lost", "mended", removed=NO_IOMMU, changes=WITHOUT_WORD,
    )
    assert lost.code == 1 and lost.etc == {} and WORD not in lost.err.rpartition("\tlinux")[2], lost
    assert lost.says(f"{LACKS} (/boot/grub/grub.cfg)") and "Done" not in lost.out, lost
    assert lost.says("keeps the change; 'vfio-claim remove' undoes it"), lost
    assert mended.code == 0 and WORD in mended.err.rpartition("\tlinux")[2], mended


def test_entries_of_kernel_install_are_rewritten(system):
    done, gone, again, edited = system(
        QUICK + KERNEL_FILES + OFF_BY_DEFAULT + TOOLS + f"""
bls 9.1.0
bls 9.2.0
copying_builder
sums done; mv /lab-out/done.left /lab-out/before
step done {APPLY} --yes; cat /boot/loader/entries/*.conf >>/lab-out/done.err
step gone vfio-claim remove; cat /boot/loader/entries/*.conf >>/lab-out/gone.err; sums gone
diff /lab-out/before /lab-out/gone.left >>/lab-out/gone.err && echo "as before" >>/lab-out/gone.err
echo 'root=UUID=1 ro quiet iommu=off' >/etc/kernel/cmdline
step again {APPLY} --yes
sed -i 's/quiet/quiet mitigations=off/' /etc/kernel/cmdline
step edited vfio-claim remove; cat /etc/kernel/cmdline >>/lab-out/edited.err
""",
        "done", "gone", "again", "edited", removed=NO_IOMMU, changes=WITHOUT_WORD,
    )
    options = [line for line in values(done.err) if line.startswith("options ")]
    assert done.code == 0 and len(options) == 2 and all(WORD in line for line in options), done
    assert done.says("kernel-install add 9.2.0 /boot/vmlinuz-9.2.0"), done
    assert done.err.count("\ninitrd ") == 2, done
    assert gone.code == 0 and WORD not in gone.err and "as before" in gone.err, gone
    assert again.code == 0 and again.says("'iommu=off' is removed"), again
    assert edited.code == 0 and edited.err.endswith("root=UUID=1 ro quiet mitigations=off iommu=off\n"), edited


BY_HAND = (
    "# mine\ntitle Arch\nlinux /vmlinuz-linux\ninitrd /initramfs-linux.img\n"
    "options root=UUID=1\noptions\trw iommu=off\n"
)


def test_an_entry_made_by_hand(system):
    done, gone = system(
        QUICK + OFF_BY_DEFAULT + TOOLS + f"""
mkdir -p /boot/loader/entries
printf '{BY_HAND.encode('unicode_escape').decode()}' >/boot/loader/entries/arch.conf
sed -i "s/vmlinuz-linux/vmlinuz-$kernel/; s/initramfs-linux.img/initrd.img-$kernel/" /boot/loader/entries/arch.conf
printf 'title Memory test\\nefi /memtest.efi\\n' >/boot/loader/entries/memtest.conf
echo 'default arch.conf' >/boot/loader/loader.conf
sums done; mv /lab-out/done.left /lab-out/before
step done {APPLY} --yes; cat /boot/loader/entries/arch.conf >>/lab-out/done.err
step gone vfio-claim remove; sums gone
cmp /lab-out/before /lab-out/gone.left && echo "as before" >>/lab-out/gone.err
""",
        "done", "gone", removed=NO_IOMMU, changes=WITHOUT_WORD,
    )
    assert done.code == 0 and f"options\trw {WORD}\n" in done.err, done
    assert gone.code == 0 and "as before" in gone.err, gone


# Two ESPs, which are tmpfs mounts under the names of devices, and a tool that writes to both. A menu of GRUB's
# is the one of /boot.
PROXMOX = r"""
mkdir -p /sys/firmware/efi /sys/class/block /dev/disk/by-uuid
for uuid in 1111-AAAA 2222-BBBB; do
	mkdir -p "/mnt/$uuid"
	mount -t tmpfs "/dev/lab-$uuid" "/mnt/$uuid"
	: >"/dev/lab-$uuid"
	ln -s "../../devices/lab/block/lab-$uuid" "/sys/class/block/lab-$uuid"
	ln -s "../../lab-$uuid" "/dev/disk/by-uuid/$uuid"
done
cat >/usr/sbin/proxmox-boot-tool <<'END'
#!/bin/sh
set -e
kernel=$(basename /boot/vmlinuz-*)
for esp in /mnt/*; do
	[ ! -e "$esp/skipped" ] || continue
	if [ -e /etc/lab-grub ]; then
		mkdir -p "$esp/grub" "$esp/EFI/proxmox"
		: >"$esp/EFI/proxmox/grubx64.efi"
		cp /boot/vmlinuz-* /boot/initrd.img-* "$esp/"
		sed 's|/boot/|/|g' /boot/grub/grub.cfg >"$esp/grub/grub.cfg"
		continue
	fi
	mkdir -p "$esp/loader/entries" "$esp/EFI/proxmox/x"
	echo 'default proxmox-*' >"$esp/loader/loader.conf"
	cp "/boot/$kernel" "/boot/initrd.img-${kernel#vmlinuz-}" "$esp/EFI/proxmox/x/"
	printf '%s\n' 'title Proxmox' "version ${kernel#vmlinuz-}" "options $(cat /etc/kernel/cmdline)" \
		"linux /EFI/proxmox/x/$kernel" "initrd /EFI/proxmox/x/initrd.img-${kernel#vmlinuz-}" \
		>"$esp/loader/entries/proxmox-${kernel#vmlinuz-}.conf"
done
END
chmod 0755 /usr/sbin/proxmox-boot-tool
"""
ZFS = "root=ZFS=rpool/ROOT/pve-1 boot=zfs quiet"
ON_PROXMOX = [("etc/kernel/cmdline", ZFS + "\n"), ("etc/kernel/proxmox-boot-uuids", "1111-AAAA\n2222-BBBB\n")]


def test_proxmox_with_systemd_boot(system):
    skipped, done, gone = system(
        QUICK + OFF_BY_DEFAULT + TOOLS + PROXMOX + f"""
proxmox-boot-tool refresh
: >/mnt/2222-BBBB/skipped
step skipped {APPLY} --yes
rm /mnt/2222-BBBB/skipped
step done {APPLY} --yes; grep -h options /mnt/*/loader/entries/* >>/lab-out/done.err
sed -i 's/quiet/quiet mitigations=off/' /etc/kernel/cmdline
step gone vfio-claim remove; cat /etc/kernel/cmdline /mnt/*/loader/entries/* >>/lab-out/gone.err
""",
        "skipped", "done", "gone", removed=NO_IOMMU, changes=WITHOUT_WORD, files=ON_PROXMOX,
    )
    assert skipped.code == 1 and skipped.etc == {} and skipped.says(f"{LACKS} (/mnt/2222-BBBB/"), skipped
    assert done.code == 0 and done.err.count(f"options {ZFS} {WORD}\n") == 2, done
    assert skipped.says(f"- {ZFS} + {ZFS} {WORD} then run: proxmox-boot-tool refresh"), skipped
    assert gone.code == 0 and gone.err.count("quiet mitigations=off\n") == 3 and WORD not in gone.err, gone


def test_proxmox_with_grub(menu):
    done, gone = menu(
        settings('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n') + PROXMOX + f"""
: >/etc/lab-grub
proxmox-boot-tool refresh
step done {APPLY} --yes; grep -h -m 1 'linux.*root=' /mnt/*/grub/grub.cfg >>/lab-out/done.err
cat /etc/kernel/cmdline >>/lab-out/done.err
step gone vfio-claim remove; cat /mnt/*/grub/grub.cfg >>/lab-out/gone.err
""",
        "done", "gone", removed=NO_IOMMU, changes=WITHOUT_WORD, files=ON_PROXMOX,
    )
    assert done.code == 0 and done.err.count(f" {WORD} quiet") == 2 and done.err.endswith(f"{ZFS}\n"), done
    assert done.says("Running: update-grub Running: proxmox-boot-tool refresh"), done
    assert gone.code == 0 and WORD not in gone.err, gone
