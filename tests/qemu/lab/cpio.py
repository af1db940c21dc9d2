# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a cpio archive as the kernel reads it (the "newc" format), from names and bytes.

The kernel unpacks all archives of an initrd one after the other: files of a later one
replace those of an earlier one.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping


def _entry(inode: int, name: str, mode: int, data: bytes) -> bytes:
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def archive(files: Mapping[str, bytes]) -> bytes:
    """An archive of the files (absolute path -> content), all executable, with their directories."""
    entries: dict[str, tuple[int, bytes]] = {}
    for path, data in files.items():
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts)):
            entries.setdefault("/".join(parts[:depth]), (stat.S_IFDIR | 0o755, b""))
        entries["/".join(parts)] = (stat.S_IFREG | 0o755, data)
    chunks = [
        _entry(inode, name, mode, data)
        for inode, (name, (mode, data)) in enumerate(entries.items(), start=1)
    ]
    return b"".join(chunks) + _entry(0, "TRAILER!!!", 0, b"")
