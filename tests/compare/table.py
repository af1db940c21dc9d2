# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of boots as Markdown. Pure. A boot that is None was not seen, and its cells say so."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seen import RIVALS, VFIO, Boot
from ways import Rival, Way

NOT_SEEN = "not seen"
LOG_LINES = 4
WIDTH = 120


@dataclass(frozen=True)
class Row:
    """A way, and its boots with the IOMMU and without."""

    way: Way
    on: Boot | None
    off: Boot | None


@dataclass(frozen=True)
class Cards:
    """The functions of the card that is meant for VMs, and of the same card that is not."""

    meant: Sequence[str]
    second: Sequence[str]


@dataclass(frozen=True)
class Part:
    """The boots with one rival, and the file of their plot."""

    rival: Rival
    rows: Sequence[Row]
    plot: str


def document(parts: Sequence[Part], cards: Cards, facts: Mapping[str, str]) -> str:
    """The whole of docs/comparison.md."""
    rows = parts[0].rows
    others = [] if len(parts) > 1 else [_wrap("`NVIDIA=1 make compare` also boots all of it with NVIDIA's driver.")]
    return "\n\n".join(
        [
            "# The ways to reserve a card, in the same machine",
            "<!-- Written by `make compare`; changes by hand are lost. -->",
            _wrap(
                "Each way was set up as its guide says and booted twice in the lab's machine (tests/qemu): with an"
                " IOMMU to the default target, and without one until udev had nothing left to do (driverctl, which"
                " needs systemd, to the default target again). The machine has the firmware's display, a card that is"
                f" meant for VMs at {cards.meant[0]}, and the same card once more, for the host, at"
                f" {cards.second[0]}. Kernel, udev and drivers are real; the cards are"
                " played, with the ids of an RTX 3080: graphics, audio and USB."
            ),
            *others,
            "## How to read it",
            _wrap(
                "“none (nouveau tried)” is a function that a driver of the host probed and gave up, as the chip behind"
                " it is not real. On a real card the driver stays: the host has the function. “None” is a function that"
                " no driver has, or that was taken from its driver and not given back. A driver that probed the card"
                " before vfio-pci had it has written to its registers, and it is up to the driver whether it then lets"
                " the card go."
            ),
            _wrap(
                "Times are milliseconds on the guest's clock since the kernel's start. QEMU counts instructions for"
                " it, one a nanosecond, so a busy host does not slow the guest; only its waits for the disk are in real"
                " time, which moves the last column from run to run. The figures compare ways, and forecast nothing"
                " for a real machine. “Claimed” is when vfio-pci had the card's last function. A rival is a"
                " driver of the host that fits a function of the card."
            ),
            _wrap(
                "Not compared: how a VM gets the card afterwards, cards that come after the boot, and what it takes to"
                " set a way up."
            ),
            *(text for part in parts for text in _tables(part.rival, part.rows, part.plot, cards)),
            "## The ways",
            "\n".join(_wrap(f"- **{row.way.name}**: {row.way.how}", "  ") for row in rows),
            "## What it was made with",
            "\n".join(f"- {name}: {value}" for name, value in facts.items()),
        ]
    ) + "\n"


def _tables(rival: Rival, rows: Sequence[Row], plot: str, cards: Cards) -> list[str]:
    return [
        f"## Beside {rival.name}",
        _wrap(rival.note),
        _table(
            ("way", *QUESTIONS, "claimed at, ms", "lines in the log"),
            ([row.way.name, *_answers(row, cards), *_rest(row, cards)] for row in rows),
        ),
        _wrap(_as_good(rows, cards)),
        "### With an IOMMU",
        _table(
            ("way", "graphics", "audio", "USB", "probed before by", "the second card is with"),
            ([row.way.name, *_held(row.on, cards)] for row in rows),
        ),
        "### Without an IOMMU",
        "No VM can have the card then.",
        _table(
            ("way", "graphics", "audio", "USB", "the host has its card"),
            ([row.way.name, *_given(row.off, cards)] for row in rows),
        ),
        "### When, in milliseconds",
        _table(
            ("way", "first rival registered", "it probed the card", "claimed", "default target reached"),
            ([row.way.name, *_times(row.on, cards)] for row in rows),
        ),
        f"![When each driver came and each claim happened]({plot})",
        "### What the log says",
        _wrap(
            "What the journal of the way's units and the kernel's log say of vfio or of the way itself, at most"
            f" {LOG_LINES} lines:"
        ),
        *(_said(row) for row in rows),
    ]


QUESTIONS = (
    "vfio-pci has the whole card, and no other driver probed it",
    "the host has the second card",
    "without an IOMMU the host has its card",
)


def _answers(row: Row, cards: Cards) -> list[str]:
    """Yes or no to each of QUESTIONS."""
    on, off = row.on, row.off
    return [
        NOT_SEEN if on is None else _yes(on.claimed_ms(cards.meant) is not None and not _rivals(on, cards)),
        NOT_SEEN if on is None else _yes(all(map(on.host_gets, cards.second))),
        NOT_SEEN if off is None else _yes(all(map(off.host_gets, cards.meant))),
    ]


def _rest(row: Row, cards: Cards) -> list[str]:
    lines = [NOT_SEEN if boot is None else str(len(boot.log)) for boot in (row.on, row.off)]
    return [NOT_SEEN if row.on is None else _ms(row.on.claimed_ms(cards.meant)), " and ".join(lines)]


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _rivals(boot: Boot, cards: Cards) -> list[str]:
    """The drivers of the host that probed the card."""
    return list(dict.fromkeys(driver for address in cards.meant for driver in boot.probed(address)))


def _as_good(rows: Sequence[Row], cards: Cards) -> str:
    """Which other ways have "yes" in all three columns, and which claimed before us."""
    whole = [row for row in rows if _answers(row, cards) == ["yes"] * len(QUESTIONS)]
    others = [row.way.name for row in whole if not row.way.is_ours]
    said = [f"Three times yes, of the other ways: {', '.join(others) or 'none'}."]
    times = [(row.way, row.on.claimed_ms(cards.meant)) for row in rows if row.on]
    ours = [ms for way, ms in times if way.is_ours and way.builder == "initramfs-tools"]
    if ours and ours[0] is not None:
        sooner = [(way, ours[0] - ms) for way, ms in times if ms is not None and ms < ours[0] and not way.is_ours]
        names = ", ".join(f"{way.name} ({ms:,.0f} ms)" for way, ms in sooner)
        said.append(f"Claimed sooner than by vfio-claim in an image of the same builder: {names or 'none'}.")
    return " ".join(said)


def is_complete(rows: Sequence[Row]) -> bool:
    return all(row.on and row.off for row in rows)


def _held(boot: Boot | None, cards: Cards) -> list[str]:
    if boot is None:
        return [NOT_SEEN] * 5
    return [
        *(_holder(boot, address) for address in cards.meant),
        ", ".join(_rivals(boot, cards)) or "none",
        _who(boot, cards.second),
    ]


def _holder(boot: Boot, address: str) -> str:
    """Who has a function; of the host's driver that gave it up, that it tried."""
    if driver := boot.drivers[address]:
        return driver
    return f"none ({boot.probed(address)[-1]} tried)" if boot.host_gets(address) else "none"


def _who(boot: Boot, card: Sequence[str]) -> str:
    """Who has a card as a whole."""
    if all(boot.host_gets(address) for address in card):
        return "the host"
    if all(boot.drivers[address] == VFIO for address in card):
        return "vfio-pci"
    return ", ".join(_holder(boot, address) for address in card)


def _given(boot: Boot | None, cards: Cards) -> list[str]:
    if boot is None:
        return [NOT_SEEN] * 4
    has = [boot.host_gets(address) for address in cards.meant]
    answer = "yes" if all(has) else "in part" if any(has) else "no"
    return [*(_holder(boot, address) for address in cards.meant), answer]


def first_rival(boot: Boot, cards: Cards) -> tuple[float | None, float | None]:
    """When the first driver of the host that fits the card was registered, and when one first probed the card."""
    registered = [one.ms for one in boot.events if one.kind == "registered" and one.driver in RIVALS]
    probes = [one for one in boot.events if one.kind == "probed" and one.address in cards.meant]
    probed = [one.ms for one in probes if one.driver != VFIO]
    return min(registered, default=None), min(probed, default=None)


def _times(boot: Boot | None, cards: Cards) -> list[str]:
    if boot is None:
        return [NOT_SEEN] * 4
    return [*map(_ms, first_rival(boot, cards)), _ms(boot.claimed_ms(cards.meant)), _ms(boot.target_ms)]


def _ms(value: float | None) -> str:
    return "never" if value is None else f"{value:,.0f}"


def _said(row: Row) -> str:
    if row.on and row.off and not row.on.log and not row.off.log:
        return f"**{row.way.name}**: nothing, in both boots"
    parts = [_lines("with the IOMMU", row.on), _lines("without", row.off)]
    return f"**{row.way.name}**\n\n" + "\n".join(parts).rstrip()


def _lines(when: str, boot: Boot | None) -> str:
    if boot is None:
        return f"- {when}: {NOT_SEEN}"
    if not boot.log:
        return f"- {when}: nothing"
    more = len(boot.log) - LOG_LINES
    lines = [f"      {line}" for line in boot.log[:LOG_LINES]] + ([f"      ({more} more)"] if more > 0 else [])
    return f"- {when}:\n\n" + "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
