# SPDX-License-Identifier: GPL-2.0-or-later
"""After the boot: the card is still ours and VFIO accepts it, or every channel reports that it is
not."""

import json
import re

import pytest
from lab import Image, Machine, expect, late, roots, rtx_3080

INTEL = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = INTEL.address(0)
AUDIO = INTEL.address(0, 1)
CONF = f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={INTEL.path(0)}\n"
IMAGE = Image("bookworm", conf=CONF)
UNIT = "vfio-claim-verify.service"
IMAGES_UNIT = "vfio-claim-images.service"

CLAIMED = "4b66d503631a4a838f4db18cb9ddbc32"
NOT_AS_CONFIGURED = "c0598a8675f74a7583be03cdcc5cc6f4"
DID_NOT_RUN = "a9cfcdfd781a4fbb94d05be27e166f8a"

# ask NAME: the current answers of verify, status and the unit
ASK = f"""
cd /lab/out
ask() {{
	vfio-claim verify --json >$1.json 2>$1.err
	echo $? >$1.code
	vfio-claim status >$1.status
	echo $? >>$1.status
}}
# The unit that opens the images: nothing waits for it, so the test must.
images_done() {{
	for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(systemctl show -p ActiveState --value {IMAGES_UNIT})" = active ] || break
		sleep 1
	done
}}
unit() {{
	images_done
	systemctl show -p Result -p ExecMainStatus -p ExecMainStartTimestampMonotonic {IMAGES_UNIT} >$1.images-unit
	systemctl show -p ActiveEnterTimestampMonotonic --value multi-user.target >$1.target-time
	systemctl show -p ActiveState -p Result -p NRestarts {UNIT} >$1.unit
	systemctl --failed --plain --no-legend >$1.failed
	journalctl -b -o json -t vfio-claim >$1.journal
}}
audio=/sys/bus/pci/devices/{AUDIO}
"""

SEVERAL = (
    ASK
    + f"""
unit boot
vfio-claim log >boot.log
vfio-claim log --list --json >boot.list
vfio-claim status --metrics >boot.prom
cat /run/vfio-claim/report.json >boot.json
ls -ln --time-style=+ /var/log/vfio-claim >boot.kept
cat /var/log/vfio-claim/*.json >boot.kept.json
systemd-analyze verify --man=no {UNIT} {IMAGES_UNIT} >boot.verify 2>&1
systemd-analyze critical-chain multi-user.target >boot.chain 2>&1
cp /boot/initrd.img-* /run/kept-image
hung=$(echo /boot/initrd.img-*)
rm "$hung" && mkfifo "$hung"
systemctl restart {UNIT}
cp /run/vfio-claim/report.json hung-claim.json
vfio-claim verify --images --limit 2 >hung.txt 2>hung.err
cp /run/vfio-claim/report.json hung.json
cat /var/log/vfio-claim/*.json >hung.kept.json
rm "$hung" && cp /run/kept-image "$hung"
vfio-claim verify --images >mended.txt
cp /run/vfio-claim/report.json mended.json

exec 3<>/dev/vfio/$(basename "$(readlink /sys/bus/pci/devices/{CARD}/iommu_group)")
ask used
exec 3>&-

echo {AUDIO} >$audio/driver/unbind
ask lost
echo >$audio/driver_override
# drivers_probe would ask vfio-pci first.
echo {AUDIO} >/sys/bus/pci/drivers/snd_hda_intel/bind
ask rival
systemctl restart {UNIT}
unit rival
echo vfio-pci >$audio/driver_override
echo {AUDIO} >$audio/driver/unbind
echo {AUDIO} >/sys/bus/pci/drivers_probe
ask again

echo "# a word" >>/etc/vfio-claim.conf
ask comment
echo "gpu = 0000:00:02.0" >>/etc/vfio-claim.conf
ask other
echo "nonsense" >>/etc/vfio-claim.conf
ask broken
sed -i '/^# a word/,$d' /etc/vfio-claim.conf
ask same
ls /var/log/vfio-claim >kept
systemctl restart {UNIT}
"""
)


def answer(result, name):
    """(exit code of verify, "verified" of its document, codes of errors and of warnings in it)"""
    verified = result.document(f"{name}.json")["verified"]
    findings = verified["findings"] + verified["image_findings"]
    errors = {f["code"] for f in findings if f["severity"] == "error"}
    warnings = {f["code"] for f in findings if f["severity"] == "warning"}
    return int(result.text(f"{name}.code")), verified, errors, warnings


def journal(result, name):
    return [json.loads(line) for line in result.text(f"{name}.journal").splitlines()]


def boot_image(suite):
    """The boot image, where the real root keeps it."""
    kernel = roots.kernel_version(roots.guest_root(suite))
    return kernel, {f"/boot/initrd.img-{kernel}": Image(suite, conf=CONF).built().initrd.read_bytes()}


def test_the_unit_proves_and_files_and_sees_every_change(boot):
    kernel, files = boot_image("bookworm")
    result = boot(INTEL, IMAGE, systemd=True, root_files=files, run=SEVERAL, timeout=400)
    expect.claimed(result, CARD)
    assert result.text("multi-user").strip() == "active"
    assert "ActiveState=active" in result.text("boot.unit")
    assert result.text("boot.failed") == ""
    assert result.text("boot.verify") == "", "no complaint of systemd's, so no cycle"

    # The unit's own verdict.
    verified = result.document("boot.json")["verified"]
    assert verified["result"] == "as-configured" and verified["findings"] == []
    group = result.functions[CARD].group
    assert verified["vfio"] == [
        {"group": group, "answer": "accepted", "interface": "container", "errno": None}
    ]
    assert verified["images"] == [
        {"kernel": kernel, "path": f"/boot/initrd.img-{kernel}", "state": "current"}
    ]

    assert verified["images_at"] >= verified["at"] and verified["image_findings"] == []
    assert "Result=success" in result.text("boot.images-unit")
    assert IMAGES_UNIT not in result.text("boot.chain"), "no target waits for the images"

    # An image whose reading never ends costs nothing of what was said before.
    for name in "hung-claim", "hung":
        hung = result.document(f"{name}.json")["verified"]
        assert (hung["result"], hung["images_at"], hung["images"]) == ("as-configured", None, [])
    (finding,) = hung["image_findings"]
    assert finding["code"] == "FACT_UNKNOWN" and f"/boot/initrd.img-{kernel}" in finding["text"]
    assert result.document("hung.kept.json")["verified"] == hung
    mended = result.document("mended.json")["verified"]
    assert [i["state"] for i in mended["images"]] == ["current"] and mended["image_findings"] == []

    # Filed once, readable by all, and the same.
    boot_id = result.report["boot_id"]
    (line,) = [line for line in result.text("boot.kept").splitlines() if not line.startswith("total")]
    assert line.startswith("-rw-r--r--") and re.search(rf"\d{{8}}T\d{{6}}Z-{boot_id}\.json$", line)
    assert result.document("boot.kept.json") == result.document("boot.json")
    assert len(result.text("kept").split()) == 1, "one file for a boot, however often it is verified"
    (listed,) = result.document("boot.list", "log-list")["boots"]
    assert (listed["offset"], listed["boot_id"], listed["verified"]) == (0, boot_id, "as-configured")
    assert f"group {group}: VFIO's answer: accepted" in result.text("boot.log")
    assert "\nvfio_claim_as_configured 1\n" in result.text("boot.prom")
    assert f'\nvfio_claim_group_accepted{{group="{group}"}} 1\n' in result.text("boot.prom")

    # The journal: the report's lines, the card, the verdict.
    entries = journal(result, "boot")
    assert {e["_SYSTEMD_UNIT"] for e in entries if "VFIO_CLAIM_RESULT" in e} == {UNIT}
    assert any("DMA remapping on" in e["MESSAGE"] for e in entries)
    assert any(e.get("VFIO_CLAIM_GPU") == CARD and e["MESSAGE_ID"] == CLAIMED for e in entries)
    verdict, images = entries[-2:]
    assert (verdict["MESSAGE_ID"], verdict["VFIO_CLAIM_VERIFIED"]) == (CLAIMED, "as-configured")
    assert images["MESSAGE"] == "boot images: 1 of 1 hold this configuration"
    assert images["_SYSTEMD_UNIT"] == IMAGES_UNIT
    assert verdict["VFIO_CLAIM_REPORT"].endswith(f"{boot_id}.json")
    assert not any(e.get("MESSAGE_ID") == NOT_AS_CONFIGURED for e in entries)

    # A VM uses the card.
    code, verified, errors, _ = answer(result, "used")
    assert (code, errors, verified["vfio"][0]["answer"]) == (0, set(), "in-use")

    # Without a driver the group is still viable for VFIO; with a rival it is not.
    code, verified, errors, _ = answer(result, "lost")
    assert (code, errors, verified["vfio"][0]["answer"]) == (1, {"CLAIM_LOST"}, "accepted")
    assert "CLAIM_LOST" in result.text("lost.status") and result.text("lost.status").endswith("\n1\n")
    code, verified, errors, _ = answer(result, "rival")
    assert (code, errors, verified["vfio"][0]["answer"]) == (1, {"RIVAL_BOUND"}, "not-viable")
    assert [f["subject"] for f in verified["findings"]] == [AUDIO]
    assert "Result=exit-code" in result.text("rival.unit") and UNIT in result.text("rival.failed")
    entries = journal(result, "rival")
    assert entries[-1]["MESSAGE_ID"] == NOT_AS_CONFIGURED
    (told,) = [e for e in entries if e.get("VFIO_CLAIM_CODE") == "RIVAL_BOUND"]
    assert told["VFIO_CLAIM_SUBJECT"] == AUDIO and told["PRIORITY"] == "3"
    assert answer(result, "again")[0] == 0

    # The configuration was changed after the image was made.
    code, verified, errors, warnings = answer(result, "comment")
    assert (code, errors, warnings) == (0, set(), {"IMAGE_STALE"})
    assert verified["images"][0]["state"] == "stale"
    code, _, errors, _ = answer(result, "other")
    assert (code, errors) == (1, {"IMAGE_STALE"})
    code, _, errors, _ = answer(result, "broken")
    assert code == 2 and "CONFIG_INVALID" in errors
    code, _, errors, warnings = answer(result, "same")
    assert (code, errors, warnings) == (0, set(), set())


def test_vfio_itself_refuses_without_interrupt_remapping(boot):
    run = ASK + (
        "ask refused\n"
        "echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts\n"
        "ask allowed\n"
    )
    conf = CONF + "interrupt-remapping = warn\n"
    result = boot(INTEL, Image("trixie", conf=CONF), conf=conf, arguments=["intremap=off"], run=run)
    assert result.report["result"] == "claimed"
    code, verified, errors, _ = answer(result, "refused")
    assert (code, errors) == (1, {"IRQ_REMAP_OFF"})
    assert (verified["vfio"][0]["answer"], verified["vfio"][0]["errno"]) == ("refused", 1)
    assert "IRQ_REMAP_OFF" in result.text("refused.status")
    code, verified, errors, _ = answer(result, "allowed")
    assert (code, errors, verified["vfio"][0]["answer"]) == (0, set(), "accepted")


@pytest.mark.extended
def test_a_boot_without_the_agent_fails_visibly(boot):
    image = Image("trixie")  # made before there was a configuration
    kernel = roots.kernel_version(image.guest)
    files = {f"/boot/initrd.img-{kernel}": image.built().initrd.read_bytes()}
    run = ASK + "unit boot\nls /var/log/vfio-claim >kept\nvfio-claim log >log.txt\n"
    result = boot(INTEL, image, conf=CONF, systemd=True, root_files=files, run=run)
    assert "vfio-pci" not in result.drivers(CARD)
    assert result.text("multi-user").strip() == "active", "the boot goes on"
    assert "Result=exit-code" in result.text("boot.unit") and UNIT in result.text("boot.failed")
    assert result.report["result"] == "failed" and result.codes == {"IMAGE_WITHOUT_AGENT"}
    assert result.report["findings"][0]["subject"] == kernel
    assert result.report["verified"]["images"][0]["state"] == "without-agent"
    assert len(result.text("kept").split()) == 1
    # Messages of the units in plain words come between: cards that arrive are left to the host.
    assert DID_NOT_RUN in [e["MESSAGE_ID"] for e in journal(result, "boot") if "MESSAGE_ID" in e][-3:]
    assert result.command("status").exit_code == 1
    assert "setup --rebuild" in result.text("log.txt")


@pytest.mark.extended
def test_switched_off_is_no_failure_of_the_unit(boot):
    run = ASK + "unit boot\nls /var/log/vfio-claim >kept\n" + late.comes_again(INTEL, 0)
    result = boot(INTEL, Image("trixie", conf=CONF), arguments=["vfio_claim.mode=off"], systemd=True, run=run)
    assert result.drivers(CARD) == expect.HOST_DRIVERS_3080
    assert late.is_left_alone(result, "the mode of this boot is not 'claim'"), result.text("arrivals")
    assert "ActiveState=active" in result.text("boot.unit") and result.text("boot.failed") == ""
    assert result.report["verified"]["result"] == "off"
    assert {f["code"] for f in result.report["verified"]["findings"]} >= {"MODE_OFF"}
    assert len(result.text("kept").split()) == 1
    assert result.command("status").exit_code == 1
    assert not any("MESSAGE_ID" in e for e in journal(result, "boot") if "VFIO_CLAIM_VERIFIED" in e)
