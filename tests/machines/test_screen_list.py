# SPDX-License-Identifier: GPL-2.0-or-later
"""The screens of `vfio-claim list` and `explain`, and what holds for them on every machine."""

import json
import os
import subprocess
from itertools import product

import pytest

import real
from machine import Machine
from screens import ESCAPES, command, compare, environment, expect_screen, on_terminal
from test_machines import BUILD, HERE

WIDTHS = (60, 80, 120)
PLAIN = ("intel-rtx3080", "intel-twins", "cases/22-apu-laptop-one-group", "cases/09-raspberry-pi5",
         "cases/02-gtx690-two-chips", "real/17-supermicro-c240-aspeed-bmc", "no-display",
         "no-pci")
SCREENS = [("list", name, ("list",)) for name in PLAIN] + [
    ("list-all", "real/17-supermicro-c240-aspeed-bmc", ("list", "--all")),
    ("list-tree", "intel-rtx3080", ("list", "--tree")),
    ("list-tree", "cases/02-gtx690-two-chips", ("list", "--tree")),
    ("list-tree", "real/04-lenovo-legion-5-15ach6h", ("list", "--tree")),
    ("list-tree-all", "intel-rtx3080", ("list", "--tree", "--all")),
    ("list-by-group", "intel-rtx3080", ("list", "--by-group")),
    ("list-by-group", "real/04-lenovo-legion-5-15ach6h", ("list", "--by-group")),
    ("explain-alone", "real/04-lenovo-legion-5-15ach6h", ("explain", "02:00.0")),
    ("explain-slot", "real/04-lenovo-legion-5-15ach6h", ("explain", "rtx")),
    ("explain-reasons", "real/04-lenovo-legion-5-15ach6h", ("explain", "05:00")),
    ("explain-port", "cases/02b-gtx690-one-group", ("explain", "04:00.0")),
    ("explain-unreadable", "real/12-intel-z370-two-nvidia-one-group", ("explain", "2080")),
    ("explain-iommu-off", "real/24-asrock-b250m-pro4-lexa-iommu-off", ("explain", "01:00.0")),
    ("explain-no-unit", "real/04-lenovo-legion-5-15ach6h", ("explain", "00:00.2")),
]
EVERY = sorted([path.stem for path in HERE.glob("*.tree")] +
               [f"cases/{path.stem}" for path in HERE.glob("cases/*.tree")] +
               [f"real/{path.stem}" for path in HERE.glob("real/*.tsv")])
VIEWS = (("list",), ("list", "--all"), ("list", "--tree"), ("list", "--tree", "--all"),
         ("list", "--by-group"))


def build(name, root):
    folder, _, file = name.rpartition("/")
    if folder == "real":
        real.machine_from(real.Source.read(f"{file}.tsv")).write(root)
    else:
        Machine(HERE / f"{name}.tree").write(root)


@pytest.mark.parametrize("screen, machine, words", SCREENS,
                         ids=[f"{screen}-{machine}" for screen, machine, _ in SCREENS])
def test_screen(screen, machine, words, tmp_path):
    build(machine, tmp_path)
    name = f"{screen}-{machine.rpartition('/')[2]}"
    words = command(tmp_path, *words)
    expect_screen(name, 0, words)
    for width in WIDTHS:
        if width == 80:
            continue  # expect_screen() has it
        status, text = on_terminal(words, width=width)
        compare(f"{name}.{width}", text)
        assert status == 0
        assert max(map(len, ESCAPES.sub("", text).splitlines())) <= min(width, 100)


def pipe(root, *words, **variables):
    process = subprocess.run(command(root, *words), stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=60, env=dict(environment(), **variables), check=False)
    return process.returncode, process.stdout + process.stderr


def addresses_of(root, *words):
    status, text = pipe(root, *words, "--json")
    assert status == 0

    def walk(functions):
        for function in functions:
            yield function["address"]
            yield from walk(function.get("children", ()))

    return list(walk(json.loads(text)["functions"]))


def check_page(root, words, width, displays):
    status, text = pipe(root, *words, COLUMNS=str(width))
    lines = text.splitlines()
    assert status == 0 and max(map(len, lines)) <= min(width, 100), (words, width)
    assert not any(line.endswith(" ") for line in lines), (words, width)
    assert all(address in text for address in displays), (words, width)


@pytest.mark.parametrize("name", EVERY)
def test_every_machine(name, tmp_path):
    """No line is longer than the page, every display is there with its whole address, and all views
    have the same functions."""
    build(name, tmp_path)
    displays = addresses_of(tmp_path, "list")
    for width, words in product((40, 80), VIEWS):
        check_page(tmp_path, words, width, displays)
    for address in displays:
        check_page(tmp_path, ("explain", address), 57, [address])
    everything = sorted(addresses_of(tmp_path, "list", "--all"))
    tree = addresses_of(tmp_path, "list", "--tree")
    assert sorted(addresses_of(tmp_path, "list", "--tree", "--all")) == everything
    assert sorted(addresses_of(tmp_path, "list", "--by-group")) == everything
    assert set(displays) <= set(tree) <= set(everything) and len(set(tree)) == len(tree)


@pytest.mark.parametrize("name", ["intel-rtx3080", "cases/02-gtx690-two-chips"])
def test_every_width(name, tmp_path):
    build(name, tmp_path)
    displays = addresses_of(tmp_path, "list")
    for width, words in product((*range(40, 101), 120), VIEWS[:3]):
        check_page(tmp_path, words, width, displays)


def test_order_by_group(tmp_path):
    """Functions without a group come last."""
    build("real/04-lenovo-legion-5-15ach6h", tmp_path)
    groups = [function["group"] for function in
              json.loads(pipe(tmp_path, "list", "--by-group", "--json")[1])["functions"]]
    assert groups[0] == 0 and groups[-1] is None
    assert groups == sorted(groups, key=lambda group: (group is None, group))


def test_the_locale_decides_how_a_tree_is_drawn(tmp_path):
    build("intel-rtx3080", tmp_path)
    drawn = pipe(tmp_path, "list", "--tree", LC_ALL="C.UTF-8")[1]
    plain = pipe(tmp_path, "list", "--tree", LC_ALL="C")[1]
    assert "├─0000:01:00.0" in drawn and "|-0000:01:00.0" in plain and plain.isascii()
    assert drawn.translate(str.maketrans("├└─│", "|`-|")) == plain


def test_colour_of_the_verdict(tmp_path):
    """Green can be claimed, red cannot; and nothing else is coloured."""
    build("real/04-lenovo-legion-5-15ach6h", tmp_path)
    for width in "40", "100":
        plain = pipe(tmp_path, "list", COLUMNS=width)[1]
        coloured = pipe(tmp_path, "list", "--color=always", COLUMNS=width)[1]
        assert "\x1b" not in plain and ESCAPES.sub("", coloured) == plain
        assert "\x1b[32mcan be" in coloured and "\x1b[1;31mno: shared" in coloured
        assert not any(line.startswith("\x1b") for line in coloured.splitlines())


def test_columns_that_are_asked_for(tmp_path):
    """They are all there; in a pipe no cell of them is wrapped."""
    build("cases/02-gtx690-two-chips", tmp_path)
    words = ("list", "--all", "-o", "name,address,id,class,driver,group,path,verdict")
    head, *lines = pipe(tmp_path, *words, COLUMNS="40")[1].splitlines()
    assert head.split() == words[-1].split(",")
    assert len(lines) == len(addresses_of(tmp_path, "list", "--all"))
    assert any("Xeon E7 v2/Xeon E5 v2/Core i7 PCI Express Root Port 2c" in line for line in lines)
    status, text = on_terminal(command(tmp_path, *words), width=60)
    assert status == 0 and text.split("\n")[0].split() == head.split()


def test_names_of_a_machine_without_pci_ids(tmp_path):
    build("intel-rtx3080", tmp_path)
    os.truncate(tmp_path / "usr/share/misc/pci.ids", 0)
    status, text = pipe(tmp_path, "list")
    assert status == 0 and "0000:01:00.0 -" in text
    assert pipe(tmp_path, "explain", "01:00.0")[1].startswith("0000:01:00.0 shares IOMMU group 12")


# Programs ---------------------------------------------------------------------------------------


def test_explain_for_programs(tmp_path):
    build("real/04-lenovo-legion-5-15ach6h", tmp_path)
    document = json.loads(pipe(tmp_path, "explain", "05:00.0", "--json")[1])
    assert (document["version"], document["address"], document["group"]) == (1, "0000:05:00.0", 6)
    assert document["no_group"] is None
    members = {member["address"]: member for member in document["members"]}
    assert document["address"] not in members and len(members) == 10
    assert {member["reason"] for member in members.values()} == {"port", "multifunction"}
    assert members["0000:00:08.1"]["culprit"] == "0000:00:08.1"
    assert members["0000:00:08.1"]["acs"] == "absent"
    lonely = json.loads(pipe(tmp_path, "explain", "00:00.2", "--json")[1])
    assert (lonely["group"], lonely["no_group"], lonely["members"]) == (None, "no-iommu-unit", [])


def test_sanitized(tmp_path):
    """The same with sanitizers, which find what is not freed."""
    build("intel-rtx3080", tmp_path)
    for words in *VIEWS, ("list", "-o", "path"), ("explain", "rtx"), ("explain", "rtx", "--json"), \
            ("explain", "x"), ("check", "01:00"), ("list", "--tree", "--json"), ("list", "-o", "nam"):
        process = subprocess.run([BUILD / "asan/vfio-claim", *words, "--sysroot", tmp_path],
                                 capture_output=True, text=True, timeout=60, check=False,
                                 env=dict(environment(), ASAN_OPTIONS="detect_leaks=1", COLUMNS="50"))
        assert "Sanitizer" not in process.stderr, process.stderr
