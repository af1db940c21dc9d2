# SPDX-License-Identifier: GPL-2.0-or-later
"""The package's life on machines that keep their disk. `make check-extended` has the other suites and
builders."""

import pytest
from lab import lives


def test_from_installation_to_purge(living):
    lives.from_installation_to_purge(living, "bookworm", "initramfs-tools")


@pytest.mark.extended
def test_from_installation_to_a_vm_and_purge(living):
    lives.from_installation_to_purge(living, "bookworm", "initramfs-tools", walks=True)


@pytest.mark.extended
def test_upgraded_and_changed(living):
    lives.upgraded_and_changed(living, "bookworm", "initramfs-tools")


@pytest.mark.extended
def test_kernels_with_and_without_the_agent(living):
    lives.kernels_with_and_without_the_agent(living, "trixie", "dracut")
