# SPDX-License-Identifier: GPL-2.0-or-later
"""The package's life on a machine whose disk lives on. `make check-matrix` has the longer lives."""

from lab import lives


def test_from_installation_to_purge(living):
    lives.from_installation_to_purge(living, "bookworm", "initramfs-tools")
