# SPDX-License-Identifier: GPL-2.0-or-later
"""Marks for tests of several folders."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "lint: depends on the version of a tool; for `make lint` alone")
    config.addinivalue_line("markers", "extended: for `make check-extended`, beside a cheaper test of the same kind")
