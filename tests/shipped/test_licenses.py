# SPDX-License-Identifier: GPL-2.0-or-later
"""Every file says its license, or REUSE.toml says it for the file: what `reuse lint` asks."""

import os
import re
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
LICENSE = "GPL-2.0-or-later"
# In two parts, so that `reuse` does not take this line for a header.
HEADER = b"SPDX-License-" + f"Identifier: {LICENSE}".encode()
# Made by builds and tests, or a license's own text.
PASSED_OVER = {".git", "build", "dist", "__pycache__", ".pytest_cache", "LICENSES", "COPYING"}


def files():
    for place, folders, names in os.walk(TOP):
        folders[:] = set(folders) - PASSED_OVER
        here = Path(place).relative_to(TOP)
        yield from (str(here / name) for name in set(names) - PASSED_OVER)


def matches(pattern, name):
    """`*` ends at a slash, `**` does not."""
    parts = [re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("**")]
    return re.fullmatch(".*".join(parts), name)


def annotations():
    with open(TOP / "REUSE.toml", "rb") as file:
        document = tomllib.load(file)
    assert document["version"] == 1
    everything, without_header = document["annotations"]
    assert everything["path"] == "**" and "SPDX-License-Identifier" not in everything
    assert without_header["SPDX-License-Identifier"] == LICENSE
    assert everything["SPDX-FileCopyrightText"] == without_header["SPDX-FileCopyrightText"]
    return without_header["path"]


def test_each_file_has_one_license():
    patterns = annotations()
    used = set()
    for name in files():
        matching = {pattern for pattern in patterns if matches(pattern, name)}
        used |= matching
        head = b"\n".join((TOP / name).read_bytes().split(b"\n")[:3])
        assert (HEADER in head) != bool(matching), f"{name}: wants a header or a pattern in REUSE.toml, not both"
    assert used == set(patterns), "patterns of REUSE.toml that match nothing"


def test_the_license_is_there():
    text = (TOP / "LICENSES" / f"{LICENSE}.txt").read_bytes()
    assert text == (TOP / "COPYING").read_bytes()
