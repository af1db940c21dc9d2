# SPDX-License-Identifier: GPL-2.0-or-later
"""Two identical cards, from image to image: `check` on the system agrees with the agent in the image.

Each step changes the machine, then an image is built: its record is the output of `image-record`, and
the remembered cards are kept on the system, as when root builds an image.
"""

import json

import pytest

from machine import Machine
from test_machines import BUILD, HERE, run

KERNEL = "6.1.0-56-amd64"
RECORD = "usr/lib/vfio-claim/image-record"
CARDS = "var/lib/vfio-claim/cards"
FIRST, SECOND = "0000:01:00.0", "0000:02:00.0"
LINE = "{} id=10de:2206 subsystem=1458:403b path=0000:00:{}.0/00.0"
MEANS_FIRST = "gpu = " + LINE.format(FIRST, "01")
MEANS_SECOND = "gpu = " + LINE.format(SECOND, "02")
ONLY = "\nboot-display = allow"


def twins(*gone, port=None):
    """The machine without the cards of these buses; with another id of the first card's port."""
    machine = Machine(HERE / "intel-twins.tree")
    machine.remove(RECORD)
    for bus, group in gone:
        machine.remove(f"sys/bus/pci/devices/0000:{bus}:00.*")
        machine.remove(f"sys/devices/pci0000:00/0000:00:{bus}.0/0000:{bus}:00.*")
        machine.remove(f"sys/kernel/iommu_groups/{group}")
    if port:
        place = "sys/devices/pci0000:00/0000:00:01.0"
        machine.add(f"{place}/device = 0x{port:04x}")
        machine.add(f"{place}/modalias = pci:v00008086d{port:08X}sv00001458sd00005000bc06sc04i00")
    return machine


def both():
    return twins()


def first_gone():
    return twins(("01", 12))


def second_gone():
    return twins(("02", 13))


def port_changed():
    return twins(port=0xA33C)


class System:
    """A system whose remembered cards outlive its machine."""

    def __init__(self, folder):
        self.folder = folder
        self.cards = ""
        self.record = ""
        self.number = 0

    def _root(self, machine, conf, *lines):
        self.number += 1
        root = self.folder / str(self.number)
        machine.add("etc/vfio-claim.conf = " + conf.replace("\n", "\\n"))
        for path, text in lines:
            if text:
                machine.add(f"{path} = " + text.rstrip("\n").replace("\n", "\\n"))
        machine.write(root)
        return root

    def build_image(self, machine, conf):
        root = self._root(machine, conf, (CARDS, self.cards))
        process = run(BUILD / "asan/vfio-claim", root, "image-record", KERNEL, verb_first=True)
        assert process.returncode == 0, process.stderr
        self.record = process.stdout.decode()
        self.cards = "".join(line + "\n" for line in self.record.splitlines()
                             if line.startswith("card "))

    def _verdict(self, program, root, *options):
        process = run(BUILD / "asan" / program, root, *options, verb_first=program != "agent")
        report = json.loads(process.stdout)
        codes = [f["code"] for f in report["findings"] if f["code"].startswith("GPU_")]
        return report["gpus"][0]["address"], report["gpus"][0]["result"], codes

    def verdict(self, machine, conf):
        """The verdict of `check` and of the agent, which must agree."""
        root = self._root(machine, conf, (CARDS, self.cards))
        system = self._verdict("vfio-claim", root, "check", "--json")
        root = self._root(machine, conf, (RECORD, self.record))
        assert self._verdict("agent", root, "--json") == system
        return system


CLAIMABLE, REFUSED = "claimable", "refused"
# The machines in turn: an image is built in each but the last, which is judged.
CASES = {
    "both-there": ((both, both), MEANS_FIRST, FIRST, CLAIMABLE, []),
    "dead-since": ((both, first_gone), MEANS_FIRST, None, REFUSED, ["GPU_AMBIGUOUS"]),
    "dead-and-rebuilt": ((both, first_gone, first_gone), MEANS_FIRST, None, REFUSED,
                         ["GPU_AMBIGUOUS"]),
    "dead-rebuilt-twice": ((both, first_gone, first_gone, first_gone), MEANS_FIRST, None, REFUSED,
                           ["GPU_AMBIGUOUS"]),
    "dead-rebuilt-and-back": ((both, first_gone, both), MEANS_FIRST, FIRST, CLAIMABLE, []),
    "the-hosts-is-dead": ((both, second_gone), MEANS_FIRST, None, REFUSED, ["GPU_AMBIGUOUS"]),
    "dead-before-any-image": ((first_gone, first_gone), MEANS_FIRST, None, REFUSED,
                              ["GPU_AMBIGUOUS"]),
    "dead-before-any-image-and-back": ((first_gone, both), MEANS_FIRST, FIRST, CLAIMABLE, []),
    "one-that-moved": ((second_gone, first_gone), MEANS_FIRST, SECOND, CLAIMABLE, ["GPU_MOVED"]),
    "one-that-moved-and-rebuilt": ((second_gone, first_gone, first_gone), MEANS_FIRST, SECOND,
                                   CLAIMABLE, ["GPU_MOVED"]),
    "one-that-moved-to-a-second": ((second_gone, both), MEANS_FIRST, FIRST, CLAIMABLE, []),
    "one-alone-behind-another-port": ((second_gone, lambda: twins(("02", 13), port=0xA33C)),
                                      MEANS_FIRST, FIRST, CLAIMABLE, []),
    "behind-another-port": ((both, port_changed), MEANS_FIRST, None, REFUSED, ["GPU_AMBIGUOUS"]),
    "the-twin-is-behind-another-port": ((both, port_changed), MEANS_SECOND, SECOND, CLAIMABLE, []),
    "address-alone": ((both, both), "gpu = " + FIRST, FIRST, CLAIMABLE, []),
    "address-alone-of-a-dead-one": ((both, second_gone), "gpu = " + FIRST, None, REFUSED,
                                    ["GPU_AMBIGUOUS"]),
}


@pytest.mark.parametrize("name", CASES)
def test_from_image_to_image(name, tmp_path):
    machines, conf, address, result, codes = CASES[name]
    system = System(tmp_path)
    for machine in machines[:-1]:
        system.build_image(machine(), conf + ONLY)
    assert system.verdict(machines[-1](), conf + ONLY) == (address, result, codes)


def test_another_line_is_another_choice(tmp_path):
    """The card is gone for good, and its line means the other one now."""
    system = System(tmp_path)
    system.build_image(both(), MEANS_FIRST + ONLY)
    system.build_image(first_gone(), MEANS_FIRST + ONLY)
    assert system.verdict(first_gone(), MEANS_FIRST + ONLY)[1] == REFUSED
    system.build_image(first_gone(), MEANS_SECOND + ONLY)
    assert system.verdict(first_gone(), MEANS_SECOND + ONLY) == (SECOND, CLAIMABLE, [])
    assert system.cards.count("card ") == 1


def test_a_line_that_says_less_is_the_same_choice(tmp_path):
    system = System(tmp_path)
    system.build_image(both(), MEANS_FIRST + ONLY)
    less = "gpu = path=0000:00:01.0/00.0" + ONLY
    system.build_image(first_gone(), less)
    assert system.verdict(first_gone(), less)[1:] == (REFUSED, ["GPU_NOT_FOUND"])
    assert system.cards.count("card ") == 2


def test_what_is_not_configured_is_not_forgotten(tmp_path):
    """The line was commented out for one image."""
    system = System(tmp_path)
    system.build_image(both(), MEANS_FIRST + ONLY)
    kept = system.cards
    system.build_image(first_gone(), "# " + MEANS_FIRST)
    assert system.cards == ""  # of the image; the system's own record still has it
    system.cards = kept
    system.build_image(first_gone(), MEANS_FIRST + ONLY)
    assert system.verdict(first_gone(), MEANS_FIRST + ONLY)[1:] == (REFUSED, ["GPU_AMBIGUOUS"])


def test_a_line_that_cannot_be_understood_counts(tmp_path):
    system = System(tmp_path)
    system.cards = "card of some kind\ncard id=10de:2206 colour=red\n" \
                   "card 0000:01:00.0 id=10de:2206 path=0000:00:01.0/00.0 meant\n"
    assert system._verdict("vfio-claim", system._root(second_gone(), MEANS_FIRST + ONLY,
                           (CARDS, system.cards)), "check", "--json")[1:] == \
        (REFUSED, ["GPU_AMBIGUOUS"])


def test_list_says_what_a_choice_would(tmp_path):
    """The remaining card is refused in place of the dead one, otherwise listed as if chosen now."""
    system = System(tmp_path)
    system.build_image(both(), MEANS_FIRST + ONLY)
    for machine, address, verdict in (first_gone(), SECOND, "claimable"), \
                                     (second_gone(), FIRST, "GPU_AMBIGUOUS"):
        root = system._root(machine, MEANS_FIRST + ONLY, (CARDS, system.cards))
        process = run(BUILD / "asan/vfio-claim", root, "list", "--json", verb_first=True)
        verdicts = {f["address"]: f["verdict"] for f in json.loads(process.stdout)["functions"]}
        assert verdicts == {address: verdict}
