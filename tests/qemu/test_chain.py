# SPDX-License-Identifier: GPL-2.0-or-later
"""What boots is read back: copies on ESPs, images that the menu names or not. A Debian root, no boot.

The ESPs are tmpfs mounts under the name of a device, and `proxmox-boot-tool` is a stand-in that copies in
place, as the real one does, and like it ends well where an ESP is absent.
"""

from __future__ import annotations

import pytest
from test_setup import LINE, QUICK, system

__all__ = ["system"]

PROXMOX = QUICK + r"""
mkdir -p /sys/firmware/efi /sys/class/block /dev/disk/by-uuid /etc/kernel /root
cat >/etc/kernel/proxmox-boot-uuids <<-END
	1111-AAAA
	2222-BBBB
END
echo "root=/dev/sda1 quiet" >/etc/kernel/cmdline
# esp UUID SIZE: an ESP, mounted
esp() {
	mkdir -p "/mnt/$1"
	mount -t tmpfs -o "size=$2" "/dev/lab-$1" "/mnt/$1"
	: >"/dev/lab-$1"
	ln -s "../../devices/lab/block/lab-$1" "/sys/class/block/lab-$1"
	ln -s "../../lab-$1" "/dev/disk/by-uuid/$1"
	mkdir -p "/mnt/$1/loader/entries"
	printf 'timeout 3\ndefault proxmox-*\n' >"/mnt/$1/loader/loader.conf"
}
# absent UUID: its disk is unplugged. present UUID: plugged in again.
absent() { mv "/dev/disk/by-uuid/$1" /root/; umount -l "/mnt/$1"; }
cat >/usr/sbin/proxmox-boot-tool <<'END'
#!/bin/sh
set -e
[ "$1" = refresh ]
while read -r uuid; do
	if [ ! -e "/dev/disk/by-uuid/$uuid" ]; then
		echo "WARN: $uuid does not exist - skipping" >&2
		continue
	fi
	for kernel in /boot/vmlinuz-*; do
		release=${kernel#/boot/vmlinuz-}
		folder=/EFI/proxmox/$release
		mkdir -p "/mnt/$uuid$folder"
		cp "$kernel" "/mnt/$uuid$folder/"
		cp "/boot/initrd.img-$release" "/mnt/$uuid$folder/"
		cat >"/mnt/$uuid/loader/entries/proxmox-$release.conf" <-END
			title Proxmox
			version $release
			options $(head -n 1 /etc/kernel/cmdline)
			linux $folder/vmlinuz-$release
			initrd $folder/initrd.img-$release
		END
	done
done </etc/kernel/proxmox-boot-uuids
[ ! -e /root/cut ] || truncate -s 1000 /mnt/2222-BBBB/EFI/proxmox/*/vmlinuz-*
END
sed -i 's/<-END/<<-END/; /^\t*<<-END/!s/^\t\t\tEND/END/' /usr/sbin/proxmox-boot-tool
chmod 0755 /usr/sbin/proxmox-boot-tool
"""
TWO = PROXMOX + "esp 1111-AAAA 64m; esp 2222-BBBB 64m; proxmox-boot-tool refresh\n"
ESPS = ("/mnt/1111-AAAA/EFI/proxmox", "/mnt/2222-BBBB/EFI/proxmox")


def test_every_esp_is_read_back(system):
    done, garbage, renewed, gone = system(
        TWO + """
step done vfio-claim setup 01:00.0
echo garbage | dd of="/mnt/2222-BBBB/EFI/proxmox/$kernel/initrd.img-$kernel" conv=notrunc 2>/dev/null
step garbage vfio-claim verify --images
step renewed vfio-claim setup --from-config --yes
step gone vfio-claim remove
""",
        "done", "garbage", "renewed", "gone",
    )
    assert done.code == 0 and done.conf.endswith(LINE), done
    for esp in ESPS:
        assert esp in done.flat, done
    assert done.flat.count("holds this configuration") == 2, done
    # A warning: this boot's claim is as it was, and the other ESP's image has the configuration.
    assert garbage.code == 0 and garbage.says("pending:"), garbage
    assert garbage.flat.count("cannot be read: it is damaged") == 1 and not garbage.says(ESPS[0]), garbage
    assert garbage.says(f"boot image {ESPS[1]}/"), garbage
    # No file of /etc changes, and all is built, copied and opened again.
    assert renewed.code == 0 and renewed.says("already has this content"), renewed
    assert renewed.says("Running: proxmox-boot-tool refresh") and not renewed.says("damaged"), renewed
    assert renewed.flat.count("holds this configuration") == 2, renewed
    assert gone.code == 0 and gone.flat.count("it claims nothing") == 2 and gone.says("Done."), gone


def test_an_absent_esp_is_named_and_no_success(system):
    absent, again, gone = system(
        TWO + """
vfio-claim setup 01:00.0 >/dev/null 2>&1 </dev/null
absent 2222-BBBB
step absent vfio-claim setup --rebuild
step again vfio-claim setup --from-config --yes
step gone vfio-claim remove
""",
        "absent", "again", "gone",
    )
    for step in (absent, again, gone):
        assert step.code == 1 and step.says("not everything that may boot was reached"), step
        assert not step.says("has the card back"), step
    assert absent.says("ESP 2222-BBBB: not reached: there is no such disk now"), absent
    assert absent.conf.endswith(LINE), "what was reached holds it"
    assert gone.conf is None and gone.says("ESP 2222-BBBB"), gone


def test_a_full_esp_is_asked_before_anything_is_built(system):
    (full,) = system(
        PROXMOX + """
esp 1111-AAAA 64m; esp 2222-BBBB 64m; proxmox-boot-tool refresh
used=$(du -sk /mnt/2222-BBBB | cut -f 1)
mount -o "remount,size=$((used + 1000))k" /mnt/2222-BBBB
step full vfio-claim setup 01:00.0
""",
        "full",
    )
    assert full.code == 1 and full.etc == {} and not full.says("Building"), full
    assert full.says("ESP 2222-BBBB has 0 MiB free") and full.says("nothing was changed"), full


def test_a_kernel_that_was_cut_off_is_seen(system):
    (cut,) = system(TWO + ": >/root/cut\nstep cut vfio-claim setup 01:00.0\n", "cut")
    assert cut.code == 1 and cut.etc == {}, cut
    assert cut.says("is shorter than /boot/vmlinuz-") and not cut.says("all the same"), cut
    assert cut.says("What the next boot does:") and cut.says("it does not boot as it is"), cut


def test_an_image_that_no_entry_names_blocks_nothing(system):
    done, verified = system(
        TWO + """
mkdir "/lib/modules/9.9.9" && : >/boot/initrd.img-9.9.9 && : >"/lib/modules/9.9.9/vmlinuz"
step done vfio-claim setup 01:00.0
step verified vfio-claim verify --images
""",
        "done", "verified",
    )
    assert done.code == 0, done
    assert done.says("/boot/initrd.img-9.9.9") and done.says("no entry of the boot menu starts it"), done
    assert verified.code == 0 and verified.says("pending: the boot images have the configuration"), verified
    assert not verified.says("9.9.9"), verified


def test_an_image_is_built_back(system):
    """A second image fails after the first one was built."""
    (failed,) = system(
        """
second_kernel
builder <<'END'
quick "$image"
[ ! -e /etc/vfio-claim.conf ] || exit 1
END
step failed vfio-claim setup 01:00.0
""",
        "failed",
    )
    assert failed.code == 1 and failed.etc == {}, failed
    assert failed.says("Building back the images") and failed.says("holds no configuration"), failed
    assert not failed.says("all the same"), failed


@pytest.mark.parametrize("verb", ("setup 01:00.0", "remove"))
def test_an_image_that_still_claims_is_said_to(system, verb):
    """A builder that works once: nothing can be built back."""
    (failed,) = system(
        """
second_kernel
builder <<'END'
[ ! -e /root/spent ] || exit 1
quick "$image"
[ -e /root/first ] || exit 0
: >/root/spent
exit 1
END
case "VERB" in remove) vfio-claim setup 01:00.0 --force >/dev/null 2>&1 </dev/null || :
	printf 'LINE' >/etc/vfio-claim.conf
	for image in /boot/initrd.img-*; do /usr/local/bin/quick "$image"; done ;;
esac
: >/root/first
step failed vfio-claim VERB
""".replace("VERB", verb).replace("LINE", LINE.replace("\n", "\\n")),
        "failed",
    )
    assert failed.code == 1, failed
    assert failed.says("What the next boot does:"), failed
    if verb == "remove":
        assert failed.conf.endswith(LINE) and failed.says("claims nothing"), failed
    else:
        assert failed.etc == {} and failed.says("which is another than /etc/vfio-claim.conf"), failed
        assert failed.says("vfio_claim.mode=off"), failed
