# SPDX-License-Identifier: GPL-2.0-or-later
"""Make everything that boots have in common, both suites at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from . import build, cache, image, roots


def prepare(suites: Sequence[str] = roots.SUITES) -> None:
    """Roots, compiled things and root disks of the suites; nothing to do when they are kept."""

    def one(suite: str) -> None:
        build.built(suite)
        image.root_disk(suite)

    cache.say(f"using {cache.CACHE}")
    cache.prune("tmp")  # of runs that were killed
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(one, suites))
