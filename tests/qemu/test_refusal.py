# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent leaves a refused card to the host, or holds it if configured so; and the boot goes on."""

import pytest
from lab import Image, Machine, expect, rtx_3080

INTEL = Machine(iommu="intel", slots=(rtx_3080(),))
NO_IOMMU = Machine(iommu="none", slots=(rtx_3080(),))
CARD = INTEL.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={INTEL.path(0)}\n"
IMAGE = Image("bookworm", conf=CONF)


@pytest.mark.extended
def test_refused_without_an_iommu(boot):
    result = boot(NO_IOMMU, IMAGE)
    assert result.lines("DMAR: IOMMU enabled"), "the message that says nothing"
    assert result.report["result"] == "refused"
    assert "IOMMU_OFF_FIRMWARE" in result.codes
    expect.host_has_3080(result, CARD)
    assert result.command("status").exit_code == 1


def test_refused_and_held_without_an_iommu(boot):
    result = boot(NO_IOMMU, IMAGE, conf=CONF + "on-failure = hold\n")
    assert result.report["result"] == "refused"
    assert "IOMMU_OFF_FIRMWARE" in result.codes
    assert result.drivers(CARD) == [None, None, None]
    assert not expect.probed_by_nouveau(result, CARD)
    assert "nouveau" in result.modules, "nouveau must have been loaded, to no avail"


@pytest.mark.parametrize(
    "conf",
    [
        pytest.param(
            b"gpu = \x00\xff[[ zz:99.9 id=\n" + bytes(range(256)) * 40, id="noise", marks=pytest.mark.extended
        ),
        pytest.param(CONF.encode() + b"shared-grupp = refuse\n", id="unknown-key"),
    ],
)
def test_a_bad_configuration_claims_nothing(boot, conf):
    result = boot(INTEL, IMAGE, conf=conf)
    assert result.report["result"] not in ("claimed", "claimable")
    assert "CONFIG_INVALID" in result.codes
    expect.host_has_3080(result, CARD)
    assert result.command("status").exit_code != 0


@pytest.mark.extended
def test_a_bad_kernel_parameter_claims_nothing(boot):
    result = boot(INTEL, IMAGE, arguments=["vfio_claim.gpu=garbage"])
    assert result.report["mode"] == "off"
    assert result.report["result"] == "off"
    assert "CMDLINE_INVALID" in result.codes
    expect.host_has_3080(result, CARD)
