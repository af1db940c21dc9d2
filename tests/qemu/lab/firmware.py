# SPDX-License-Identifier: GPL-2.0-or-later
"""EFI firmware for a machine, and its variables, which persist between boots."""

from __future__ import annotations

import shutil
from pathlib import Path

CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
EMPTY_VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
SECURE_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")
MICROSOFT_VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
# Only the firmware's own mode of the processor may write its variables.
PROTECTED = ("-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on")


class Firmware:
    """OVMF with its own variables, in a file of the test's directory.

    secure: with Secure Boot, and Microsoft's keys as PCs have them.
    """

    code = CODE
    empty_variables = EMPTY_VARIABLES

    def __init__(self, place: Path, secure: bool = False) -> None:
        self.variables = place / "efi-variables"
        self.secure = secure
        shutil.copyfile(MICROSOFT_VARIABLES if secure else self.empty_variables, self.variables)

    def qemu_arguments(self) -> list[str]:
        """Both flash chips."""
        flash = "if=pflash,format=raw"
        return [
            *(PROTECTED if self.secure else ()),
            *("-drive", f"{flash},unit=0,readonly=on,file={SECURE_CODE if self.secure else self.code}"),
            *("-drive", f"{flash},unit=1,cache=unsafe,file={self.variables}"),
        ]

    def writes(self, name: str) -> int:
        """Number of writes of a variable: the store appends, and marks the old value as deleted."""
        return self.variables.read_bytes().count(name.encode("utf-16-le") + b"\0\0")
