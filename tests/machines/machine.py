# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine as a text file: one line for each entry of its file systems.

    path = value       a file; a newline follows the value, \\n within it is a newline
    path = @hex:0a0b   a file of exactly these bytes
    path = @hex:0a*64  the same, with zeros up to this length
    path =             an empty file
    path -> target     a link
    path /             an empty folder
    include NAME VALUE the entries of NAME.tree in the same folder; VALUE, which may be missing,
                       is put where that file has {}
    without PATTERN    no entry of an earlier line whose path matches, and none below it
    # comment          at the start of a line only

Folders on the way to an entry need no line of their own.
"""

import fnmatch
import os
import shutil
from pathlib import Path

NAMES = "usr/share/misc/pci.ids"  # the same on every machine, whatever this one has installed


def parse_line(line):
    """(path, kind, value) with kind "file" (value: bytes), "link" or "folder"."""
    if line.endswith(" /"):
        return line[:-2], "folder", None
    path, arrow, target = line.partition(" -> ")
    if arrow and " = " not in path:
        return path, "link", target
    path, equals, value = (line + " ").partition(" = ")
    if not equals or not path or path.startswith("/"):
        raise ValueError(f"not an entry: {line!r}")
    value = value[:-1] if value else value
    if not value:
        return path, "file", b""
    if value.startswith("@hex:"):
        digits, _, size = value[5:].partition("*")
        return path, "file", bytes.fromhex(digits).ljust(int(size or 0), b"\0")
    return path, "file", value.replace("\\n", "\n").encode() + b"\n"


class Machine:
    """Entries by path; later ones replace earlier ones."""

    def __init__(self, file=None):
        self.entries = {}
        if file:
            self.add_file(Path(file))

    def add_file(self, file, value=""):
        for line in file.read_text().replace("{}", value).splitlines():
            word, _, rest = line.partition(" ")
            if word == "include":
                name, _, its_value = rest.partition(" ")
                self.add_file(file.with_name(f"{name}.tree"), its_value)
            elif word == "without":
                self.remove(rest)
            else:
                self.add_all(line)

    def add_all(self, text):
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                self.add(line)

    def add(self, line):
        path, kind, value = parse_line(line)
        self.entries[path] = (kind, value)

    def change(self, without=(), lines=()):
        """Removes what matches these patterns, then adds these lines."""
        for pattern in without:
            self.remove(pattern)
        for line in lines:
            self.add(line)

    def to_lines(self):
        for path, (kind, value) in self.entries.items():
            if kind == "folder":
                yield f"{path} /"
            elif kind == "link":
                yield f"{path} -> {value}"
            else:
                yield f"{path} = @hex:{value.hex()}" if value else f"{path} ="

    def remove(self, pattern):
        """Removes entries whose path matches, and all below them; at least one must."""
        gone = [path for path in self.entries
                if fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path, pattern + "/*")]
        if not gone:
            raise ValueError(f"nothing matches {pattern!r}")
        for path in gone:
            del self.entries[path]

    def write(self, root):
        for path in self.entries:
            self.write_entry(root, path)
        if NAMES not in self.entries:
            place = Path(root, NAMES)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(Path(__file__).with_name("pci.ids").read_bytes())

    def write_entry(self, root, path):
        kind, value = self.entries[path]
        place = Path(root, path)
        # Links in the path may lead to what is not written yet.
        parent = place.parent.resolve()
        if not parent.is_relative_to(Path(root).resolve()):
            raise ValueError(f"{path} leads out of the tree")
        parent.mkdir(parents=True, exist_ok=True)
        # A folder may hold what was written by another name.
        if kind == "folder" and place.is_dir() and not place.is_symlink():
            return
        remove_place(place)
        if kind == "folder":
            place.mkdir()
        elif kind == "link":
            place.symlink_to(value)
        else:
            place.write_bytes(value)


def remove_place(place):
    """Removes a file, link or folder; never follows a link."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    elif os.path.lexists(place):
        place.unlink()
