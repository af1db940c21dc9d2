# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim map` on every machine: nothing overlaps, nothing is cut, nothing tells whose it is.

map/ holds whole pictures; VFIO_CLAIM_REWRITE=1 rewrites them, and docs/map-example.svg.
"""

import json
import re

import pytest

import big
import real
from drawing import Drawing
from machine import Machine
from test_machines import BUILD, HERE, build_case, compare, listing, run

COMMAND = BUILD / "vfio-claim"
EXAMPLE = HERE.parents[1] / "docs/map-example.svg"
TREES = sorted([*HERE.glob("*.tree"), *(HERE / "cases").glob("*.tree")])
REAL = sorted(real.HERE.glob("*.tsv"))
BIG = "big"


def tell(root, *arguments, program=COMMAND):
    process = run(program, root, *arguments, verb_first=True)
    assert (process.returncode, process.stderr) == (0, b"")
    return process.stdout.decode()


def machine_of(name):
    if name == BIG:
        return real.machine_from(big.source())
    if name.endswith(".tsv"):
        return real.machine_from(real.Source.read(name))
    return Machine(next(path for path in TREES if path.stem == name))


NAMES = [path.stem for path in TREES] + [path.name for path in REAL] + [BIG]


@pytest.mark.parametrize("name", NAMES)
def test_every_machine(name, tmp_path):
    machine_of(name).write(tmp_path)
    drawing = Drawing(tell(tmp_path, "map"))
    functions = json.loads(tell(tmp_path, "list", "--json"))["functions"]
    drawing.check()
    for function in functions:
        assert drawing.words.count(function["address"]) == 2  # in the head, and in the machine
    assert_dot(tell(tmp_path, "map", "--dot"),
               {one["address"] for one in
                json.loads(tell(tmp_path, "list", "--all", "--json"))["functions"]})


# Graphviz's grammar, as far as we use it: a statement on each line.
STRING = r'"(?:[^"\\]|\\.)*"'
ATTRIBUTES = rf"\[\w+=(?:{STRING}|\w+)(?:, \w+=(?:{STRING}|\w+))*\]"
STATEMENT = re.compile(rf"(?:\w+={STRING}|\w+=\w+|(?:{STRING}|node|graph) {ATTRIBUTES}"
                       rf"|{STRING} -> {STRING});")


def assert_dot(text, addresses):
    """It is a graph with a node and an edge for each function."""
    depth, nodes, edges = 0, [], []
    for line in text.splitlines():
        line = line.strip()
        if re.fullmatch(r"(?:digraph machine|subgraph cluster_group_\d+) \{", line):
            depth += 1
        elif line == "}":
            depth -= 1
        else:
            assert STATEMENT.fullmatch(line), line
            nodes += re.findall(r'^"([0-9a-f:.]+)" \[', line)
            edges += re.findall(r'-> "([0-9a-f:.]+)";$', line)
    assert depth == 0
    assert sorted(nodes) == sorted(edges) == sorted(addresses)


def test_big_machine(tmp_path):
    """More than 300 functions on less than two screens, with sanitizers."""
    machine_of(BIG).write(tmp_path)
    text = tell(tmp_path, "map", program=BUILD / "asan/vfio-claim")
    drawing = Drawing(text)
    assert drawing.page.right < 2000 and drawing.page.bottom < 2500
    assert "and 63 more of the same kind" in drawing.words
    assert "96 others" in drawing.words
    assert len(text) < 100_000


SECRETS = ("atlantis", "001122334455", "Anna", "0815-4711", "00-0a-f7", "9c0ffee0", "b0071d",
           "/media/hers", "SERIAL")


def test_no_secrets(tmp_path):
    """What tells whose machine this is does not get into the picture."""
    machine = Machine(HERE / "cases/keyboard.tree")
    usb = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.2/usb3/3-1"
    nic = "sys/devices/pci0000:00/0000:00:1f.6"
    name = "enx001122334455"
    for line in ("etc/hostname = atlantis", "proc/sys/kernel/hostname = atlantis",
                 "proc/sys/kernel/random/boot_id = 9c0ffee0-0000-4000-8000-00000000000a",
                 "sys/class/dmi/id/product_serial = SERIAL0815-4711",
                 "sys/class/dmi/id/product_uuid = b0071d00-0000-4000-8000-00000000000a",
                 f"{usb}/product = Anna's 'own' keyboard", f"{usb}/serial = 0815-4711",
                 f"{nic}/driver -> ../../../bus/pci/drivers/e1000e",
                 f"{nic}/net/{name}/address = 00:11:22:33:44:55",
                 f"{nic}/net/{name}/flags = 0x1003", f"{nic}/net/{name}/carrier = 1",
                 f"sys/class/net/{name} -> ../../devices/pci0000:00/0000:00:1f.6/net/{name}",
                 f"proc/net/route = {name}\t0\t0"):
        machine.add(line)
    machine.write(tmp_path)
    for option in "--svg", "--dot":
        text = tell(tmp_path, "map", option)
        assert "host: network in use" in text
        assert "host: keyboard" in text
        for secret in SECRETS:
            assert secret not in text


def test_names_from_outside(tmp_path):
    """pci.ids is a file that anybody may have edited."""
    machine = Machine(HERE / "intel-rtx3080.tree")
    evil = '</text><script>alert("x")</script> & ]]>'
    machine.add(f"usr/share/misc/pci.ids = 10de  {evil}\\n\t2206  {evil * 2}\\n"
                "8086  \\\\ \"\\n\t3e92  " + "W" * 300)
    machine.write(tmp_path)
    svg = tell(tmp_path, "map", program=BUILD / "asan/vfio-claim")
    Drawing(svg).check()
    assert "<script" not in svg
    assert_dot(tell(tmp_path, "map", "--dot"),
               {one["address"] for one in
                json.loads(tell(tmp_path, "list", "--all", "--json"))["functions"]})


def test_stands_alone(tmp_path):
    """No script, font, picture or style sheet from elsewhere, and nothing that needs a style sheet."""
    Machine(HERE / "intel-rtx3080.tree").write(tmp_path)
    svg = tell(tmp_path, "map")
    rest = svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|url\(|href|@import|<script|<image|<foreignObject", rest)
    for element in Drawing(svg).root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag in ("rect", "text", "path"):
            assert element.get("fill")
        if tag in ("title", "desc"):
            assert element.text


def test_output(tmp_path):
    Machine(HERE / "intel-rtx3080.tree").write(tmp_path / "root")
    file = tmp_path / "map.svg"
    before = listing(tmp_path / "root")
    assert tell(tmp_path / "root", "map", "--output", file) == ""
    assert file.read_text() == tell(tmp_path / "root", "map")
    assert listing(tmp_path / "root") == before
    process = run(COMMAND, tmp_path / "root", "map", "-o", tmp_path / "no/such", verb_first=True)
    assert process.returncode == 1 and b"No such file" in process.stderr
    process = run(COMMAND, tmp_path / "root", "map", "--svg", "--dot", verb_first=True)
    assert process.returncode == 2


def test_no_pci(tmp_path):
    Machine(HERE / "no-pci.tree").write(tmp_path)
    assert "This machine has no display." in Drawing(tell(tmp_path, "map")).words


def test_why_shared(tmp_path):
    """The cause of a shared group is marked, and said."""
    machine_of("04-lenovo-legion-5-15ach6h.tsv").write(tmp_path)
    words = Drawing(tell(tmp_path, "map")).words
    assert "0000:00:08.1 has no ACS: nothing keeps apart what is below it" in words
    assert "no ACS" in words
    # The twin: each function has a group of its own.
    Machine(HERE / "intel-rtx3080.tree").write(tmp_path / "twin")
    assert not any("ACS" in word for word in Drawing(tell(tmp_path / "twin", "map")).words)


@pytest.mark.parametrize("case, option", [("claimable", "--svg"), ("claimable", "--dot")])
def test_whole(case, option, tmp_path):
    build_case(case, tmp_path)
    text = tell(tmp_path, "map", option)
    compare(HERE / f"map/{case}.{option[2:]}", text.encode())


def test_example(tmp_path):
    """docs/map-example.svg is what the command draws of that machine after setup and a reboot."""
    source = real.Source.read("04-lenovo-legion-5-15ach6h.tsv")
    source.rows = [real.Row(*("vfio-pci" if field == "driver" and row.bus == 1 else value
                              for field, value in vars(row).items())) for row in source.rows]
    machine = real.machine_from(source)
    machine.add("etc/vfio-claim.conf = gpu = 0000:01:00.0")
    machine.write(tmp_path)
    compare(EXAMPLE, tell(tmp_path, "map").encode())
