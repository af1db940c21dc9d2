# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent's own load of vfio-pci never binds a function that is not configured."""

import pytest
from lab import Image, Machine, expect, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(), rtx_3080()))
CARD, TWIN = MACHINE.address(0), MACHINE.address(1)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
# As in guides: `ids` would bind both cards.
GUIDE = "options vfio-pci ids=10de:2206,10de:1aef disable_idle_d3=1\n"
IMAGE = Image("bookworm", conf=CONF, files={"/etc/modprobe.d/vfio.conf": GUIDE})
LOOK = "cat /sys/module/vfio_pci/parameters/disable_idle_d3 >/lab/out/idle\n"


@pytest.mark.parametrize(
    "arguments",
    [
        # libkmod adds options of the command line: it is used then instead of the record.
        pytest.param(["vfio-pci.nointxmask=1"], id="libkmod"),
        pytest.param([], id="record", marks=pytest.mark.extended),
    ],
)
def test_ids_in_modprobe_d_leave_the_twin_to_the_host(boot, arguments):
    result = boot(MACHINE, IMAGE, arguments=arguments, run=LOOK)
    expect.claimed(result, CARD)
    expect.host_has_3080(result, TWIN)
    assert result.text("idle").strip() == "Y", "every other option is handed on"
    said = [one for one in result.report["findings"] if one["code"] == "LEFTOVER_CONFIG"]
    assert [one["severity"] for one in said] == ["warning"] and "ids=" in said[0]["text"]


@pytest.mark.extended
def test_ids_on_the_command_line_are_refused_while_they_mean_the_twin(boot):
    result = boot(MACHINE, IMAGE, arguments=["vfio-pci.ids=10de:2206"])
    assert result.report["result"] == "refused"
    wider = {one["subject"] for one in result.report["findings"] if one["code"] == "WIDER_CLAIM"}
    assert wider == {CARD, TWIN}
    assert "vfio_pci" not in result.modules
    expect.host_has_3080(result, CARD)
    expect.host_has_3080(result, TWIN)


@pytest.mark.extended
def test_a_module_that_the_kernel_will_not_take_is_known_before(boot):
    result = boot(MACHINE, IMAGE, arguments=["module_blacklist=vfio_pci_core"])
    assert result.report["result"] == "refused"
    assert CARD in {one["subject"] for one in result.report["findings"] if one["code"] == "MODULE_REJECTED"}
    expect.host_has_3080(result, CARD)
