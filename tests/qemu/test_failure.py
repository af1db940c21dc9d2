# SPDX-License-Identifier: GPL-2.0-or-later
"""Failures of a claim: the host gets the card back and the boot goes on in time."""

import pytest
from lab import Image, Machine, expect, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
AUDIO = MACHINE.address(0, 1)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"


@pytest.mark.extended
def test_vfio_pci_missing_from_the_image(boot):
    kernel_without = """
rm /lib/modules/*/kernel/drivers/vfio/pci/vfio-pci.ko*
depmod "$(basename /lib/modules/*)"
"""
    result = boot(MACHINE, Image("bookworm", conf=CONF, prepare=kernel_without))
    assert result.report["result"] == "failed"
    assert "MODULE_MISSING" in result.codes
    expect.host_has_3080(result, CARD)
    assert result.command("status").exit_code == 1


def test_a_driver_that_never_lets_go_delays_the_boot_no_longer_than_the_timeout(boot):
    # Debian 13: on 6.1 such a driver also hangs readers of the function's uevent.
    timeout_s = 4
    result = boot(
        MACHINE,
        Image("trixie", conf=CONF),
        conf=CONF + f"timeout = {timeout_s}\n",
        modules=["lab_stuck id=10de:1aef"],
    )
    assert result.lines(rf"{AUDIO}: lab_stuck: bound")
    assert result.lines(rf"{AUDIO}: lab_stuck: remove begins")
    assert result.report["result"] == "failed"
    assert result.codes & {"UNBIND_TIMEOUT", "DEADLINE"}
    assert result.report["duration_ms"] <= timeout_s * 1000 + 500
    drivers = result.drivers(CARD)
    assert "vfio-pci" not in drivers, "all functions or none"
    assert drivers[2] == "xhci_hcd", "given back to the host"


@pytest.mark.extended
def test_the_driver_that_never_lets_go_without_the_claim(boot):
    result = boot(
        MACHINE,
        Image("trixie", conf=CONF),
        arguments=["vfio_claim.mode=off"],
        modules=["lab_stuck id=10de:1aef"],
    )
    assert result.drivers(CARD) == [None, "lab_stuck", "xhci_hcd"]
    assert not result.lines("lab_stuck: remove begins")
