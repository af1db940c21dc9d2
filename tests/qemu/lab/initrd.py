# SPDX-License-Identifier: GPL-2.0-or-later
"""A boot image without its compression, as the kernel would unpack it.

Under emulation Debian's kernel takes four seconds of each boot to unpack an image; the host does it in a
part of a second. The files in it are the same, byte for byte and in the same order.
"""

from __future__ import annotations

import subprocess

CPIO = b"070701"
ALIGNED = 512

# A member begins with 110 characters: the magic and 13 numbers of 8 digits.
HEAD = 110
SIZE, NAME_SIZE = slice(54, 62), slice(94, 102)

# By the first bytes; what stands behind the archive is left out silently by none of them.
UNPACKERS = {
    b"\x28\xb5\x2f\xfd": ("zstd", "-dcq"),
    b"\x1f\x8b": ("gzip", "-dc"),
    b"\xfd7zXZ\0": ("xz", "-dc"),
}


def unpacked(image: bytes) -> bytes:
    """The image: archives as they are, and the compressed one behind them unpacked.

    An image of another form is returned as it is: then the guest's kernel has the work.
    """
    plain = _plain_part(image)
    rest = image[plain:]
    for magic, command in UNPACKERS.items():
        if rest.startswith(magic):
            done = subprocess.run(command, input=rest, capture_output=True, check=False)
            if done.returncode == 0 and done.stdout.startswith(CPIO):
                return image[:plain] + b"\0" * (-plain % ALIGNED) + done.stdout
    return image


def _plain_part(image: bytes) -> int:
    """Where the uncompressed archives end, with the zeros behind them."""
    place = 0
    while image.startswith(CPIO, place):
        is_last = False
        while not is_last:
            name_end = place + HEAD + _number(image, place, NAME_SIZE)
            is_last = image[place + HEAD : name_end - 1] == b"TRAILER!!!"
            place = _padded(_padded(name_end) + _number(image, place, SIZE))
        while image.startswith(b"\0", place):
            place += 1
    return place


def _number(image: bytes, member: int, digits: slice) -> int:
    return int(image[member + digits.start : member + digits.stop], 16)


def _padded(place: int) -> int:
    return place + -place % 4
