# SPDX-License-Identifier: GPL-2.0-or-later
"""The boots' time line as SVG. Pure.

A line for each way; marks where a driver of the host was registered, where it probed a function of the card,
where vfio-pci had a function, and where the default target was reached. The three functions are below each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from seen import RIVALS, VFIO, Boot
from table import NOT_SEEN, Cards, Row

LEFT, RIGHT, TOP, LINE, LANE = 190, 40, 70, 44, 11
WIDTH = 960
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

# Colours that people with colour blindness can tell apart (Okabe and Ito); the shapes differ too.
REGISTERED, PROBED, CLAIMED, TARGET = "#666666", "#d55e00", "#0072b2", "#000000"


def svg(rows: Sequence[Row], cards: Cards, title: str) -> str:
    """The picture of the boots with an IOMMU."""
    end = max((ms for row in rows if row.on for _, ms, _, _ in marks(row.on, cards)), default=1000.0)
    step = _step(end)
    end = math.ceil(end / step) * step
    height = TOP + LINE * len(rows) + 40

    def x(ms: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ms / end

    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        f' role="img" aria-labelledby="title" font-family="{FONT}" font-size="13">',
        f'<title id="title">{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="24" font-size="15" font-weight="600">{escape(title)}</text>',
        *_legend(48),
        *(_tick(x(step * n), step * n, height) for n in range(round(end / step) + 1)),
    ]
    for number, row in enumerate(rows):
        y = TOP + LINE * number + LINE / 2
        parts.append(f'<text x="{LEFT - 12}" y="{y + 4:.0f}" text-anchor="end">{escape(_plain(row.way.name))}</text>')
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.0f}" y2="{y:.0f}" stroke="#dddddd"/>')
        if row.on is None:
            parts.append(f'<text x="{LEFT + 8}" y="{y - 6:.0f}" fill="{PROBED}">{NOT_SEEN}</text>')
        else:
            parts += [_mark(kind, x(ms), y + LANE * lane, text) for kind, ms, lane, text in marks(row.on, cards)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def marks(boot: Boot, cards: Cards) -> Iterator[tuple[str, float, int, str]]:
    """The marks of a boot: kind, moment, how far below the line, and what to say of it.

    What is drawn later is on top: the target's mark hides nothing.
    """
    if boot.target_ms is not None:
        yield "target", boot.target_ms, 0, "default target reached"
    lanes = {address: lane for lane, address in enumerate(cards.meant, -1)}
    for event in boot.events:
        if event.kind == "registered" and event.driver in RIVALS:
            yield "registered", event.ms, 0, f"{event.driver} registered"
        elif event.kind == "probed" and event.address in lanes and event.driver != VFIO:
            yield "probed", event.ms, lanes[event.address], f"{event.driver} probed {event.address}"
        elif event.kind == "bound" and event.address in lanes and event.driver == VFIO:
            yield "claimed", event.ms, lanes[event.address], f"vfio-pci has {event.address}"


def _mark(kind: str, x: float, y: float, text: str) -> str:
    if kind == "registered":
        shape = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 14:.0f}" y2="{y + 14:.0f}" stroke="{REGISTERED}"/>'
    elif kind == "probed":
        shape = f'<path d="M{x - 4:.1f} {y - 4:.0f}l8 8m0 -8l-8 8" stroke="{PROBED}" stroke-width="2.5" fill="none"/>'
    elif kind == "claimed":
        shape = f'<circle cx="{x:.1f}" cy="{y:.0f}" r="4.5" fill="{CLAIMED}" fill-opacity="0.8"/>'
    else:
        shape = f'<path d="M{x:.1f} {y - 8:.0f}l7 8l-7 8l-7 -8z" fill="{TARGET}"/>'
    return f"<g><title>{escape(text)}</title>{shape}</g>" if text else shape


def _legend(y: float) -> list[str]:
    entries = (
        ("registered", "a driver of the host that fits a function of the card is registered"),
        ("probed", "it probes the function"),
        ("claimed", "vfio-pci has it"),
        ("target", "default target"),
    )
    parts, x = [], 24.0
    for kind, text in entries:
        parts.append(_mark(kind, x, y - 4, ""))
        parts.append(f'<text x="{x + 12:.0f}" y="{y:.0f}">{escape(text)}</text>')
        x += 40 + 6.7 * len(text)
    return parts


def _tick(x: float, ms: float, height: float) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 36}" stroke="#eeeeee"/>'
        f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle" fill="#444444">{ms / 1000:g} s</text>'
    )


def _step(end: float) -> float:
    """About ten ticks, at round numbers."""
    raw = end / 10
    size = 10 ** math.floor(math.log10(raw))
    return next(size * n for n in (1, 2, 5, 10) if size * n >= raw)


def _plain(markdown: str) -> str:
    return markdown.replace("`", "")
