# SPDX-License-Identifier: GPL-2.0-or-later
"""The README's commands in roots with only git and make: plain Debian 12 and 13."""

from __future__ import annotations

import subprocess
from pathlib import Path

from . import build, cache, roots
from .chroot import Session

# A clone lacks these.
NOT_CLONED = frozenset({".git", "build", "dist"})
DEPS = ("tests/deps", "tests/packages")
DEPS_LOG = "var/log/make-deps"


def run(root: Path, script: str) -> str:
    """Runs the script in a throw-away copy of the root, in a clone of the sources; returns its
    output."""
    return _run(root, script, keep=False)


def _run(root: Path, script: str, keep: bool) -> str:
    with Session(root, cache.CACHE / "tmp", keep) as session:
        build.copy_source(cache.SOURCE_DIR, session.files / "clone", NOT_CLONED)
        return session.run("cd /clone\n" + script)


def root_with_deps(suite: str) -> Path:
    """A bare root in which `make deps all` ran, as one call; DEPS_LOG holds its output."""
    bare = roots.bare_root(suite)

    def make(root: Path) -> None:
        cache.say(f"{suite}: installing what tests need into a bare root (about 90 s)")
        subprocess.run(["cp", "-a", "--reflink=auto", f"{bare}/.", root], check=True)
        _run(
            root,
            # The root can be made again: no need to sync the disk after each package.
            "echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab\n"
            f"make deps all >/{DEPS_LOG} 2>&1 || {{ cat /{DEPS_LOG}; exit 1; }}\n"
            "cd /\nrm -r /clone\napt-get clean\n",
            keep=True,
        )

    parts = [(cache.SOURCE_DIR / name).read_bytes() for name in DEPS]
    return cache.once("roots", f"{suite}-with-deps-{cache.digest(bare.name, *parts)}", make)
