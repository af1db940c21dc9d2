# SPDX-License-Identifier: GPL-2.0-or-later
"""The screens of `vfio-claim log`. Boots are made some time ago; their dates read the same on every day."""

import json
import re
import time

import pytest

from boots import CARD, KEPT, KERNEL, REPORT, TWIN, UP, bind, boot, configure, make_machine, verified, write
from screens import command, compare, in_pipe, is_narrow, on_terminal
from test_screen_status import mode_off, not_found, nothing_configured, spent, spent_as_grub_counted, two_refused

EARLIER = "1c0ffee0-0000-4000-8000-00000000000a"
DATE = re.compile(r"\w{3} \d{4}-\d{2}-\d{2} \d{2}:\d{2}")


def keep(root, report, age):
    """Files the report of an earlier boot, which began `age` seconds ago."""
    started = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - age))
    write(root, f"{KEPT}/{started}-{report['boot_id']}.json", json.dumps(report))


def claimed(root):
    make_machine(root, CARD)
    boot(root, trial={"state": "confirmed", "attempt": 1, "limit": 2, "key": None, "reason": None},
         verified=verified(images=[(KERNEL, "current")]) | {
             "vfio": [{"group": 12, "answer": "accepted", "interface": "container", "errno": None}]})


def changed(root):
    """The boot before had another kernel and only one of the cards."""
    make_machine(root, CARD)
    keep(root, boot(root, boot_id=EARLIER, kernel="6.1.0-50-amd64"), UP + 86400)
    for n in range(3):
        bind(root, f"0000:01:00.{n}", None)
    configure(root, CARD + TWIN + "boot-display = allow\n")
    boot(root)


def late(root):
    """A driver had a part of the card before the agent."""
    make_machine(root, CARD)
    report = boot(root)
    report["gpus"][0]["functions"][1]["driver_before"] = "snd_hda_intel"
    write(root, REPORT, json.dumps(report))


def failed(root):
    make_machine(root, CARD)
    report = boot(root, result="failed", findings=[
        {"severity": "error", "code": "PROBE_FAILED", "subject": "0000:01:00.1",
         "text": "vfio-pci did not bind: the function has no driver",
         "remedy": "look in the kernel log for messages about this function"}])
    report["gpus"][0]["result"] = "failed"
    for function in report["gpus"][0]["functions"]:
        function |= {"result": "failed", "driver": None}
    write(root, REPORT, json.dumps(report))


def lost_later(root):
    make_machine(root, CARD)
    boot(root, verified=verified("not-as-configured", findings=[
        {"severity": "error", "code": "RIVAL_BOUND", "subject": "0000:01:00.1",
         "text": "the function was claimed, but has the driver snd_hda_intel now",
         "remedy": "reboot to claim the function again"}]))


def shared_group(root):
    """Names of the group's other members."""
    nic = "devices/pci0000:00/0000:00:1f.6"
    make_machine(root, CARD, more=f"sys/kernel/iommu_groups/12/devices/0000:00:1f.6 -> ../../../../{nic}\n"
                 f"sys/{nic}/iommu_group -> ../../../kernel/iommu_groups/12\n"
                 f"sys/{nic}/driver -> ../../../bus/pci/drivers/e1000e\n")
    assert boot(root)["result"] == "refused"


def no_report(root):
    make_machine(root, CARD)


def black_box(root):
    """A boot on trial that hung left only this."""
    claimed(root)
    function = {"address": "0000:01:00.0", "result": "claimed"}
    keep(root, {"version": 1, "program": "vfio-claim 0.1.0", "boot_id": EARLIER, "kernel": KERNEL,
                "duration_ms": 90, "mode": "claim", "result": "claimed", "black_box": True,
                "trial": {"state": "unfinished", "attempt": 1, "limit": 2,
                          "reason": "everything was claimed"},
                "gpus": [{"configured": "0000:01:00.0", "kind": "gpu", "address": "0000:01:00.0",
                          "result": "claimed", "functions": [function]}], "findings": []}, UP + 86400)


def many_boots(root):
    changed(root)
    for n, (state, result) in enumerate([("unfinished", "claimed"), ("spent", "refused"), ("none", "failed")]):
        keep(root, {"version": 1, "boot_id": f"{n}{EARLIER[1:]}", "kernel": "6.12.48+deb13-cloud-amd64",
                    "result": result, "trial": {"state": state, "attempt": 2, "limit": 2},
                    "verified": {"result": "not-as-configured"}}, 86400 * (10 + n))


SCREENS = {
    claimed: (0, []),
    changed: (0, []),
    late: (0, []),
    failed: (1, []),
    lost_later: (0, []),
    shared_group: (1, []),
    two_refused: (1, []),
    not_found: (1, []),
    spent: (1, []),
    spent_as_grub_counted: (1, []),
    mode_off: (1, []),
    no_report: (1, []),
    black_box: (0, ["--boot", "-1"]),
    many_boots: (0, ["--list"]),
    nothing_configured: (0, ["--list"]),
}


def settled(text):
    return DATE.sub("Fri 2026-11-27 19:04", text)


@pytest.mark.parametrize("make", SCREENS, ids=lambda make: make.__name__)
def test_log(make, tmp_path):
    status, options = SCREENS[make]
    make(tmp_path)
    words = command(tmp_path, "log", *options)
    terminal, pipe = on_terminal(words), in_pipe(words)
    compare(f"log-{make.__name__}.tty", settled(terminal[1]))
    compare(f"log-{make.__name__}.pipe", settled(pipe[1]))
    assert terminal[0] == pipe[0] == status
    assert "\x1b" not in pipe[1]
    assert is_narrow(terminal[1], 80) and is_narrow(pipe[1])
    for width in 40, 60, 120:
        assert is_narrow(on_terminal(words, width)[1])


@pytest.mark.parametrize("since, n", [("today", None), ("3 hours ago", 1), ("2 days ago", 2), ("a month ago", 5)])
def test_since(since, n, tmp_path):
    many_boots(tmp_path)
    code, text = in_pipe(command(tmp_path, "log", "--since", since, "--json"))
    assert code == 0
    assert n is None or len(json.loads(text)["boots"]) == n


def test_the_answer_is_the_first_line(tmp_path):
    two_refused(tmp_path)
    first, second = in_pipe(command(tmp_path, "log"))[1].splitlines()[:2]
    assert re.fullmatch(DATE.pattern + ", 2 hours ago: refused", first)
    assert second == "0000:01:00.0  NVIDIA GeForce RTX 3080: refused: RESERVED_DIRECT"
