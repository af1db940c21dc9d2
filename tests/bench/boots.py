# SPDX-License-Identifier: GPL-2.0-or-later
"""Guest time of a claim: the floor, the agent and a shell script, one counted boot each.

On a machine that starts by EFI, the agent also reads the trial record, and the floor reads one variable:
floor_efi, agent_efi (a confirmed claim), agent_trial (a new one).

The three run at the same place of the same image, started and timed by the same program.
Instructions are counted instead of time, so the figures repeat on a busy machine.
"""

from __future__ import annotations

import functools
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab import Firmware, Image, Machine, Result, boot, cache, roots, rtx_3080
from lab.chroot import Session

BENCH_DIR = Path(__file__).resolve().parent
SUITE = "bookworm"
MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
IMAGE = Image(SUITE, conf=CONF)
FUNCTIONS = [MACHINE.address(0, number) for number in range(3)]
MODULES = ("vfio_iommu_type1", "vfio-pci")
VARIABLE = "VfioClaimTrial-b640066e-b943-4d61-9ddf-cda8c51bfca7"

ORDER = "/scripts/init-top/ORDER"
CONFIRM = "mount -t efivarfs efivarfs /sys/firmware/efi/efivars\nvfio-claim confirm\n"
INIT_TOP = "/scripts/init-top/00-vfio-claim"
TIMING = "/run/bench-timing"


class NotClaimed(Exception):
    """A boot did not do the timed work; its figure would mean nothing."""


@dataclass(frozen=True)
class Timing:
    ms: float  # until the program ended
    all_ms: float  # until its remaining children ended too
    peak_kib: int  # the largest resident set of it and all its descendants
    page_faults: int  # of them all


def measure() -> dict[str, Timing]:
    """Boot once for each: "floor", "agent", "script", and by EFI "agent_trial", "agent_efi", "floor_efi"."""
    programs = _static_programs()
    agent: tuple[list[str], dict[str, bytes]] = ([INIT_TOP], {})
    timings = {
        name: _boot(name, command, programs | files)
        for name, command, files in (
            ("floor", ["/bench/floor", *FUNCTIONS, "--", *_module_paths(MODULES)], {}),
            ("agent", *agent),
            ("script", ["/bench/script", *FUNCTIONS], {"/bench/script": _own("script.sh")}),
        )
    }
    with tempfile.TemporaryDirectory() as place:
        firmware = Firmware(Path(place))
        efi_floor = ["/bench/floor", "--variable", VARIABLE, *FUNCTIONS, "--"]
        efi_floor += _module_paths(("efivarfs", *MODULES))
        return timings | {
            name: _boot(name, command, programs | files, firmware, run)
            for name, command, files, run in (
                ("agent_trial", *agent, CONFIRM),
                ("agent_efi", *agent, ""),
                ("floor_efi", efi_floor, {}, None),
            )
        }


def _boot(
    name: str,
    command: list[str],
    files: dict[str, bytes],
    firmware: Firmware | None = None,
    run: str | None = None,
) -> Timing:
    cache.say(f"bench: {name}: a boot with counted instructions (about 60 s)")
    result = boot(
        MACHINE,
        IMAGE,
        overlay_files={**files, ORDER: _order(command)},
        run=f"cp {TIMING} /lab/out/timing\n{run or ''}",
        firmware=firmware,
        icount=True,
        timeout=400,
    )
    # The first of these boots confirms its own trial, which the next finds.
    if run is not None and (result.report or {}).get("trial", {}).get("state") != "confirmed":
        raise NotClaimed(f"{name}: the claim is not confirmed\n{result.summary()}")
    return _timing(name, result)


def _timing(name: str, result: Result) -> Timing:
    values = dict(line.split() for line in result.text("timing").splitlines())
    if result.drivers(CARD) != ["vfio-pci"] * 3 or values.get("exit") != "0":
        raise NotClaimed(f"{name}: not claimed: {values or 'no timing'}\n{result.summary()}")
    return Timing(
        float(values["ms"]), float(values["all_ms"]), int(values["peak_kib"]), int(values["page_faults"])
    )


def _own(name: str) -> bytes:
    return (BENCH_DIR / name).read_bytes()


@functools.cache
def _own_order() -> str:
    with tempfile.TemporaryDirectory() as place:
        return (IMAGE.built().unpacked(Path(place)) / ORDER.lstrip("/")).read_text(encoding="utf-8")


def _order(command: list[str]) -> bytes:
    """The image's own, in which the command is timed at the place of our boot script."""
    own = f'{INIT_TOP} "$@"'
    assert _own_order().count(own) == 1
    return _own_order().replace(own, f"/bench/timed {TIMING} {shlex.join(command)}").encode()


def _static_programs() -> dict[str, bytes]:
    """The timing wrapper and the floor, compiled for the guest as the lab compiles the rest."""
    sources = {name: _own(f"{name}.c") for name in ("floor", "timed")}
    builder = roots.builder_root(SUITE)

    def make(result: Path) -> None:
        with Session(builder, cache.CACHE / "tmp") as session:
            for name, source in sources.items():
                (session.files / f"{name}.c").write_bytes(source)
                session.run(f"gcc -O2 -Wall -Wextra -static -s -o /lab-out/{name} /{name}.c\n")
            for entry in session.out.iterdir():
                entry.rename(result / entry.name)

    key = f"{SUITE}-bench-{cache.digest(builder.name, sorted(sources.items()))}"
    place = cache.once("support", key, make)
    return {f"/bench/{name}": (place / name).read_bytes() for name in sources}


def _module_paths(names: tuple[str, ...]) -> list[str]:
    """The modules that the guest's kernel needs for a claim, in order of dependency."""
    guest = roots.guest_root(SUITE)
    folder = f"/lib/modules/{roots.kernel_version(guest)}"
    needs = {}
    for line in (guest / folder.lstrip("/") / "modules.dep").read_text(encoding="ascii").splitlines():
        path, _, others = line.partition(":")
        needs[path] = others.split()
    order: list[str] = []
    for name in names:
        path = next(path for path in needs if path.endswith(f"/{name}.ko"))
        # The file lists a module's needs from the nearest to the farthest.
        order += [need for need in [*reversed(needs[path]), path] if need not in order]
    return [f"{folder}/{path}" for path in order]
