# SPDX-License-Identifier: GPL-2.0-or-later
"""Expectations of a boot that many tests share."""

from __future__ import annotations

from .result import Result

# The kernel drivers that take an RTX 3080's functions. Real nouveau asks the emulated chip
# for its name and gives up, so no driver stays on function 0: its message is the evidence.
HOST_DRIVERS_3080 = [None, "snd_hda_intel", "xhci_hcd"]


def probed_by_nouveau(result: Result, address: str) -> bool:
    """Whether nouveau said anything about the function at this address."""
    return bool(result.lines(rf"nouveau {address}: "))


def claimed(result: Result, address: str, functions: int = 3) -> None:
    """The card is on vfio-pci, by the report and by the kernel, and no rival probed it before."""
    assert result.report["result"] == "claimed"
    gpu = next(gpu for gpu in result.report["gpus"] if gpu["address"] == address)
    assert gpu["result"] == "claimed"
    assert [f["driver"] for f in gpu["functions"]] == ["vfio-pci"] * functions
    assert [f["driver_before"] for f in gpu["functions"]] == [None] * functions
    assert result.drivers(address) == ["vfio-pci"] * functions
    assert not probed_by_nouveau(result, address)
    assert result.command("status").exit_code == 0


def host_has_3080(result: Result, address: str) -> None:
    """The host's drivers have the card, and no override is left on it."""
    assert result.drivers(address) == HOST_DRIVERS_3080
    assert probed_by_nouveau(result, address)
    slot = address.rpartition(".")[0]
    assert [f.override for a, f in result.functions.items() if a.startswith(slot)] == [None] * 3
