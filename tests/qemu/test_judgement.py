# SPDX-License-Identifier: GPL-2.0-or-later
"""IOMMU, interrupts and displays: the agent's judgement, and the text of `check`."""

import json
from dataclasses import replace

import pytest
from lab import Card, Function, Image, Machine, expect, rtx_3080, topology

INTEL = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = INTEL.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={INTEL.path(0)}\n"
IMAGE = Image("bookworm", conf=CONF)

NOBODY = "setpriv --reuid 65534 --regid 65534 --clear-groups"
CHECK_UNCONFIGURED = """
rm -f /etc/vfio-claim.conf
vfio-claim check >/lab/out/check
echo $? >/lab/out/check.code
"""


def severities(result, code):
    return {f["severity"] for f in result.report["findings"] if f["code"] == code}


# IOMMU -------------------------------------------------------------------------------------


IOMMU_OFF = [
    ("intel", "intel_iommu=off"),
    pytest.param("amd", "amd_iommu=off", marks=pytest.mark.extended),
]


@pytest.mark.parametrize("iommu, off", IOMMU_OFF)
def test_iommu_switched_off_on_the_kernel_command_line(boot, iommu, off):
    machine = Machine(iommu=iommu, slots=(rtx_3080(),))
    result = boot(machine, IMAGE, arguments=[off], run="vfio-claim check >/lab/out/check\n")
    assert result.report["result"] == "refused"
    assert "IOMMU_OFF_KERNEL" in result.codes and "IOMMU_OFF_FIRMWARE" not in result.codes
    assert result.report["iommu"]["firmware"] == "table-present"
    assert result.report["iommu"]["dma_remapping"] == "off"
    expect.host_has_3080(result, CARD)
    screen = " ".join(result.text("check").split())
    assert f"remove '{off}' from the kernel command line" in screen


# The setting's name in the manual of the board's vendor, if there is one.
BOARDS = {
    "gigabyte-amd": (
        "AuthenticAMD",
        ("-smbios", "type=2,manufacturer=Gigabyte Technology Co.,, Ltd.,product=X670E AORUS MASTER"),
        (
            "Settings > AMD CBS > NBIO > IOMMU = Enabled",
            "Settings > Miscellaneous > IOMMU = Enabled",
        ),
    ),
    "unknown-intel": ("GenuineIntel", (), ("VT-d", "firmware setup")),
}
# Without these words the guest knows that it is one.
NO_VM = ("-smbios", "type=1,manufacturer=Lab,product=Machine")


@pytest.mark.extended
@pytest.mark.parametrize("name", BOARDS)
def test_first_screen_of_check_tells_a_newcomer_what_to_switch_on(boot, name):
    vendor, board, words = BOARDS[name]
    options = ("-cpu", f"qemu64,vendor={vendor},-hypervisor", *NO_VM, *board)
    machine = topology.Topology(iommu="none", options=options)
    result = boot(machine, IMAGE, conf="", run=CHECK_UNCONFIGURED)
    assert result.report["result"] == "nothing-configured"
    screen = " ".join(" ".join(result.text("check").splitlines()[:25]).split())
    assert "IOMMU_OFF_FIRMWARE" in screen
    for word in words:
        assert word in screen
    assert result.text("check.code").strip() == "0", "nothing is configured"


@pytest.mark.extended
def test_check_knows_that_it_runs_in_a_virtual_machine(boot):
    result = boot(topology.Topology(iommu="none"), IMAGE, conf="", run=CHECK_UNCONFIGURED)
    screen = " ".join(result.text("check").split())
    assert "a virtual machine of QEMU, which gives it no IOMMU" in screen
    assert "-device intel-iommu,intremap=on" in screen
    assert "firmware setup" not in screen.partition("KVM_MISSING")[0]


# Interrupts --------------------------------------------------------------------------------


@pytest.mark.extended
def test_refused_without_interrupt_remapping(boot):
    machine = Machine(iommu="intel-no-intremap", slots=(rtx_3080(),))
    result = boot(machine, IMAGE)
    assert result.report["result"] == "refused"
    assert severities(result, "IRQ_REMAP_OFF") == {"error"}
    assert result.report["iommu"]["dma_remapping"] == "on"
    assert result.report["iommu"]["interrupt_remapping"] == "off"
    expect.host_has_3080(result, CARD)


@pytest.mark.extended
def test_claimed_with_a_warning_where_interrupt_remapping_may_be_off(boot):
    conf = CONF + "interrupt-remapping = warn\n"
    result = boot(INTEL, IMAGE, conf=conf, arguments=["intremap=off"])
    expect.claimed(result, CARD)
    assert severities(result, "IRQ_REMAP_OFF") == {"warning"}


VIRTIO = Machine(iommu="virtio", slots=(rtx_3080(),))


def expect_virtio(result):
    """The agent loaded the driver, a module of Debian 13, and the boot went on."""
    assert "virtio_iommu" in result.modules
    assert result.report["iommu"]["kind"] == "virtio"
    assert result.report["iommu"]["dma_remapping"] == "on"
    assert result.report["iommu"]["interrupt_remapping"] == "off"
    assert result.functions["0000:00:03.0"].driver == "virtio-pci", "the root disk's own driver"


@pytest.mark.extended
def test_virtio_iommu_has_no_interrupt_remapping_and_is_refused(boot):
    result = boot(VIRTIO, Image("trixie", conf=CONF))
    expect_virtio(result)
    assert result.report["result"] == "refused"
    assert severities(result, "IRQ_REMAP_OFF") == {"error"}
    expect.host_has_3080(result, CARD)


@pytest.mark.extended
def test_claimed_with_virtio_iommu_if_interrupt_remapping_may_be_off(boot):
    result = boot(VIRTIO, Image("trixie", conf=CONF), conf=CONF + "interrupt-remapping = warn\n")
    expect_virtio(result)
    expect.claimed(result, CARD)
    assert severities(result, "IRQ_REMAP_OFF") == {"warning"}


def test_with_virtio_iommu_the_group_counts_though_it_comes_late(boot):
    # Its functions are in no group until a driver probes them.
    options = ("-netdev", "user,id=net")
    machine = topology.two_ports_without_acs("e1000e,netdev=net,bus=other", options=options)
    machine = replace(machine, iommu="virtio")
    result = boot(machine, Image("trixie", conf=CONF), conf=CONF + "interrupt-remapping = warn\n")
    expect_virtio(result)
    nic = "0000:02:00.0"
    assert result.functions[nic].group == result.functions[CARD].group, "they do share"
    assert result.report["result"] != "claimed"
    found = [f for f in result.report["findings"] if f["code"] == "GROUP_HOLDS_NETWORK"]
    assert any(f["subject"] == CARD and f["text"].startswith(f"{nic},") for f in found)
    expect.host_has_3080(result, CARD)


# Displays ----------------------------------------------------------------------------------


@pytest.mark.extended
def test_the_only_display_is_refused(boot):
    """The other card is an accelerator, a display controller only by its class (0302)."""
    tesla = Card((Function("ati-vga,romfile=", "10de:20b0", "030200", "10de:1450"),))
    machine = Machine(iommu="intel", slots=(rtx_3080(), tesla), host_display=False)
    result = boot(machine, IMAGE)
    assert result.report["result"] == "refused"
    assert severities(result, "BOOT_DISPLAY") == {"error"}
    expect.host_has_3080(result, CARD)


@pytest.mark.extended
def test_the_only_display_is_claimed_if_allowed(boot):
    machine = Machine(iommu="intel", slots=(rtx_3080(),), host_display=False)
    result = boot(machine, IMAGE, conf=CONF + "boot-display = allow\n")
    expect.claimed(result, CARD)
    assert severities(result, "BOOT_DISPLAY") == {"warning"}


# The command -------------------------------------------------------------------------------

TEXT = (str, type(None))
LISTED = {
    "address": str,
    "class": str,
    "id": str,
    "subsystem": TEXT,
    "group": (int, type(None)),
    "driver": TEXT,
    "name": TEXT,
    "verdict": TEXT,
}

ASK = f"""
cd /lab/out
for who in root nobody; do
	as=; [ $who = root ] || as="{NOBODY}"
	$as vfio-claim list --all --json >list-$who.json
	$as vfio-claim check --json >check-$who.json
	$as vfio-claim check >check-$who; echo $? >check-$who.code
	$as vfio-claim check id=10de:2206 >check-id-$who; echo $? >check-id-$who.code
done
vfio-claim check 0000:77:00.0 >check-missing; echo $? >check-missing.code
vfio-claim check nonsense >check-nonsense 2>&1; echo $? >check-nonsense.code
"""


def has_members(value, members):
    """Each member in docs/design.md is there, with its type."""
    for name, types in members.items():
        assert name in value, f"no member {name}"
        assert isinstance(value[name], types), f"{name}: {value[name]!r}"
    return True


def check_document(document):
    """The schema knows the members."""
    assert document["gpus"]
    for gpu in document["gpus"]:
        assert gpu["functions"]
        assert {function["result"] for function in gpu["functions"]} == {"not-tried"}


@pytest.mark.parametrize("suite", ["bookworm", pytest.param("trixie", marks=pytest.mark.extended)])
def test_documents_and_exit_codes_as_root_and_as_nobody(boot, suite):
    result = boot(topology.port_without_acs(), Image(suite, conf=CONF), run=ASK)
    expect.claimed(result, CARD)
    for who in ("root", "nobody"):
        listing = json.loads(result.text(f"list-{who}.json"))
        assert listing["version"] == 1
        assert all(has_members(function, LISTED) for function in listing["functions"])
        by_address = {function["address"]: function for function in listing["functions"]}
        assert by_address.keys() == result.functions.keys()
        for address, function in result.functions.items():
            assert (by_address[address]["driver"], by_address[address]["group"]) == (
                function.driver,
                function.group,
            )
        assert by_address[CARD]["verdict"] == "claimed"
        document = result.document(f"check-{who}.json", "check")
        check_document(document)
        assert document["result"] == "claimable"
        for question in ("check", "check-id"):
            assert result.text(f"{question}-{who}.code").strip() == "0"
            assert ": can be claimed" in result.text(f"{question}-{who}").split("This machine")[0]
    assert "Run as root" in result.text("check-nobody")
    assert "Run as root" not in result.text("check-root")
    assert result.text("check-missing.code").strip() == "1"
    assert "GPU_NOT_FOUND" in result.text("check-missing")
    assert result.text("check-nonsense.code").strip() == "2"
