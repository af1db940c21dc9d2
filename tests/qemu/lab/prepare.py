# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes what tests have in common, several at once: much of making a root is waiting for the network and the
disk."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import build, cache, fresh, image, roots


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


def prepare_all() -> None:
    """Makes these, and the roots of the other parts of `make check`."""
    others = (
        *(partial(fresh.root_with_deps, suite) for suite in roots.SUITES),
        partial(roots.packager_root, "bookworm"),
        partial(roots.fleet_root, "bookworm"),
    )
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda make: make(), (prepare, *others)))
