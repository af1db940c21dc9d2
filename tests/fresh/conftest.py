# SPDX-License-Identifier: GPL-2.0-or-later
"""Imports the lab, which makes the roots."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "qemu"))

from lab import progress  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    progress.begin(config)
