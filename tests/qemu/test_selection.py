# SPDX-License-Identifier: GPL-2.0-or-later
"""Only the configured card is claimed: it may have moved, or another may be in its place.

`make check` has the same on tests/machines, where nothing has to be booted to tell.
"""

import pytest
from lab import Image, Machine, expect, rtx_3080, storage, topology

MACHINE = Machine(iommu="intel", slots=(rtx_3080(),))
CARD = MACHINE.address(0)
IMAGE = Image("bookworm", conf=f"gpu = {CARD} id=10de:2206 subsystem=1458:403b path={MACHINE.path(0)}\n")


REMEMBERED = "/var/lib/vfio-claim/cards"


def card(address, path):
    """The remembered line of a card like the one in slot 0."""
    return (
        f"card {address} id=10de:2206 subsystem=1458:403b path={path} port=1b36:000c "
        "with=10de:1aef with=10de:1ad8"
    )


def remembering(conf, *cards):
    """An image that was built with these cards known, and none of them present."""
    return Image("bookworm", conf=conf, files={REMEMBERED: "\n".join(cards) + "\n"})


@pytest.mark.extended
def test_a_card_whose_bus_has_another_number_is_followed(boot):
    result = boot(MACHINE, IMAGE, conf=f"gpu = 0000:05:00.0 path={MACHINE.path(0)}\n")
    expect.claimed(result, CARD)
    assert "GPU_MOVED" in result.codes


@pytest.mark.extended
def test_a_card_that_moved_is_followed(boot):
    conf = "gpu = 0000:05:00.0 id=10de:2206 subsystem=1458:403b\n"
    image = remembering(conf, card("0000:05:00.0", "0000:00:0c.0/00.0") + " meant")
    result = boot(MACHINE, image)
    expect.claimed(result, CARD)
    assert "GPU_MOVED" in result.codes


@pytest.mark.extended
def test_the_twin_of_a_dead_card_keeps_its_driver(boot):
    """The VM's card is dead, its twin is behind the port that now has its number, and an image was
    built."""
    image = remembering(
        IMAGE.conf, card(CARD, MACHINE.path(0)) + " meant", card(MACHINE.address(1), MACHINE.path(1))
    )
    result = boot(MACHINE, image)
    assert result.report["result"] == "refused"
    assert "GPU_AMBIGUOUS" in result.codes
    expect.host_has_3080(result, CARD)


@pytest.mark.extended
def test_two_disks_of_one_model_on_renumbered_buses(boot):
    """With one more function before them, each has the other's number: a line keeps its meaning."""

    def machine(*before):
        return topology.Topology(
            way=(
                *before,
                topology.PORT,
                "pcie-root-port,id=boot,chassis=2,addr=09.0",
                "pcie-root-port,id=spare,chassis=3,addr=0a.0",
                "nvme,drive=spare,serial=spare,bus=spare",
            ),
            options=("-blockdev", "driver=null-co,node-name=spare,size=67108864"),
        )

    spare, record = "0000:03:00.0", "/usr/lib/vfio-claim/image-record"
    options = {
        "conf": f"device = {spare} id=1b36:0010 path=0000:00:0a.0/00.0\n",
        "root": storage.partition("nvme,bus=boot"),
    }
    image = storage.image(topology.Topology().conf())
    first = boot(
        machine(), image, run='vfio-claim image-record "$(uname -r)" >/lab/out/image-record\n', **options
    )
    known = {record: first.text("image-record").encode()}

    before = ("pcie-root-port,id=more,chassis=9,addr=07.0", "ich9-intel-hda,bus=more")
    second = boot(machine(*before), image, overlay_files=known, **options)
    assert second.functions[spare].driver == "nvme"  # the root disk has the number now
    (gpu,) = second.report["gpus"]
    assert (gpu["address"], gpu["result"]) == ("0000:04:00.0", "claimed")
    assert second.functions["0000:04:00.0"].driver == "vfio-pci"

    by_address = options | {"conf": f"device = {spare} id=1b36:0010\n"}
    third = boot(machine(*before), image, overlay_files=known, **by_address)
    assert third.report["result"] == "refused"
    assert "GPU_AMBIGUOUS" in third.codes
    assert third.functions[spare].driver == "nvme"


@pytest.mark.extended
def test_another_card_at_the_address_is_refused(boot):
    conf = f"gpu = {CARD} id=10de:1b80 subsystem=1458:3702 path={MACHINE.path(0)}\n"
    result = boot(MACHINE, IMAGE, conf=conf)
    assert result.report["result"] == "refused"
    assert "GPU_CHANGED" in result.codes
    expect.host_has_3080(result, CARD)
    assert result.command("status").exit_code == 1


@pytest.mark.extended
def test_another_card_at_the_address_is_not_even_held(boot):
    conf = f"gpu = {CARD} id=10de:1b80\non-failure = hold\n"
    result = boot(MACHINE, IMAGE, conf=conf)
    assert "GPU_CHANGED" in result.codes
    expect.host_has_3080(result, CARD)
