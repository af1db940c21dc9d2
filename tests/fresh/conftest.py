# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab is where the roots come from."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "qemu"))

from lab import progress  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    progress.begin(config)
