# SPDX-License-Identifier: GPL-2.0-or-later
"""Real boot loaders: a disk that boots by itself, set up as a user would, the default entry and the one
without the claim."""

import json

import pytest
from lab import Firmware, Machine, expect, loaders, rtx_3080, rv100

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
RADEON = Machine(iommu="intel", slots=(rv100(),))
# radeon's text console on this emulated chip can hang the guest, and no test needs it.
RADEON_WORDS = ("drm_kms_helper.fbdev_emulation=0",)
CARD = MACHINE.address(0)
# What counts is what boots then.
SETUP = 'vfio-claim setup 01:00.0 >/lab-out/setup 2>&1 || echo "exit $?" >>/lab-out/setup\n'
WITH_ENTRY = SETUP.replace("01:00.0", "01:00.0 --menu-entry")
WORD = "vfio_claim.mode=off"
# As systemd would have done.
MOUNT = "mount /boot/efi\n/lab/step verify vfio-claim verify\n"


@pytest.fixture
def firmware(tmp_path):
    return Firmware(tmp_path)


def claims(guest, functions=3, run=MOUNT):
    """setup promised that the default claims, and it does."""
    assert "\nexit " not in guest.disk.out("setup")
    result = guest.boot(run=run)
    expect.claimed(result, CARD, functions)
    assert WORD not in result.cmdline
    return result


def leaves_it(guest, menu):
    """The entry that the keys choose leaves the card to the host."""
    result = guest.boot(menu=menu)
    expect.host_has_3080(result, CARD)
    assert result.report["result"] == "off" and WORD in result.cmdline


@pytest.mark.extended
def test_grub_by_efi(loaded, firmware):
    disk = loaders.Disk(MACHINE, "rtx3080", "grub-efi", prepare=WITH_ENTRY)
    guest = loaded(disk, firmware=firmware)
    claims(guest)
    leaves_it(guest, loaders.GRUB_LAST)


def test_secure_boot(loaded, tmp_path):
    disk = loaders.Disk(RADEON, "rv100", "grub-efi", words=RADEON_WORDS, prepare=SETUP)
    lockdown = "mount -t securityfs securityfs /sys/kernel/security\ncp /sys/kernel/security/lockdown /lab/out/\n"
    result = claims(loaded(disk, firmware=Firmware(tmp_path, secure=True)), functions=1, run=lockdown)
    assert "[integrity]" in result.text("lockdown")


# An ESP as Proxmox has it: in a list, and mounted nowhere.
NOWHERE = f"""
mkdir -p /dev/disk/by-uuid /etc/kernel
[ -e /dev/disk/by-uuid/{loaders.ESP_UUID} ] || ln -s ../../vda1 /dev/disk/by-uuid/{loaders.ESP_UUID}
echo {loaders.ESP_UUID} >/etc/kernel/proxmox-boot-uuids
/lab/step nowhere vfio-claim verify --json
grep vfat /proc/mounts >/lab/out/mounted
rm /etc/kernel/proxmox-boot-uuids
"""


def with_systemd_boot():
    return loaders.Disk(MACHINE, "rtx3080", "systemd-boot", "trixie", prepare=WITH_ENTRY)


def test_systemd_boot(loaded, firmware):
    result = claims(loaded(with_systemd_boot(), firmware=firmware), run=NOWHERE + MOUNT)
    verified = json.loads(result.command("nowhere").output)["verified"]
    assert [image["state"] for image in verified["images"]] == ["current"], verified
    assert verified["images"][0]["path"].startswith(f"ESP {loaders.ESP_UUID}:/lab-debian/")
    assert result.text("mounted") == "", "read by a mount of its own"


@pytest.mark.extended
def test_systemd_boot_without_the_claim(loaded, firmware):
    leaves_it(loaded(with_systemd_boot(), firmware=firmware), loaders.SYSTEMD_BOOT_SECOND)


@pytest.mark.extended
def test_a_unified_image(loaded, firmware):
    disk = loaders.Disk(MACHINE, "rtx3080", "uki", "trixie", prepare=SETUP)
    claims(loaded(disk, firmware=firmware))


@pytest.mark.extended
def test_grub_by_the_bios(loaded):
    guest = loaded(loaders.Disk(MACHINE, "rtx3080", prepare=WITH_ENTRY))
    claims(guest, run=None)
    leaves_it(guest, loaders.GRUB_LAST)


@pytest.mark.extended
def test_a_boot_folder_on_the_esp(loaded, firmware):
    disk = loaders.Disk(MACHINE, "rtx3080", "grub-efi", prepare=WITH_ENTRY, esp="/boot")
    claims(loaded(disk, firmware=firmware), run="mount /boot\n")


@pytest.mark.extended
def test_a_unified_image_by_dracut(loaded, firmware):
    disk = loaders.Disk(MACHINE, "rtx3080", "dracut-uki", "trixie", prepare=SETUP)
    claims(loaded(disk, firmware=firmware))


SQUASH = 'add_dracutmodules+=" squash "\nadd_drivers+=" squashfs loop overlay "\n'


@pytest.mark.extended
def test_an_image_within_an_image(loaded, firmware):
    """dracut's squash: the card needs no mask, as the shim would be in the inner image."""
    disk = loaders.Disk(
        RADEON,
        "rv100",
        "grub-dracut",
        words=RADEON_WORDS,
        files={"/etc/dracut.conf.d/squash.conf": SQUASH},
        prepare=SETUP,
    )
    claims(loaded(disk, firmware=firmware), functions=1)


# The image needs more room than is left on the ESP.
FULL = """
free=$(df --output=avail $esp | tail -n 1)
head -c "$((free - 200))k" /dev/zero >$esp/full
vfio-claim setup 01:00.0 >/lab-out/setup 2>&1 || echo "exit $?" >>/lab-out/setup
find $esp -ls >/lab-out/on-esp
cmp /boot/vmlinuz-$kernel $esp/lab-debian/$kernel/linux >>/lab-out/on-esp 2>&1 || :
rm $esp/full
"""


@pytest.mark.extended
def test_a_full_esp(loaded, firmware):
    """Whatever setup says: the machine comes up."""
    disk = loaders.Disk(MACHINE, "rtx3080", "systemd-boot", "trixie", prepare=FULL)
    guest = loaded(disk, firmware=firmware)
    print(disk.out("setup"), disk.out("on-esp"))
    assert "exit 1" in disk.out("setup")
    assert guest.boot().complete


# A second system on a disk of its own, installed by hand from the first, with Debian's own tools on real devices.
KEY = "the lab has no secrets"
ENCRYPTED = f"""
set -eu
disk=$(readlink -f /dev/disk/by-id/virtio-lab-root1)
printf 'label: gpt\\nsize=1M, type=21686148-6449-6E6F-744E-656564454649\\nsize=200M\\nsize=+\\n' | sfdisk -q $disk
udevadm settle
mkfs.ext4 -q -L boot $disk"2"
mkdir -p /etc/keys
printf %s '{KEY}' >/etc/keys/root.key
chmod 0400 /etc/keys/root.key
cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 $disk"3" /etc/keys/root.key
cryptsetup open --key-file /etc/keys/root.key $disk"3" opened
pvcreate -q /dev/mapper/opened
vgcreate -q lab /dev/mapper/opened
lvcreate -q -y -n root -l 100%FREE lab
mkfs.ext4 -q /dev/lab/root
mount /dev/lab/root /mnt
mkdir /mnt/boot
mount $disk"2" /mnt/boot
tar -C / --one-file-system {" ".join(f"--exclude='./{path}'" for path in loaders.NOT_NEEDED)} -cf - . | tar -C /mnt -xf -
for place in dev proc sys run; do mount --rbind /$place /mnt/$place; done
echo "opened UUID=$(blkid -o value -s UUID $disk"3") /etc/keys/root.key luks,initramfs" >/mnt/etc/crypttab
echo 'KEYFILE_PATTERN=/etc/keys/*.key' >/mnt/etc/cryptsetup-initramfs/conf-hook
printf '/dev/mapper/lab-root / ext4 defaults 0 1\\nLABEL=boot /boot ext4 defaults 0 2\\n' >/mnt/etc/fstab
chroot /mnt sh -eu <<END
grub-install --target=i386-pc $disk
update-grub
vfio-claim setup 01:00.0 --menu-entry
END
cp /mnt/boot/grub/grub.cfg /lab/out/grub.cfg
umount -l /mnt/boot /mnt
sync
"""


@pytest.mark.extended
def test_grub_with_the_root_in_lvm_in_luks(loaded):
    guest = loaded(loaders.Disk(MACHINE, "rtx3080", "grub-pc-crypt", timeout=1200), empty=2 << 30)
    made = guest.boot(disks=(0, 1), run=ENCRYPTED)
    assert made.command("run").exit_code == 0, made.command("run")
    result = guest.boot(disks=(1,))
    expect.claimed(result, CARD)
    assert "/dev/mapper/lab-root / ext4" in result.text("mounts")
    result = guest.boot(disks=(1,), menu=loaders.GRUB_LAST)
    # The copy lacks modules that nouveau and the sound driver need.
    assert result.report["result"] == "off" and result.drivers(CARD)[2] == "xhci_hcd"
