# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel without its compression, as QEMU can start it by its PVH note.

Under emulation Debian 12's kernel takes four seconds of each boot to unpack itself; the host does it
once. The kernel that runs is the same bit for bit.
"""

from __future__ import annotations

import lzma
import subprocess
from pathlib import Path

from . import cache


# Documentation/arch/arm64/booting.rst: such a kernel has no compression of its own.
ARM64_MAGIC = b"ARM\x64"


class Unknown(Exception):
    """Not the expected format; the text names what was found."""


def unpacked(bzimage: Path) -> Path:
    """The ELF file inside a bzImage, kept in the cache."""
    content = bzimage.read_bytes()
    if content[0x38:0x3C] == ARM64_MAGIC:
        return bzimage

    def make(place: Path) -> None:
        (place / "vmlinux").write_bytes(_payload(content))

    return cache.once("kernels", cache.digest(content), make) / "vmlinux"


def _payload(bzimage: bytes) -> bytes:
    # Offsets: Documentation/arch/x86/boot.rst: setup_sects, header, payload_*, protocol 2.08.
    if bzimage[0x202:0x206] != b"HdrS":
        raise Unknown(f"no bzImage: {bzimage[0x202:0x206]!r}")
    start = (bzimage[0x1F1] + 1) * 512 + int.from_bytes(bzimage[0x248:0x24C], "little")
    size = int.from_bytes(bzimage[0x24C:0x250], "little")
    payload = bzimage[start : start + size - 4]  # the last four bytes are the unpacked size
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.decompress(payload)
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        zstd = subprocess.run(["zstd", "-dc"], input=payload, stdout=subprocess.PIPE, check=True)
        return zstd.stdout
    raise Unknown(f"a kernel compressed by something else: {payload[:6].hex()}")
