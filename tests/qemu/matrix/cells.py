# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian 12, 13 and unstable x image builders: one claim and its negative twin each."""

import pytest
from lab import cells
from lab.roots import BUILDERS, MATRIX_SUITES

EVERY_CELL = [(suite, builder) for suite in MATRIX_SUITES for builder in BUILDERS]


@pytest.mark.parametrize(("suite", "builder"), EVERY_CELL)
def test_claimed(timed_boot, suite, builder):
    cells.claim(timed_boot, suite, builder)


@pytest.mark.parametrize(("suite", "builder"), EVERY_CELL)
def test_without_the_claim(timed_boot, suite, builder):
    cells.without(timed_boot, suite, builder)
