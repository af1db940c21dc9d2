# SPDX-License-Identifier: GPL-2.0-or-later
"""Lives that are too long for `make check`, and the other suites and image builders."""

import pytest
from lab import lives


@pytest.mark.parametrize(("suite", "builder"), [("trixie", "initramfs-tools"), ("trixie", "dracut")])
def test_from_installation_to_purge(living, suite, builder):
    lives.from_installation_to_purge(living, suite, builder)


@pytest.mark.parametrize(("suite", "builder"), [("bookworm", "initramfs-tools"), ("bookworm", "dracut")])
def test_upgraded_and_changed(living, suite, builder):
    lives.upgraded_and_changed(living, suite, builder)


@pytest.mark.parametrize(("suite", "builder"), [("trixie", "dracut"), ("bookworm", "initramfs-tools")])
def test_kernels_with_and_without_the_agent(living, suite, builder):
    lives.kernels_with_and_without_the_agent(living, suite, builder)
