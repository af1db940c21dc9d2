# SPDX-License-Identifier: GPL-2.0-or-later
"""Members of the card's group, their effect and their reasons, on every kind of group that QEMU can
make.

Each topology is built around one culprit, and `explain` must name it. One boot for each: the agent
judges, and then the command in the same guest must agree and explain.
"""

import json
import re
from dataclasses import dataclass

import pytest
from lab import Card, Function, Image, Machine, expect, replay, rtx_3080, topology

IMAGE = Image("bookworm", conf=topology.Topology().conf())

NET = ("-netdev", "user,id=net")
DISK = ("-blockdev", "driver=null-co,node-name=spare,size=67108864")
SLOT = "functions of one slot"
PORT = "does not isolate the functions below it"


@dataclass(frozen=True)
class Case:
    """A topology, the other members of the card's group there, and the reason."""

    machine: topology.Topology
    neighbour: str  # the member that `explain` is asked about
    others: tuple[str, ...]  # the members that are not the card's functions
    culprit: str
    words: str
    code: str | None = None  # the neighbour's reason of refusal; None: claimed
    functions: int = 3  # of the card's, claimed or refused together


CASES = {
    "port": Case(
        topology.port_without_acs(), "0000:00:08.0", ("0000:00:08.0",), "0000:00:08.0", PORT
    ),
    "ports": Case(
        topology.two_ports_without_acs("e1000e,netdev=net,bus=other", options=NET),
        "0000:02:00.0",
        ("0000:00:08.0", "0000:00:08.1", "0000:02:00.0"),
        "0000:00:08.0",
        SLOT,
        "GROUP_HOLDS_NETWORK",
    ),
    "bridge": Case(
        topology.conventional_bridge("ich9-intel-hda,bus=bridge,addr=02.0"),
        "0000:02:02.0",
        ("0000:01:00.0", "0000:02:02.0"),
        "0000:01:00.0",
        "conventional PCI bridge",
        "GROUP_SHARED",
    ),
    # The slot holds a class that no card has: its USB function may be the host's, and stays.
    "slot": Case(
        topology.one_slot("nvme,drive=spare,serial=spare,bus=port0,addr=00.3,multifunction=on", options=DISK),
        "0000:01:00.3",
        ("0000:01:00.3",),
        "0000:01:00.0",
        SLOT,
        "GROUP_HOLDS_BOOT_DISK",
        functions=2,
    ),
    # Downstream ports without ACS, of different slots: each with the devices behind it, no more.
    "switch": Case(
        topology.switch("e1000e,netdev=net,bus=down1", options=NET),
        "0000:02:00.0",
        ("0000:02:00.0",),
        "0000:02:00.0",
        PORT,
    ),
    "open-switch": Case(
        topology.switch_below_a_port_without_acs("qemu-xhci,bus=down1"),
        "0000:04:00.0",
        ("0000:00:08.0", "0000:01:00.0", "0000:02:00.0", "0000:02:01.0", "0000:04:00.0"),
        "0000:00:08.0",
        PORT,
        "GROUP_HOLDS_BOOT_DISK",  # the image was made in a chroot, and a disk may be on USB
    ),
}

LOOK = """
cd /lab/out
card=CARD
vfio-claim explain $card --json >explain
setpriv --reuid 65534 --regid 65534 --clear-groups vfio-claim explain $card --json >explain-nobody
vfio-claim list --all --json >list
vfio-claim dump >record
vfio-claim check --json >check.json
cp /etc/vfio-claim.conf conf
echo 'shared-group = claim-all' >>/etc/vfio-claim.conf
vfio-claim check --json >check-claim-all.json
cp conf /etc/vfio-claim.conf
"""


def because(explanation, member):
    """The reason that `explain` gives for this member."""
    found = [one["text"] for one in json.loads(explanation)["members"] if one["address"] == member]
    assert len(found) == 1, explanation
    return found[0]


def functions(listing):
    """A dump holds no disks, so any disk and USB controller there may be the boot disk's."""
    return json.loads(listing.replace("GROUP_HOLDS_BOOT_DISK", "GROUP_SHARED"))["functions"]


def named(report, code):
    """The members that the card's finding of this code names."""
    texts = (finding["text"] for finding in report["findings"] if finding["code"] == code)
    return {address for text in texts for address in re.findall(r"also holds (\S+),", text)}


KEPT = "open-switch"  # by `make check`: the largest group
BY_NAME = [pytest.param(name, marks=[pytest.mark.extended] * (name != KEPT)) for name in CASES]


@pytest.mark.parametrize("name", BY_NAME)
def test_group_verdict_and_culprit(boot, name):
    case = CASES[name]
    machine = case.machine
    result = boot(machine, IMAGE, conf=machine.conf(), run=LOOK.replace("CARD", machine.address()))

    # The kernel made the intended group.
    number = result.functions[machine.address()].group
    assert {a for a, f in result.functions.items() if f.group == number} == {
        *machine.addresses(),
        *case.others,
    }
    gpu = result.report["gpus"][0]
    assert {member["address"] for group in gpu["groups"] for member in group["members"]} >= set(case.others)

    if case.code is None:
        expect.claimed(result, machine.address())
    else:
        assert result.report["result"] == "refused"
        assert case.neighbour in named(result.report, case.code)
        assert "vfio-pci" not in result.drivers(machine.address())
        assert len(gpu["functions"]) == case.functions
        # On the running system, by the same judgement; and claim-all takes neither storage nor
        # the network.
        check = result.document("check.json", "check")
        # Here the boot disk is known: it is not on this disk or USB controller.
        is_in_doubt = case.code == "GROUP_HOLDS_BOOT_DISK"
        assert case.neighbour in named(check, "GROUP_SHARED" if is_in_doubt else case.code)
        claimable = case.code == "GROUP_SHARED" or name == "open-switch"
        assert (result.document("check-claim-all.json", "check")["result"] == "claimable") == claimable

    reason = because(result.text("explain"), case.neighbour)
    assert case.culprit in reason and case.words in reason
    assert "not readable" in because(result.text("explain-nobody"), case.neighbour)

    # A dump of this machine gives the same answers.
    replayed = replay.commands("bookworm", result.text("record"), machine.address())
    assert functions(replayed["list"]) == functions(result.text("list"))
    assert replayed["explain"] == result.text("explain")


def test_claim_all_gives_the_other_endpoint_to_the_vm(boot):
    case = CASES["bridge"]
    result = boot(case.machine, IMAGE, conf=case.machine.conf("shared-group = claim-all"))
    gpu = result.report["gpus"][0]
    assert gpu["result"] == "claimed"
    assert {f["address"]: f["driver"] for f in gpu["functions"]} == dict.fromkeys(
        [*case.machine.addresses(), case.neighbour], "vfio-pci"
    )
    assert result.functions[case.neighbour].driver == "vfio-pci"
    assert result.functions["0000:01:00.0"].driver != "vfio-pci", "the bridge is never claimed"


@pytest.mark.extended
def test_gpu_only_leaves_the_other_endpoint_to_the_host_and_warns(boot):
    case = CASES["bridge"]
    result = boot(case.machine, IMAGE, conf=case.machine.conf("shared-group = gpu-only"))
    expect.claimed(result, case.machine.address())
    assert result.functions[case.neighbour].driver == "snd_hda_intel"
    found = [f for f in result.report["findings"] if f["code"] == "GROUP_SHARED"]
    assert [(f["subject"], f["severity"]) for f in found] == [(case.machine.address(), "warning")]
    assert named(result.report, "GROUP_SHARED") == {case.neighbour}


@pytest.mark.extended
def test_claim_all_never_takes_the_network(boot):
    case = CASES["ports"]
    up = """
perl -e 'use Socket; socket(my $s, AF_INET, SOCK_DGRAM, 0) or die;
	my ($name) = map { m,([^/]+)$, } glob "/sys/bus/pci/devices/0000:02:00.0/net/*";
	ioctl($s, 0x8916, my $a = pack("a16 S n a4 x8", $name, AF_INET, 0, inet_aton("10.0.2.15"))) or die;
	ioctl($s, 0x8914, my $f = pack("a16 s x22", $name, 0x41)) or die; sleep 3'
vfio-claim check >/lab/out/check || [ $? = 1 ]
"""
    result = boot(case.machine, IMAGE, conf=case.machine.conf("shared-group = claim-all"), run=up)
    assert result.report["result"] == "refused"
    assert named(result.report, "GROUP_HOLDS_NETWORK") == {case.neighbour}
    assert result.functions[case.neighbour].driver == "e1000e"
    # In use, and reported.
    assert result.command("run").exit_code == 0, result.command("run").errors
    assert re.search(
        rf"error GROUP_HOLDS_NETWORK: .*{case.neighbour} .*network enp2s0 \(up, has an address\)",
        " ".join(result.text("check").split()),
    )


def test_a_group_mate_that_vfio_pci_does_not_take(boot):
    """The group mate's ids are in vfio-pci's denylist: the card, though complete, is given back with
    it."""
    display, audio, _ = rtx_3080().functions
    mate = Function("edu", "8086:37c8", "0b4000", "8086:0000")
    machine = Machine(slots=(Card((display, audio, mate)),))
    card, other = machine.address(0), machine.address(0, 2)
    conf = f"gpu = {card} id={display.id}\ndevice = {other} id={mate.id}\n"
    result = boot(machine, IMAGE, conf=conf)
    assert {gpu["address"]: gpu["result"] for gpu in result.report["gpus"]} == {
        card: "failed",
        other: "failed",
    }
    codes = {(f["code"], f["subject"]) for f in result.report["findings"]}
    assert {("PROBE_FAILED", other), ("GROUP_SHARED", card)} <= codes
    assert "vfio-pci" not in result.drivers(card)
    assert expect.probed_by_nouveau(result, card)
