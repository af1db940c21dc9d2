# SPDX-License-Identifier: GPL-2.0-or-later
"""The test lab: real Debian kernels and boot images on machines that QEMU emulates."""

from .boot import BootFailed, boot
from .firmware import Firmware
from .image import Image
from .living import Installation, Living
from .machine import Card, Function, Machine, rtx_3080, rv100
from .result import Result

__all__ = [
    "BootFailed",
    "Card",
    "Firmware",
    "Function",
    "Image",
    "Installation",
    "Living",
    "Machine",
    "Result",
    "boot",
    "rtx_3080",
    "rv100",
]
