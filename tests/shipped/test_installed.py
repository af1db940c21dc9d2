# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that `make install` adds to the programs: scripts that parse, units, the journal's
catalog."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
# Of 100: the units reach little of the system (1.4 of 10 with systemd 252).
EXPOSURE = 30


def run(*command):
    done = subprocess.run(
        command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        env={**os.environ, "MAKEFLAGS": "", "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


def interpreter(path):
    """The shell on a script's first line."""
    line = path.read_bytes().split(b"\n")[0].decode(errors="replace")
    name = re.fullmatch(r"#! */bin/(sh|bash)\b.*", line)
    return name and name[1]


def test_scripts_parse(tmp_path):
    run("make", "-s", "install", f"DESTDIR={tmp_path}")
    scripts = {path: interpreter(path) for path in tmp_path.rglob("*") if path.is_file()}
    scripts = {path: shell for path, shell in scripts.items() if shell}
    names = {str(path.relative_to(tmp_path)) for path in scripts}
    assert {"usr/share/initramfs-tools/hooks/vfio-claim", "usr/lib/vfio-claim/grub-entry",
            "usr/lib/vfio-claim/grub-trial",
            "usr/lib/dracut/modules.d/50vfio-claim/module-setup.sh"} <= names
    for path, shell in scripts.items():
        run(shell, "-n", path)


def test_catalog_has_an_entry_for_each_message(tmp_path):
    """Only these ids connect the journal's entries with the catalog's texts."""
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    catalog = tmp_path / "usr/lib/systemd/catalog"
    catalog.mkdir(parents=True)
    shutil.copy(TOP / "systemd/vfio-claim.catalog", catalog)
    run("journalctl", f"--root={tmp_path}", "--update-catalog")
    listed = run("journalctl", f"--root={tmp_path}", "--list-catalog")
    header = (TOP / "agent/cmd/after/journal.h").read_text(encoding="utf-8")
    ids = re.findall(r'^#define MESSAGE_ID_\w+\s+"([0-9a-f]+)"$', header, re.MULTILINE)
    assert ids and sorted(ids) == sorted(line.split()[0] for line in listed.splitlines())


@pytest.mark.parametrize("unit", ["vfio-claim-verify", "vfio-claim-vf", "vfio-claim-images", "vfio-claim-confirm",
                                  "vfio-claim-hibernate", "vfio-claim-metrics", "vfio-claim-watch"])
def test_unit_is_sandboxed(unit):
    run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}",
        f"systemd/{unit}.service")


def test_removal_stops_the_units_that_only_an_administrator_enables():
    """The others are stopped by the packaging tools, which know what they have enabled."""
    units = {path.name for path in (TOP / "systemd").iterdir() if "[Install]" in path.read_text(encoding="utf-8")}
    enabled = set(re.findall(r"vfio-claim-\w+\.service", (TOP / "debian/rules").read_text(encoding="utf-8")))
    chosen = units - enabled
    assert chosen == {"vfio-claim-watch.service", "vfio-claim-metrics.timer"} and enabled < units
    for script, command in {"debian/prerm": "systemctl --quiet disable --now ",
                            "packaging/arch/vfio-claim.install": "systemctl --quiet disable --now ",
                            "packaging/rpm/vfio-claim.spec": "%systemd_preun vfio-claim-"}.items():
        lines = (TOP / script).read_text(encoding="utf-8").splitlines()
        (line,) = (one for one in lines if command in one)
        assert chosen == set(re.findall(r"vfio-claim-\w+\.\w+", line)), script
