# SPDX-License-Identifier: GPL-2.0-or-later
"""A claim that keeps the machine from coming up is given up by itself, and the story can be read."""


import pytest
from lab import Firmware, Image, Machine, expect, late, loaders, rtx_3080

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n"
IMAGE = Image("bookworm", conf=CONF)
VARIABLE = "VfioClaimTrial"
REPORT_HEAD = "mode claim, started "

AFTER_DEFAULT = """
wait_for_end() {
	left=300
	until [ "$(systemctl show -P ExecMainExitTimestampMonotonic "$1")" != 0 ] || [ $left = 0 ]; do
		sleep 0.2
		left=$((left - 1))
	done
}
wait_for_end vfio-claim-verify.service
[ -z "$(vfio-claim status | sed -n 's/^trial: on trial.*/wait/p')" ] || wait_for_end vfio-claim-confirm.service
systemctl status --no-pager vfio-claim-confirm.service vfio-claim-verify.service >/lab/out/units
systemctl is-active default.target >/lab/out/default-target
vfio-claim log --list >/lab/out/list
vfio-claim log --list --json >/lab/out/list.json
vfio-claim log --boot -1 >/lab/out/boot-before
true
"""


@pytest.fixture
def firmware(tmp_path):
    return Firmware(tmp_path)


HANG = "lab_hang id=10de:1ad8 delay=5000"
HANGS = "lab_hang: the machine hangs now"


def boots(result):
    return result.document("list.json", "log-list")["boots"]


def test_a_claim_that_hangs_the_boot_twice_is_given_up(boot, firmware):
    hangs = [HANG]
    for attempt in (1, 2):
        result = boot(
            MACHINE, IMAGE, modules=hangs, firmware=firmware, ends_at=HANGS
        )
        assert f"vfio-claim: on trial: attempt {attempt} of 2" in result.serial
        assert "vfio-claim: claimed: 1 card" in result.serial

    result = boot(
        MACHINE,
        IMAGE,
        modules=hangs,
        firmware=firmware,
        systemd=True,
        run=AFTER_DEFAULT + late.comes_again(MACHINE, 0),
        timeout=300,
    )
    assert result.text("multi-user").strip() == "active"
    expect.host_has_3080(result, CARD)
    assert late.is_left_alone(result, "the trial is spent"), result.text("arrivals")
    assert result.report["result"] == "refused"
    assert "TRIAL_SPENT" in result.codes
    assert result.report["trial"]["state"] == "spent"
    status = result.command("status")
    assert status.exit_code == 1
    assert "given up: TRIAL_SPENT" in status.output and "confirm --again" in status.output

    story = [(b["offset"], b["result"], b["trial"]) for b in boots(result)]
    assert story == [
        (0, "refused", "spent"),
        (-1, "claimed", "unfinished 2/2"),
        (-2, "claimed", "unfinished 1/2"),
    ]
    assert len({b["boot_id"] for b in boots(result)}) == 3
    before = result.text("boot-before")
    assert "attempt 2 of 2, left no report: everything was claimed" in before and CARD in before


def confirmed(boot, firmware, arguments=()):
    """A first boot that comes up. Returns how often it wrote the trial."""
    good = boot(
        MACHINE,
        IMAGE,
        firmware=firmware,
        systemd=True,
        arguments=arguments,
        run=AFTER_DEFAULT,
        timeout=300,
    )
    expect.claimed(good, CARD)
    assert (good.text("default-target").strip() == "active") == (not arguments), good.text("units")
    assert good.text("failed-units").strip() == ""
    assert good.report["trial"]["state"] == "confirmed", good.text("units")
    assert good.report["trial"]["attempt"] == 1
    assert "trial" not in good.command("status").output, "there is nothing to do"
    assert [b["trial"] for b in boots(good)] == ["confirmed"]
    written = firmware.writes(VARIABLE)
    assert written == 3, "counted, told, confirmed"
    return written


@pytest.mark.extended
def test_a_boot_that_comes_up_is_confirmed_and_later_ones_write_nothing(boot, firmware):
    written = confirmed(boot, firmware)
    later = boot(MACHINE, IMAGE, firmware=firmware)
    expect.claimed(later, CARD)
    assert later.report["trial"]["state"] == "confirmed"
    assert firmware.writes(VARIABLE) == written
    assert REPORT_HEAD not in later.serial, "only when the boot fails"


@pytest.mark.extended
def test_another_configuration_is_on_trial_again(boot, firmware):
    # The kernel command line may name another target than the default one.
    written = confirmed(boot, firmware, ["systemd.unit=multi-user.target"])
    changed = boot(MACHINE, IMAGE, firmware=firmware, conf=CONF + "timeout = 9\n")
    expect.claimed(changed, CARD)
    assert changed.report["trial"]["state"] == "on-trial"
    assert changed.report["trial"]["attempt"] == 1
    assert "trial: on trial: attempt 1 of 2" in changed.command("status").output
    assert firmware.writes(VARIABLE) == written + 2


@pytest.mark.parametrize(
    ("builder", "arguments", "shell"),
    [
        # panic= replaces the lab's, with which initramfs-tools would restart silently.
        ("initramfs-tools", ["rootdelay=1", "panic="], "(initramfs)"),
        pytest.param(
            "dracut", ["rd.timeout=40", "rd.retry=20"], "Entering emergency mode", marks=pytest.mark.extended
        ),
    ],
)
def test_the_emergency_shell_shows_the_report(boot, builder, arguments, shell):
    result = boot(
        MACHINE,
        Image("bookworm", conf=CONF, builder=builder),
        arguments=["root=LABEL=nowhere", *arguments],
        ends_at=shell,
        timeout=300,
    )
    report = result.serial.index(REPORT_HEAD)
    assert f"GPU {CARD}: claimed" in result.serial[report : result.serial.index(shell)]


# Without EFI variables GRUB counts, in its environment block ------------------------------------

SETUP = "vfio-claim setup 01:00.0 --menu-entry >/lab-out/setup 2>&1\n"
WITH_BLOCK = "cp /boot/grub/grubenv /lab/out/grubenv\n"


def disk(**options):
    return loaders.Disk(MACHINE, "rtx3080", prepare=SETUP, words=("lab.boot=systemd",), **options)


def block(result):
    return dict(line.split("=") for line in result.text("grubenv").splitlines() if "=" in line)


@pytest.mark.extended
def test_by_the_bios_grub_counts_and_the_third_boot_comes_up(loaded):
    hanging = disk(modules=(HANG,))
    assert "The claim is on trial: after 2 boots" in hanging.out("setup")
    guest = loaded(hanging)
    for attempt in (1, 2):
        result = guest.boot(ends_at=HANGS)
        assert f"vfio-claim: on trial: attempt {attempt} of 2" in result.serial
        assert "vfio-claim: claimed: 1 card" in result.serial

    result = guest.boot(run=AFTER_DEFAULT + WITH_BLOCK)
    assert "vfio_claim.mode=off vfio_claim.trial=spent/2" in result.cmdline
    expect.host_has_3080(result, CARD)
    assert result.text("default-target").strip() == "active"
    assert result.report["result"] == "refused" and "TRIAL_SPENT" in result.codes
    assert result.report["trial"] == {"state": "spent", "attempt": 2, "limit": 2, "reason": None}
    status = result.command("status")
    assert status.exit_code == 1
    assert "given up: TRIAL_SPENT" in status.output and "confirm --again" in status.output
    # GRUB keeps a count, and no story of the boots that hung.
    assert [(b["offset"], b["result"], b["trial"]) for b in boots(result)] == [(0, "refused", "spent")]
    assert (block(result)["vfio_claim_limit"], block(result)["vfio_claim_count"]) == ("2", "2")


@pytest.mark.extended
def test_by_the_bios_a_boot_that_comes_up_is_confirmed_and_counts_no_more(loaded):
    guest = loaded(disk())
    good = guest.boot(run=AFTER_DEFAULT + WITH_BLOCK)
    expect.claimed(good, CARD)
    assert "vfio_claim.trial=1/2" in good.cmdline
    assert good.text("failed-units").strip() == "", good.text("units")
    assert good.report["trial"]["state"] == "confirmed", good.text("units")
    assert [b["trial"] for b in boots(good)] == ["confirmed"]
    assert "vfio_claim_limit" not in block(good) and "vfio_claim_count" not in block(good)

    later = guest.boot(run=AFTER_DEFAULT + WITH_BLOCK + "vfio-claim confirm --again\n")
    expect.claimed(later, CARD)
    assert f"vfio_claim.trial=confirmed/{block(good)['vfio_claim_config']}" in later.cmdline
    assert later.report["trial"]["state"] == "confirmed" and block(later) == block(good)

    # The entry without the claim is counted as well, and takes that back when it has come up.
    run = AFTER_DEFAULT + "wait_for_end vfio-claim-confirm.service\n" + WITH_BLOCK
    off = guest.boot(menu=loaders.GRUB_LAST, run=run)
    assert off.report["result"] == "off" and "vfio_claim.trial=1/2" in off.cmdline
    assert block(off)["vfio_claim_limit"] == "2" and "vfio_claim_count" not in block(off)
