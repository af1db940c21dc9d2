# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that boot by themselves: GPT, ESP, root, a real boot loader, and on them all that it reads.

    disk = loaders.Disk(loader="grub-pc", machine=MACHINE, prepare="vfio-claim setup 01:00.0\\n")
    with loaders.Loaded(disk, tmp_path) as guest:
        first = guest.boot()                             # the menu's default
        second = guest.boot(menu=loaders.GRUB_LAST)      # keys pressed in the menu

The guest's own tools make kernel, images and menu in a chroot, where `prepare` runs last, as a user would:
vfio-claim is installed, /sys shows the machine, the ESP is mounted. No device of the host is used: the host
may have neither loop devices nor a driver for vfat or GPT. So GRUB's programs that look for disks are
stand-ins there, and mtools fills the ESP.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from . import build, cache, image, roots
from .boot import RootDisks, Setup, copy_sparse, guest_words, module_loads, shim_files, start
from .chroot import Session
from .firmware import Firmware
from .keys import Menu
from .machine import Machine
from .result import Result

MIB = 1 << 20
SECTORS = MIB // 512
ROOT_MIB = 1700
ROOT_UUID = "1ab0d15c-0000-4000-8000-000000000001"
ESP_UUID = "1AB0-E51A"
# Types of partitions, as sfdisk has them.
FIRST_PARTITION = {"bios": "21686148-6449-6E6F-744E-656564454649", "esp": "U"}
RECORDS = cache.LAB_DIR / "machines"

TIMEOUT = 300  # of a boot; the guest's own limit is in its command line

GRUB_WAITS = "highlighted entry will be executed"
GRUB_LAST = Menu(GRUB_WAITS, ("end", "ret"))
SYSTEMD_BOOT_SECOND = Menu("Boot in ", ("down", "ret"))

# GRUB's programs that look at disks, as on a disk of ours. Mounted over the real ones, which stay on the disk.
STAND_INS = f"""
cat >/mnt/grub-probe <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	--target=*) target=${{1#*=}} ;;
	-t | --target) target=$2; shift ;;
	-*) ;;
	*) place=$1 ;;
	esac
	shift
done
case $place in
/dev/vda1) part=1 uuid={ESP_UUID} fs=fat ;;
/boot*) if [ -d /boot/EFI ]; then part=1 uuid={ESP_UUID} fs=fat; else part=2 uuid={ROOT_UUID} fs=ext2; fi ;;
*) part=2 uuid={ROOT_UUID} fs=ext2 ;;
esac
case $target in
device) echo /dev/vda$part ;;
fs_uuid) echo $uuid ;;
fs) echo $fs ;;
partmap) echo gpt ;;
drive) echo "(hd0,gpt$part)" ;;
compatibility_hint) echo hd0,gpt$part ;;
hints_string) echo --hint-bios=hd0,gpt$part --hint-efi=hd0,gpt$part --hint-baremetal=ahci0,gpt$part ;;
esac
END
cat >/mnt/grub-mkrelpath <<'END'
#!/bin/sh
for path; do :; done
[ ! -d /boot/EFI ] || path=${{path#/boot}}
echo "$path"
END
chmod 0755 /mnt/grub-*
mount --bind /mnt/grub-probe /usr/sbin/grub-probe
mount --bind /mnt/grub-mkrelpath /usr/bin/grub-mkrelpath
mkdir -p /dev/disk/by-uuid
: >/dev/disk/by-uuid/{ROOT_UUID}
"""

# What a running guest has mounted: the machine's /sys and command line, and the ESP.
SYSTEM = """
mount -t tmpfs lab-machine /mnt
cp -a /lab-machine/. /mnt/
rm -r /lab-machine
mount -t tmpfs lab-sys /sys
cp -a /mnt/sys/. /sys/
for file in cmdline sys/kernel/osrelease; do mount --bind "/mnt/proc/$file" "/proc/$file"; done
systemctl --quiet enable vfio-claim-verify.service vfio-claim-confirm.service vfio-claim-hibernate.service
kernel=$(basename /lib/modules/*)
"""
# $esp: where it is mounted. /boot's own files move there too if that is the place.
ESP = f"""
mkdir -p $esp /sys/firmware/efi/efivars /mnt/below
find $esp -mindepth 1 -maxdepth 1 -exec mv {{{{}}}} /mnt/below/ ';'
mount -t tmpfs -o mode=0700,size={{size}}m lab-esp $esp
mkdir $esp/EFI
cp -a /mnt/below/. $esp/
echo 'UUID={ESP_UUID} '$esp' vfat umask=0077 0 1' >>/etc/fstab
"""

GRUB_DEFAULTS = """GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="{words}"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_TERMINAL_INPUT=console
GRUB_TERMINAL_OUTPUT="{output}"
"""
GRUB_INSTALL = """
mkdir -p /boot/grub/{platform}
cp /usr/lib/grub/{platform}/*.mod /usr/lib/grub/{platform}/*.lst /boot/grub/{platform}/
grub-editenv /boot/grub/grubenv create
update-grub
"""
# Like grub-install, which asks the devices for their partitions.
GRUB_PC = f"""
cp /usr/lib/grub/i386-pc/boot.img /lab-out/
grub-mkimage -O i386-pc -o /lab-out/core.img -p '(,gpt2)/boot/grub' biosdisk part_gpt ext2
{GRUB_INSTALL.format(platform="i386-pc")}
"""
# grub-install checks that the ESP is one. The firmware starts BOOTX64.EFI, and shim's fallback then makes
# the entry that grub-install would have made in the firmware's variables.
GRUB_EFI = f"""
place=$esp/EFI
mkdir -p $place/debian $place/BOOT
cp /usr/lib/shim/shimx64.efi.signed $place/BOOT/BOOTX64.EFI
cp /usr/lib/shim/fbx64.efi.signed $place/BOOT/fbx64.efi
cp /usr/lib/shim/BOOTX64.CSV $place/debian/
for name in shim mm fb; do cp /usr/lib/shim/${{name}}x64.efi.signed $place/debian/${{name}}x64.efi; done
cp /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed $place/debian/grubx64.efi
cat >$place/debian/grub.cfg <<END
search.fs_uuid $(grub-probe -t fs_uuid /boot/grub) root 
set prefix=(\\$root)'$(grub-mkrelpath /boot/grub)'
configfile \\$prefix/grub.cfg
END
{GRUB_INSTALL.format(platform="x86_64-efi")}
"""
# The ESP is no vfat in the chroot: systemd's programs are told not to mind.
SYSTEMD_BOOT = f"""
for name in bootctl kernel-install; do
	cp /usr/bin/$name /mnt/
	printf '#!/bin/sh\\nSYSTEMD_RELAX_ESP_CHECKS=1 exec /mnt/%s "$@"\\n' $name >/mnt/wrapped-$name
	chmod 0755 /mnt/wrapped-$name
	mount --bind /mnt/wrapped-$name /usr/bin/$name
done
echo 1ab0d15c000040008000000000000002 >/etc/machine-id
bootctl install --no-variables --esp-path=$esp
echo 'timeout 5' >>$esp/loader/loader.conf
mkdir -p /etc/kernel
echo "root=UUID={ROOT_UUID} ro $words" >/etc/kernel/cmdline
"""
BLS = """
echo layout=bls >/etc/kernel/install.conf
echo lab-debian >/etc/kernel/entry-token
kernel-install add $kernel /boot/vmlinuz-$kernel /boot/initrd.img-$kernel
"""
UKI = """
printf 'layout=uki\nuki_generator=ukify\n' >/etc/kernel/install.conf
kernel-install add $kernel /boot/vmlinuz-$kernel /boot/initrd.img-$kernel
"""
DRACUT_UKI = """
printf 'uefi="yes"\nkernel_cmdline="%s"\n' "$(cat /etc/kernel/cmdline)" >/etc/dracut.conf.d/uki.conf
printf 'layout=other\\ninitrd_generator=none\\n' >/etc/kernel/install.conf
rm /boot/initrd.img-*
dracut --force --kver $kernel
"""


@dataclass(frozen=True)
class Loader:
    """A boot loader: its packages, the kind of the first partition, and the script that installs it."""

    packages: tuple[str, ...]
    first: str
    install: str
    output: str = "console"  # GRUB's
    builder: str = "initramfs-tools"


TOOLS = ("dosfstools", "fdisk", "mtools")
GRUB_PACKAGES = ("grub2-common", "grub-pc-bin", "grub-efi-amd64-bin", "grub-efi-amd64-signed", "shim-signed", *TOOLS)
SYSTEMD_PACKAGES = ("systemd-boot", "systemd-boot-efi", "systemd-ukify", *TOOLS)

LOADERS = {
    "grub-pc": Loader(GRUB_PACKAGES, "bios", STAND_INS + GRUB_PC, output="serial"),
    "grub-pc-crypt": Loader(
        (*GRUB_PACKAGES, "cryptsetup-initramfs", "lvm2"), "bios", STAND_INS + GRUB_PC, output="serial"
    ),
    "grub-efi": Loader(GRUB_PACKAGES, "esp", STAND_INS + GRUB_EFI),
    "systemd-boot": Loader(SYSTEMD_PACKAGES, "esp", SYSTEMD_BOOT + BLS),
    "uki": Loader(SYSTEMD_PACKAGES, "esp", SYSTEMD_BOOT + UKI),
    "grub-dracut": Loader((*GRUB_PACKAGES, "dracut-squash"), "esp", STAND_INS + GRUB_EFI, builder="dracut"),
    "dracut-uki": Loader((*SYSTEMD_PACKAGES, "binutils"), "esp", SYSTEMD_BOOT + DRACUT_UKI, builder="dracut"),
}

# What another system in the guest can do without: the copy of a root takes minutes.
NOT_NEEDED = (
    *(f"usr/{path}" for path in roots.NOT_IN_SECOND_KERNEL),
    "usr/lib/grub/x86_64-*",
    "var/cache/*",
    "var/lib/apt/*",
    "boot/grub/*",
)


@dataclass(frozen=True)
class Disk:
    """A disk's contents before its first boot.

    words are further ones of the kernel command line, modules further test modules (like boot()'s), put into
    the guest's images by a hook. files are laid over the root. prepare is a shell script; $kernel is the
    kernel's release, $esp the ESP's place, and /lab-out/NAME comes back by out(); disk, esp and log are taken.
    """

    machine: Machine
    record: str  # of machines/: what /sys shows
    loader: str = "grub-pc"
    suite: str = "bookworm"
    words: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    prepare: str = ""
    esp: str = "/boot/efi"  # where it is mounted
    esp_mib: int = 256
    timeout: int = TIMEOUT

    @property
    def guest(self) -> Path:
        loader = LOADERS[self.loader]
        return roots.guest_root(self.suite, loader.packages, loader.builder)

    def path(self) -> Path:
        """The disk, made when needed; boots must not write to it."""
        return self._made() / "disk"

    def out(self, name: str) -> str:
        """A file that prepare left in /lab-out."""
        return (self._made() / name).read_text(encoding="utf-8", errors="replace")

    def _made(self) -> Path:
        compiled = build.built(self.suite, roots.kernel_version(self.guest))
        loads = module_loads(self.machine, self.modules)
        words = [
            *guest_words(self.machine, self.timeout, is_loading=bool(loads)),
            "norandmaps",
            *self.words,
        ]
        loader = LOADERS[self.loader]
        files = {
            "/etc/default/grub": GRUB_DEFAULTS.format(words=" ".join(words), output=loader.output),
            "/etc/fstab": f"UUID={ROOT_UUID} / ext4 errors=remount-ro 0 1\n",
            "/etc/hostname": "lab-guest\n",
            **IMAGE_FILES[loader.builder],
            **self.files,
        }
        shim = shim_files(compiled, loads) if loads else {}
        script = f"words='{' '.join(words)}' esp={self.esp}\n" + self._script()

        def make(result: Path) -> None:
            cache.say(f"{self.suite}: making a disk with {self.loader} (about 60 s)")
            with Session(self.guest, cache.CACHE / "tmp") as session:
                image.lay_over(session.files, compiled.installed, files)
                _write(session.files, shim)
                _record(self.record, roots.kernel_version(self.guest), session.files / "lab-machine")
                shutil.copytree(image.SUPPORT, session.files / "lab", dirs_exist_ok=True)
                (result / "log").write_text(session.run(script))
                if loader.first == "bios":
                    _embed(session.out)
                for entry in session.out.iterdir():
                    entry.rename(result / entry.name)

        content = cache.digest(
            self.guest.name,
            cache.tree_digest(compiled.installed),
            cache.tree_digest(image.SUPPORT),
            (RECORDS / f"{self.record}.tree").read_bytes(),
            sorted(files.items()),
            sorted(shim.items()),
            script,
        )
        return cache.once("disks", f"{self.suite}-{self.loader}-{content}", make)

    def _script(self) -> str:
        loader = LOADERS[self.loader]
        is_esp = loader.first == "esp"
        return "\n".join(
            [
                SYSTEM,
                image.ENABLE_SUPPORT,
                ESP.format(size=self.esp_mib) if is_esp else "",
                image.MAKE_IMAGE[loader.builder].format(kernel="$kernel"),
                loader.install,
                self.prepare,
                _assemble(loader.first, self.esp_mib if is_esp else 1),
            ]
        )


# Small images, quickly packed; the shim is in them, as nothing can be appended.
IMAGE_FILES = {
    "initramfs-tools": {
        "/etc/initramfs-tools/conf.d/lab": "MODULES=list\nCOMPRESSLEVEL=1\n",
        "/etc/initramfs-tools/modules": "virtio_pci\nvirtio_blk\next4\n",
        "/etc/initramfs-tools/hooks/lab": """#!/bin/sh
[ "$1" != prereqs ] || exit 0
[ -e /lab/shim ] || exit 0
mkdir -p "$DESTDIR/lab"
cp /lab/shim /lab/modules /lab/*.ko "$DESTDIR/lab/"
""",
    },
    "dracut": {
        "/etc/dracut.conf.d/lab.conf": image.DRACUT_CONF
        + 'for file in /lab/shim /lab/modules /lab/*.ko; do [ ! -e "$file" ] || install_items+=" $file "; done\n'
    },
}


def _assemble(first: str, size: int) -> str:
    """The script that makes the disk of the root as it is now, and of what is mounted at the ESP's place."""
    kind = FIRST_PARTITION[first]
    start = 1 + size
    fill = f"""
truncate -s {size}M /lab-out/esp
mkfs.vfat -F 32 -s 1 -i {ESP_UUID.replace("-", "")} /lab-out/esp >/dev/null
cd $esp
mcopy -i /lab-out/esp -s -Q ./* ::
cd /
dd if=/lab-out/esp of=/lab-out/disk bs=1M seek=1 conv=sparse,notrunc status=none
rm /lab-out/esp
"""
    return f"""
rm -f /lab-script
truncate -s {start + ROOT_MIB + 1}M /lab-out/disk
sfdisk -q /lab-out/disk <<'END'
label: gpt
start={SECTORS}, size={size * SECTORS}, type={kind}
start={start * SECTORS}, size={ROOT_MIB * SECTORS}, type=L
END
{fill if first == "esp" else ""}
# One file system only, without what is mounted in it.
mkdir /lab-view
mount --bind / /lab-view
mke2fs -q -F -t ext4 -U {ROOT_UUID} -d /lab-view -E offset={start * MIB} /lab-out/disk {ROOT_MIB}M
"""


def _embed(place: Path) -> None:
    """Writes GRUB's boot sector, and its core into the partition for it.

    Like grub-bios-setup: two places hold the number of the sector to read next, in boot.img the core's first,
    in that sector (diskboot.img) the core's second.
    """
    boot = (place / "boot.img").read_bytes()
    core = bytearray((place / "core.img").read_bytes())
    core[0x1F4:0x1FC] = (SECTORS + 1).to_bytes(8, "little")
    with open(place / "disk", "r+b") as disk:
        disk.write(boot[:0x5C] + SECTORS.to_bytes(8, "little") + boot[0x64:440])
        disk.seek(MIB)
        disk.write(core)


def _record(name: str, release: str, target: Path) -> None:
    """The recorded machine's files, with the guest's kernel."""
    spec = importlib.util.spec_from_file_location("machine", cache.LAB_DIR.parent / "machines/machine.py")
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    machine = module.Machine(RECORDS / f"{name}.tree")
    machine.add(f"proc/sys/kernel/osrelease = {release}")
    for path in machine.entries:
        if path.startswith(("sys/", "proc/")):
            machine.write_entry(target, path)


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = target / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755)


class Loaded:
    """A machine with a disk of its own, from the first boot to the end of the `with`: each boot finds the
    earlier boots' writes, the loader's included.

    empty: the size of a second disk, of which a boot with `disks=(0, 1)` can make another system.
    """

    def __init__(
        self, disk: Disk, results: Path, firmware: Firmware | None = None, empty: int | None = None
    ) -> None:
        self.disk = disk
        self.firmware = firmware
        self.results: list[Result] = []
        self._place = results
        self._empty = empty

    def __enter__(self) -> Loaded:
        source = self.disk.path()
        self._temporary = tempfile.TemporaryDirectory(dir=cache.CACHE / "tmp")
        self._disks = [Path(self._temporary.name) / f"disk-{number}" for number in range(2)]
        copy_sparse(source, self._disks[0])
        if self._empty:
            with open(self._disks[1], "wb") as disk:
                disk.truncate(self._empty)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._temporary.cleanup()

    def boot(
        self,
        *,
        menu: Menu | None = None,
        disks: Sequence[int] = (0,),
        run: str | None = None,
        files: Mapping[str, bytes] | None = None,
        ends_at: str | None = None,
        timeout: int | None = None,
    ) -> Result:
        """Switches the machine on; the loader does the rest.

        menu     keys to press; None: the default boots
        disks    those in the machine; it boots from the first. The guest's name of the nth is
                 /dev/disk/by-id/virtio-lab-rootN
        run      as boot()'s; files are written to the root early in the boot
        ends_at  as boot()'s: switches the machine off
        """
        setup = Setup(
            self.disk.machine,
            self.disk.suite,
            kernel=None,
            initrd=None,
            root=RootDisks(
                "",
                tuple(
                    (self._disks[disk], f"virtio-blk-pci,addr={0x10 + place:02x}.0,bootindex={place}")
                    for place, disk in enumerate(disks)
                ),
                keep=True,
            ),
            to_root={**({"/lab/run": run.encode()} if run else {}), **(files or {})},
            firmware=self.firmware,
            ends_at=ends_at,
            menu=menu,
            timeout=timeout or self.disk.timeout,
        )
        place = self._place / f"boot-{len(self.results)}"
        self.results.append(start(setup, collect=not ends_at, results=place))
        return self.results[-1]
