# SPDX-License-Identifier: GPL-2.0-or-later
"""The card is claimed before the host's real drivers bind; without the claim they do."""

import pytest
from lab import Image, Machine, expect, rtx_3080, rv100
from lab.roots import SUITES

INTEL = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = INTEL.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={INTEL.path(0)}\n"

RADEON = Machine(iommu="intel", slots=(rv100(),))
RADEON_IMAGE = Image("bookworm", conf=f"gpu = {CARD} id=1002:5159\n")
# radeon's text console on this emulated chip can hang the guest, and no test needs it.
RADEON_ARGUMENTS = ["drm_kms_helper.fbdev_emulation=0"]

EARLY_NOUVEAU = Image("bookworm", conf=CONF, files={"/etc/initramfs-tools/modules": "nouveau\n"})


@pytest.mark.parametrize("suite", SUITES)
def test_claimed_before_nouveau_audio_and_usb_drivers(boot, suite):
    result = boot(INTEL, Image(suite, conf=CONF))
    expect.claimed(result, CARD)
    report = result.report
    assert report["iommu"]["kind"] == "intel"
    assert report["iommu"]["dma_remapping"] == "on"
    assert report["iommu"]["interrupt_remapping"] == "on"
    assert "nouveau" in report["gpus"][0]["functions"][0]["rivals"]
    assert {f.override for a, f in result.functions.items() if a.startswith("0000:01:")} == {"vfio-pci"}
    assert "nouveau" in result.modules, "nouveau must have been loaded, to no avail"
    assert result.kmsg
    assert report["trial"]["state"] == "none", "no EFI here"
    assert "trial" not in result.command("status").output, "there is nothing to do"
    log = result.command("log")
    assert log.exit_code == 0
    assert "claimed" in log.output and "nouveau" in log.output


@pytest.mark.parametrize("suite", [pytest.param("bookworm", marks=pytest.mark.extended), "trixie"])
def test_without_the_claim_the_host_drivers_take_the_card(boot, suite):
    result = boot(INTEL, Image(suite, conf=CONF), arguments=["vfio_claim.mode=off"])
    expect.host_has_3080(result, CARD)
    assert result.report["result"] == "off"
    assert "MODE_OFF" in result.codes
    assert result.command("status").exit_code == 1


@pytest.mark.extended
def test_nothing_configured_leaves_the_card_to_the_host(boot):
    result = boot(INTEL, Image("bookworm", conf=CONF), conf="# nothing yet\n")
    expect.host_has_3080(result, CARD)
    assert result.report["result"] == "nothing-configured"
    assert result.command("status").exit_code == 0


def test_claimed_with_an_amd_iommu(boot):
    machine = Machine(iommu="amd", slots=(rtx_3080(),))
    result = boot(machine, Image("bookworm", conf=CONF))
    expect.claimed(result, CARD)
    assert result.report["iommu"]["kind"] == "amd"
    assert result.report["iommu"]["interrupt_remapping"] == "on"



@pytest.mark.extended
def test_of_two_identical_cards_only_the_configured_one(boot):
    machine = Machine(iommu="intel", slots=(rtx_3080(), rtx_3080()))
    result = boot(machine, Image("bookworm", conf=CONF))
    expect.claimed(result, machine.address(0))
    expect.host_has_3080(result, machine.address(1))


@pytest.mark.extended
def test_radeon_by_its_own_ids_is_claimed(boot):
    result = boot(RADEON, RADEON_IMAGE, arguments=RADEON_ARGUMENTS)
    expect.claimed(result, CARD, functions=1)
    assert "radeon" in result.report["gpus"][0]["functions"][0]["rivals"]
    assert not result.lines(rf"radeon {CARD}: ")


@pytest.mark.extended
def test_radeon_by_its_own_ids_without_the_claim(boot):
    arguments = [*RADEON_ARGUMENTS, "vfio_claim.mode=off"]
    result = boot(RADEON, RADEON_IMAGE, arguments=arguments)
    assert result.drivers(CARD) == ["radeon"]
    assert result.lines(rf"radeon {CARD}: ")


@pytest.mark.extended
def test_claimed_before_a_nouveau_that_the_image_loads_by_name(boot):
    result = boot(INTEL, EARLY_NOUVEAU)
    expect.claimed(result, CARD)
    assert "nouveau" in result.modules


@pytest.mark.extended
def test_without_the_claim_the_image_loads_nouveau_before_the_real_root(boot):
    result = boot(INTEL, EARLY_NOUVEAU, arguments=["vfio_claim.mode=off"])
    expect.host_has_3080(result, CARD)
    probe = result.dmesg.index(result.lines(rf"nouveau {CARD}: ")[0])
    root = result.dmesg.index(result.lines(r"EXT4-fs \(vd.\): mounted")[0])
    assert probe < root


@pytest.mark.extended
def test_systemd_boots_to_multi_user_with_the_claim(boot):
    result = boot(INTEL, Image("bookworm", conf=CONF), systemd=True)
    expect.claimed(result, CARD)
    assert result.text("multi-user").strip() == "active"
