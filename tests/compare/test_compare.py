# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparison's table and plot say what a boot's files say, and "not seen" of a boot that tells nothing."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import plot
import seen
import table
from ways import NOUVEAU, Way, nvidia, ways

MEANT = [f"0000:01:00.{number}" for number in range(3)]
SECOND = [f"0000:02:00.{number}" for number in range(3)]
CARDS = table.Cards(MEANT, SECOND)
HOST = ("nouveau", "snd_hda_intel", "xhci_hcd")
TARGET = "ActiveEnterTimestampMonotonic=24500000\n"
WAY = Way("claim", "vfio-claim", "As set up.")


def log(*lines):
    """/dev/kmsg: a line every 100 ms, from 1 s on."""
    records = ["0,0,0,-;Linux version 6.1\n"]
    records += [f"7,{n},{900_000 + n * 100_000},-;{line}\n DEVICE=+pci:x\n" for n, line in enumerate(lines, 1)]
    return "".join(records)


def registered(driver):
    return f"bus: 'pci': add driver {driver}"


def probe(driver, address, stays=True):
    lines = [f"bus: 'pci': really_probe: probing driver {driver} with device {address}"]
    return lines + ([f"bus: 'pci': really_probe: bound device {address} to driver {driver}"] if stays else [])


def host_takes(card):
    """nouveau gives a played card up."""
    return [line for driver, one in zip(HOST, card) for line in probe(driver, one, driver != "nouveau")]


def by_host(card):
    return dict(zip(card, (None, "snd_hda_intel", "xhci_hcd")))


def by_vfio(card):
    return dict.fromkeys(card, "vfio-pci")


def vfio_takes(card):
    return [line for one in card for line in probe("vfio-pci", one)]


def boot(lines, drivers, told="", target=TARGET):
    return seen.boot(log(*lines), target, drivers, [*MEANT, *SECOND], told)


NOTHING = [*map(registered, HOST), *host_takes(MEANT), *host_takes(SECOND)]
CLAIM = [
    "vfio-claim: 0000:01:00.0: claimed",
    registered("vfio-pci"),
    *vfio_takes(MEANT),
    *map(registered, HOST),
    *host_takes(SECOND),
]
LATE = [*NOTHING, registered("vfio-pci"), *vfio_takes(MEANT)]


def nothing():
    return boot(NOTHING, by_host(MEANT) | by_host(SECOND))


def claim():
    return boot(CLAIM, by_vfio(MEANT) | by_host(SECOND))


def document(*rows):
    return table.document([table.Part(NOUVEAU, rows, "x.svg")], CARDS, {"date": "2026-01-01"})


def cells(on, off=None):
    """The lines of a way in the document's last three tables."""
    return lines_of(table.Row(WAY, on, off))[1:]


def lines_of(row, others=()):
    text = document(row, *others)
    return [re.split(r" ?\| ?", line)[2:-1] for line in text.splitlines() if line.startswith("| vfio-claim |")]


def test_who_has_the_card():
    held, _, _ = cells(claim())
    assert held == ["vfio-pci", "vfio-pci", "vfio-pci", "none", "the host"]


def test_the_hosts_card_is_none_without_its_driver_that_tried():
    held, _, _ = cells(nothing())
    assert held == ["none (nouveau tried)", "snd_hda_intel", "xhci_hcd", "nouveau, snd_hda_intel, xhci_hcd", "the host"]


def test_a_late_claim_has_been_probed():
    held, _, times = cells(boot(LATE, by_vfio(MEANT) | by_host(SECOND)))
    assert held[3] == "nouveau, snd_hda_intel, xhci_hcd"
    assert times[0] == "1,000" and times[1] == "1,300" and times[2] == "2,900"


@pytest.mark.parametrize(
    ("lines", "drivers", "expected"),
    [
        pytest.param([*CLAIM, *vfio_takes(SECOND)], by_vfio(SECOND), "vfio-pci", id="taken too"),
        pytest.param(CLAIM[:-4], dict.fromkeys(SECOND, None), "none, none, none", id="nobody"),
    ],
)
def test_the_second_card(lines, drivers, expected):
    lines = [line for line in lines if "02:00" not in line or drivers[SECOND[0]] or "vfio" in line]
    assert cells(boot(lines, by_vfio(MEANT) | drivers))[0][4] == expected


@pytest.mark.parametrize(
    ("lines", "drivers", "answer"),
    [
        (NOTHING, by_host(MEANT), "yes"),
        ([*host_takes(MEANT)[1:], *host_takes(SECOND)], by_host(MEANT), "in part"),
        (host_takes(SECOND), dict.fromkeys(MEANT, None), "no"),
        # The host's, and then taken away: by vfio-pci, by a probe of it that failed, by nothing that the log has.
        (LATE, by_vfio(MEANT), "no"),
        ([*NOTHING, *(line for one in MEANT for line in probe("vfio-pci", one, False))], dict.fromkeys(MEANT), "no"),
        (NOTHING, dict.fromkeys(MEANT), "in part"),
        # vfio-pci failed before the host's drivers came.
        ([*(line for one in MEANT for line in probe("vfio-pci", one, False)), *NOTHING], by_host(MEANT), "yes"),
    ],
)
def test_without_an_iommu(lines, drivers, answer):
    assert cells(None, boot(lines, drivers | by_host(SECOND)))[1][3] == answer


def test_a_function_that_was_taken_away_is_none():
    lines = [*NOTHING, *(line for one in MEANT for line in probe("vfio-pci", one, False))]
    found = boot(lines, dict.fromkeys(MEANT) | by_host(SECOND))
    assert cells(None, found)[1] == ["none", "none", "none", "no"]
    assert cells(found)[0][:4] == ["none", "none", "none", "nouveau, snd_hda_intel, xhci_hcd"]


def test_times_are_the_kernels():
    _, _, times = cells(claim())
    # Lines: claimed 1,000; vfio-pci 1,100; 1,200 to 1,700 its probes; then the host's drivers.
    assert times == ["1,800", "never", "1,700", "24,500"]
    assert cells(nothing())[2] == ["1,000", "1,300", "never", "24,500"]
    # A rival that finds both cards taken is a rival all the same.
    taken = [*vfio_takes(MEANT + SECOND), registered("nouveau")]
    assert cells(boot(taken, by_vfio(MEANT + SECOND)))[2][:2] == ["2,200", "never"]


def test_a_part_of_a_card_is_no_claim():
    lines = [*vfio_takes(MEANT[:2]), *host_takes(SECOND)]
    partly = boot(lines, by_vfio(MEANT[:2]) | {MEANT[2]: None} | by_host(SECOND))
    assert partly.claimed_ms(MEANT) is None
    assert cells(partly)[0][:3] == ["vfio-pci", "vfio-pci", "none"]


@pytest.mark.parametrize(
    ("on", "off", "expected"),
    [
        (claim, nothing, ["yes", "yes", "yes", "1,700", "1 and 0"]),
        (nothing, claim, ["no", "yes", "no", "never", "0 and 1"]),
        # Whole, but probed before.
        (lambda: boot(LATE, by_vfio(MEANT) | by_host(SECOND)), nothing, ["no", "yes", "yes", "2,900", "0 and 0"]),
        (
            lambda: boot([*CLAIM[:8], *vfio_takes(SECOND)], by_vfio(MEANT + SECOND)),
            nothing,
            ["yes", "no", "yes", "1,700", "1 and 0"],
        ),
    ],
)
def test_at_a_glance(on, off, expected):
    assert lines_of(table.Row(WAY, on(), off()))[0] == expected


def test_a_peer_that_is_as_good_or_sooner_is_named():
    quick = boot([*vfio_takes(MEANT), *host_takes(SECOND)], by_vfio(MEANT) | by_host(SECOND))
    peer, ours = Way("p", "peer", ""), Way("c", "ours", "", is_ours=True)

    def text(*boots):
        return " ".join(document(table.Row(peer, *boots[:2]), table.Row(ours, *boots[2:])).split())

    said = text(quick, nothing(), claim(), nothing())
    assert "of the other ways: peer. Claimed sooner" in said and "same builder: peer (200 ms)." in said
    said = text(claim(), claim(), quick, nothing())
    assert "of the other ways: none. Claimed sooner" in said and "same builder: none." in said
    # What was not seen is not as good.
    assert "of the other ways: none." in text(quick, None, claim(), nothing())
    assert "Claimed sooner" not in text(quick, None, None, nothing())


def test_a_boot_that_failed_is_not_seen_in_any_cell():
    assert lines_of(table.Row(WAY, None, None))[0] == ["not seen"] * 4 + ["not seen and not seen"]
    assert cells(None, None) == [["not seen"] * 5, ["not seen"] * 4, ["not seen"] * 4]
    row = table.Row(WAY, None, None)
    text = document(row)
    assert text.count("with the IOMMU: not seen") == 1 and text.count("without: not seen") == 1
    assert "not seen" in plot.svg([row], CARDS, "title")


@pytest.mark.parametrize(("on", "off"), [(True, False), (False, True), (False, False), (True, True)])
def test_complete_is_each_boot(on, off):
    row = table.Row(WAY, claim() if on else None, claim() if off else None)
    assert table.is_complete([row]) is (on and off)
    assert not table.is_complete([table.Row(WAY, claim(), claim()), table.Row(WAY, None, claim())])


ALL = by_vfio(MEANT) | by_host(SECOND)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kmsg": ""}, "does not begin"),
        ({"kmsg": log(*CLAIM).partition("\n")[2]}, "does not begin"),
        ({"kmsg": log("only", "words")}, "does not say which driver"),
        ({"target": "ActiveEnterTimestampMonotonic=0\n"}, "not reached"),
        ({"target": ""}, "not reached"),
        ({"drivers": by_vfio(MEANT)}, "no function 0000:02:00.0"),
        # sysfs names a driver of which the log knows nothing: whatever happened, it was not seen.
        ({"drivers": ALL | {MEANT[0]: "nouveau"}}, "does not say since when"),
        ({"kmsg": log(*vfio_takes(MEANT))}, "0000:02:00.1 has snd_hda_intel"),
    ],
)
def test_files_that_do_not_tell(change, why):
    files = {"kmsg": log(*CLAIM), "target": TARGET, "drivers": ALL}
    seen.boot(**files, cards=[*MEANT, *SECOND])
    with pytest.raises(seen.NotSeen, match=why):
        seen.boot(**files | change, cards=[*MEANT, *SECOND])


def test_a_boot_that_was_not_to_reach_the_target():
    found = boot(CLAIM, ALL, target=None)
    assert found.target_ms is None
    assert cells(found)[2][3] == "never"
    assert "default target reached" not in plot.svg([table.Row(WAY, found, None)], CARDS, "x")


def test_the_log_is_what_was_said_of_the_claim():
    said = [
        "Command line: root=x vfio-pci.ids=10de:2206",
        "vfio_pci: add [10de:2206[ffffffff:ffffffff]] class 0x000000/00000000",
        "vfio-pci 0000:01:00.0: vgaarb: changed VGA decodes",
        "vfio-pci: probe of 0000:01:00.0 failed with error -22",
        "vfio-pci: probe of 0000:01:00.0 failed with error -22",
        "usb 1-1: new device",
    ]
    found = boot([*said, *CLAIM], ALL, told="driverctl: failed to bind\n\n")
    assert found.log == ("driverctl: failed to bind", said[1], said[3], "vfio-claim: 0000:01:00.0: claimed")
    row = table.Row(WAY, found, claim())
    text = document(row)
    assert f"      {said[1]}\n" in text and "more)" not in text
    longer = boot([*said, *CLAIM], ALL, told="one\ntwo\nthree\n")
    text = document(table.Row(WAY, longer, claim()))
    assert f"      {said[1]}\n      (2 more)\n" in text and said[3] not in text


def test_the_plot_is_xml_with_a_mark_for_each_event():
    rows = [table.Row(WAY, claim(), None), table.Row(Way("n", "`a` & <b>", ""), nothing(), None)]
    root = ElementTree.fromstring(plot.svg(rows, CARDS, "when & where"))
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles.count("default target reached") == 2
    assert [text for text in titles if text.startswith("vfio-pci has")] == [f"vfio-pci has {one}" for one in MEANT]
    assert [text for text in titles if "probed" in text] == [f"{d} probed {a}" for d, a in zip(HOST, MEANT)]
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "a & <b>" in texts and "0 s" in texts and "26 s" not in texts


def test_the_plots_marks_are_in_the_picture_and_in_order():
    root = ElementTree.fromstring(plot.svg([table.Row(WAY, claim(), None)], CARDS, "x"))
    circles = [float(one.get("cx")) for one in root.iter("{http://www.w3.org/2000/svg}circle")][1:]
    assert circles == sorted(circles) and len(circles) == 3
    assert all(plot.LEFT < x < plot.WIDTH - plot.RIGHT for x in circles)


STATUS = """Package: udev
Status: install ok installed
Version: 252.1
Description: x
 Version: no

Package: gone
Status: deinstall ok config-files
Version: 1
"""


def test_versions_are_of_what_is_installed():
    assert seen.versions(STATUS, ["udev"]) == {"udev": "252.1"}
    with pytest.raises(seen.NotSeen, match="gone"):
        seen.versions(STATUS, ["udev", "gone"])


def test_each_way_is_one_of_its_kind():
    every = ways(MEANT, "0000:00:08.0/00.0")
    assert len({way.key for way in every}) == len({way.name for way in every}) == len(every)
    assert [way.key for way in every if way.is_ours] == ["claim", "claim-dracut"]
    for way in every:
        assert ("/etc/vfio-claim.conf" in way.files) is way.is_ours


def test_two_rivals_are_two_parts():
    rival = nvidia([MEANT[0], SECOND[0]])
    assert f"{SECOND[0]}+a00=172a1000" in rival.modules[0] and rival.modules[0].count("=b72000a1") == 2
    rows = [table.Row(WAY, claim(), nothing())]
    parts = [table.Part(NOUVEAU, rows, "x.svg"), table.Part(rival, [table.Row(WAY, None, None)], "y.svg")]
    text = table.document(parts, CARDS, {})
    assert re.findall("^## Beside (.*)$|\\((.\\.svg)\\)", text, re.MULTILINE) == [
        ("nouveau", ""),
        ("", "x.svg"),
        ("nvidia", ""),
        ("", "y.svg"),
    ]
    assert "NVIDIA=1" not in text and "NVIDIA=1" in table.document(parts[:1], CARDS, {})
