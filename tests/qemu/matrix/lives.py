# SPDX-License-Identifier: GPL-2.0-or-later
"""The lives of test_life.py with other suites and image builders."""

import pytest
from lab import lives


@pytest.mark.parametrize(("suite", "builder"), [("trixie", "initramfs-tools"), ("trixie", "dracut")])
def test_from_installation_to_purge(living, suite, builder):
    lives.from_installation_to_purge(living, suite, builder)


@pytest.mark.parametrize(("suite", "builder"), [("trixie", "initramfs-tools"), ("bookworm", "dracut")])
def test_upgraded_and_changed(living, suite, builder):
    lives.upgraded_and_changed(living, suite, builder)


def test_kernels_with_and_without_the_agent(living):
    lives.kernels_with_and_without_the_agent(living, "bookworm", "initramfs-tools")
