# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes everything that boots have in common, two at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from . import build, cache, image, roots


def prepare(
    suites: Sequence[str] = roots.SUITES, builders: Sequence[str] = ("initramfs-tools", "dracut")
) -> None:
    """Makes the suites' roots, programs and root disks, unless they are in the cache."""

    def one(suite: str, builder: str) -> None:
        build.built(suite, roots.kernel_version(roots.guest_root(suite, (), builder)))
        image.root_disk(suite, builder)

    cache.say(f"using {cache.CACHE}")
    cache.prune("tmp")  # of runs that were killed
    with ThreadPoolExecutor(max_workers=2) as pool:
        pairs = [(suite, builder) for builder in builders for suite in suites]
        list(pool.map(lambda pair: one(*pair), pairs))
