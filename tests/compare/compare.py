# SPDX-License-Identifier: GPL-2.0-or-later
"""make compare: boots one machine with each way to reserve a card, and writes docs/comparison.md and .svg.

With --nvidia (NVIDIA=1 make compare) all of it once more beside NVIDIA's driver.

A boot that fails, or does not tell what happened, is "not seen" in both; the command then fails.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COMPARE_DIR = Path(__file__).resolve().parent
SOURCE_DIR = COMPARE_DIR.parents[1]
sys.path[:0] = [str(COMPARE_DIR), str(COMPARE_DIR.parent / "qemu")]

import plot  # noqa: E402
import seen  # noqa: E402
import table  # noqa: E402
from lab import BootFailed, Image, Machine, Result, cache, roots, rtx_3080  # noqa: E402
from lab.boot import RootDisks, Setup, start  # noqa: E402
from lab.chroot import CommandFailed  # noqa: E402
from lab.image import ROOT_LABEL, BuiltImage, root_disk  # noqa: E402
from ways import NOUVEAU, Rival, Way, nvidia, ways  # noqa: E402

SUITE = "bookworm"
ON = Machine(iommu="intel", slots=(rtx_3080(), rtx_3080()))
MACHINES = {"on": ON, "off": Machine(iommu="none", slots=ON.slots)}
CARDS = table.Cards(*([ON.address(slot, number) for number in range(3)] for slot in (0, 1)))
# All images by one builder are made in the same root, and all of its boots have the same disk.
PACKAGES = {"initramfs-tools": ("driverctl",), "dracut": ()}

# Seconds: what a boot takes on a quiet machine, and the limit.
USUAL = {"on": 100, "off": 40}
TIMEOUT = 900

# At the boot's end. The drivers of a card may still be on their way: udev is waited for.
LOOK = """
udevadm settle --timeout=120
[ -d /run/systemd/system ] || exit 0
systemctl show multi-user.target -p ActiveEnterTimestampMonotonic >/lab/out/target
journalctl -q -b -o cat -u 'driverctl@*' | grep -v ^Starting >/lab/out/told
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the ways to reserve a card, in real boots.")
    parser.add_argument("--docs", type=Path, default=SOURCE_DIR / "docs", help="where the table and the plot go")
    parser.add_argument("--build", type=Path, default=Path("build"), help="where the boots' files are kept")
    parser.add_argument("--kept", action="store_true", help="take the boots whose files are there, of the same image")
    parser.add_argument("--nvidia", action="store_true", help="beside NVIDIA's driver too")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("compare: the lab makes root file systems: run it as root", file=sys.stderr)
        return 2

    rivals = [NOUVEAU, nvidia([CARDS.meant[0], CARDS.second[0]])][: 2 if options.nvidia else 1]
    chosen = ways(CARDS.meant, ON.path(0))
    tries = [Try(rival, way, iommu) for rival in rivals for way in chosen for iommu in MACHINES]
    cache.say(f"compare: {len(tries)} boots: about {sum(USUAL[one.iommu] for one in tries) // 60} minutes")
    kept = options.build.resolve() / "compare"
    found = {one.key: one.run(f"{number}/{len(tries)}", kept, options.kept) for number, one in enumerate(tries, 1)}
    parts = [
        table.Part(
            rival,
            [table.Row(way, *(found[Try(rival, way, iommu).key] for iommu in MACHINES)) for way in chosen],
            "comparison.svg" if rival is NOUVEAU else f"comparison-{rival.name}.svg",
        )
        for rival in rivals
    ]
    _write(options.docs, parts)
    return 0 if all(found.values()) else 1


@dataclass(frozen=True)
class Try:
    """A boot that is to be: beside which rival, by which way, with the IOMMU "on" or "off"."""

    rival: Rival
    way: Way
    iommu: str

    @property
    def key(self) -> str:
        return f"{self.rival.name}-{self.way.key}-{self.iommu}"

    @property
    def packages(self) -> tuple[str, ...]:
        return PACKAGES[self.way.builder] + self.rival.packages

    @property
    def files(self) -> dict[str, str]:
        return self.rival.files | self.way.files

    @property
    def is_to_target(self) -> bool:
        """Whether the boot goes on to the default target. Without an IOMMU the question is only who has the card."""
        return self.iommu == "on" or self.way.needs_systemd

    def run(self, count: str, kept: Path, is_kept: bool) -> seen.Boot | None:
        """The boot, or None when it failed or does not tell. Its files stay in kept."""
        what = f"compare: {count} {self.way.name}, beside {self.rival.name}, IOMMU {self.iommu}"
        begin = time.monotonic()
        try:
            image = Image(SUITE, files=self.files, packages=self.packages, builder=self.way.builder).built()
            place = kept / self.key
            made_of = place / "made-of"
            if not (is_kept and made_of.exists() and made_of.read_text(encoding="utf-8") == image.place.name):
                cache.say(f"{what}: a boot (about {USUAL[self.iommu]} s)")
                shutil.rmtree(place, ignore_errors=True)
                start(self.setup(image), results=place)
                made_of.write_text(image.place.name, encoding="utf-8")
            found = self.boot(Result(place, ""))
        except (BootFailed, CommandFailed, seen.NotSeen) as failed:
            print(f"{what}: NOT SEEN: {failed}", file=sys.stderr)
            return None
        cache.say(f"{what}: {[driver or '-' for driver in found.drivers.values()]}, {time.monotonic() - begin:.0f} s")
        return found

    def setup(self, built: BuiltImage) -> Setup:
        """The boot for the lab. Only the one with an IOMMU is timed, as counting makes it slower."""
        compiled = built.image.compiled()
        # The default disk of a boot lacks an image's packages.
        disk = root_disk(SUITE, self.way.builder, self.packages)
        return Setup(
            MACHINES[self.iommu],
            SUITE,
            kernel=built.kernel,
            initrd=built.initrd,
            root=RootDisks(f"LABEL={ROOT_LABEL}", ((disk, "virtio-blk-pci,addr=03.0"),)),
            # Counted boots have no norandmaps by themselves.
            arguments=["norandmaps", "log_buf_len=4M", seen.KERNEL_SAYS],
            modules=self.rival.modules,
            compiled=compiled,
            # Other ways boot without us: our units and rules would cost them time.
            installed=compiled.installed if self.way.is_ours else None,
            to_root={"/lab/run": LOOK.encode()} | {name: text.encode() for name, text in self.files.items()},
            systemd=self.is_to_target,
            icount=self.iommu == "on",
            real_idle=True,
            timeout=TIMEOUT,
        )

    def boot(self, result: Result) -> seen.Boot:
        return seen.boot(
            result.text("kmsg"),
            result.text("target") if self.is_to_target else None,
            {address: function.driver for address, function in result.functions.items()},
            [*CARDS.meant, *CARDS.second],
            result.text("told"),
        )


def _facts(rivals: Sequence[Rival]) -> dict[str, str]:
    """What the boots were made with: versions, by the packages in the roots."""
    installed = {}
    for rival in rivals:
        for builder, packages in PACKAGES.items():
            guest = roots.guest_root(SUITE, packages + rival.packages, builder)
            kernel = f"linux-image-{roots.kernel_version(guest)}"
            names = (kernel, builder, *packages, *rival.packages, "udev", "systemd", "kmod")
            status = (guest / "var/lib/dpkg/status").read_text(encoding="utf-8")
            installed |= seen.versions(status, names)
    makefile = (SOURCE_DIR / "Makefile").read_text(encoding="utf-8")
    version = re.search(r"^VERSION := (.*)$", makefile, re.MULTILINE)
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "date": datetime.date.today().isoformat(),
        "system": roots.DEBIAN[SUITE],
        "QEMU": qemu.splitlines()[0].removeprefix("QEMU emulator version "),
        "vfio-claim": version[1] if version else "unknown",
    } | dict(sorted(installed.items()))


def _write(docs: Path, parts: list[table.Part]) -> None:
    facts = _facts([part.rival for part in parts])
    files = {"comparison.md": table.document(parts, CARDS, facts)}
    for part in parts:
        title = f"When each driver came and each claim happened, beside {part.rival.name}"
        files[part.plot] = plot.svg(part.rows, CARDS, title)
    docs.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (docs / name).write_text(text, encoding="utf-8")
        print(f"written: {docs / name}")


if __name__ == "__main__":
    sys.exit(main())
