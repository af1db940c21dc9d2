# SPDX-License-Identifier: GPL-2.0-or-later
"""Plugs and unplugs cards while the guest runs, when the guest asks for it (guest/ask).

A machine with hot_plug has a second serial port. Each line that the guest writes to it is a request:

    plug SLOT [FUNCTIONS]    the card of this slot, or its functions with these numbers ("1,2")
    unplug SLOT              the whole card

The answer is one line, "done" or an error. A card comes as QEMU wants it: function 0 last, as it is the one
that makes QEMU show the others. "plug" is done when the card is in the slot: the guest's kernel still has to
find it. "unplug" is done when the guest's kernel has given the card up and it is out of the slot.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .machine import Machine, device_name
from .monitor import Monitor, connect

# A driver may take its time to go, and a port with native hot-plug gives a person 5 s to think again.
UNPLUG_S = 60


@contextlib.contextmanager
def hands(machine: Machine, place: Path) -> Iterator[None]:
    """Answers the guest's requests during the `with`, if it is a machine for it."""
    if machine.hot_plug:
        # Ends with QEMU, which closes the sockets.
        threading.Thread(target=_serve, args=(machine, place), daemon=True).start()
    yield


def _serve(machine: Machine, place: Path) -> None:
    with (
        contextlib.suppress(OSError, ValueError),
        Monitor(place / "qmp") as monitor,
        connect(place / "asked") as port,
        port.makefile("rw", encoding="utf-8", errors="replace") as asked,
    ):
        for request in asked:
            asked.write(f"{_answer(machine, monitor, request.split())}\n")
            asked.flush()


def _answer(machine: Machine, monitor: Monitor, request: list[str]) -> str:
    try:
        _act(machine, monitor, request)
    except (LookupError, RuntimeError, TimeoutError, ValueError) as failed:
        return " ".join(f"{type(failed).__name__}: {failed}".split())
    return "done"


def _act(machine: Machine, monitor: Monitor, request: list[str]) -> None:
    act, slot = request[0], int(request[1])
    numbers = list(range(len(machine.slots[slot].functions)))
    if act == "plug":
        chosen = [int(number) for number in request[2].split(",")] if len(request) > 2 else numbers
        for number in sorted(chosen, reverse=True):
            monitor.add(machine.device(slot, number))
    elif act == "unplug":
        monitor.ask("device_del", id=device_name(slot, 0))
        _wait_out(monitor, {device_name(slot, number) for number in numbers})
    else:
        raise ValueError(f"no act '{act}'")


def _wait_out(monitor: Monitor, names: set[str]) -> None:
    """Waits until these devices are out. Not for their DEVICE_DELETED: a virtual IOMMU keeps QEMU from
    freeing them."""
    deadline = time.monotonic() + UNPLUG_S
    while names & monitor.names():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the guest keeps {sorted(names & monitor.names())}")
        time.sleep(0.1)
