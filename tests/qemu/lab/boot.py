# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots an image on a machine under QEMU and brings back the guest's results.

Software emulation only: the lab gives the same answer with and without /dev/kvm, which
may exist and still not run a guest.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from . import build, cache, costs, cpio, initrd, vmlinux
from .firmware import Firmware
from .hands import hands
from .image import CONF, ROOT_LABEL, Image, root_disk
from .keys import Menu
from .machine import Machine
from .result import Result

# Words for the guest's kernel. QEMU translates a program again at each address: without the first each
# process of the guest costs ten times as much. The others leave out what an emulated machine pays dearly for:
# detours around a real processor's flaws, tests of ciphers, zeros in memory that nobody reads.
# Counted boots go without, to stay comparable with earlier ones.
FASTER = ("norandmaps", "mitigations=off", "cryptomgr.notests", "init_on_alloc=0")

EXCHANGE_SIZE = 256 << 20
SHIM = "/lab/shim"

# For all runs on this host together: a time limit on a boot means nothing on an overloaded host.
MACHINES_AT_ONCE = 2


class BootFailed(Exception):
    """The guest returned no results; the text holds the end of its console."""


@dataclass(frozen=True)
class RootDisks:
    """The real root: the value of root=, and disk images with their QEMU devices."""

    parameter: str
    disks: tuple[tuple[Path, str], ...]
    keep: bool = False  # a boot's writes to the disks are kept


class _NotStarted(BootFailed):
    """The emulation failed: before our code ran, or by the kernel's own report."""


def boot(
    machine: Machine,
    image: Image,
    *,
    arguments: Sequence[str] = (),
    conf: str | bytes | None = None,
    modules: Sequence[str] = (),
    overlay_files: Mapping[str, bytes] | None = None,
    root_files: Mapping[str, bytes] | None = None,
    run: str | None = None,
    root: RootDisks | None = None,
    systemd: bool = False,
    icount: bool = False,
    as_packed: bool = False,
    real_idle: bool = False,
    collect: bool = True,
    firmware: Firmware | None = None,
    ends_at: str | None = None,
    timeout: int = 180,
    results: Path | None = None,
) -> Result:
    """Boots once and returns the result.

    arguments      more words for the kernel command line
    conf           in place of the /etc/vfio-claim.conf that is baked in
    modules        test modules with parameters ("lab_stuck id=10de:1aef"), loaded in this
                   order before the image's /init; the machine's identity masks come first
    overlay_files  files for the initramfs, in place of the image's own
    root_files     files for the real root, written before its udev starts
    run            a shell script for the real root, run before results are collected; it
                   may leave files in /lab/out
    root           another root file system than the suite's own on a virtio disk
    systemd        boot the real systemd to multi-user.target
    icount         let guest time count instructions: comparable figures, slower boots
    as_packed      let the guest's kernel unpack the image, with as little memory as it takes
    real_idle      with icount: an idle guest waits in real time. Otherwise its clock leaps to the next
                   timer, also when it only waits for a disk: the guest then seems slow once it has a root
    collect        False: the guest ends by itself and only its console comes back
    firmware       start by EFI, with these variables; default: by QEMU's BIOS
    ends_at        a text on the console: the machine is switched off when it appears, and no
                   results come back
    results        a directory to make for the guest's files; default: a temporary one
    """
    built = image.built()
    compiled = image.compiled()
    if conf is None:
        conf = image.conf
    elif overlay_files is None or CONF not in overlay_files:
        overlay_files = {CONF: _bytes(conf), **(overlay_files or {})}
    to_root = dict(root_files or {})
    if conf is not None:
        to_root.setdefault(CONF, _bytes(conf))
    if run is not None:
        to_root["/lab/run"] = run.encode()
    if root is None:
        disk = root_disk(image.suite, image.builder)
        root = RootDisks(f"LABEL={ROOT_LABEL}", ((disk, "virtio-blk-pci,addr=03.0"),))
    setup = Setup(
        machine,
        image.suite,
        kernel=built.kernel,
        initrd=built.initrd,
        root=root,
        arguments=arguments,
        modules=modules,
        overlay=dict(overlay_files or {}),
        compiled=compiled,
        installed=compiled.installed,
        to_root=to_root,
        systemd=systemd,
        icount=icount,
        as_packed=as_packed or icount,
        real_idle=real_idle,
        firmware=firmware,
        ends_at=ends_at,
        timeout=timeout,
    )
    return start(setup, collect=collect and not ends_at, results=results)


@dataclass(frozen=True)
class Setup:
    """The start of a boot, as boot() explains it.

    kernel and initrd are QEMU's own loader's; None: the firmware starts the first root disk. menu is then
    its loader's.
    """

    machine: Machine
    suite: str
    kernel: Path | None
    initrd: Path | None
    root: RootDisks
    arguments: Sequence[str] = ()
    modules: Sequence[str] = ()
    overlay: dict[str, bytes] = field(default_factory=dict)
    compiled: build.Support | None = None  # shim and test modules, if any
    installed: Path | None = None  # a tree to lay over the real root
    to_root: dict[str, bytes] = field(default_factory=dict)
    systemd: bool = False
    icount: bool = False
    as_packed: bool = False
    real_idle: bool = False
    firmware: Firmware | None = None
    ends_at: str | None = None
    menu: Menu | None = None
    timeout: int = 180

    def loads(self) -> list[str]:
        return module_loads(self.machine, self.modules)

    def words(self) -> list[str]:
        """The kernel command line."""
        return [
            *guest_words(self.machine, self.timeout, is_loading=bool(self.loads())),
            *([] if self.icount else FASTER),
            f"root={self.root.parameter}",
            *self.arguments,
            *(["lab.boot=systemd"] if self.systemd else []),
        ]

    def shim_files(self) -> dict[str, bytes]:
        """Files for the initramfs that load the test modules first."""
        if not self.loads():
            return {}
        assert self.compiled
        return shim_files(self.compiled, self.loads())

    def command(self, place: Path) -> list[str]:
        """QEMU's command line; the files that are made for one boot are in place."""
        return [
            *self.machine.emulator,
            *("-nodefaults", "-display", "none", "-no-reboot"),
            *("-accel", "tcg,thread=single" if self.icount else "tcg"),
            *("-smp", "1"),
            *(("-icount", f"shift=0,sleep={'on' if self.real_idle else 'off'}") if self.icount else ()),
            *(self.firmware.qemu_arguments() if self.firmware else ()),
            *self.machine.qemu_arguments(),
            *_disk(place / "exchange", "lab-exchange", "virtio-blk-pci,addr=04.0", ""),
            *(
                word
                for number, (path, device) in enumerate(self.root.disks)
                for word in self._root_disk(place, number, path, device)
            ),
            *self._kernel(place),
            *("-serial", f"file:{place / 'serial'}"),
            *(("-serial", _socket(place / "asked")) if self.machine.hot_plug else ()),
            *(("-qmp", _socket(place / "qmp")) if self.menu or self.machine.hot_plug else ()),
        ]

    def _kernel(self, place: Path) -> list[str]:
        if not self.kernel:
            return []
        # EFI starts the kernel's EFI program, which the unpacked kernel lacks.
        kernel = self.kernel if self.firmware else vmlinux.unpacked(self.kernel)
        return ["-kernel", str(kernel), "-initrd", str(place / "initrd"), "-append", " ".join(self.words())]

    def _root_disk(self, place: Path, number: int, path: Path, device: str) -> list[str]:
        serial = f"lab-root{number}"
        if self.root.keep:
            return _disk(place / serial, serial, device, "")
        return _disk(path, serial, device, ",snapshot=on")

    def lay_out(self, place: Path) -> None:
        """Makes the files that a boot changes, fresh for each attempt."""
        _write_exchange(place / "exchange", self.installed, self.to_root)
        for number, (path, _) in enumerate(self.root.disks):
            if self.root.keep:
                copy_sparse(path, place / f"lab-root{number}")

    def take_back(self, place: Path) -> None:
        """Keeps the root disks' new contents in place of the old ones."""
        for number, (path, _) in enumerate(self.root.disks):
            if self.root.keep:
                (place / f"lab-root{number}").replace(path)


def module_loads(machine: Machine, modules: Sequence[str]) -> list[str]:
    """Lines of the shim's list: modules and their parameters, the machine's masks first."""
    masks = machine.masks()
    return [*([f"lab_mask show={','.join(masks)}"] if masks else []), *modules]


def shim_files(compiled: build.Support, loads: Sequence[str]) -> dict[str, bytes]:
    """Files for an initramfs: the shim, the modules that it loads, and its list of them."""
    files = {SHIM: compiled.shim, "/lab/modules": "".join(map(_load_line, loads)).encode()}
    for name in {load.split()[0] for load in loads}:
        files[f"/lab/{name}.ko"] = compiled.modules[name]
    return files


def guest_words(machine: Machine, timeout: int, is_loading: bool) -> list[str]:
    """Words that the kernel command line of every guest has. is_loading: test modules."""
    return [
        f"console={machine.console}",
        "panic=-1",
        # The kernel's check of timer interrupts fails on a busy host, and panics.
        "no_timer_check",
        "rw",
        "init=/lab/init",
        f"lab.limit={timeout - 20}",
        *machine.kernel_arguments(),
        *([f"rdinit={SHIM}"] if is_loading else []),
    ]


def start(setup: Setup, *, collect: bool = True, results: Path | None = None) -> Result:
    """Runs a boot that is set up."""
    if results is None:
        results = Path(tempfile.mkdtemp(prefix="lab-result-"))
    results.mkdir(parents=True, exist_ok=True)
    overlay = setup.overlay | setup.shim_files() if setup.initrd else {}
    (cache.CACHE / "tmp").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.CACHE / "tmp") as temporary:
        place = Path(temporary)
        if setup.initrd:
            image = setup.initrd.read_bytes()
            _append(image if setup.as_packed else initrd.unpacked(image), place / "initrd", overlay)
        try:
            serial = _run(setup, place)
        except _NotStarted as failed:
            cache.say(f"{setup.suite}: {failed}\nlab: {setup.suite}: once more")
            serial = _run(setup, place)
        (results / "serial").write_text(serial, encoding="utf-8")
        if collect:
            _unpack_results(place / "exchange", results, serial)
        setup.take_back(place)
    return Result(results, serial)


def _append(image: bytes, target: Path, overlay: dict[str, bytes]) -> None:
    """Writes the image, with an archive of the files behind it."""
    with open(target, "wb") as out:
        out.write(image)
        if overlay:
            out.write(b"\0" * (-len(image) % initrd.ALIGNED))
            out.write(cpio.archive(overlay))


def _run(setup: Setup, place: Path) -> str:
    """Runs QEMU to its end; returns the guest's console."""
    setup.lay_out(place)
    code = None
    with open(place / "qemu-log", "wb") as log, cache.slot("machine", MACHINES_AT_ONCE):
        with contextlib.suppress(subprocess.TimeoutExpired), costs.noted(costs.BOOT):
            code = _run_until(setup, place, log)
    serial = _console(place / "serial")
    if not serial and code is not None:
        said = (place / "qemu-log").read_text(encoding="utf-8", errors="replace")
        raise BootFailed(f"QEMU ended with {code}: {said}")

    # A failure after our code ran belongs to the test, and is never retried.
    if "as init process" not in serial:
        raise _NotStarted(f"no first process\n{_tail(serial)}")
    if code is not None:
        return serial
    if "rcu_preempt detected stalls" in serial:
        raise _NotStarted("the guest's kernel stalled")
    raise BootFailed(f"no end within {setup.timeout} s\n{_tail(serial)}")


def _run_until(setup: Setup, place: Path, log: IO[bytes]) -> int:
    """Runs QEMU until it ends, or until the text is on the console; presses the menu's keys."""
    command = setup.command(place)
    deadline = time.monotonic() + setup.timeout
    menu = setup.menu
    with (
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as machine,
        hands(setup.machine, place),
    ):
        try:
            while menu or setup.ends_at:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    machine.wait(0.3 if menu else 1)
                    break
                console = _console(place / "serial")
                if menu and menu.text in console:
                    menu.press(place / "qmp")
                    menu = None
                if setup.ends_at and setup.ends_at in console:
                    machine.kill()
                elif time.monotonic() > deadline:
                    raise subprocess.TimeoutExpired(command, setup.timeout)
            return machine.wait(max(deadline - time.monotonic(), 0))
        except BaseException:
            machine.kill()
            raise


def _console(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _unpack_results(exchange: Path, results: Path, serial: str) -> None:
    with contextlib.suppress(tarfile.ReadError), tarfile.open(exchange, "r:") as archive:
        archive.extractall(results)
    if not (results / "complete").exists():
        raise BootFailed(f"the guest ended without results\n{_tail(serial)}")


def _tail(serial: str) -> str:
    return "--- end of the console\n" + "\n".join(serial.splitlines()[-60:])


def copy_sparse(source: Path, target: Path) -> None:
    """Copies a disk without its holes."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, target], check=True)


def _load_line(load: str) -> str:
    name, _, parameters = load.partition(" ")
    return f"/lab/{name}.ko {parameters}\n"


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _socket(path: Path) -> str:
    return f"unix:{path},server=on,wait=off"


def _disk(path: Path, serial: str, device: str, options: str) -> list[str]:
    return [
        "-drive",
        f"if=none,id={serial},format=raw,cache=unsafe,file={path}{options}",
        "-device",
        f"{device},drive={serial},serial={serial}",
    ]


def _write_exchange(path: Path, installed: Path | None, files: dict[str, bytes]) -> None:
    """Files that /lab/init lays over the root: the programs, so that all builds share one root disk."""
    with tarfile.open(path, "w") as archive:
        for file in cache.tree_files(installed) if installed else []:
            archive.add(file, file.relative_to(installed))
        for name, data in files.items():
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size = len(data)
            entry.mode = 0o755 if data.startswith(b"#!") else 0o644
            archive.addfile(entry, io.BytesIO(data))
    with open(path, "r+b") as disk:
        disk.truncate(EXCHANGE_SIZE)
