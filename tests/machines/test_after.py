# SPDX-License-Identifier: GPL-2.0-or-later
"""verify, log and status on machines as text: their answers to a report, damaged ones included. They
write nothing below a sysroot.

All programs have sanitizers.
"""

import json
import os

import pytest

import boots
from boots import KEPT, REPORT, THIS_BOOT, bind
from test_machines import BUILD, build_case, listing, remove_place, run

OLD_BOOT = "1c0ffee0-0000-4000-8000-00000000000a"
FUNCTIONS = [f"0000:01:00.{n}" for n in range(3)]


def command(root, *arguments, seeks_leaks=False):
    process = run(BUILD / "asan/vfio-claim", root, *arguments, seeks_leaks=seeks_leaks, verb_first=True)
    assert b"Sanitizer" not in process.stderr and b"runtime error" not in process.stderr, process.stderr
    return process


def write(root, path, content):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_place(place)
    place.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


@pytest.fixture
def booted(tmp_path):
    """The machine after a boot that claimed the card."""
    build_case("claimable", tmp_path)
    report = json.loads(run(BUILD / "asan/agent", tmp_path, "--json").stdout)
    report |= {"mode": "claim", "result": "claimed", "boot_id": THIS_BOOT}
    for gpu in report["gpus"]:
        gpu["result"] = "claimed"
        for function in gpu["functions"]:
            function |= {"driver": "vfio-pci", "result": "claimed"}
            bind(tmp_path, function["address"], "vfio-pci")
            write(tmp_path, f"sys/bus/pci/devices/{function['address']}/driver_override", b"vfio-pci\n")
    assert [f["address"] for f in report["gpus"][0]["functions"]] == FUNCTIONS
    write(tmp_path, REPORT, report)
    write(tmp_path, "proc/sys/kernel/random/boot_id", f"{THIS_BOOT}\n".encode())
    return tmp_path, report


def verify(root, code):
    before = listing(root)
    process = command(root, "verify", "--json", seeks_leaks=True)
    assert process.returncode == code, process.stderr
    assert listing(root) == before, "verify wrote below a sysroot"
    verified = json.loads(process.stdout)["verified"]
    return verified["result"], [(f["severity"], f["code"], f["subject"]) for f in verified["findings"]]


# verify ------------------------------------------------------------------------------------


def test_verified(booted):
    root, _ = booted
    assert verify(root, 0) == ("as-configured", [])
    text = command(root, "verify")
    assert text.returncode == 0 and b"\nVerified as-configured" in text.stdout


@pytest.mark.parametrize("driver, code", [(None, "CLAIM_LOST"), ("snd_hda_intel", "RIVAL_BOUND")])
def test_a_function_is_lost(booted, driver, code):
    root, _ = booted
    bind(root, FUNCTIONS[1], driver)
    assert verify(root, 1) == ("not-as-configured", [("error", code, FUNCTIONS[1])])
    status = command(root, "status")
    assert status.returncode == 1 and code.encode() in status.stdout
    assert command(root, "status", "--metrics").stdout.startswith(b"# HELP")


def test_a_function_is_gone(booted):
    root, _ = booted
    remove_place(root / "sys/bus/pci/devices" / FUNCTIONS[2])
    assert verify(root, 1)[1] == [("error", "CLAIM_LOST", FUNCTIONS[2])]


def test_fallen_off_its_bus(booted):
    """The driver link is right, but the slot has no power, and a script cleared an override."""
    root, _ = booted
    write(root, f"sys/bus/pci/devices/{FUNCTIONS[0]}/config", b"\xff" * 64)
    write(root, f"sys/bus/pci/devices/{FUNCTIONS[1]}/driver_override", b"(null)\n")
    assert verify(root, 1) == ("not-as-configured", [("error", "CLAIM_LOST", FUNCTIONS[0]),
                                                     ("warning", "CLAIM_LOST", FUNCTIONS[1])])


def test_a_framebuffer_in_the_way(booted):
    root, _ = booted
    iomem = b"00000000-00000000 : PCI Bus 0000:00\n  00000000-00000000 : %s\n    00000000-00000000 : %s\n"
    write(root, "proc/iomem", iomem % (FUNCTIONS[0].encode(), b"BOOTFB"))
    assert verify(root, 1) == ("not-as-configured", [("error", "FRAMEBUFFER_IN_BAR", FUNCTIONS[0])])
    write(root, "proc/iomem", iomem % (FUNCTIONS[0].encode(), b"vfio-pci"))
    assert verify(root, 0) == ("as-configured", [])


def test_configuration_changed_since(booted):
    root, _ = booted
    conf = root / "etc/vfio-claim.conf"
    text = conf.read_text()
    conf.write_text(text + "# more\n")
    assert verify(root, 0) == ("as-configured", [("warning", "IMAGE_STALE", "/etc/vfio-claim.conf")])
    conf.write_text(text + "gpu = 00:02.0\n")
    assert verify(root, 1)[1] == [("error", "IMAGE_STALE", "/etc/vfio-claim.conf")]
    conf.write_text(text + "gpu is\n")
    result, findings = verify(root, 2)
    assert result == "not-as-configured" and ("error", "CONFIG_INVALID") in {f[:2] for f in findings}


@pytest.mark.parametrize("result", ["refused", "failed"])
def test_not_claimed(booted, result):
    root, report = booted
    report["result"] = report["gpus"][0]["result"] = result
    write(root, REPORT, report)
    assert verify(root, 1) == ("not-as-configured", [])


@pytest.mark.parametrize("mode", ["off", "check"])
def test_switched_off(booted, mode):
    root, report = booted
    report |= {"mode": mode, "result": "off" if mode == "off" else "claimable"}
    report["gpus"][0]["result"] = report["result"]
    write(root, REPORT, report)
    assert verify(root, 0) == ("off", [("info", "MODE_OFF", "vfio_claim.mode")])
    assert command(root, "status").returncode == 1


def test_nothing_configured(booted):
    root, report = booted
    remove_place(root / "etc/vfio-claim.conf")
    remove_place(root / REPORT)
    process = command(root, "verify")
    assert process.returncode == 0 and b"nothing is configured" in process.stdout
    report |= {"result": "nothing-configured", "gpus": [], "config_sha256": None}
    write(root, REPORT, report)
    assert verify(root, 0) == ("nothing-configured", [])


def test_the_agent_did_not_run(booted):
    root, _ = booted
    remove_place(root / REPORT)
    process = command(root, "verify", "--json")
    report = json.loads(process.stdout)
    assert process.returncode == 1
    assert (report["result"], report["boot_id"]) == ("failed", THIS_BOOT)
    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"]) == ("IMAGE_WITHOUT_AGENT", "error")
    assert finding["subject"] == report["kernel"] and "setup --rebuild" in finding["remedy"]
    assert report["verified"]["result"] == "not-as-configured"


def first_boot(root, age):
    """Nothing was configured when this boot began; an image has the configuration since `age` seconds."""
    boots.make_machine(root, None)
    boots.boot(root)
    boots.configure(root, boots.CARD)
    boots.make_image(root, boots.CARD, age=age)


def test_before_the_first_reboot(tmp_path):
    """Only a reboot is missing: no failure, with and without a report of this boot."""
    first_boot(tmp_path, age=60)
    assert verify(tmp_path, 0) == ("pending", [("warning", "IMAGE_STALE", "/etc/vfio-claim.conf")])
    remove_place(tmp_path / REPORT)
    process = command(tmp_path, "verify")
    assert process.returncode == 0 and process.stdout.startswith(b"pending: ")


def test_an_image_that_this_boot_should_have_used(tmp_path):
    """Its twin: the image was there before, so a boot loader or a copy of it is wrong."""
    first_boot(tmp_path, age=boots.UP + 60)
    assert verify(tmp_path, 1)[0] == "not-as-configured"
    remove_place(tmp_path / REPORT)
    process = command(tmp_path, "verify")
    assert process.returncode == 1 and b"IMAGE_WITHOUT_AGENT" in process.stdout


def test_rebuilt_after_a_boot_without_the_agent(tmp_path):
    """The first verify has made a report of that boot; the images are right since."""
    boots.make_machine(tmp_path, boots.CARD)
    boots.make_image(tmp_path, has_agent=False)
    process = command(tmp_path, "verify", "--json")
    assert process.returncode == 1
    write(tmp_path, REPORT, json.loads(process.stdout))
    assert verify(tmp_path, 1)[0] == "not-as-configured"
    boots.make_image(tmp_path, boots.CARD, age=60)
    assert verify(tmp_path, 0) == ("pending", [])


def test_pending_hides_no_loss(tmp_path):
    boots.make_machine(tmp_path, boots.CARD)
    boots.boot(tmp_path)
    boots.configure(tmp_path, boots.CARD + boots.TWIN)
    boots.make_image(tmp_path, boots.CARD + boots.TWIN, age=60)
    assert verify(tmp_path, 0)[0] == "pending"
    boots.bind(tmp_path, "0000:01:00.1", "snd_hda_intel")
    assert verify(tmp_path, 1)[0] == "not-as-configured"


# verify in two steps -----------------------------------------------------------------------


def verified_by(root, *arguments, code=0):
    process = command(root, "verify", "--json", *arguments)
    assert process.returncode == code, process
    return json.loads(process.stdout)["verified"]


def test_two_steps(booted):
    """Neither step loses what the other says; a second look at the images adds nothing twice."""
    root, _ = booted
    boots.make_image(root, "gpu = 00:02.0\n")
    claim = verified_by(root, "--claim")
    assert (claim["result"], claim["images_at"], claim["images"]) == ("as-configured", None, [])
    write(root, REPORT, json.loads((root / REPORT).read_text()) | {"verified": claim})
    for _ in range(2):
        images = verified_by(root, "--images")
        assert [i["state"] for i in images["images"]] == ["stale"] and images["images_at"]
        assert [f["code"] for f in images["image_findings"]] == ["IMAGE_STALE"]
        assert {k: images[k] for k in ("at", "result", "vfio", "findings")} == {
            k: claim[k] for k in ("at", "result", "vfio", "findings")}
        write(root, REPORT, json.loads((root / REPORT).read_text()) | {"verified": images})
    both = verified_by(root)
    assert (both["result"], both["images"]) == ("as-configured", images["images"])


ESPS = """
sys/firmware/efi /
etc/kernel/proxmox-boot-uuids = 1111-AAAA\\n2222-BBBB\\n
dev/disk/by-uuid/1111-AAAA -> ../../sda2
dev/sda2 =
sys/class/block/sda2 -> ../../devices/lab/block/sda2
proc/self/mountinfo = 1 1 8:1 / / rw - ext4 /dev/sda1 rw\\n2 1 8:2 / /mnt rw - vfat /dev/sda2 rw\\n
mnt/loader/loader.conf = default proxmox-*
mnt/loader/entries/proxmox-6.1.conf = title x\\nversion KERNEL\\nlinux /linux\\ninitrd /initrd\\noptions root=x
mnt/linux = kernel
""".replace("KERNEL", boots.KERNEL)


def test_an_esp_whose_disk_is_not_there(tmp_path):
    """What it holds is not known: one of two that the machine may start from. No failure of this boot's claim."""
    boots.make_machine(tmp_path, boots.CARD, more=ESPS)
    boots.boot(tmp_path)
    boots.make_image(tmp_path, boots.CARD)
    (tmp_path / f"boot/initrd.img-{boots.KERNEL}").rename(tmp_path / "mnt/initrd")
    verified = verified_by(tmp_path)
    assert verified["result"] == "as-configured"
    assert [(i["path"], i["state"]) for i in verified["images"]] == [("/mnt/initrd", "current")]
    (finding,) = verified["image_findings"]
    assert (finding["severity"], finding["code"], finding["subject"]) == ("warning", "IMAGE_STALE", "ESP 2222-BBBB")
    assert "there is no such disk now" in finding["text"] and "connect the disk" in finding["remedy"]
    write(tmp_path, REPORT, json.loads((tmp_path / REPORT).read_text()) | {"verified": verified})
    status = b" ".join(command(tmp_path, "status").stdout.split())
    assert b"ESP 2222-BBBB: IMAGE_STALE the machine may boot from it, and there is no such disk now" in status


def test_an_image_whose_reading_hangs(booted):
    """The claim's result is there all the same; that the images could not be judged is said."""
    root, _ = booted
    boots.make_image(root, boots.CARD)
    image = root / f"boot/initrd.img-{boots.KERNEL}"
    image.unlink()
    os.mkfifo(image)
    assert verified_by(root, "--claim")["result"] == "as-configured"
    verified = verified_by(root, "--limit", "1", code=1)
    assert (verified["result"], verified["images_at"], verified["images"]) == ("as-configured", None, [])
    (finding,) = verified["image_findings"]
    assert (finding["severity"], finding["code"]) == ("warning", "FACT_UNKNOWN")
    assert f"'/boot/initrd.img-{boots.KERNEL}' did not end in 1 s" in finding["text"]
    write(root, REPORT, json.loads((root / REPORT).read_text()) | {"verified": verified})
    assert b"not judged yet" in command(root, "status").stdout
    assert b"vfio_claim_images_verified 0\n" in command(root, "status", "--metrics").stdout
    assert b"did not end in 1 s" in command(root, "log").stdout


def test_the_images_alone_need_a_verified_claim(booted):
    root, report = booted
    boots.make_image(root, boots.CARD)
    process = command(root, "verify", "--images")
    assert process.returncode == 1 and b"run 'vfio-claim verify'" in process.stderr
    write(root, REPORT, report | {"verified": 7})
    assert command(root, "verify", "--images").returncode == 1
    remove_place(root / REPORT)  # the agent did not run: no claim to verify first
    boots.make_image(root, has_agent=False, age=boots.UP + 60)
    process = command(root, "verify", "--images", "--json")
    assert process.returncode == 1 and json.loads(process.stdout)["result"] == "failed"


def test_a_pending_boot_is_no_failure_before_the_images_are_opened(tmp_path):
    """An image's time is enough for the first step; the second one opens it, and has the last word."""
    first_boot(tmp_path, age=60)
    claim = verified_by(tmp_path, "--claim")
    assert claim["result"] == "pending"
    write(tmp_path, REPORT, json.loads((tmp_path / REPORT).read_text()) | {"verified": claim})
    assert verified_by(tmp_path, "--images")["result"] == "pending"
    boots.make_image(tmp_path, "gpu = 00:02.0\n")
    assert verified_by(tmp_path, "--claim")["result"] == "pending"
    assert verified_by(tmp_path, "--images", code=1)["result"] == "not-as-configured"
    remove_place(tmp_path / REPORT)
    process = command(tmp_path, "verify", "--claim")
    assert process.returncode == 0 and process.stdout.startswith(b"pending: a boot image was written")
    assert command(tmp_path, "verify").returncode == 1


@pytest.mark.parametrize("wrong", [["--claim", "--images"], ["--limit", "0"], ["--limit", "x"],
                                   ["--limit", "-1"], ["--claim", "--limit", "5"],
                                   ["--watch"], ["--watch", "--claim"], ["--watch", "--json"]])
def test_contradicting_options_of_verify(booted, wrong):
    assert command(booted[0], "verify", *wrong).returncode == 2


# Invalid reports ---------------------------------------------------------------------

DAMAGED = {
    "empty": b"",
    "garbage": b"\xff" * 100,
    "cut": None,  # half of a good one
    "newer": b'{"version": 2}',
    "no-report": b"[]",
    "a-number": b"1",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_report(booted, name):
    root, report = booted
    good = json.dumps(report).encode()
    write(root, REPORT, good[: len(good) // 2] if name == "cut" else DAMAGED[name])
    for verb in "verify", "log", "status":
        process = command(root, verb)
        assert process.returncode == 1
        assert b"/run/vfio-claim/report.json" in process.stderr
    assert command(root, "log", "--list").returncode == 0


def test_members_of_other_types(booted):
    """No verb crashes on any JSON that claims to be a report."""
    root, report = booted
    for member in list(report):
        for value, arguments in ([1, {}, None], ["log"]), ({}, ["status", "--metrics"]), (7, ["verify"]):
            if member != "version":
                write(root, REPORT, report | {member: value, "verified": value})
                process = command(root, *arguments)
                assert process.returncode in (0, 1), (member, value, arguments, process.stderr)


# log ---------------------------------------------------------------------------------------


def keep(root, time, boot_id, content):
    write(root, f"{KEPT}/{time}-{boot_id}.json", content)


def listed(process):
    return [(b["offset"], b["boot_id"], b["result"]) for b in json.loads(process.stdout)["boots"]]


def test_log_of_earlier_boots(booted):
    root, report = booted
    old = json.loads(json.dumps(report).replace("0000:01:00", "0000:07:00"))
    old["gpus"][0]["configured"] = report["gpus"][0]["configured"]
    old |= {"boot_id": OLD_BOOT, "kernel": "1.2.3-old", "result": "refused"}
    keep(root, "20260101T000000Z", OLD_BOOT, old)
    keep(root, "20260102T000000Z", THIS_BOOT, {"version": 1, "result": "failed"})
    before = listing(root)
    now = command(root, "log", seeks_leaks=True)
    assert now.returncode == 0
    changes = now.stdout.decode().partition("Changed since the boot before")[2]
    assert "0000:01:00.0: the card moved here from 0000:07:00.0" in changes
    assert f"kernel: {report['kernel']}, was 1.2.3-old" in changes
    for boot in "-1", OLD_BOOT, OLD_BOOT[:8]:
        process = command(root, "log", "--boot", boot, "--json")
        assert process.returncode == 1 and json.loads(process.stdout) == old
    assert b"Changed" not in command(root, "log", "--boot", "-1").stdout, "none is older"
    assert command(root, "log", "--boot", "-2").returncode == 1
    assert listed(command(root, "log", "--list", "--json")) == [
        (0, THIS_BOOT, "claimed"),
        (-1, OLD_BOOT, "refused"),
    ]
    assert listing(root) == before


def test_log_passes_over_what_it_cannot_read(booted):
    root, report = booted
    keep(root, "20260101T000000Z", OLD_BOOT, report | {"boot_id": OLD_BOOT})
    for number, name in enumerate(DAMAGED):
        if DAMAGED[name] is not None:
            keep(root, f"2026010{number + 2}T000000Z", f"{number + 2}{OLD_BOOT[1:]}", DAMAGED[name])
    write(root, f"{KEPT}/notes", b"hello")
    process = command(root, "log", "--list", seeks_leaks=True)
    lines = process.stdout.decode().splitlines()
    assert process.returncode == 0
    assert sum("unreadable" in line for line in lines) == len(DAMAGED) - 1
    assert sum(OLD_BOOT[:8] in line and "claimed" in line for line in lines) == 1
    assert process.stderr.count(f"/{KEPT}/".encode()) == len(DAMAGED)
    assert command(root, "log", "--boot", OLD_BOOT).returncode == 0
    assert command(root, "log").returncode == 0
    assert command(root, "log", "--boot", "-1").returncode == 1


def test_list_since(booted):
    root, report = booted
    keep(root, "20260101T000000Z", OLD_BOOT, report | {"boot_id": OLD_BOOT})
    assert listed(command(root, "log", "--since", "2025-12-31", "--json"))[-1] == (-1, OLD_BOOT, "claimed")
    assert OLD_BOOT[:8] not in command(root, "log", "--list", "--since", "2026-01-02").stdout.decode()
    for bad in ["--since", "soon"], ["--boot", "0", "--list"], ["--nonsense"], ["--metrics"]:
        assert command(root, "log", *bad).returncode == 2


# status ------------------------------------------------------------------------------------


def test_status_for_programs(booted):
    root, report = booted
    process = command(root, "status", "--json", seeks_leaks=True)
    status = json.loads(process.stdout)
    assert process.returncode == 0
    assert (status["version"], status["as_configured"], status["verified"]) == (1, True, None)
    (gpu,) = status["gpus"]
    assert (gpu["address"], gpu["result"], gpu["code"]) == (FUNCTIONS[0], "claimed", None)
    assert (gpu["functions"], gpu["functions_held"]) == (3, 3)
    write(root, REPORT, report | {"verified": {"result": "not-as-configured", "findings": [
        {"severity": "error", "code": "IRQ_REMAP_OFF"}]}})
    process = command(root, "status")
    assert process.returncode == 1 and b"IRQ_REMAP_OFF" in process.stdout
    assert b"vfio_claim_as_configured 0\n" in command(root, "status", "--metrics").stdout


BAD_LINES = {
    "key": ("etc/vfio-claim.conf", "gpu = 01:00.0\ntimeuot = 5\n", "/etc/vfio-claim.conf:2"),
    "selector": ("etc/vfio-claim.conf", "gpu is\n", "/etc/vfio-claim.conf:1"),
    "parameter": ("proc/cmdline", "quiet vfio_claim.mode=offf\n", "vfio_claim.mode"),
}


@pytest.mark.parametrize("name", BAD_LINES)
@pytest.mark.parametrize("has_report", [True, False])
def test_status_of_a_wrong_configuration(booted, name, has_report):
    """Exit code 2, as of every verb, whatever this boot has claimed; a refusal is 1."""
    root, _ = booted
    path, text, subject = BAD_LINES[name]
    if not has_report:
        remove_place(root / REPORT)
    assert command(root, "status").returncode == (0 if has_report else 1)
    (root / path).write_text(text)
    for arguments in (), ("--json",), ("--metrics",):
        process = command(root, "status", *arguments, seeks_leaks=True)
        assert process.returncode == 2
        assert subject.encode() in (process.stderr if arguments == ("--metrics",) else process.stdout)
    assert b"vfio_claim_as_configured 0\n" in process.stdout
    if has_report:
        assert json.loads(command(root, "status", "--json").stdout)["as_configured"] is False
        assert b"_INVALID" in command(root, "status").stdout


def test_status_of_a_refusal(booted):
    """The boot did not understand the configuration, which is repaired now: the cards are not claimed,
    and that is all."""
    root, report = booted
    report["findings"].append({"severity": "error", "code": "CONFIG_INVALID"})
    report["result"] = report["gpus"][0]["result"] = "refused"
    write(root, REPORT, report)
    process = command(root, "status")
    assert (process.returncode, process.stderr) == (1, b"")
    assert b"CONFIG_INVALID" in process.stdout
