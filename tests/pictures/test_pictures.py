# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfio-claim map` as Chromium draws it, with this system's fonts: no text overlaps another, and none leaves
its box. The screenshots, light and dark, are for looking at: build/pictures.

Run by `make check-pictures`, which needs chromium; tests/machines/test_map.py holds for any font.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "machines"))

import real  # noqa: E402
from test_machines import BUILD, run  # noqa: E402

MACHINES = ["02-gigabyte-b650-aorus-elite-ax-rtx", "04-lenovo-legion-5-15ach6h",
            "06-msi-b450m-mortar-apu-rx470", "12-intel-z370-two-nvidia-one-group",
            "17-supermicro-c240-aspeed-bmc", "24-asrock-b250m-pro4-lexa-iommu-off"]
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]

# The page's own answer: pairs of texts that touch, and texts that cross the border of a box.
SCRIPT = """
const inner = (a, b) => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width &&
                        a.y + a.height <= b.y + b.height;
const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x ||
                        a.y + a.height <= b.y || b.y + b.height <= a.y;
// A line's box is higher than its letters.
const letters = element => { const b = element.getBBox();
    return {x: b.x, y: b.y + b.height * .15, width: b.width, height: b.height * .7,
            text: element.textContent}; };
const texts = [...document.querySelectorAll('text')].map(letters);
const boxes = [...document.querySelectorAll('rect')].map(element => element.getBBox());
const wrong = [];
texts.forEach((a, i) => {
    texts.slice(0, i).forEach(b => { if (!apart(a, b)) wrong.push([a.text, b.text]); });
    boxes.forEach(b => { if (!apart(a, b) && !inner(a, b)) wrong.push([a.text, 'box']); });
});
document.title = JSON.stringify({texts: texts.length, wrong});
"""


def chromium(*arguments):
    process = subprocess.run([*CHROMIUM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             timeout=120, check=True)
    return process.stdout.decode()


@pytest.mark.parametrize("name", MACHINES)
def test_picture(name, tmp_path):
    folder = BUILD / "pictures"
    folder.mkdir(exist_ok=True)
    real.machine_from(real.Source.read(f"{name}.tsv")).write(tmp_path / "root")
    svg = run(BUILD / "vfio-claim", tmp_path / "root", "map", verb_first=True).stdout.decode()
    picture = folder / f"{name}.svg"
    picture.write_text(svg)
    width, height = re.search(r'<svg [^>]*width="(\d+)" height="(\d+)"', svg).groups()
    for colours, number in ("dark", 0), ("light", 1):
        file = folder / f"{name}-{colours}.png"
        chromium(f"--blink-settings=preferredColorScheme={number}", f"--window-size={width},{height}",
                 f"--screenshot={file}", picture.as_uri())
        assert file.stat().st_size > 10_000
    page = tmp_path / "page.html"
    page.write_text(f"<!DOCTYPE html><meta charset=utf-8><title></title>{svg.partition('?>')[2]}"
                    f"<script>{SCRIPT}</script>")
    title = re.search("<title>(.*?)</title>", chromium("--dump-dom", page.as_uri()))[1]
    answer = json.loads(title.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
    assert answer["texts"] > 20
    assert answer["wrong"] == []
