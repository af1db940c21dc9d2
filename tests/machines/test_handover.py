# SPDX-License-Identifier: GPL-2.0-or-later
"""vfio-claim handover: what people and VM managers are told about the cards that a boot claimed."""

import json
import os
import re
import shlex
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from boots import CARD, REPORT, TWIN, bind, boot, make_machine, write
from machine import Machine
from screens import command, compare, expect_screen, in_pipe, is_narrow
from test_machines import BUILD, CASES, HERE, build_case, listing, run

TWO = f"boot-display = allow\n{CARD}{TWIN}"
FORMATS = ("libvirt", "proxmox", "qemu", "kubevirt")
FIRST, SECOND = "0000:01:00.0", "0000:02:00.0"


def booted(root, tree, conf):
    make_machine(root, conf, tree)
    write(root, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\nlibvirt-qemu:x:64055:108::/:/bin/false\n")
    write(root, "etc/group", "root:x:0:\nkvm:x:108:\n")
    return boot(root)


def add_node(root, path):
    if not (root / path).exists():
        write(root, path, "")
        (root / path).chmod(0o600)


def add_nodes(root, report, has_groups=True, has_devices=True):
    """The device nodes that vfio-pci makes, as plain files that root alone may open."""
    functions = [one for gpu in report["gpus"] if gpu["result"] == "claimed" for one in gpu["functions"]]
    for number, function in enumerate(functions):
        if has_groups:
            add_node(root, f"dev/vfio/{function['group']}")
        if has_devices:
            place = root / "sys/bus/pci/devices" / function["address"] / "vfio-dev"
            (place / f"vfio{number}").mkdir(parents=True)
            add_node(root, f"dev/vfio/devices/vfio{number}")


def write_report(root, report):
    write(root, REPORT, json.dumps(report))


@pytest.fixture
def one(tmp_path):
    report = booted(tmp_path, "intel-rtx3080", CARD)
    add_nodes(tmp_path, report)
    return tmp_path, report


@pytest.fixture
def two(tmp_path):
    report = booted(tmp_path, "intel-twins", TWO)
    add_nodes(tmp_path, report, has_devices=False)
    return tmp_path, report


def asan(root, *arguments):
    """(exit status, output, error output); nothing may be written."""
    before = listing(root)
    process = run(BUILD / "asan/vfio-claim", root, "handover", *arguments, verb_first=True)
    assert b"Sanitizer" not in process.stderr and b"runtime error" not in process.stderr, process.stderr
    assert listing(root) == before
    return process.returncode, process.stdout.decode(), process.stderr.decode()


def document(root, *arguments):
    return json.loads(asan(root, "--json", *arguments)[1])


def addresses(report):
    """The functions of all claimed cards, each once, by card."""
    return [one["address"] for gpu in report["gpus"] if gpu["result"] == "claimed"
            for one in gpu["functions"]]


# Screens -----------------------------------------------------------------------------------


def test_one_card(one):
    expect_screen("handover-one", 0, command(one[0], "handover"))


def test_two_cards(two):
    expect_screen("handover-two", 0, command(two[0], "handover"))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("machine", ["one", "two"])
def test_format(request, machine, name):
    root, _ = request.getfixturevalue(machine)
    status, text = in_pipe(command(root, "handover", f"--{name}"))
    compare(f"handover-{machine}-{name}", text)
    assert status == 0 and is_narrow(text)


def test_others_may_open_it(one):
    root, _ = one
    os.chown(root / "dev/vfio/12", 64055, 108)
    (root / "dev/vfio/12").chmod(0o660)
    (root / "dev/vfio/devices/vfio1").chmod(0o666)
    os.chown(root / "dev/vfio/devices/vfio2", 4711, 0)
    expect_screen("handover-openers", 0, command(root, "handover"))
    [card] = document(root)["cards"]
    assert card["groups"] == [{"number": 12, "device": {
        "path": "/dev/vfio/12", "owner": "libvirt-qemu", "group": "kvm", "mode": "0660"}}]
    assert card["functions"][2]["device"]["owner"] == "4711"


def test_one_of_two_is_lost(two):
    root, _ = two
    bind(root, "0000:02:00.1", "snd_hda_intel")
    expect_screen("handover-lost", 1, command(root, "handover"))
    bind(root, "0000:02:00.1", None)
    assert "0000:02:00.1 has no driver now" in asan(root)[1]
    status, words, errors = asan(root, "--qemu")
    assert status == 1 and FIRST in words and SECOND not in words
    assert SECOND in errors and FIRST not in errors
    assert asan(root, "01:00")[0] == 0
    assert asan(root, "02:00")[0] == 1


def test_refused(tmp_path):
    root = tmp_path
    report = booted(root, "intel-twins", TWO.replace("boot-display = allow\n", ""))
    assert report["result"] == "refused"
    expect_screen("handover-refused", 1, command(root, "handover"))


def test_nothing_configured(tmp_path):
    booted(tmp_path, "intel-rtx3080", "")
    expect_screen("handover-nothing", 1, command(tmp_path, "handover"))
    for name in FORMATS:
        status, words, errors = asan(tmp_path, f"--{name}")
        assert status == 1 and words == "" and errors
    assert document(tmp_path)["cards"] == []


def test_no_report(tmp_path):
    Machine(HERE / "intel-rtx3080.tree").write(tmp_path)
    expect_screen("handover-no-report", 1, command(tmp_path, "handover"))


def test_off(one):
    root, report = one
    report |= {"mode": "off", "result": "off"}
    report["gpus"][0]["result"] = "off"
    report["findings"] = [{"severity": "info", "code": "MODE_OFF", "subject": "vfio_claim.mode",
                           "text": "nothing was examined", "remedy": "remove the parameter"}]
    write_report(root, report)
    status, text, _ = asan(root)
    assert status == 1 and "MODE_OFF" in text and "remove the parameter" in text


# What the words say ------------------------------------------------------------------------


def hosts_of(fragment):
    """(host address, guest bus, slot, function, multifunction) of each hostdev."""
    found = []
    for device in ElementTree.fromstring(f"<devices>{fragment}</devices>"):
        assert device.attrib == {"mode": "subsystem", "type": "pci", "managed": "no"}
        source, guest = device.find("source/address").attrib, device.find("address").attrib
        number = {key: int(value, 16) for key, value in source.items()}
        host = f"{number['domain']:04x}:{number['bus']:02x}:{number['slot']:02x}.{number['function']}"
        found.append((host, guest["bus"], guest["slot"], int(guest["function"], 16),
                      guest.get("multifunction")))
    return found


def test_libvirt(two):
    root, report = two
    found = hosts_of(asan(root, "--libvirt")[1])
    assert [host for host, *_ in found] == addresses(report)
    for card in ("0000:01:00.", "0000:02:00."):
        mine = [one for one in found if one[0].startswith(card)]
        assert [one[3] for one in mine] == [0, 1, 2]
        assert [one[4] for one in mine] == ["on", None, None]
        assert len({one[1:3] for one in mine}) == 1
    assert len({one[1:4] for one in found}) == len(found)


def devices_of(text):
    words = shlex.split(text)
    assert words[::2] == ["-device"] * (len(words) // 2)
    assert "'" not in text and '"' not in text and "\\" not in text, "$(...) keeps them"
    return [(word.split(",")[0], dict(part.split("=") for part in word.split(",")[1:]))
            for word in words[1::2]]


def test_qemu(two):
    root, report = two
    devices = devices_of(asan(root, "--qemu")[1])
    ports = [words for name, words in devices if name == "pcie-root-port"]
    functions = [words for name, words in devices if name == "vfio-pci"]
    assert len({port["chassis"] for port in ports}) == len(ports) == 2
    assert [words["host"] for words in functions] == addresses(report)
    assert {words["bus"] for words in functions} == {port["id"] for port in ports}
    assert [words["addr"] for words in functions] == ["00.0", "00.1", "00.2"] * 2
    assert [words.get("multifunction") for words in functions] == ["on", None, None] * 2


def test_qemu_without_group_nodes(tmp_path):
    """A kernel without CONFIG_VFIO_GROUP: the VM gets the functions by iommufd."""
    report = booted(tmp_path, "intel-rtx3080", CARD)
    add_nodes(tmp_path, report, has_groups=False)
    text = asan(tmp_path, "--qemu")[1]
    assert text.startswith("-object iommufd,id=vfio-claim\n")
    devices = devices_of(text.partition("\n")[2])
    assert [words.get("iommufd") for name, words in devices if name == "vfio-pci"] == ["vfio-claim"] * 3


def test_proxmox(two):
    assert asan(two[0], "--proxmox")[1].splitlines() == [
        "qm set VMID -hostpci0 0000:01:00,pcie=1", "qm set VMID -hostpci1 0000:02:00,pcie=1"]


def test_part_of_a_slot(one):
    """A device line gives a VM one function, and the host keeps the slot's others."""
    root, report = one
    [gpu] = report["gpus"]
    gpu["functions"] = gpu["functions"][1:2]
    gpu["address"] = "0000:01:00.1"
    write_report(root, report)
    assert asan(root, "--proxmox")[1] == "qm set VMID -hostpci0 0000:01:00.1,pcie=1\n"
    [(_, _, _, function, multifunction)] = hosts_of(asan(root, "--libvirt")[1])
    assert (function, multifunction) == (0, None)
    [_, (_, words)] = devices_of(asan(root, "--qemu")[1])
    assert words["addr"] == "00.0" and "multifunction" not in words
    assert asan(root, "--kubevirt")[1].count("pciVendorSelector") == 0


def test_a_function_of_two_lines(one):
    """A device line for a function of the card: the VM gets it once."""
    root, report = one
    [gpu] = report["gpus"]
    again = dict(gpu, kind="device", address="0000:01:00.1", functions=gpu["functions"][1:2])
    report["gpus"].append(again)
    write_report(root, report)
    found = document(root)
    assert [one["address"] for card in found["cards"] for one in card["functions"]] == addresses(
        {"gpus": [gpu]})


def test_kubevirt(two):
    """Two equal cards are one resource, of which the VM takes two."""
    host, vm = yaml.safe_load_all(asan(two[0], "--kubevirt")[1])
    [device] = host["spec"]["configuration"]["permittedHostDevices"]["pciHostDevices"]
    assert device == {"pciVendorSelector": "10DE:2206", "resourceName": "vfio-claim.io/gpu-10de-2206"}
    gpus = vm["spec"]["domain"]["devices"]["gpus"]
    assert {gpu["deviceName"] for gpu in gpus} == {device["resourceName"]}
    assert len({gpu["name"] for gpu in gpus}) == len(gpus) == 2


def test_json(one):
    root, report = one
    found = document(root)
    assert found["claimed_at_boot"] == report["boot_id"]
    [card] = found["cards"]
    assert card["address"] == FIRST and card["name"] == "NVIDIA GeForce RTX 3080"
    assert card["claimed_by"] == CARD.removeprefix("gpu = ").strip()
    assert card["origin"] == "/etc/vfio-claim.conf:1"
    assert [one["address"] for one in card["functions"]] == addresses(report)
    assert [one["device"]["path"] for one in card["functions"]] == [
        f"/dev/vfio/devices/vfio{number}" for number in range(3)]


# Selectors and mistakes --------------------------------------------------------------------


@pytest.mark.parametrize("selector", ["0000:02:00.0", "02:00.0", "0000:02:00", "02:00", "02:00.1",
                                      "pci_0000_02_00_0", "/sys/bus/pci/devices/0000:02:00.0"])
def test_selector(two, selector):
    [card] = document(two[0], selector)["cards"]
    assert card["address"] == SECOND


@pytest.mark.parametrize(("selector", "expected"), [
    ("03:00.0", 1), ("03:00", 1), ("", 2), ("0000:02:00.", 2), ("02", 2), ("id=10de:2206", 2),
    ("nothing has this name", 2)])
def test_no_such_card(two, selector, expected):
    status, text, errors = asan(two[0], "--qemu", selector)
    assert status == expected and text == "" and (selector.partition(".")[0] in errors)


def test_two_formats(one):
    for pair in ["--qemu", "--libvirt"], ["--json", "--proxmox"]:
        status, text, errors = asan(one[0], *pair)
        assert (status, text) == (2, "") and "choose one format" in errors


# Every machine -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_every_machine(name, tmp_path):
    """What is claimable there is claimed: the formats name the same functions, each once."""
    build_case(name, tmp_path)
    report = boot(tmp_path)
    add_nodes(tmp_path, report)
    wanted = sorted(set(addresses(report)))
    found = document(tmp_path)
    assert sorted(one["address"] for card in found["cards"] for one in card["functions"]) == wanted
    assert sorted(host for host, *_ in hosts_of(asan(tmp_path, "--libvirt")[1])) == wanted
    devices = devices_of(asan(tmp_path, "--qemu")[1])
    assert sorted(words["host"] for kind, words in devices if kind == "vfio-pci") == wanted
    ready = {card["address"] for card in found["cards"]}
    text = in_pipe(command(tmp_path, "handover"))[1]
    assert set(re.findall(r"^(\S+)  .*\bready$", text, re.MULTILINE)) == ready and is_narrow(text)
