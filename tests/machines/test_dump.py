# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim dump`: its output makes a tree on which every verb gives the same answers, and holds no
serial number."""

import json

import pytest

import real
from machine import Machine
from test_machines import BUILD, HERE, RECORD, run

COMMAND = BUILD / "vfio-claim"
SERIAL = bytes.fromhex("0123456789abcdef")


def dumped(root):
    process = run(COMMAND, root, "dump", verb_first=True)
    assert (process.returncode, process.stderr) == (0, b"")
    machine = Machine()
    machine.add_all(process.stdout.decode())
    return machine


def say(root, *arguments):
    process = run(COMMAND, root, *arguments, verb_first=True)
    return process.returncode, process.stdout.decode(), process.stderr


def check(root, *arguments):
    """The report of `check`, without the parts that a dump omits on purpose."""
    status, text, errors = say(root, "check", *arguments, "--json")
    report = json.loads(text)
    report["boot_id"] = None
    return status, report, errors


def with_config(machine):
    machine.add("etc/vfio-claim.conf = gpu = 01:00.0\\nboot-display = allow")
    return machine


def from_tree(name):
    """Omits the image record, which belongs to an image and not to the machine."""
    machine = Machine(HERE / f"{name}.tree")
    machine.remove("usr")
    return with_config(machine)


def from_case(name):
    machine = Machine(HERE / f"cases/{name}.tree")
    if RECORD in machine.entries:
        machine.remove(RECORD)
    return machine


def with_merged_usr(machine):
    """With /lib as a link, as on most distributions; the dump then has files by both names."""
    for path in [path for path in machine.entries if path.startswith("lib/")]:
        machine.entries["usr/" + path] = machine.entries.pop(path)
    machine.add("lib -> usr/lib")
    return machine


MACHINES = {
    "legion": lambda: with_config(real.machine_from(
        real.Source.read("04-lenovo-legion-5-15ach6h.tsv"))),
    "z370": lambda: with_config(real.machine_from(
        real.Source.read("12-intel-z370-two-nvidia-one-group.tsv"))),
    "iommu-off": lambda: with_config(real.machine_from(
        real.Source.read("24-asrock-b250m-pro4-lexa-iommu-off.tsv"))),
    "rtx3080": lambda: from_tree("intel-rtx3080"),
    "apu": lambda: from_tree("amd-apu"),
    "merged-usr": lambda: with_merged_usr(from_case("bmg2")),
    **{name: lambda name=name: from_case(name) for name in (
        "06b-x58-warn-unsafe-set", "07-xen-dom0", "11-modprobe-guides", "fb510", "keyboard")},
}


@pytest.mark.parametrize("name", MACHINES)
def test_round_trip(name, tmp_path):
    original, copy = tmp_path / "original", tmp_path / "copy"
    MACHINES[name]().write(original)
    dumped(original).write(copy)
    for arguments in ("list", "--json"), ("list", "--all", "--json"), \
                     ("list", "--all", "-o", "address,path,group"):
        assert say(copy, *arguments) == say(original, *arguments)
    functions = json.loads(say(original, "list", "--all", "--json")[1])["functions"]
    assert len(functions) > 3
    assert check(copy) == check(original)
    for function in functions[::4]:
        assert say(copy, "explain", function["address"]) == \
            say(original, "explain", function["address"])
    # A dump of the copy equals the dump.
    assert list(dumped(copy).to_lines()) == list(dumped(original).to_lines())


def test_serial_number(tmp_path):
    """Serial numbers are zeroed in configuration space; no MAC address, boot id or host name is
    printed."""
    machine = MACHINES["legion"]()
    [config] = [path for path in machine.entries if path.endswith("0000:01:00.0/config")]
    space = bytearray(machine.entries[config][1])
    space[0x100:0x104] = (0x15010019).to_bytes(4, "little")  # some other capability
    space[0x150:0x154] = (0x00010003).to_bytes(4, "little")
    space[0x154:0x15C] = SERIAL
    machine.entries[config] = ("file", bytes(space))
    machine.add("proc/sys/kernel/random/boot_id = 7d2b1c5e-3a94-4a5c-9d5e-0c1f6d1f2a11")
    machine.add("sys/class/net/eth0/address = 02:00:5e:10:20:30")
    machine.add("sys/class/dmi/id/board_serial = SECRET-SERIAL")
    machine.add("sys/class/dmi/id/product_uuid = SECRET-UUID")
    machine.add("etc/hostname = secret-host")
    machine.write(tmp_path)
    copy = dumped(tmp_path)
    space[0x154:0x15C] = bytes(8)
    assert copy.entries[config] == ("file", bytes(space))
    text = "\n".join(copy.to_lines())
    for secret in SERIAL.hex(), "7d2b1c5e", "02:00:5e:10:20:30", "SECRET", "secret-host":
        assert secret not in text


def test_addresses(tmp_path):
    """Of networks and mounts a dump holds only the names and places that a report has."""
    machine = MACHINES["rtx3080"]()
    device = "sys/devices/pci0000:00/0000:00:1f.6/net/enx02005e102030"
    machine.add("sys/devices/pci0000:00/0000:00:1f.6/driver -> ../../../bus/pci/drivers/e1000e")
    machine.add("sys/class/net/enx02005e102030 -> ../../" + device.removeprefix("sys/"))
    machine.add(device + "/flags = 0x1003")
    machine.add("proc/net/if_inet6 = fe8000000000000002005efffe102030 02 40 20 80 enx02005e102030")
    machine.add("proc/net/route = Iface\tDestination\\nenx02005e102030\t0001A8C0\t00000000\t0001")
    machine.add("proc/self/mountinfo = 36 35 8:1 / /mnt/x rw shared:1 - nfs4 secret:/home rw,addr=1")
    machine.write(tmp_path)
    copy = dumped(tmp_path)
    assert copy.entries["proc/net/if_inet6"][1].endswith(b"0 02 40 20 80 enx02005e000030\n")
    assert b"enx02005e000030\t00000000\t" in copy.entries["proc/net/route"][1]
    assert device.replace("102030", "000030") + "/flags" in copy.entries
    text = b"".join(value for kind, value in copy.entries.values() if kind == "file")
    for secret in b"5efffe10", b"102030", b"A8C0", b"secret":
        assert secret not in text
    assert "102030" not in "\n".join(copy.to_lines())


def test_former_name(tmp_path):
    MACHINES["rtx3080"]().write(tmp_path)
    assert say(tmp_path, "record") == say(tmp_path, "dump")


def test_live(tmp_path):
    """A dump of this machine, whatever it is, is made and can be read."""
    process = run(COMMAND, "/", "dump", verb_first=True)
    assert process.returncode == 0
    machine = Machine()
    machine.add_all(process.stdout.decode())
    machine.write(tmp_path)
    status, text, errors = say(tmp_path, "list", "--all", "--json")
    assert (status, errors) == (0, b"")
    assert {one["address"] for one in json.loads(text)["functions"]} == \
        {path.split("/")[4] for path in machine.entries if path.startswith("sys/bus/pci/devices/")}
