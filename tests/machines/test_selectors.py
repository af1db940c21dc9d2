# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways to name a card on the command line, and the answers where that is not clear."""

import json

import pytest

from test_screen_list import build, pipe

WAYS = ("01:00.0", "0000:01:00.0", "01:00", "0000:01:00", "10de:2206", "10DE:2206", "id=10de:2206",
        "pci_0000_01_00_0", "0000_01_00_0", "0000_01_00", "/sys/bus/pci/devices/0000:01:00.0",
        "path=0000:00:01.0/00.0", "3080", "rtx 3080", "NVIDIA GeForce RTX 3080", "nvidia")
DISPLAYS = "  0000:00:02.0  Intel UHD Graphics 630\n  0000:01:00.0  NVIDIA GeForce RTX 3080\n"


def add_builder(root):
    """`setup` looks for a builder and a kernel before it looks for cards."""
    for file in ("usr/sbin/update-initramfs", "usr/sbin/mkinitramfs", "boot/vmlinuz-6.1.0-56-amd64",
                 "boot/initrd.img-6.1.0-56-amd64", "lib/modules/6.1.0-56-amd64/modules.order"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


@pytest.fixture(name="desktop", scope="module")
def _desktop(tmp_path_factory):
    root = tmp_path_factory.mktemp("desktop")
    build("intel-rtx3080", root)
    add_builder(root)
    return root


@pytest.mark.parametrize("selector", WAYS)
def test_ways_to_name_a_card(desktop, selector):
    """All verbs that take a card take all of them."""
    status, text = pipe(desktop, "check", selector, "--json")
    [gpu] = json.loads(text)["gpus"]
    assert (status, gpu["address"], gpu["configured"]) == (0, "0000:01:00.0", selector)
    assert pipe(desktop, "explain", selector) == pipe(desktop, "explain", "0000:01:00.0")
    status, text = pipe(desktop, "setup", selector)
    assert status == 0 and "0000:01:00.0 id=10de:2206" in text


@pytest.mark.parametrize("verb", ["check", "setup", "explain"])
@pytest.mark.parametrize("selector", ["rtx 4090", "10de:ffff", "09:00", "0000:01", "01:00.8"])
def test_no_such_card(desktop, verb, selector):
    assert pipe(desktop, verb, selector) == \
        (2, f"vfio-claim: no PCI function matches '{selector}'; the displays are:\n{DISPLAYS}")


def test_no_such_address(desktop):
    assert pipe(desktop, "explain", "09:00.0") == \
        (1, f"vfio-claim: no PCI function matches '09:00.0'; the displays are:\n{DISPLAYS}")


@pytest.mark.parametrize("verb", ["check", "setup", "explain"])
@pytest.mark.parametrize("selector", ["3080", "10de:2206"])
def test_one_of_two(tmp_path, verb, selector):
    build("intel-twins", tmp_path)
    add_builder(tmp_path)
    assert pipe(tmp_path, verb, selector) == (
        2, f"vfio-claim: '{selector}' may mean 2 cards; name one by its address:\n"
           "  0000:01:00.0  NVIDIA GeForce RTX 3080\n  0000:02:00.0  NVIDIA GeForce RTX 3080\n")


def test_no_card_at_all(tmp_path):
    build("no-pci", tmp_path)
    assert pipe(tmp_path, "check", "rtx") == \
        (2, "vfio-claim: no PCI function matches 'rtx', and no display was found\n")


def test_the_configuration_takes_no_names(desktop):
    """Its grammar is what the agent reads at boot, without pci.ids."""
    place = desktop / "etc/vfio-claim.conf"
    place.parent.mkdir(exist_ok=True)
    for selector in "rtx 3080", "10de:2206", "01:00", "pci_0000_01_00_0":
        place.write_text(f"gpu = {selector}\n")
        status, text = pipe(desktop, "check", "--json")
        assert status == 2 and "CONFIG_INVALID" in text
    place.unlink()
