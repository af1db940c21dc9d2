# SPDX-License-Identifier: GPL-2.0-or-later
"""Unified kernel images without a stub: what a reader sees of them."""

from __future__ import annotations

import struct

FILE_ALIGNMENT = 512
N_DIRECTORIES = 16


def unified(sections: dict[str, bytes], is_signed: bool = False) -> bytes:
    """A PE32+ file with these sections, by name (".linux", ".initrd", ".cmdline", ...)."""
    optional = bytearray(112 + 8 * N_DIRECTORIES)
    struct.pack_into("<H", optional, 0, 0x20B)
    struct.pack_into("<I", optional, 108, N_DIRECTORIES)
    data, table = b"", b""
    headers = 64 + 24 + len(optional) + 40 * len(sections)
    start = -(-headers // FILE_ALIGNMENT) * FILE_ALIGNMENT
    for name, text in sections.items():
        room = -(-len(text) // FILE_ALIGNMENT) * FILE_ALIGNMENT
        table += struct.pack("<8sIIII12xI", name.encode(), len(text), 0x1000 + len(data), room,
                             start + len(data), 0x40000040)
        data += text.ljust(room, b"\0")
    if is_signed:
        struct.pack_into("<II", optional, 112 + 8 * 4, start + len(data), 8)
        data += b"\x08\0\0\0\0\2\2\0"
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, len(sections), 0, 0, 0, len(optional), 0x22)
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    return (dos + coff + bytes(optional) + table).ljust(start, b"\0") + data
