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
        _write(_machines().Machine(file), session.files / "recorded")
        session.run(
            "vfio-claim list --all --json --sysroot /recorded >/lab-out/list\n"
            f"vfio-claim explain {address} --json --sysroot /recorded >/lab-out/explain\n"
        )
        return {path.name: path.read_text(encoding="utf-8") for path in session.out.iterdir()}


def _write(machine: Any, root: Path) -> None:
    """Writes each entry, and the target folder of each link: later entries have links in their paths."""
    for path, (kind, _) in machine.entries.items():
        machine.write_entry(root, path)
        target = Path(root, path).resolve()
        if kind == "link" and target.is_relative_to(root.resolve()) and not target.exists():
            target.mkdir(parents=True, exist_ok=True)


def _machines() -> Any:
    """The module of tests/machines that makes trees of dumps."""
    place = Path(cache.LAB_DIR.parent / "machines" / "machine.py")
    spec = importlib.util.spec_from_file_location("machine", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
