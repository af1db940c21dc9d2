# SPDX-License-Identifier: GPL-2.0-or-later
"""The screens of `vfio-claim list`."""

import pytest

from machine import Machine
from screens import command, expect_screen
from test_machines import HERE


@pytest.mark.parametrize("tree", ["intel-rtx3080"])
def test_list(tree, tmp_path):
    Machine(HERE / f"{tree}.tree").write(tmp_path)
    expect_screen(f"list-{tree}", 0, command(tmp_path, "list"))
