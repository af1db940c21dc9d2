# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine dumped by `vfio-claim dump`, read again through --sysroot."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from . import build, cache, roots
from .chroot import Session


def commands(suite: str, record: str, address: str) -> dict[str, str]:
    """The documents of `list --all` and `explain ADDRESS` for the dump."""
    with Session(roots.guest_root(suite), cache.CACHE / "tmp") as session:
        shutil.copytree(build.built(suite).installed, session.files, symlinks=True, dirs_exist_ok=True)
        file = session.scratch / "record"
        file.write_text(record, encoding="utf-8")
        machine = _machines().Machine(file)
        for path in machine.entries:
            machine.write_entry(session.files / "recorded", path)
        session.run(
            "vfio-claim list --all --json --sysroot /recorded >/lab-out/list\n"
            f"vfio-claim explain {address} --json --sysroot /recorded >/lab-out/explain\n"
        )
        return {path.name: path.read_text(encoding="utf-8") for path in session.out.iterdir()}


def _machines() -> Any:
    """The module of tests/machines that makes trees of dumps."""
    place = Path(cache.LAB_DIR.parent / "machines" / "machine.py")
    spec = importlib.util.spec_from_file_location("machine", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
