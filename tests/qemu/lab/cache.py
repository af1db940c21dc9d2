# SPDX-License-Identifier: GPL-2.0-or-later
"""The cache of built things, shared by several workers.

Everything expensive (roots, images) is made once, into a directory below $LAB_CACHE whose name is a hash
of its inputs. A maker works in a temporary directory next to it and renames it on success, so that an
existing directory is complete.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from . import costs

CACHE = Path(os.environ.get("LAB_CACHE", "/var/cache/vfio-claim-lab"))
LAB_DIR = Path(__file__).resolve().parent.parent
SOURCE_DIR = Path(os.environ.get("LAB_SOURCE", LAB_DIR.parent.parent)).resolve()

# Days that an unused thing is kept; each change of the sources makes new ones.
UNUSED_DAYS = {"roots": 15}
UNUSED_DAYS_DEFAULT = 2


def say(text: str) -> None:
    """Prints one line of progress.

    pytest swallows its workers' output, so LAB_PROGRESS (progress.py) names a pipe to the controller's
    standard error.
    """
    line = f"lab: {text}\n"
    pipe = os.environ.get("LAB_PROGRESS")
    if pipe:
        with open(pipe, "w", encoding="utf-8") as out:
            out.write(line)
    else:
        sys.stderr.write(line)
        sys.stderr.flush()


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Holds the lock `name` against other processes and threads."""
    (CACHE / "locks").mkdir(parents=True, exist_ok=True)
    with open(CACHE / "locks" / name, "w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def slot(name: str, count: int) -> Iterator[None]:
    """Holds one of `count` locks, the first that is free."""
    (CACHE / "locks").mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        places = [CACHE / "locks" / f"{name}-{number}" for number in range(count)]
        handles = [stack.enter_context(open(place, "w", encoding="utf-8")) for place in places]
        while not any(map(_is_taken, handles)):
            time.sleep(0.2)
        yield


def _is_taken(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def once(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """Returns the directory `kind`/`key` of the cache; make(directory) fills it the first time."""
    final = CACHE / kind / key
    with lock(f"{kind}-{key}"):
        if not final.exists():
            prune(kind)
            work = CACHE / kind / f"{key}.new"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            with costs.noted(kind):
                make(work)
            work.rename(final)
        os.utime(final)
    return final


def prune(kind: str) -> None:
    """Removes directories that were unused for a while.

    `once` touches a directory at each use. The change time counts, as the modification time of a root
    comes from its base package.
    """
    oldest = time.time() - UNUSED_DAYS.get(kind, UNUSED_DAYS_DEFAULT) * 86400
    for entry in (CACHE / kind).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if entry.stat().st_ctime < oldest:
                shutil.rmtree(entry, ignore_errors=True)


def digest(*parts: object) -> str:
    """A short hash of the parts, for use as a key."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        total.update(len(data).to_bytes(8, "little"))
        total.update(data)
    return total.hexdigest()[:16]


def tree_digest(top: Path, skip: frozenset[str] = frozenset()) -> str:
    """Hashes the names, modes and contents of all files below top, except those below skip."""
    parts: list[object] = []
    for path in tree_files(top, skip):
        mode = path.lstat().st_mode
        content = os.readlink(path) if path.is_symlink() else path.read_bytes()
        parts += [str(path.relative_to(top)), stat.S_IFMT(mode) | mode & 0o111, content]
    return digest(*parts)


def tree_files(top: Path, skip: frozenset[str] = frozenset()) -> list[Path]:
    """All files and links below top, sorted, except those below a path in skip."""
    found = []
    for place, folders, files in os.walk(top):
        here = Path(place)
        skipped = [f for f in folders if f == "__pycache__" or str((here / f).relative_to(top)) in skip]
        folders[:] = [f for f in folders if f not in skipped]
        links = [f for f in folders if (here / f).is_symlink()]
        found += [here / name for name in files + links]
    return sorted(found)
