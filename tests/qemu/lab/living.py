# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with a disk of its own: each boot finds the earlier boots' writes.

Nothing is laid over its root and nothing is put into its images: kernel and image are read out
of the guest's own /boot before each boot, as a boot loader would. Only the test modules that
make the emulated cards pretend are appended, in an archive of their own.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from . import build, cache, image, roots
from .boot import RootDisks, Setup, copy_sparse, start
from .chroot import Session
from .machine import Machine
from .result import Result

DISK_SIZE = "2500M"

# As an administrator of a slow machine would choose: small images, quickly packed.
SLOW_MACHINE = {
    "initramfs-tools": {
        "/etc/initramfs-tools/conf.d/slow-machine": "MODULES=list\nCOMPRESSLEVEL=1\n",
        "/etc/initramfs-tools/modules": "virtio_pci\nvirtio_blk\next4\n",
    },
    "dracut": {"/etc/dracut.conf.d/slow-machine.conf": image.DRACUT_CONF},
}


@dataclass(frozen=True)
class Installation:
    """The disk's contents before its first boot.

    debs are Debian packages in /root, not installed: the guest has no network.
    """

    suite: str = "bookworm"
    builder: str = "initramfs-tools"
    packages: tuple[str, ...] = ()
    debs: tuple[str, ...] = ()

    def disk(self) -> Path:
        """The disk, made when needed and never booted itself."""
        guest = roots.guest_root(self.suite, self.packages, self.builder)
        kernel = roots.kernel_version(guest)
        debs = [roots.archive(self.suite, name) for name in self.debs]
        files = SLOW_MACHINE[self.builder]
        script = image.MAKE_IMAGE[self.builder].format(kernel=kernel)

        def make(result: Path) -> None:
            cache.say(f"{self.suite}: making a disk that lives on (about 30 s)")
            with Session(guest, cache.CACHE / "tmp") as session:
                for deb in debs:
                    target = session.files / "root" / deb.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.hardlink_to(deb)
                for name, text in files.items():
                    place = session.files / name.lstrip("/")
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_text(text, encoding="utf-8")
                image.make_disk(session, script, DISK_SIZE)
                (session.out / "root.ext4").rename(result / "root.ext4")

        content = cache.digest(
            guest.name, cache.tree_digest(image.SUPPORT), files, script, DISK_SIZE, [str(d) for d in debs]
        )
        return cache.once("disks", f"{self.suite}-living-{content}", make) / "root.ext4"


class Living:
    """One machine and its disk, from the first boot to the end of the `with`."""

    def __init__(self, machine: Machine, installation: Installation, results: Path) -> None:
        self.machine = machine
        self.installation = installation
        self.results: list[Result] = []
        self._place = results

    def __enter__(self) -> Living:
        (cache.CACHE / "tmp").mkdir(parents=True, exist_ok=True)
        self._temporary = tempfile.TemporaryDirectory(dir=cache.CACHE / "tmp")
        self._scratch = Path(self._temporary.name)
        self._disk = self._scratch / "disk"
        copy_sparse(self.installation.disk(), self._disk)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._temporary.cleanup()

    def kernels(self) -> list[str]:
        """The kernels in the guest's /boot."""
        listing = self._debugfs("ls -p /boot")
        return sorted(re.findall(r"/vmlinuz-([^/]+)/", listing))

    def boot(
        self,
        script: str,
        *,
        kernel: str | None = None,
        files: Mapping[str, bytes] | None = None,
        arguments: Sequence[str] = (),
        timeout: int = 1800,
    ) -> Result:
        """Boots systemd to multi-user.target with the guest's own image; then runs the script.

        kernel is one of those in /boot (None: there is only one); cards that pretend do so for
        kernels of which the suite has the headers. files are written to the disk
        early in the boot. The script's steps (guest/step) are in Result.command.
        """
        if kernel is None:
            (kernel,) = self.kernels()
        number = len(self.results)
        for name in ("vmlinuz", "initrd.img"):
            self._debugfs(f"dump /boot/{name}-{kernel} {self._scratch / name}")
        suite = self.installation.suite
        setup = Setup(
            self.machine,
            suite,
            compiled=build.built(suite, kernel) if self.machine.masks() else None,
            kernel=self._scratch / "vmlinuz",
            initrd=self._scratch / "initrd.img",
            root=RootDisks(
                f"LABEL={image.ROOT_LABEL}", ((self._disk, "virtio-blk-pci,addr=03.0"),), keep=True
            ),
            arguments=arguments,
            # multi-user.target does not wait for the drivers of a coldplug that takes long.
            to_root={"/lab/run": b"udevadm settle --timeout=120\n" + script.encode(), **(files or {})},
            systemd=True,
            timeout=timeout,
        )
        self.results.append(start(setup, results=self._place / f"boot-{number}"))
        self._check_disk()
        return self.results[-1]

    def _check_disk(self) -> None:
        """The file system must be whole: debugfs reads no journal."""
        done = subprocess.run(
            ["e2fsck", "-fn", self._disk], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError("the guest's disk is not clean:\n" + done.stdout.decode(errors="replace"))

    def _debugfs(self, request: str) -> str:
        """debugfs exits with 0 when a request failed, but says so."""
        done = subprocess.run(
            ["debugfs", "-R", request, self._disk],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        errors = done.stderr.decode(errors="replace").splitlines()[1:]  # after its version
        if errors:
            raise RuntimeError(f"debugfs {request}: {errors}")
        return done.stdout.decode(errors="replace")
