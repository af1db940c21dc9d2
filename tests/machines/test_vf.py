# SPDX-License-Identifier: GPL-2.0-or-later
"""What `vf`, `check`, `status` and `verify` say of `vf =` lines; the boot agent says nothing."""

import json

import pytest

from boots import CARD, boot, make_image, make_machine
from test_machines import BUILD, run

PHYSICAL = "0000:05:00.0"
FOLDER = "sys/devices/pci0000:00/0000:00:1d.0/0000:05:00.0"
FUNCTION = "sys/devices/pci0000:00/0000:00:1d.0/0000:05:00.{0}"


def tree(drivers, total=4):
    """A physical function with so many virtual ones; v: vfio-pci, h: the host's driver, -: none."""
    lines = [
        f"sys/bus/pci/devices/{PHYSICAL} -> ../../../devices/pci0000:00/0000:00:1d.0/{PHYSICAL}",
        f"{FOLDER}/vendor = 0x8086", f"{FOLDER}/device = 0x1572", f"{FOLDER}/class = 0x020000",
        f"{FOLDER}/driver -> ../../../../bus/pci/drivers/host",
    ]
    if total:
        lines.append(f"{FOLDER}/sriov_totalvfs = {total}")
    for number, letter in enumerate(drivers, 1):
        one = FUNCTION.format(number)
        lines += [
            f"sys/bus/pci/devices/0000:05:00.{number} -> ../../../devices/pci0000:00/0000:00:1d.0/0000:05:00.{number}",
            f"{one}/vendor = 0x8086", f"{one}/device = 0x154c", f"{one}/class = 0x020000",
            f"{one}/physfn -> ../{PHYSICAL}", f"{FOLDER}/virtfn{number - 1} -> ../0000:05:00.{number}",
        ]
        if letter != "-":
            name = {"v": "vfio-pci", "h": "host"}[letter]
            lines.append(f"{one}/driver -> ../../../../bus/pci/drivers/{name}")
    return "\n".join(lines) + "\n"


# The line, the virtual functions, and the codes that `status` and `verify` have; those of `check` after "|".
CASES = {
    "as-configured": ("count=4 take=1,2", tree("vvhh"), "|"),
    "all": ("count=2", tree("vv"), "|"),
    "another-driver": ("count=4 take=1,2", tree("vhhh"), "VF_NOT_TAKEN|"),
    "no-driver": ("count=4 take=1,2", tree("v-hh"), "VF_NOT_TAKEN|"),
    "not-yet": ("count=4", tree(""), "VF_NOT_CREATED|"),
    "too-few": ("count=4", tree("vvv"), "VF_NOT_CREATED|"),
    "more-than-it-can": ("count=5", tree("vvhh"), "VF_NOT_CREATED|VF_NOT_CREATED"),
    "no-sriov": ("count=1", tree("", total=0), "VF_NOT_CREATED|VF_NOT_CREATED"),
    "no-number": ("count=0", tree("vvhh"), "CONFIG_INVALID|CONFIG_INVALID"),
}


def command(root, *arguments):
    process = run(BUILD / "vfio-claim", root, *arguments, verb_first=True)
    return process.returncode, process.stdout.decode()


def codes(findings):
    return sorted({f["code"] for f in findings if f["code"].startswith(("VF_", "CONFIG_"))})


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("has_card", [False, True], ids=["alone", "with-a-card"])
def test_line(tmp_path, name, has_card):
    line, lines, wanted = CASES[name]
    now, later = [half.split() for half in wanted.split("|")]
    root = tmp_path / "root"
    config = (CARD if has_card else "") + f"vf = 05:00.0 {line}\n"
    make_machine(root, config, more=lines)
    if has_card:
        make_image(root, config, age=1e6)
        boot(root)

    code, out = command(root, "status", "--json")
    status = json.loads(out)
    assert codes(status["findings"]) == now
    if not has_card:
        assert (code, status["as_configured"]) == ((1, False) if now else (0, True))
    if now != ["CONFIG_INVALID"]:
        (one,) = status["virtual_functions"]
        assert one["address"] == PHYSICAL and one["configured"] == f"05:00.0 {line}"
    text = command(root, "status")[1]
    assert all(word in text for word in now)

    code, out = command(root, "verify", "--claim")
    assert all(word in out for word in now) or not has_card
    assert code == 1 or not now

    code, out = command(root, "check", "--json")
    assert codes(json.loads(out)["findings"]) == later and (code == 2) == bool(later)
    code, out = command(root, "vf")
    assert (code == 2) == (now == ["CONFIG_INVALID"])
    assert ("/etc/vfio-claim.conf:" in out) == (now == ["CONFIG_INVALID"])


def test_agent_is_silent(tmp_path):
    """Even about a wrong line: the card is claimed all the same."""
    root = tmp_path / "root"
    make_machine(root, CARD + "vf = nonsense\n", more=tree(""))
    report = json.loads(run(BUILD / "agent", root, "--json").stdout)
    assert report["result"] == "claimable" and not codes(report["findings"])


MADE = f"run/vfio-claim/vf-made = {PHYSICAL} made 4 1\n"
# The third virtual function has an interface that is up.
HELD = (f"sys/class/net/eth7 -> ../../devices/{FUNCTION.format(3).removeprefix('sys/devices/')}/net/eth7\n"
        f"{FUNCTION.format(3)}/net/eth7/flags = 0x1003\n")


@pytest.mark.parametrize("is_used", [False, True], ids=["free", "used"])
@pytest.mark.parametrize("has_card", [False, True], ids=["alone", "with-a-card"])
@pytest.mark.parametrize("named", [False, True], ids=["all", "named"])
def test_release_dry_run(tmp_path, is_used, has_card, named):
    """It asks who uses virtual functions, as the release does, and --json prints one document."""
    root = tmp_path / "root"
    config = CARD if has_card else "vf = 05:00.0 count=4 take=1,2\n"
    make_machine(root, config, more=tree("vvhh") + MADE + HELD * is_used)
    verb = ("release", "--dry-run", *(["05:00.0"] if named else []))

    code, out = command(root, *verb)
    assert code == is_used
    assert (f"{PHYSICAL}: would remove 4 virtual functions" in out) == (not is_used), out
    assert ("eth7" in out) == is_used

    again, out = command(root, *verb, "--json")
    document = json.loads(out)
    assert again == code and bool(document["gpus"]) == (has_card and not named)
    assert document["mode"] == "check"
    events = document.get("events", [])
    assert ([(e["address"], e["kind"], e["cause"]) for e in events]
            == [(PHYSICAL, "refused", "virtual-functions")] * is_used)
    assert (root / "run/vfio-claim/vf-made").exists()
