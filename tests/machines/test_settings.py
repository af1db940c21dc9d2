# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings of cards: which steps they become, and what `check` can see beforehand."""

import json

import pytest

from boots import CARD as BOOT_CARD
from boots import boot, make_machine
from machine import Machine
from test_findings import BARS, CARD, GPU
from test_machines import BUILD, HERE, run

FILES = tuple(f"{CARD}{n}/d3cold_allowed = 1" for n in "012") + (
    f"{CARD}0/reset_method = flr bus", f"{CARD}1/reset_method = pm", BARS,
    f"{CARD}0/resource1_resize = 0000000000007fc0")


def check(root, *options):
    return run(BUILD / "vfio-claim", root, "check", *options, verb_first=True)


def system(place, conf, lines=FILES, without=(), tree="intel-rtx3080"):
    machine = Machine(HERE / f"{tree}.tree")
    machine.change((), lines)
    machine.change(without, ("etc/vfio-claim.conf = " + conf.replace("\n", "\\n"),))
    machine.write(place)
    return place


def written(root):
    return [line.split("write a setting of ")[1] for line in check(root).stdout.decode().splitlines()
            if "write a setting" in line]


def warnings(root):
    report = json.loads(check(root, "--json").stdout)
    return [(one["subject"], one["text"]) for one in report["findings"] if one["code"] == "SETTING_REFUSED"]


WHOLE = [f"0000:01:00.{n}: d3cold = off" for n in "012"]


@pytest.mark.parametrize("conf, steps", [
    (GPU, []),
    (GPU + "\nd3cold = off", WHOLE),
    (GPU + "\nd3cold = 01:00.1 off", [step.replace("d3cold =", "d3cold = 01:00.1") for step in WHOLE]),
    (GPU + "\nrebar = 16G", ["0000:01:00.0: rebar = 16G"]),
    (GPU + "\nrebar = id=10de:2206 16G", ["0000:01:00.0: rebar = id=10de:2206 16G"]),
    (GPU + "\nreset-method = flr,bus", ["0000:01:00.0: reset-method = flr,bus"]),
    (GPU + "\nreset-method = 01:00.1 pm", ["0000:01:00.1: reset-method = 01:00.1 pm"]),
    (GPU + "\nidle-d3 = off\ndisable-vga = on", []),
    (GPU + "\nowner = alice:kvm", []),
], ids=lambda value: value.replace("\n", " ") if isinstance(value, str) else "")
def test_steps(conf, steps, tmp_path):
    root = system(tmp_path / "root", conf)
    assert written(root) == steps
    assert warnings(root) == []


def test_options_are_with_the_module(tmp_path):
    root = system(tmp_path / "root", GPU + "\nidle-d3 = off\ndisable-vga = on")
    assert "  load module vfio_pci with disable_idle_d3=1 disable_vga=1\n" in check(root).stdout.decode()


@pytest.mark.parametrize("conf, without, text", [
    ("d3cold = off", (f"{CARD}?/d3cold_allowed",), "the kernel has no d3cold_allowed"),
    ("rebar = 16G", (f"{CARD}0/resource1_resize",), "no BAR that can be resized"),
    ("rebar = 64G", (), "BAR 1 cannot have this size"),
    ("reset-method = flr", (f"{CARD}0/reset_method",), "the kernel knows no way to reset"),
    ("rebar = 01:00.1 16G\nd3cold = 02:00.0 off", (), "means no card that will be claimed"),
], ids=("d3cold", "no-rebar", "no-size", "no-reset", "no-card"))
def test_warnings(conf, without, text, tmp_path):
    found = warnings(system(tmp_path / "root", f"{GPU}\n{conf}", without=without))
    assert found
    assert all(text in one for _, one in found)
    assert check(tmp_path / "root").returncode == 0
    assert check(tmp_path / "root", "--strict").returncode == 1


def test_old_kernel_has_no_reset_method(tmp_path):
    root = system(tmp_path / "root", GPU + "\nreset-method = flr", (f"{CARD}0/reset =",))
    assert [text for _, text in warnings(root)] == [
        "'reset-method = flr' will not work: this kernel has no reset_method (Linux 5.15 and later have it)"]


def test_twin_keeps_its_own(tmp_path):
    """A line with a selector means that card and never its twin."""
    root = system(tmp_path / "root", f"{GPU}\ngpu = 02:00.0\nd3cold = 02:00.0 off", (), tree="intel-twins")
    assert all(step.startswith("0000:02:00.") for step in written(root))
    assert len(written(root)) > 1


PARAMETERS = "sys/module/vfio_pci/parameters/"


@pytest.mark.parametrize("lines, missed", [
    ("disable_idle_d3 = Y\n{0}disable_vga = Y\n", []),
    ("disable_idle_d3 = N\n{0}disable_vga = Y\n", ["idle-d3 = off"]),
    ("disable_idle_d3 = N\n{0}disable_vga = N\n", ["idle-d3 = off", "disable-vga = on"]),
    ("disable_idle_d3 = Y\n", ["disable-vga = on"]),
], ids=["both", "one", "none", "unknown-to-this-kernel"])
def test_options_that_have_no_effect(lines, missed, tmp_path):
    """vfio-pci was loaded before with other options, or is built in: `verify` reads what it has."""
    make_machine(tmp_path, f"{BOOT_CARD}idle-d3 = off\ndisable-vga = on\n",
                 more=PARAMETERS + lines.format(PARAMETERS))
    boot(tmp_path)
    process = run(BUILD / "vfio-claim", tmp_path, "verify", "--claim", "--json", verb_first=True)
    verified = json.loads(process.stdout)["verified"]
    found = [one for one in verified["findings"] if one["code"] == "SETTING_REFUSED"]
    assert [one["text"].split("'")[1] for one in found] == missed
    for one in found:
        assert one["severity"] == "warning" and "has no effect" in one["text"] and PARAMETERS in one["text"]
    assert (process.returncode, verified["result"]) == (0, "as-configured"), "the card is claimed all the same"


def test_options_that_nobody_set(tmp_path):
    make_machine(tmp_path, BOOT_CARD, more=f"{PARAMETERS}disable_idle_d3 = N\n")
    boot(tmp_path)
    process = run(BUILD / "vfio-claim", tmp_path, "verify", "--claim", "--json", verb_first=True)
    assert b"SETTING_REFUSED" not in process.stdout
