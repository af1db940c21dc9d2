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
from collections.abc import Mapping
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
# Types of partitions, as sfdisk has them, and their sizes.
FIRST_PARTITION = {"bios": ("21686148-6449-6E6F-744E-656564454649", 1), "esp": ("U", 256)}
RECORDS = cache.LAB_DIR / "machines"

TIMEOUT = 300  # of a boot; the guest's own limit is in its command line

GRUB_WAITS = "highlighted entry will be executed"
GRUB_LAST = Menu(GRUB_WAITS, ("end", "ret"))

# GRUB's programs that look at disks, as on a disk of ours. Mounted over the real ones, which stay on the disk.
STAND_INS = f"""
cat >/mnt/grub-probe <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	--target=*) target=${{1#*=}} ;;
	-t | --target) target=$2; shift ;;
	esac
	shift
done
case $target in
device) echo /dev/vda2 ;;
fs_uuid) echo {ROOT_UUID} ;;
fs) echo ext2 ;;
partmap) echo gpt ;;
drive) echo '(hd0,gpt2)' ;;
compatibility_hint) echo hd0,gpt2 ;;
hints_string) echo --hint-bios=hd0,gpt2 --hint-efi=hd0,gpt2 --hint-baremetal=ahci0,gpt2 ;;
esac
END
printf '#!/bin/sh\\nfor path; do :; done\\necho "$path"\\n' >/mnt/grub-mkrelpath
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
ESP = f"""
mkdir -p /boot/efi /sys/firmware/efi/efivars
mount -t tmpfs lab-esp /boot/efi
echo 'UUID={ESP_UUID} /boot/efi vfat umask=0077 0 1' >>/etc/fstab
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


@dataclass(frozen=True)
class Loader:
    """A boot loader: its packages, the kind of the first partition, and the script that installs it."""

    packages: tuple[str, ...]
    first: str
    install: str
    output: str = "console"  # GRUB's


TOOLS = ("dosfstools", "fdisk", "mtools")
GRUB_PACKAGES = ("grub2-common", "grub-pc-bin", "grub-efi-amd64-bin", "grub-efi-amd64-signed", "shim-signed", *TOOLS)

LOADERS = {
    "grub-pc": Loader(GRUB_PACKAGES, "bios", STAND_INS + GRUB_PC, output="serial"),
}


@dataclass(frozen=True)
class Disk:
    """A disk's contents before its first boot.

    words are further ones of the kernel command line, modules further test modules (like boot()'s), put into
    the guest's images by a hook. files are laid over the root. prepare is a shell script; $kernel is the
    kernel's release, and /lab-out/NAME comes back as a file next to the disk (out()).
    """

    machine: Machine
    record: str  # of machines/: what /sys shows
    loader: str = "grub-pc"
    suite: str = "bookworm"
    words: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    prepare: str = ""
    timeout: int = TIMEOUT

    @property
    def guest(self) -> Path:
        return roots.guest_root(self.suite, LOADERS[self.loader].packages)

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
            **IMAGE_FILES,
            **self.files,
        }
        shim = shim_files(compiled, loads) if loads else {}
        script = self._script()

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
        return "\n".join(
            [
                SYSTEM,
                image.ENABLE_SUPPORT,
                ESP if loader.first == "esp" else "",
                "update-initramfs -c -k $kernel",
                loader.install,
                self.prepare,
                _assemble(loader.first),
            ]
        )


# Small images, quickly packed; the shim is in them, as nothing can be appended.
IMAGE_FILES = {
    "/etc/initramfs-tools/conf.d/lab": "MODULES=list\nCOMPRESSLEVEL=1\n",
    "/etc/initramfs-tools/modules": "virtio_pci\nvirtio_blk\next4\n",
    "/etc/initramfs-tools/hooks/lab": """#!/bin/sh
[ "$1" != prereqs ] || exit 0
[ -e /lab/shim ] || exit 0
mkdir -p "$DESTDIR/lab"
cp /lab/shim /lab/modules /lab/*.ko "$DESTDIR/lab/"
""",
}


def _assemble(first: str) -> str:
    """The script that makes the disk of the root as it is now, and of what is mounted at the ESP's place."""
    kind, size = FIRST_PARTITION[first]
    start = 1 + size
    fill = f"""
mkfs.vfat -F 32 -i {ESP_UUID.replace("-", "")} --offset {SECTORS} /lab-out/disk {size << 10}
cd /boot/efi
mcopy -i /lab-out/disk@@1M -s -Q ./* ::
cd /
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
    earlier boots' writes, the loader's included."""

    def __init__(self, disk: Disk, results: Path, firmware: Firmware | None = None) -> None:
        self.disk = disk
        self.firmware = firmware
        self.results: list[Result] = []
        self._place = results

    def __enter__(self) -> Loaded:
        source = self.disk.path()
        self._temporary = tempfile.TemporaryDirectory(dir=cache.CACHE / "tmp")
        self._disk = Path(self._temporary.name) / "disk"
        copy_sparse(source, self._disk)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._temporary.cleanup()

    def boot(
        self,
        *,
        menu: Menu | None = None,
        run: str | None = None,
        files: Mapping[str, bytes] | None = None,
        ends_at: str | None = None,
        timeout: int | None = None,
    ) -> Result:
        """Switches the machine on; the loader does the rest.

        menu     keys to press; None: the default boots
        run      as boot()'s; files are written to the root early in the boot
        ends_at  as boot()'s: switches the machine off
        """
        setup = Setup(
            self.disk.machine,
            self.disk.suite,
            kernel=None,
            initrd=None,
            root=RootDisks("", ((self._disk, "virtio-blk-pci,addr=03.0,bootindex=0"),), keep=True),
            to_root={**({"/lab/run": run.encode()} if run else {}), **(files or {})},
            firmware=self.firmware,
            ends_at=ends_at,
            menu=menu,
            timeout=timeout or self.disk.timeout,
        )
        place = self._place / f"boot-{len(self.results)}"
        self.results.append(start(setup, collect=not ends_at, results=place))
        return self.results[-1]
