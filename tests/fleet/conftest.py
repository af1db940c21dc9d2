# SPDX-License-Identifier: GPL-2.0-or-later
"""Imports the lab, which makes the root, and the machines."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "qemu"), str(TESTS / "machines")]

from lab import progress  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    progress.begin(config)
