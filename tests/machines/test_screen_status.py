# SPDX-License-Identifier: GPL-2.0-or-later
"""The screens of `vfio-claim status`: what the file wants, what the images hold, what this boot did.

Each row is a machine in a state that a person meets, with the exit status and the states of its
cards; what it prints is kept whole.
"""

import json
import re

import pytest

from boots import (CARD, KERNEL, REPORT, THIS_BOOT, TWIN, UP, bind, boot, configure, make_image, make_machine,
                   verified, write)
from screens import command, expect_screen, in_pipe, is_narrow, on_terminal

FORMER = UP + 86400  # seconds ago: before this boot
OTHER_KERNEL = "6.12.48-1-amd64"
SPENT = {"severity": "error", "code": "TRIAL_SPENT", "subject": None,
         "text": "2 boots in a row with this claim did not reach the default target, or were switched off "
                 "before: every card is left to the host",
         "remedy": "look at 'vfio-claim log --list' for how far those boots came; then change the "
                   "configuration, or run 'vfio-claim confirm --again' to try the same claim again"}
SPENT_AS_GRUB_COUNTED = SPENT | {
    "text": "as many boots in a row as allowed (2) did not reach the default target, or were switched off before: "
            "nothing was examined, and every card is left to the host; GRUB counted these boots, and they left "
            "no report",
    "remedy": "look in the journals of those boots, where they came far enough to write one ('journalctl "
              "--list-boots'); then change the configuration, or run 'vfio-claim confirm --again' to try the same "
              "claim again"}
NVIDIA_ATTACHED = "sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/driver -> ../../../../bus/pci/drivers/nouveau\n"
MEMORY_RESERVED = ("sys/kernel/iommu_groups/12/reserved_regions = 0x00000000bdf00000 0x00000000bdffffff direct\\n"
                   "0x00000000fee00000 0x00000000feefffff msi\n")


def nothing_configured(root):
    make_machine(root, None)
    make_image(root, age=FORMER)


def not_rebuilt(root):
    make_machine(root, CARD)
    make_image(root, age=FORMER)
    make_image(root, kernel=OTHER_KERNEL, age=FORMER, has_agent=False)


def not_rebooted(root):
    make_machine(root, CARD)
    make_image(root, CARD, age=60)


def one_image_stale(root):
    not_rebooted(root)
    make_image(root, kernel=OTHER_KERNEL, age=FORMER)


def claimed(root):
    make_machine(root, CARD)
    make_image(root, CARD, age=FORMER)
    boot(root, trial={"state": "confirmed", "attempt": 1, "limit": 2, "key": None, "reason": None},
         verified=verified(images=[(KERNEL, "current")]))


def on_trial(root):
    make_machine(root, CARD)
    boot(root, trial={"state": "on-trial", "attempt": 1, "limit": 2, "key": None, "reason": None})


def two_refused(root):
    make_machine(root, CARD + TWIN + "boot-display = allow\n", more=NVIDIA_ATTACHED + MEMORY_RESERVED)
    report = boot(root)
    assert [gpu["result"] for gpu in report["gpus"]] == ["refused"] * 2


def one_refused(root):
    """The good card has no word of the other's."""
    make_machine(root, CARD + TWIN + "boot-display = allow\n", more=NVIDIA_ATTACHED)
    boot(root)


def not_found(root):
    make_machine(root, CARD + "gpu = 0000:09:00.0 id=1002:73df subsystem=1002:0e36 path=0000:00:1c.0/00.0\n")
    boot(root)


def spent(root):
    make_machine(root, CARD)
    gpus = boot(root)["gpus"]
    for gpu in gpus:
        gpu["result"] = "refused"
        for function in gpu["functions"]:
            function |= {"driver": None, "result": "not-tried"}
            bind(root, function["address"], None)
    boot(root, result="refused", gpus=gpus, findings=[SPENT],
         trial={"state": "spent", "attempt": 2, "limit": 2, "key": None, "reason": None})
    for function in gpus[0]["functions"]:
        bind(root, function["address"], None)


def spent_as_grub_counted(root):
    """Nothing was looked at: the report has the card's line alone."""
    spent(root)
    gpu = {"configured": CARD.removeprefix("gpu = ").strip(), "origin": "/etc/vfio-claim.conf:1", "kind": "gpu",
           "address": None, "result": "refused", "functions": [], "groups": []}
    boot(root, result="refused", gpus=[gpu], findings=[SPENT_AS_GRUB_COUNTED],
         trial={"state": "spent", "attempt": 2, "limit": 2, "reason": None})
    for function in range(3):
        bind(root, f"0000:01:00.{function}", None)


def renewed_in_grub(root):
    spent_as_grub_counted(root)
    write(root, "boot/grub/grubenv", "# GRUB Environment Block\nvfio_claim_config=01234567\nvfio_claim_limit=2\n###\n")


def lost(root):
    claimed(root)
    bind(root, "0000:01:00.1", "snd_hda_intel")
    bind(root, "0000:01:00.2", None)


def given_away(root, kind="released", drivers=("nouveau", "snd_hda_intel", "xhci_hcd")):
    """`vfio-claim release` has given the card away in this boot; the claim before it was well."""
    claimed(root)
    report = json.loads((root / REPORT).read_text())
    report["gpus"][0]["result"] = report["result"] = kind
    for n, function in enumerate(report["gpus"][0]["functions"]):
        function |= {"driver": drivers[n], "result": kind}
        bind(root, f"0000:01:00.{n}", drivers[n])
    report["events"] = [{"at": f"2026-11-28T0{hour}:30:00Z", "kind": one, "cause": "command", "address": "0000:01:00.0",
                         "text": "", "findings": []}
                        for hour, one in enumerate([kind, "claimed", kind, "refused"])]
    write(root, REPORT, json.dumps(report))


def released(root):
    given_away(root)


def held(root):
    given_away(root, "held", (None, None, None))


def released_without_an_event(root):
    given_away(root)
    report = json.loads((root / REPORT).read_text())
    write(root, REPORT, json.dumps(report | {"events": []}))


def no_longer_configured(root):
    claimed(root)
    configure(root, None)
    make_image(root, age=60)


def forgotten_not_rebuilt(root):
    make_machine(root, CARD + TWIN + "boot-display = allow\n")
    boot(root)
    make_image(root, CARD + TWIN + "boot-display = allow\n", age=FORMER)
    configure(root, CARD + "boot-display = allow\n")


def second_added(root):
    claimed(root)
    configure(root, CARD + TWIN + "boot-display = allow\n")
    make_image(root, CARD + TWIN + "boot-display = allow\n", age=60)


def reworded(root):
    """Another line for the same card is the same card."""
    claimed(root)
    configure(root, "gpu = 0000:01:00.0 id=10de:2206\n")


def changed_after_refusal(root):
    make_machine(root, TWIN, more=NVIDIA_ATTACHED)
    boot(root)
    configure(root, TWIN + "attached-driver = unbind\n")
    make_image(root, TWIN + "attached-driver = unbind\n", age=60)


def agent_did_not_run(root):
    make_machine(root, CARD)
    make_image(root, CARD, age=FORMER)


def mode_off(root):
    make_machine(root, CARD)
    write(root, "proc/cmdline", "quiet vfio_claim.mode=off\n")
    report = json.loads(json.dumps(boot(root, mode="off")))
    assert report["result"] == "off"


def mode_check(root):
    make_machine(root, CARD)
    report = boot(root, mode="check", result="claimable")
    for gpu in report["gpus"]:
        gpu["result"] = "claimable"
        for function in gpu["functions"]:
            function |= {"driver": None, "result": "not-tried"}
            bind(root, function["address"], None)
    write(root, REPORT, json.dumps(report))


def did_not_run(root):
    """`verify` has made the report of a boot without the agent."""
    make_machine(root, CARD)
    without = {"severity": "error", "code": "IMAGE_WITHOUT_AGENT", "subject": KERNEL,
               "text": "the agent left no report", "remedy": "run 'vfio-claim setup --rebuild', then reboot"}
    report = boot(root, result="failed", findings=[without])
    for gpu in report["gpus"]:
        gpu["result"] = "failed"
    for n in range(3):
        bind(root, f"0000:01:00.{n}", None)
    write(root, REPORT, json.dumps(report))
    make_image(root, age=FORMER, has_agent=False)


def did_not_run_and_rebuilt(root):
    did_not_run(root)
    make_image(root, CARD, age=60)


def crash_kernel(root):
    make_machine(root, CARD, more="proc/vmcore = x\n")


def wrong_configuration(root):
    claimed(root)
    configure(root, CARD + "timeuot = 5\n")
    make_image(root, CARD, age=FORMER)


def vfio_refuses(root):
    make_machine(root, CARD)
    boot(root, verified=verified("not-as-configured", findings=[
        {"severity": "error", "code": "IRQ_REMAP_OFF", "subject": "0000:01:00.0",
         "text": "VFIO refuses group 12: Operation not permitted; interrupt remapping is off",
         "remedy": "switch on interrupt remapping (firmware setup)"}]))


def damaged_image(root):
    make_machine(root, CARD)
    make_image(root, CARD)
    write(root, f"boot/initrd.img-{KERNEL}", "no archive")


SCREENS = {
    # what: (exit status, [(state, code)])
    nothing_configured: (0, []),
    not_rebuilt: (1, [("not in any image", "IMAGE_STALE")]),
    not_rebooted: (1, [("pending", None)]),
    one_image_stale: (1, [("pending", None)]),
    claimed: (0, [("claimed", None)]),
    on_trial: (0, [("claimed", None)]),
    two_refused: (1, [("refused", "RESERVED_DIRECT"), ("refused", "DRIVER_ATTACHED")]),
    one_refused: (1, [("claimed", None), ("refused", "DRIVER_ATTACHED")]),
    not_found: (1, [("claimed", None), ("refused", "GPU_NOT_FOUND")]),
    spent: (1, [("given up", "TRIAL_SPENT")]),
    spent_as_grub_counted: (1, [("given up", "TRIAL_SPENT")]),
    renewed_in_grub: (1, [("pending", None)]),
    lost: (1, [("lost", "RIVAL_BOUND")]),
    released: (1, [("released", "CARD_RELEASED")]),
    held: (1, [("held", "CARD_RELEASED")]),
    released_without_an_event: (1, [("released", "CARD_RELEASED")]),
    no_longer_configured: (0, [("not configured any more", None)]),
    forgotten_not_rebuilt: (0, [("claimed", None), ("not configured any more", None)]),
    second_added: (1, [("claimed", None), ("pending", None)]),
    reworded: (0, [("claimed", None)]),
    changed_after_refusal: (1, [("pending", None)]),
    agent_did_not_run: (1, [("failed", "IMAGE_WITHOUT_AGENT")]),
    mode_off: (1, [("off", "MODE_OFF")]),
    mode_check: (1, [("claimable", "MODE_OFF")]),
    did_not_run: (1, [("not in any image", "IMAGE_WITHOUT_AGENT")]),
    did_not_run_and_rebuilt: (1, [("pending", None)]),
    crash_kernel: (1, [("off", "CRASH_KERNEL")]),
    wrong_configuration: (2, [("claimed", None)]),
    vfio_refuses: (1, [("claimed", "IRQ_REMAP_OFF")]),
    damaged_image: (1, [("pending", "FACT_UNKNOWN")]),
}


@pytest.mark.parametrize("make", SCREENS, ids=lambda make: make.__name__)
def test_status(make, tmp_path):
    status, cards = SCREENS[make]
    make(tmp_path)
    words = command(tmp_path, "status")
    expect_screen(f"status-{make.__name__}", status, words)
    code, text = in_pipe(command(tmp_path, "status", "--json"))
    assert code == status
    answer = json.loads(text[text.index("{"):])
    assert [(gpu["state"], gpu["code"]) for gpu in answer["gpus"]] == cards
    assert answer["as_configured"] == (status == 0)
    for width in 40, 60, 120:
        assert is_narrow(on_terminal(words, width)[1])


@pytest.mark.parametrize("make, result, code, said", [
    (released, "released", 1, "release' gave it to the host at 2026-11-28T02:30:00Z"),
    (held, "released", 1, "release --hold' gave it to no driver at 2026-11-28T02:30:00Z"),
    (released_without_an_event, "released", 1, "release' gave it to the host"),
    (claimed, "as-configured", 0, None),
    (lost, "not-as-configured", 1, None),
], ids=lambda value: getattr(value, "__name__", None))
def test_verify_knows_what_was_given_away(make, result, code, said, tmp_path):
    make(tmp_path)
    status, text = in_pipe(command(tmp_path, "verify", "--claim", "--json"))
    answer = json.loads(text[text.index("{"):])["verified"]
    assert (status, answer["result"]) == (code, result)
    told = [one for one in answer["findings"] if one["code"] == "CARD_RELEASED"]
    assert bool(told) == bool(said)
    for one in told:
        assert said in one["text"] and one["severity"] == "info"
        assert "vfio-claim claim 0000:01:00.0'" in one["remedy"]


def test_verify_another_fault_outweighs_what_was_given_away(tmp_path):
    """A card that was refused makes the boot not as configured, whatever was released beside it."""
    given_away(tmp_path)
    report = json.loads((tmp_path / REPORT).read_text())
    other = dict(report["gpus"][0], configured="gpu = 0000:02:00.0", address="0000:02:00.0", result="refused",
                 functions=[])
    write(tmp_path, REPORT, json.dumps(report | {"gpus": [*report["gpus"], other]}))
    status, text = in_pipe(command(tmp_path, "verify", "--claim", "--json"))
    assert (status, json.loads(text[text.index("{"):])["verified"]["result"]) == (1, "not-as-configured")


@pytest.mark.parametrize("make", SCREENS, ids=lambda make: make.__name__)
def test_metrics_agree(make, tmp_path):
    _, cards = SCREENS[make]
    make(tmp_path)
    _, text = in_pipe(command(tmp_path, "status", "--metrics"))
    series = [line for line in text.splitlines() if line.startswith("vfio_claim")]
    assert len(series) == len(set(series))
    for state, code in cards:
        assert sum(f'state="{state}",code="{code or ""}"' in line for line in series) == 1


LABEL = re.compile(r"vfio-claim\.io/[a-z0-9.-]{1,63}=[a-z0-9]{1,63}")  # a label's value needs no more here


@pytest.mark.parametrize("make", SCREENS, ids=lambda make: make.__name__)
def test_labels(make, tmp_path):
    status, cards = SCREENS[make]
    make(tmp_path)
    code, text = in_pipe(command(tmp_path, "status", "--nfd"))
    lines = [line for line in text.splitlines() if not line.startswith("vfio-claim: ")]
    assert code == status and all(map(LABEL.fullmatch, lines))
    labels = dict(line.split("=") for line in lines)
    claimed = sum(state == "claimed" for state, _ in cards)
    assert len(labels) == len(lines)
    assert labels["vfio-claim.io/as-configured"] == ("false" if status else "true")
    assert labels["vfio-claim.io/claimed.count"] == str(claimed)
    assert labels.get("vfio-claim.io/gpu-10de-2206.claimed", "0") == str(claimed)


def test_no_screen_shows_anothers_boot_id(tmp_path):
    claimed(tmp_path)
    assert THIS_BOOT not in in_pipe(command(tmp_path, "status"))[1]


@pytest.mark.parametrize("kind", ["--metrics", "--nfd"])
def test_output_file(kind, tmp_path):
    """The file has what is printed, and a reader never sees half of it."""
    root, folder = tmp_path / "root", tmp_path / "out"
    claimed(root)
    status, printed = in_pipe(command(root, "status", kind))
    for text in None, "old\n":
        if text:
            (folder / "it").write_text(text)
        assert in_pipe(command(root, "status", kind, "--output", folder / "it")) == (status, "")
        assert (folder / "it").read_text() == printed
        assert [one.name for one in folder.iterdir()] == ["it"]
    code, said = in_pipe(command(root, "status", kind, "--output", tmp_path / "no/such/file"))
    assert code == 1 and "No such file" in said


@pytest.mark.parametrize("words", [["--output", "/x"], ["--metrics", "--output", "x"],
                                   ["--metrics", "--nfd"], ["--nfd", "--json"]])
def test_misuse(words, tmp_path):
    claimed(tmp_path)
    assert in_pipe(command(tmp_path, "status", *words))[0] == 2
