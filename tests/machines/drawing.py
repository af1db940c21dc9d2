# SPDX-License-Identifier: GPL-2.0-or-later
"""An SVG of `vfio-claim map` as rectangles, texts and wires, and what must hold for any of them.

Texts are as wide as in the widest common font: the tables of agent/cmd/map/text-width.c.
"""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

WIDTHS = Path(__file__).resolve().parents[2] / "agent/cmd/map/text-width.c"
SVG = "{http://www.w3.org/2000/svg}"


def read_widths():
    """Of regular and bold characters, in thousandths of an em."""
    return [[int(number) for number in re.findall(r"\d+", table)]
            for table in re.findall(r"\w+\[\] = \{([^}]*)\}", WIDTHS.read_text())]


REGULAR, BOLD = read_widths()
assert len(REGULAR) == len(BOLD) == 95


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    def is_apart(self, other):
        return (self.right <= other.left or other.right <= self.left or
                self.bottom <= other.top or other.bottom <= self.top)

    def is_within(self, other):
        return (self.left >= other.left and self.right <= other.right and
                self.top >= other.top and self.bottom <= other.bottom)


def width_of(text, size, is_bold):
    table = BOLD if is_bold else REGULAR
    return sum(table[ord(c) - 32] if " " <= c <= "~" else 1000 for c in text) * size / 1000


def box_of_text(element):
    x, y, size = (float(element.get(name)) for name in ("x", "y", "font-size"))
    width = width_of(element.text or "", size, element.get("font-weight") == "bold")
    left = x - width if element.get("text-anchor") == "end" else x
    return Box(left, y - 0.76 * size, left + width, y + 0.24 * size, element.text or "")


def box_of_rect(element):
    x, y = (float(element.get(name, 0)) for name in ("x", "y"))
    return Box(x, y, x + float(element.get("width")), y + float(element.get("height")))


def box_of_path(element):
    x, y, to_x, to_y = (int(number) for number in
                        re.fullmatch(r"M(\d+) (\d+)L(\d+) (\d+)", element.get("d")).groups())
    assert x == to_x or y == to_y
    return Box(min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y))


class Drawing:
    def __init__(self, svg):
        self.root = ElementTree.fromstring(svg)
        self.page = Box(*(float(number) for number in self.root.get("viewBox").split()))
        self.texts = [box_of_text(one) for one in self.root.iter(f"{SVG}text")]
        self.boxes = [box_of_rect(one) for one in self.root.iter(f"{SVG}rect")]
        self.wires = [box_of_path(one) for one in self.root.iter(f"{SVG}path")]

    @property
    def words(self):
        return [one.text for one in self.texts]

    def check(self):
        self.check_page()
        self.check_texts()
        self.check_boxes()
        self.check_wires()

    def check_page(self):
        for one in self.texts + self.boxes + self.wires:
            assert one.is_within(self.page), one

    def check_texts(self):
        """None overlaps another, and each ends within the box in which it begins."""
        for i, one in enumerate(self.texts):
            for other in self.texts[:i]:
                assert one.is_apart(other), (one, other)
            around = [box for box in self.boxes if not box.is_apart(one)]
            for box in around:
                assert one.is_within(box), (one, box)

    def check_boxes(self):
        """Side by side, or one within the other."""
        for i, one in enumerate(self.boxes):
            for other in self.boxes[:i]:
                assert (one.is_apart(other) or one.is_within(other) or
                        other.is_within(one)), (one, other)

    def check_wires(self):
        """No wire runs through a text."""
        for wire in self.wires:
            line = Box(wire.left, wire.top - .5, wire.right, wire.bottom + .5)
            for text in self.texts:
                assert line.is_apart(text), (wire, text)
