# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim setup --menu-entry`: Debian's own grub-mkconfig in a root of its own, and menus of
entries in files. No boot: the tests read the menu.

GRUB's programs are the real ones except grub-probe and grub-mkrelpath, which need disks: stand-ins
answer as on the disks that a test describes.
"""

from __future__ import annotations

import re

import pytest
from lab import roots
from test_setup import LINE, NO_IOMMU, OFF_BY_DEFAULT, QUICK, WITHOUT_WORD, system

PARAMETER = "vfio_claim.mode=off"
TITLE = ", without vfio-claim (the host keeps the GPU)"
# grub-emu is GRUB as a program, for test_menu_trial; one root serves both.
GRUB = ("grub2-common", "grub-emu")
OURS = "### BEGIN /etc/grub.d/99_vfio-claim ###"

# layout NAME=VALUE...: the disks, and /etc/default/grub from standard input.
DISKS = r"""
mkdir -p /boot/grub /dev/disk/by-uuid /etc/default
layout() {
	printf '%s\n' root=/dev/sda1 root_uuid=11111111-aaaa boot=/dev/sda1 boot_uuid=11111111-aaaa \
		fs=ext2 abstraction= prefix=/boot root_prefix=/ "$@" | sed "s/=\(.*\)/='\1'/" >/etc/lab-layout
	cat >/etc/default/grub
	. /etc/lab-layout
	: >"/dev/disk/by-uuid/$root_uuid"
}
cat >/usr/sbin/grub-probe <<'END'
#!/bin/sh
. /etc/lab-layout
device=
while [ $# -gt 0 ]; do
	case $1 in
	--target=*) target=${1#*=} ;;
	-t | --target) target=$2; shift ;;
	--device | -d) device=yes ;;
	-*) ;;
	*) last=$1 ;;
	esac
	shift
done
case $target:$last in
device:/boot*) echo "$boot" ;;
device:*) echo "$root" ;;
fs_uuid:*) [ -n "$device" ] || last=$root; [ "$last" = "$root" ] && echo "$root_uuid" || echo "$boot_uuid" ;;
fs:*) echo "$fs" ;;
abstraction:*) printf '%s' "$abstraction" ;;
cryptodisk_uuid:*) case $abstraction in *cryptodisk*) echo 22222222bbbb ;; esac ;;
compatibility_hint:*) echo hd0,gpt1 ;;
hints_string:*) echo "--hint-bios=hd0,gpt1 --hint-efi=hd0,gpt1" ;;
partmap:*) echo gpt ;;
partuuid:*) echo 33333333-cccc ;;
esac
END
cat >/usr/bin/grub-mkrelpath <<'END'
#!/bin/sh
. /etc/lab-layout
case $1 in
/boot*) echo "$prefix${1#/boot}" ;;
/) echo "$root_prefix" ;;
*) echo "$1" ;;
esac
END
chmod 0755 /usr/sbin/grub-probe /usr/bin/grub-mkrelpath
plain() { layout <<'END'
GRUB_DEFAULT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX="net.ifnames=0"
END
}
config() { cp /boot/grub/grub.cfg "/lab-out/$1.cfg.txt"; ls -l /etc/grub.d >"/lab-out/$1.grub.d.txt"; }
"""


@pytest.fixture
def menu(system, tmp_path):
    """run(script, *steps, configs=...) -> the steps, and the configurations kept by `config NAME`."""

    def run(script, *names, configs=(), **options):
        collect = "".join(f'cat "/lab-out/{c}.cfg.txt" "/lab-out/{c}.grub.d.txt" >"/lab-out/{c}.out"\n'
                          f'echo 0 >"/lab-out/{c}.code"; : >"/lab-out/{c}.err"; keep "{c}"\n' for c in configs)
        return system(QUICK + DISKS + script + collect, *names, *configs, packages=GRUB, **options)

    return run


def entries(config):
    """The top-level and the inner entries, each with its lines, in their order."""
    found = re.findall(r"^\s*menuentry '(.*?)' .*?'([^']*)' \{$(.*?)^\s*\}$", config, re.MULTILINE | re.DOTALL)
    return [(title, name, [line.strip() for line in body.strip().splitlines()]) for title, name, body in found]


def assert_is_first_without_claim(config):
    """Our entry is the last, and equals the first except for its own marks."""
    all_entries = entries(config)
    first, ours = all_entries[0], all_entries[-1]
    assert (ours[0], ours[1]) == (first[0] + TITLE, "vfio-claim-off"), all_entries
    assert config.count("vfio-claim-off") == 1
    assert sum(line.count(PARAMETER) for entry in all_entries for line in entry[2]) == 1
    # GRUB, where it counts a trial, sets the mode in the other entries.
    expected = [line.replace("$vfio_claim_mode ", "") for line in first[2] if line != "savedefault"]
    index = next(i for i, line in enumerate(expected) if line.startswith("linux"))
    own, _, of_init = expected[index].partition(" -- ")
    expected[index] = f"{own} {PARAMETER}" + (f" -- {of_init}" if of_init else "")
    assert ours[2] == expected
    assert any(line.startswith("initrd\t/") for line in expected), expected
    return expected[index]


LAYOUTS = {
    "plain": ("", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=\n'),
    "boot-apart": (
        "boot=/dev/sda2 boot_uuid=44444444-dddd root=/dev/mapper/vg-root abstraction='lvm cryptodisk luks' prefix=",
        'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_ENABLE_CRYPTODISK=y\n',
    ),
    "all-encrypted": (
        "root=/dev/mapper/crypt boot=/dev/mapper/crypt abstraction='cryptodisk luks'",
        "GRUB_ENABLE_CRYPTODISK=y\nGRUB_DISABLE_LINUX_UUID=true\nGRUB_DISABLE_SUBMENU=y\n",
    ),
    "btrfs": ("fs=btrfs prefix=/@/boot root_prefix=/@", "GRUB_SAVEDEFAULT=true\nGRUB_DEFAULT=saved\n"),
    "quoted": (
        "",
        "GRUB_DISTRIBUTOR=\"Bob's & Co\"\n"
        "GRUB_CMDLINE_LINUX_DEFAULT='dyndbg=\"file a.c +p; file b.c +p\" x=\\$y -- single'\n",
    ),
}
EXPECTED = {
    "plain": "root=UUID=11111111-aaaa ro  quiet",
    "boot-apart": "linux\t/vmlinuz-",
    "all-encrypted": "root=/dev/mapper/crypt ro",
    "btrfs": "rootflags=subvol=@",
    "quoted": f"x=\\$y {PARAMETER} -- single",
}


@pytest.mark.parametrize("suite", roots.SUITES)
def test_the_entry_on_any_disk_is_the_first_one_without_the_claim(menu, suite):
    script = ""
    for name, (disks, settings) in LAYOUTS.items():
        script += f"""
layout {disks} <<'END'
GRUB_DISTRIBUTOR=Debian
{settings}
END
update-grub 2>/dev/null
config without-{name}
ln -s /usr/lib/vfio-claim/grub-entry /etc/grub.d/99_vfio-claim
step {name} update-grub
grub-script-check /boot/grub/grub.cfg
config with-{name}
rm /etc/grub.d/99_vfio-claim
"""
    # Harmless without the package, which may leave its link; with entries in files too.
    script += """
ln -s /usr/lib/vfio-claim/grub-entry /etc/grub.d/99_vfio-claim
echo GRUB_ENABLE_BLSCFG=true >>/etc/default/grub
echo export GRUB_ENABLE_BLSCFG >>/etc/default/grub
update-grub
config of-files
sed -i /BLSCFG/d /etc/default/grub
mv /usr/lib/vfio-claim/agent /root/
update-grub
config removed
mv /usr/lib/vfio-claim/grub-entry /root/
update-grub
config purged
"""
    kept = [f"{kind}-{name}" for name in LAYOUTS for kind in ("without", "with")]
    steps = menu(script, *LAYOUTS, configs=[*kept, "of-files", "removed", "purged"], suite=suite)
    said = dict(zip(LAYOUTS, steps))
    configs = dict(zip([*kept, "of-files", "removed", "purged"], (s.out for s in steps[len(LAYOUTS) :])))
    for name in LAYOUTS:
        assert said[name].code == 0 and "without vfio-claim" in said[name].err, said[name]
        before, after = configs[f"without-{name}"], configs[f"with-{name}"]
        assert PARAMETER not in before
        assert EXPECTED[name] in assert_is_first_without_claim(after), name
        # Nothing else differs.
        assert after.split(OURS)[0].rstrip() == before[: before.rindex("### END")].rstrip() + "\n" + before[
            before.rindex("### END") :
        ].split("\n")[0]
    for name in ("of-files", "removed", "purged"):
        assert "vfio-claim-off" not in configs[name] and "gnulinux-" in configs[name], name


def test_setup_adds_it_and_remove_leaves_no_trace(menu):
    alone, again, gone, before, added, followed, after = menu(
        """
plain
update-grub
config before
step alone vfio-claim setup --menu-entry
config added
step again vfio-claim setup 01:00.0 --menu-entry
second_kernel
update-grub
config followed
rm -r /lib/modules/9.9.9 /boot/*9.9.9
step gone vfio-claim remove
config after
# The units stay enabled, as the package has it.
find /etc /boot /usr/lib/kernel /var -name '*vfio*' -not -path '*.wants/*' >>/lab-out/gone.err
""",
        "alone", "again", "gone", configs=("before", "added", "followed", "after"),
    )
    assert alone.code == 0 and alone.etc == {}, alone
    assert alone.says("Running: update-grub") and alone.says("its default has not changed"), alone
    assert added.says("initrd.img-6") and PARAMETER in assert_is_first_without_claim(added.out)
    assert added.says("99_vfio-claim -> /usr/lib/vfio-claim/grub-entry")
    assert again.code == 0 and again.conf.endswith(LINE), again
    assert "vmlinuz-9.9.9 root=" in assert_is_first_without_claim(followed.out)
    assert gone.code == 0 and gone.says("from the boot menu") and gone.says("Running: update-grub"), gone
    assert "/etc" not in gone.err and "/boot" not in gone.err, gone.err
    assert after.out == before.out


# esp UUID DEVICE: a mounted ESP, which is a folder in memory under the device's name. `refresh` is a stand-in for
# proxmox-boot-tool's: each mounted ESP gets the kernels and images of /boot, and entries or a copy of GRUB's menu.
PROXMOX = r"""
mkdir -p /etc/kernel/postinst.d /etc/kernel/postrm.d /dev/disk/by-uuid
esp() {
	mkdir -p /sys/class/block "/sys/devices/lab/$2" "/esp/$2"
	ln -s "../../devices/lab/$2" "/sys/class/block/$2"
	: >"/dev/$2"
	ln -sf "../../$2" "/dev/disk/by-uuid/$1"
	echo "$1" >>/etc/kernel/proxmox-boot-uuids
	mount -t tmpfs "/dev/$2" "/esp/$2"
	mkdir -p "/esp/$2/loader/entries" "/esp/$2/EFI/proxmox"
}
systemd_esp() {
	mkdir -p /sys/firmware/efi
	esp "$@"
	printf 'timeout 3\ndefault proxmox-*\n' >"/esp/$2/loader/loader.conf"
}
grub_esp() { esp "$@"; mkdir "/esp/$2/grub"; : >"/esp/$2/EFI/proxmox/grubx64.efi"; }
cat >/usr/sbin/proxmox-boot-tool <<'END'
#!/bin/sh
for esp in /esp/*; do
	if [ -d "$esp/grub" ]; then
		cp /boot/vmlinuz-* /boot/initrd.img-* "$esp"
		sed 's| /boot/| /|; s|\t/boot/|\t/|' /boot/grub/grub.cfg >"$esp/grub/grub.cfg"
		continue
	fi
	rm -rf "$esp"/EFI/proxmox/* "$esp"/loader/entries/proxmox-*
	for kernel in /boot/vmlinuz-*; do
		k=${kernel#/boot/vmlinuz-}
		mkdir -p "$esp/EFI/proxmox/$k"
		cp "$kernel" "/boot/initrd.img-$k" "$esp/EFI/proxmox/$k"
		cat >"$esp/loader/entries/proxmox-$k.conf" <<-ENTRY
			title Proxmox Virtual Environment
			version $k
			options root=ZFS=rpool/ROOT/pve-1 boot=zfs
			linux /EFI/proxmox/$k/vmlinuz-$k
			initrd /EFI/proxmox/$k/initrd.img-$k
		ENTRY
	done
done
echo "$1 of $(grep -c vfio-claim-off /boot/grub/grub.cfg)"
END
chmod 0755 /usr/sbin/proxmox-boot-tool
host=loader/entries/host-0-vfio-claim-off.conf
show_esps() { find /esp /etc/kernel -type f -name '*vfio*' | sort >"/lab-out/$1.left"; cat /esp/*/$host >>"/lab-out/$1.out" || :; }
"""


def test_where_proxmox_copies_grubs_menu_the_copy_is_read_back(menu):
    added, failed, gone = menu(
        PROXMOX + """
plain
update-grub
grub_esp 1234-ABCD sdx2
proxmox-boot-tool refresh
step added vfio-claim setup --menu-entry --verbose
grep -c vfio-claim-off /esp/sdx2/grub/grub.cfg >>/lab-out/added.out
step gone vfio-claim remove --verbose
grep -c vfio-claim-off /esp/sdx2/grub/grub.cfg >>/lab-out/gone.out || :
sed -i 's|>"$esp/grub/grub.cfg"|>/dev/null|' /usr/sbin/proxmox-boot-tool
step failed vfio-claim setup --menu-entry
find /esp /etc/kernel /etc/grub.d -name '*vfio*' >/lab-out/failed.left
""",
        "added", "failed", "gone",
    )
    assert added.code == 0 and "  | refresh of 1\n" in added.out and added.out.endswith("\n1\n"), added
    assert gone.code == 0 and gone.says("Nothing else was configured."), gone
    assert "  | refresh of 0\n" in gone.out and gone.out.endswith("\n0\n"), gone
    assert failed.code == 1 and failed.says("/esp/sdx2/grub/grub.cfg still lacks the entry"), failed
    assert failed.says("the boot menu is as it was before") and failed.left == "", failed


def test_on_proxmox_each_esp_has_the_entry(menu):
    dry, added, hooked, renewed, stale, failed, gone = menu(
        PROXMOX + """
plain
systemd_esp 1234-ABCD sdx2
systemd_esp 5678-EF01 sdy2
echo 9999-9999 >>/etc/kernel/proxmox-boot-uuids
proxmox-boot-tool refresh
cat /esp/*/loader/entries/* >/lab-before
step dry vfio-claim setup --menu-entry --dry-run; show_esps dry
step added vfio-claim setup --menu-entry; show_esps added
second_kernel
proxmox-boot-tool refresh
step hooked run-parts /etc/kernel/postinst.d; show_esps hooked
rm -r /lib/modules/9.9.9 /boot/*-9.9.9
proxmox-boot-tool refresh
mkdir -p /run/vfio-claim
/usr/lib/vfio-claim/agent --sysroot / --json >/run/vfio-claim/report.json || :
step stale vfio-claim verify
step renewed run-parts /etc/kernel/postrm.d; show_esps renewed
rm /esp/*/$host
mount -o remount,ro /esp/sdy2
step failed vfio-claim setup --menu-entry; show_esps failed
mount -o remount,rw /esp/sdy2
vfio-claim setup --menu-entry
step gone vfio-claim remove; show_esps gone
cat /esp/*/loader/entries/* | cmp - /lab-before >>/lab-out/gone.err 2>&1
""",
        "dry", "added", "hooked", "renewed", "stale", "failed", "gone",
    )
    files = [f"/esp/{device}/loader/entries/host-0-vfio-claim-off.conf" for device in ("sdx2", "sdy2")]
    hooks = [f"/etc/kernel/{folder}/zzz-vfio-claim" for folder in ("postinst.d", "postrm.d")]
    assert dry.code == 0 and dry.left == "", dry
    assert all(dry.says(f"write {file}") for file in files), dry
    assert added.code == 0 and added.left.split() == files + hooks, added
    assert added.says("ESP 9999-9999 is not there: the menu on it has no entry without the claim"), added
    assert added.says("a way out of a bad claim, not of a bad image"), added
    assert added.out.count(f"options root=ZFS=rpool/ROOT/pve-1 boot=zfs {PARAMETER}\n") == 2, added
    assert "proxmox" not in files[0] and TITLE in added.out, added
    assert hooked.code == 0 and "warning: ESP 9999-9999 is not there" in hooked.err, hooked
    assert hooked.out.count("vmlinuz-9.9.9") == 2, hooked
    assert stale.says("9.9.9', which does not exist") and stale.says("IMAGE_STALE"), stale
    assert renewed.code == 0 and "9.9.9" not in renewed.out + renewed.err, renewed
    assert failed.code == 1 and failed.says("Read-only file system") and failed.left == "", failed
    assert gone.code == 0 and gone.left == "" and gone.err == "", gone


def test_remove_takes_the_entry_alone_without_a_builder(menu):
    configured, in_image, dry, gone, no_image, before, kept, after, last = menu(
        """
plain
update-grub
config before
mv /usr/sbin/mkinitramfs /root/
vfio-claim setup --menu-entry
echo 'gpu = 01:00.0' >/etc/vfio-claim.conf
step configured vfio-claim remove
# Of a configuration that somebody took away by hand.
/usr/local/bin/quick "/boot/initrd.img-$kernel"
rm /etc/vfio-claim.conf
step in_image vfio-claim remove
cp /lab-plain-image "/boot/initrd.img-$kernel"
step dry vfio-claim remove --dry-run
config kept
step gone vfio-claim remove
config after
vfio-claim setup --menu-entry
mkdir /root/kernels
mv /boot/vmlinuz-* /root/kernels
step no_image vfio-claim remove
mv /root/kernels/* /boot
update-grub
config last
""",
        "configured", "in_image", "dry", "gone", "no_image", configs=("before", "kept", "after", "last"),
    )
    for step in (configured, in_image):
        assert step.code == 1 and step.says("no builder of boot images is installed"), step
        assert step.says("nothing was changed") and "Running" not in step.out, step
    assert dry.code == 0 and dry.says("would be done: remove the entry") and dry.says("Nothing was written"), dry
    assert_is_first_without_claim(kept.out)
    for step in (gone, no_image):
        assert step.code == 0 and step.says("Removing the entry") and step.says("Nothing else was configured"), step
    assert after.out == before.out == last.out


def test_a_menu_that_could_not_be_put_back_is_left_alone(menu):
    folder, dry, file, other, gone, before, refused, by_hand, after = menu(
        """
plain
update-grub
config before
mv /boot/grub /boot/real
ln -s real /boot/grub
step folder vfio-claim setup 01:00.0 --menu-entry
rm /boot/grub
mv /boot/real /boot/grub
mv /boot/grub/grub.cfg /boot/real.cfg
ln -s ../real.cfg /boot/grub/grub.cfg
step dry vfio-claim setup --menu-entry --dry-run
step file vfio-claim setup --menu-entry
ls -l /boot/grub >>/lab-out/file.left
config refused
ln -s /usr/lib/vfio-claim/grub-entry /etc/grub.d/99_vfio-claim
update-grub
config by_hand
step gone vfio-claim remove
ls -l /boot/grub >>/lab-out/gone.left
config after
rm /boot/grub/grub.cfg
mv /boot/real.cfg /boot/grub/grub.cfg
echo '# mine' >/etc/grub.d/99_vfio-claim
step other vfio-claim setup --menu-entry
cat /etc/grub.d/99_vfio-claim >>/lab-out/other.out
""",
        "folder", "dry", "file", "other", "gone", configs=("before", "refused", "by_hand", "after"),
    )
    for step, link in ((folder, "/boot/grub"), (file, "/boot/grub/grub.cfg"), (dry, "/boot/grub/grub.cfg")):
        assert step.code == 1 and step.etc == {} and "Running" not in step.out, step
        assert step.says(f"'{link}' is a link") and step.says("nothing was changed"), step
        assert step.says("'ln -s /usr/lib/vfio-claim/grub-entry /etc/grub.d/99_vfio-claim', then 'update-grub'"), step
    assert refused.out == after.out == before.out and "grub.cfg -> ../real.cfg" in file.left
    assert_is_first_without_claim(by_hand.out)
    assert gone.code == 0 and "grub.cfg -> ../real.cfg" in gone.left, gone
    assert other.code == 1 and other.says("is not setup's link to") and other.out == "# mine\n", other


def test_a_generator_that_stays_does_not_keep_the_menu_from_being_put_back(menu):
    failed, gone, before, after, last = menu(
        """
plain
update-grub
config before
mkdir -p /usr/local/sbin
cat >/usr/local/sbin/update-grub <<'END'
#!/bin/sh
echo half >/boot/grub/grub.cfg
mount --bind /etc/grub.d /etc/grub.d
mount -o remount,ro,bind /etc/grub.d
exit 3
END
chmod 0755 /usr/local/sbin/update-grub
export PATH=/usr/local/sbin:$PATH
step failed vfio-claim setup --menu-entry
umount /etc/grub.d
config after
rm /usr/local/sbin/update-grub
step gone vfio-claim remove
config last
""",
        "failed", "gone", configs=("before", "after", "last"),
    )
    assert failed.code == 1 and failed.says("/etc/grub.d/99_vfio-claim: Read-only file system"), failed
    assert failed.says("cannot put the boot menu back completely") and "as it was before" not in failed.err, failed
    assert [entry[1] for entry in entries(after.out)] == [entry[1] for entry in entries(before.out)] != []
    assert after.says("99_vfio-claim")
    assert gone.code == 0 and last.out == before.out, gone


FAILING = {
    "update": "printf '#!/bin/sh\\necho >>/boot/grub/grub.cfg; echo half >/boot/grub/grub.cfg.new\\nexit 3\\n' "
              ">/usr/local/sbin/update-grub",
    "interrupt": "printf '#!/bin/sh\\nkill -INT $PPID; sleep 1; exec /usr/sbin/update-grub\\n' "
                 ">/usr/local/sbin/update-grub",
    "no-entry": "chmod 0644 /etc/grub.d/10_linux",
    "images": "echo 'exit 7' | builder",
}
SAYS = {
    "update": "'update-grub' failed with 3",
    "interrupt": "interrupted",
    "no-entry": "still lacks the entry",
    "images": "failed with 7",
}


@pytest.mark.parametrize("cause", FAILING)
def test_what_fails_puts_the_menu_back(menu, cause):
    failed, mended, before, after = menu(
        f"""
plain
update-grub
chmod 0600 /boot/grub/grub.cfg
config before
export PATH=/usr/local/sbin:$PATH
mkdir -p /usr/local/sbin
{FAILING[cause]}
chmod 0755 /usr/local/sbin/* 2>/dev/null || :
step failed vfio-claim setup 01:00.0 --menu-entry
stat -c %a /boot/grub/grub.cfg >>/lab-out/failed.out
ls -A /boot/grub /etc/grub.d >>/lab-out/failed.left
{"" if cause != "no-entry" else "sed -i 's/x/x/' /etc/grub.d/10_linux"}
config after
rm -f /usr/local/sbin/update-grub
chmod 0755 /etc/grub.d/10_linux
quick_builder
step mended vfio-claim setup 01:00.0 --menu-entry
""",
        "failed", "mended", configs=("before", "after"),
    )
    assert failed.code == 1 and failed.etc == {}, failed
    assert failed.says(SAYS[cause]) and failed.says("the boot menu is as it was before"), failed
    assert "the kernel command line keeps" not in failed.err, failed
    assert failed.out.endswith("600\n") and "vfio-claim" not in failed.left and "grub.cfg." not in failed.left, failed
    if cause == "no-entry":  # the mode set by the test
        before.out = before.out.replace("-rwxr-xr-x", "").split("### END", 1)[0]
        after.out = after.out.split("### END", 1)[0]
    assert after.out == before.out
    assert mended.code == 0 and mended.conf.endswith(LINE), mended


# A menu of files, as the system's own kernel-install makes it. The builder copies its images there
# as the hook of Debian's systemd-boot does.
KERNEL_FILES = r"""
mkdir -p /etc/kernel /boot/abc /boot/loader/entries
echo abc >/etc/kernel/entry-token
printf 'layout=bls\nBOOT_ROOT=/boot\n' >/etc/kernel/install.conf
echo 'root=UUID=1 ro quiet' >/etc/kernel/cmdline
install_kernel() { kernel-install add "$1" "/boot/vmlinuz-$1" "/boot/initrd.img-$1"; }
bls() {
	mkdir -p "/lib/modules/$1"
	: >"/boot/vmlinuz-$1"
	cp /lab-plain-image "/boot/initrd.img-$1"
	install_kernel "$1" >>"/lab-out/$1.log" 2>&1
}
no_bls() {
	kernel-install remove "$1"
	rm -r "/lib/modules/$1" "/boot/vmlinuz-$1" "/boot/initrd.img-$1"
}
copying_builder() {
	builder <<'END'
for new in "$image" /boot/initrd.img-9*; do
	quick "$new"
	kernel=${new#/boot/initrd.img-}
	[ ! -e "/boot/abc/$kernel" ] || kernel-install add "$kernel" "/boot/vmlinuz-$kernel" "$new"
done
END
}
ours=/boot/loader/entries/abc-0-vfio-claim-off.conf
show() { cat "$ours" >>"/lab-out/$1.out" || :; ls /boot/loader/entries >"/lab-out/$1.left"; }
"""


def values(text):
    """An entry's lines, whatever the width of its columns."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_an_entry_in_a_file_follows_the_newest_kernel(system):
    none, added, followed, back, told, gone = system(
        QUICK + KERNEL_FILES + """
bls 9.1.0
step none ls /boot/loader/entries
cat /boot/loader/entries/abc-9.1.0.conf >/lab-out/none.err
step added vfio-claim setup --menu-entry; show added
step followed bls 9.12.0; show followed
cat /lab-out/9.12.0.log >>/lab-out/followed.err
step back no_bls 9.12.0; show back
mv /boot/abc/9.1.0/initrd* /root
step told vfio-claim menu-renew
mv /root/initrd* /boot/abc/9.1.0
copying_builder
step gone vfio-claim remove; ls /boot/loader/entries >/lab-out/gone.left
""",
        "none", "added", "followed", "back", "told", "gone",
    )
    assert none.out == "abc-9.1.0.conf\n", "kernel-install made an entry that nobody asked for"
    assert added.code == 0, added
    assert set(values(none.err)) - set(values(added.out)) == {
        line for line in values(none.err) if line.startswith(("title ", "sort-key ", "options "))
    }, (none.err, added)
    assert f"options root=UUID=1 ro quiet {PARAMETER}" in [re.sub(" systemd.machine_id=[^ ]*", "", v) for v in values(added.out)]
    assert TITLE in added.out and "sort-key" not in added.out, added
    assert "linux /boot/abc/9.12.0/linux" in values(followed.out) and "9.1.0" not in followed.out, followed
    assert followed.left.split() == ["abc-0-vfio-claim-off.conf", "abc-9.1.0.conf", "abc-9.12.0.conf"]
    assert "linux /boot/abc/9.1.0/linux" in values(back.out), back
    assert "vfio-claim: " not in followed.err + back.err, (followed, back)
    assert told.code == 1 and told.says("no entry of the boot menu boots a kernel and an image of this system"), told
    assert told.says("remedy: run 'vfio-claim setup --menu-entry'"), told
    assert gone.code == 0 and gone.left == "abc-9.1.0.conf\n", gone


def test_an_entry_in_a_file_is_put_back_and_renewed(system):
    failed, kept, renewed, stale, again = system(
        QUICK + KERNEL_FILES + """
bls 9.1.0
echo 'exit 7' | builder
step failed vfio-claim setup 01:00.0 --menu-entry; ls /boot/loader/entries >/lab-out/failed.left
copying_builder
step kept vfio-claim setup 01:00.0 --menu-entry; show kept
mkdir /root/hooks
mv /usr/lib/kernel/install.d/95-vfio-claim.install /root/hooks
bls 9.12.0
step renewed vfio-claim setup --rebuild; show renewed
no_bls 9.12.0
mkdir -p /run/vfio-claim
/usr/lib/vfio-claim/agent --sysroot / --json >/run/vfio-claim/report.json || :
step stale vfio-claim verify
vfio-claim setup --menu-entry
step again vfio-claim verify
""",
        "failed", "kept", "renewed", "stale", "again",
    )
    assert failed.code == 1 and failed.left == "abc-9.1.0.conf\n" and failed.etc == {}, failed
    assert failed.says("the boot menu is as it was before"), failed
    assert kept.code == 0 and "linux /boot/abc/9.1.0/linux" in values(kept.out) and kept.conf.endswith(LINE), kept
    assert "renews it" not in kept.out and "is running" not in kept.out, kept  # the hook, run by setup's builder
    assert renewed.code == 0 and "linux /boot/abc/9.12.0/linux" in values(renewed.out), renewed
    assert stale.says("names '/boot/abc/9.12.0/linux', which does not exist") and stale.says("IMAGE_STALE"), stale
    assert "which does not exist" not in again.out, again


def test_an_earlier_entry_stays_until_all_else_is_done(system):
    failed, alone, same, warned, mended = system(
        QUICK + KERNEL_FILES + """
folder=/boot/loader/entries
bls 9.1.0
echo 'title earlier' >$folder/old-0-vfio-claim-off.conf
echo 'exit 7' | builder
step failed vfio-claim setup 01:00.0 --menu-entry; ls $folder >/lab-out/failed.left
step alone vfio-claim setup --menu-entry; ls $folder >/lab-out/alone.left
step same vfio-claim setup 01:00.0 --menu-entry; ls $folder >/lab-out/same.left
echo 'root=UUID=1 ro loud' >/etc/kernel/cmdline
copying_builder
cat >>/usr/sbin/update-initramfs <<'END'
mount --bind /boot/loader/entries /boot/loader/entries
mount -o remount,ro,bind /boot/loader/entries
END
step warned vfio-claim setup 01:00.0; show warned
umount $folder
copying_builder
step mended vfio-claim setup --rebuild; show mended
""",
        "failed", "alone", "same", "warned", "mended",
    )
    old, ours, other = "old-0-vfio-claim-off.conf", "abc-0-vfio-claim-off.conf", "abc-9.1.0.conf"
    assert failed.code == 1 and failed.says("the boot menu is as it was before"), failed
    assert sorted(failed.left.split()) == [other, old], failed
    assert alone.code == 0 and sorted(alone.left.split()) == [ours, other], alone
    assert same.says("already has this content") and same.says("the boot menu is as it was before"), same
    assert same.code == 1 and sorted(same.left.split()) == [ours, other], same
    assert warned.code == 0 and "\nDone. " in warned.out and warned.conf.endswith(LINE), warned
    assert warned.says("Read-only file system") and warned.says("warning: the boot menu's entry"), warned
    assert warned.says("ro quiet"), warned
    assert mended.code == 0 and "warning" not in mended.err and mended.says("ro loud"), mended


def test_a_parameter_that_stays_is_told_when_the_entry_fails(menu):
    unasked, failed = menu(
        OFF_BY_DEFAULT + """
plain
update-grub
chmod 0644 /usr/lib/vfio-claim/grub-entry
step unasked vfio-claim setup 01:00.0 --apply-cmdline --menu-entry
step failed vfio-claim setup 01:00.0 --apply-cmdline --yes --menu-entry
ls /etc/default/grub.d >>/lab-out/failed.left
""",
        "unasked", "failed", removed=NO_IOMMU, changes=WITHOUT_WORD,
    )
    assert unasked.code == 1 and unasked.says("nothing was changed"), unasked
    assert "the kernel command line keeps" not in unasked.err, unasked
    assert failed.code == 1 and failed.says("still lacks the entry") and "vfio-claim.cfg" in failed.left, failed
    assert failed.says("the kernel command line keeps the change") and failed.etc == {}, failed


def test_the_entry_has_the_parameter_that_setup_adds(system, menu):
    (file,) = system(
        QUICK + KERNEL_FILES + OFF_BY_DEFAULT + """
bls 9.1.0
copying_builder
step file vfio-claim setup 01:00.0 --apply-cmdline --yes --menu-entry; show file
""",
        "file", removed=NO_IOMMU, changes=WITHOUT_WORD,
    )
    assert file.code == 0, file
    assert f"options root=UUID=1 ro quiet intel_iommu=on {PARAMETER}" in values(file.out), file
    grub, config = menu(
        OFF_BY_DEFAULT + "plain\nupdate-grub\nstep grub vfio-claim setup 01:00.0 --apply-cmdline --yes --menu-entry\nconfig config\n",
        "grub", configs=("config",), removed=NO_IOMMU, changes=WITHOUT_WORD,
    )
    assert grub.code == 0, grub
    assert "intel_iommu=on quiet" in assert_is_first_without_claim(config.out)


def test_where_there_can_be_no_entry_it_says_so(system):
    none, proxmox, user, dry = system(
        QUICK + KERNEL_FILES + """
step none vfio-claim setup 01:00.0 --menu-entry
bls 9.1.0
echo 1234-ABCD >/etc/kernel/proxmox-boot-uuids
step proxmox vfio-claim setup --menu-entry
rm /etc/kernel/proxmox-boot-uuids
step user setpriv --reuid 65534 --regid 65534 --clear-groups vfio-claim setup --menu-entry
step dry vfio-claim setup --menu-entry --dry-run; ls /boot/loader/entries >/lab-out/dry.left
""",
        "none", "proxmox", "user", "dry",
    )
    for step, text in ((none, "no boot menu was found"), (proxmox, "ESP 1234-ABCD is not there"), (user, "only root")):
        assert step.code == 1 and step.says(text) and step.says("nothing was changed") and step.etc == {}, step
        assert "Building" not in step.out, step
    for step in (none, proxmox):
        assert step.says("press 'e' and add vfio_claim.mode=off"), step
    assert dry.code == 0 and dry.says("write /boot/loader/entries/abc-0-vfio-claim-off.conf"), dry
    assert dry.says("with the kernel and the image of /boot/loader/entries/abc-9.1.0.conf"), dry
    assert dry.left == "abc-9.1.0.conf\n", dry


HIDDEN = {
    "grub": ("sed -i '1i GRUB_TIMEOUT=0' /etc/default/grub; update-grub", "hold Shift (BIOS) or press Esc (EFI)"),
    "shown": ("sed -i '1i GRUB_TIMEOUT=5' /etc/default/grub; update-grub", None),
    "proxmox": ("systemd_esp 1234-ABCD sdx2; echo timeout 0 >/esp/sdx2/loader/loader.conf; proxmox-boot-tool refresh",
                "hold the space bar before the loader starts"),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_hidden_menu_is_said_to_be_one(menu, how):
    prepare, text = HIDDEN[how]
    alone, card = menu(
        PROXMOX + f"""
plain
{prepare}
step alone vfio-claim setup --menu-entry
step card vfio-claim setup 01:00.0
""",
        "alone", "card",
    )
    assert alone.code == card.code == 0, (alone, card)
    for step in (alone, card):
        assert step.says(f"menu is hidden: {text}") if text else "hidden" not in step.out, step


def test_without_efi_variables_setup_names_the_entry(system):
    (without,) = system(QUICK + "step without vfio-claim setup 01:00.0", "without")
    (efi,) = system(
        QUICK + "mkdir -p /sys/firmware/efi/efivars\nstep efi vfio-claim setup 01:00.0", "efi"
    )
    assert without.says("no trial") and without.says("vfio-claim setup --menu-entry"), without
    assert efi.code == 0 and "--menu-entry" not in efi.out, efi
