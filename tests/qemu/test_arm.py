# SPDX-License-Identifier: GPL-2.0-or-later
"""arm64: the cross-built package on Debian's own kernel, with an SMMU and without one."""

import pytest
from lab import arm, expect, rtx_3080

pytestmark = pytest.mark.extended

MACHINE = arm.ArmMachine(slots=(rtx_3080(),))
WITHOUT = arm.ArmMachine(iommu="none", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
LOOK = "vfio-claim verify --json >/lab/out/verify.json || true\n"


@pytest.fixture(scope="module")
def disk():
    return arm.installed(CONF)


@pytest.fixture
def boot(disk, tmp_path):
    def run(machine, **options):
        return arm.boot(machine, disk, run=LOOK, results=tmp_path / "boot", **options)

    return run


def vfio_answers(result):
    """What VFIO itself says of each group, asked by verify."""
    return {group["answer"] for group in result.document("verify.json")["verified"]["vfio"]}


@pytest.mark.parametrize("has_acpi", [False, True], ids=["device tree", "ACPI"])
def test_claimed_with_an_smmu(boot, tmp_path, has_acpi):
    result = boot(MACHINE, firmware=arm.ArmFirmware(tmp_path) if has_acpi else None)
    expect.claimed(result, CARD)
    iommu = result.report["iommu"]
    assert (iommu["dma_remapping"], iommu["kind"]) == ("on", "arm-smmu")
    assert iommu["firmware"] == ("table-present" if has_acpi else "unknown")
    # Judged before VFIO was there, and as VFIO then judged.
    assert iommu["interrupt_remapping"] == "on"
    assert vfio_answers(result) == {"accepted"}
    # With a device tree the port above the card came into its group with the claim; its driver stayed.
    mates = [mate for group in result.report["gpus"][0]["groups"] for mate in group["members"]]
    assert {mate["driver"] for mate in mates} == {"vfio-pci"} | ({"pcieport"} if not has_acpi else set())


@pytest.mark.parametrize("has_acpi", [False, True], ids=["device tree", "ACPI"])
def test_refused_without_an_smmu(boot, tmp_path, has_acpi):
    result = boot(WITHOUT, firmware=arm.ArmFirmware(tmp_path) if has_acpi else None)
    assert result.report["result"] == "refused"
    # ACPI has an IORT all the same, for the interrupts: it describes no SMMU.
    assert ("IOMMU_OFF_FIRMWARE" if has_acpi else "IOMMU_OFF_KERNEL") in result.codes
    expect.host_has_3080(result, CARD)
