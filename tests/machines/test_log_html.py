# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim log --html`: one page that stands alone, and that no report can break.

All programs have sanitizers. map/log.html is a whole page; VFIO_CLAIM_REWRITE=1 rewrites it.
"""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from drawing import Drawing
from test_after import KEPT, OLD_BOOT, REPORT, booted, command, write  # noqa: F401
from test_machines import HERE, compare, listing

EVIL = "</p><script>alert('1')</script>&amp;\x1b[2J\x01\"' \ud7ff serial=00-15-17-ff-fe-a1-b2-c3"
SVG = re.compile(r"<svg .*</svg>", re.DOTALL)


def page_of(root, *options):
    process = command(root, "log", "--html", *options)
    assert process.stderr == b""
    text = process.stdout.decode()
    # Well-formed, with no entity but XML's own.
    ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>"))
    return text


def assert_alone(page):
    """No script, and nothing from elsewhere; a picture's name for its language is no link."""
    rest = page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"<script|https?:|href|src=|url\(|@import|<i?frame|<object| on\w+=", rest)


@pytest.fixture
def told(booted):  # noqa: F811
    """The same boot, with fixed times, and one before it."""
    root, report = booted
    report |= {"started_at": 5.615, "duration_ms": 134.1, "image_built_at": "2026-11-22T14:42:13Z"}
    old = json.loads(json.dumps(report)) | {"boot_id": OLD_BOOT, "kernel": "6.1.0-1-amd64"}
    write(root, REPORT, report)
    write(root, f"{KEPT}/20261120T080000Z-{OLD_BOOT}.json", old)
    return root, report


def test_whole(told, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    root, _ = told
    before = listing(root)
    page = page_of(root)
    compare(HERE / "map/log.html", page.encode())
    assert_alone(page)
    assert listing(root) == before
    Drawing(SVG.search(page)[0]).check()


def test_answer_first(told):
    """The answer stands before everything else, and its reason below it."""
    root, report = told
    assert "<h1>The card was claimed for a VM " in page_of(root)
    report["result"] = report["gpus"][0]["result"] = "refused"
    card = report["gpus"][0]["address"]
    report["findings"] = [
        {"severity": "warning", "code": "A", "subject": "x", "text": "first", "remedy": None},
        {"severity": "error", "code": "B", "subject": card, "text": "because", "remedy": "do so"}]
    write(root, REPORT, report)
    process = command(root, "log", "--html")
    page = process.stdout.decode()
    assert process.returncode == 1
    assert re.search(f'<h1>The card was not claimed .*</h1>\n<p class="lead"><code>{card}</code> because</p>', page)
    assert page.index("Remedy: do so") < page.index("first")


def test_picture_of_this_boot_alone(told):
    root, _ = told
    assert "<svg " in page_of(root, "--boot", "0")
    old = page_of(root, "--boot", "-1")
    assert "<svg " not in old
    assert "Friday, 20 November 2026" in old
    assert_alone(old)


def test_any_report(told):
    """Every text of a report is from outside."""
    def spoilt(value, key=None):
        if isinstance(value, dict):
            return {name: spoilt(member, name) for name, member in value.items()}
        if isinstance(value, list):
            return [spoilt(member) for member in value]
        return EVIL if isinstance(value, str) and key not in ("boot_id", "program") else value

    root, report = told
    report["findings"] = [{"severity": "error", "code": "X", "subject": "y", "text": "t", "remedy": "r"}]
    report["verified"] = {"result": "x", "at": "y", "vfio": [{"group": 1, "answer": "z", "interface": "i"}],
                          "images": [{"kernel": "k", "state": "s"}], "findings": []}
    write(root, REPORT, spoilt(report))
    page = command(root, "log", "--html").stdout.decode()
    ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>"))
    assert_alone(page)
    assert "&lt;script&gt;" in page
    assert "00-15-17" not in page and "serial=(left out)" in page


def test_output(told, tmp_path_factory):
    root, _ = told
    file = tmp_path_factory.mktemp("out") / "log.html"
    assert command(root, "log", "--html", "-o", file).stdout == b""
    assert file.read_text() == page_of(root)
    assert command(root, "log", "--html", "-o", file / "no").returncode == 1


@pytest.mark.parametrize("options", [("--html", "--list"), ("--html", "--json"), ("--html", "--since", "-1d"),
                                     ("--output", "x")])
def test_usage(told, options):
    assert command(told[0], "log", *options).returncode == 2
