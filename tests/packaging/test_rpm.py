# SPDX-License-Identifier: GPL-2.0-or-later
"""The RPM packages: the spec builds, and each package has its contents. Not installed on Fedora."""

import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
COMMON = {
    "/usr/bin/vfio-claim",
    "/usr/lib/kernel/install.d/95-vfio-claim.install",
    "/usr/lib/systemd/catalog/vfio-claim.catalog",
    "/usr/lib/systemd/system/vfio-claim-confirm.service",
    "/usr/lib/systemd/system/vfio-claim-hibernate.service",
    "/usr/lib/systemd/system/vfio-claim-verify.service",
    "/usr/lib/vfio-claim",
    "/usr/lib/vfio-claim/agent",
    "/usr/lib/vfio-claim/grub-entry",
    "/usr/share/bash-completion/completions/vfio-claim",
    "/usr/share/fish/vendor_completions.d/vfio-claim.fish",
    "/usr/share/man/man5/vfio-claim-report.5.gz",
    "/usr/share/man/man5/vfio-claim.conf.5.gz",
    "/usr/share/man/man8/vfio-claim.8.gz",
    "/usr/share/zsh/site-functions/_vfio-claim",
}
PASSED_OVER = ("/usr/share/doc", "/usr/share/licenses", "/usr/lib/.build-id")
DRACUT = {
    "/usr/lib/dracut/modules.d/50vfio-claim",
    "/usr/lib/dracut/modules.d/50vfio-claim/module-setup.sh",
    "/usr/lib/dracut/modules.d/50vfio-claim/vfio-claim-emergency.sh",
    "/usr/lib/dracut/modules.d/50vfio-claim/vfio-claim.sh",
    "/usr/lib/systemd/system/vfio-claim-early.service",
}


@pytest.fixture(scope="module")
def rpms(tmp_path_factory):
    tree = tmp_path_factory.mktemp("rpm") / "tree"
    tree.mkdir()
    exclude = ["--exclude=./.git", "--exclude=./build", "--exclude=./dist"]
    packed = subprocess.run(
        ["tar", "-c", *exclude, "."], cwd=TOP, stdout=subprocess.PIPE, check=True
    ).stdout
    subprocess.run(["tar", "-x"], cwd=tree, input=packed, check=True)
    done = subprocess.run(
        ["make", "rpm"], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return {path.name.rsplit("-", 2)[0]: path for path in tree.glob("dist/*.rpm")}


def query(rpm, *options):
    return subprocess.run(
        ["rpm", "--dbpath", "/nonexistent", "-qp", *options, rpm],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.splitlines()


def files(rpm):
    # Debian's rpm does not compress manuals.
    names = set(query(rpm, "-l"))
    names = {name for name in names if not name.startswith(PASSED_OVER)}
    return {name + ".gz" if "/man/" in name and not name.endswith(".gz") else name for name in names}


def test_packages(rpms):
    assert set(rpms) - {"vfio-claim-debuginfo", "vfio-claim-debugsource"} == {"vfio-claim", "vfio-claim-dracut"}


def test_files(rpms):
    assert files(rpms["vfio-claim"]) == COMMON
    assert files(rpms["vfio-claim-dracut"]) == DRACUT


def test_scripts_of_dracut_are_executable(rpms):
    modes = dict(
        line.rsplit(" ", 1) for line in query(rpms["vfio-claim-dracut"], "--qf", "[%{FILENAMES} %{FILEMODES:octal}\n]")
    )
    assert modes["/usr/lib/dracut/modules.d/50vfio-claim/module-setup.sh"] == "100755"
    assert modes["/usr/lib/dracut/modules.d/50vfio-claim/vfio-claim.sh"] == "100755"
    assert modes["/usr/lib/systemd/system/vfio-claim-early.service"] == "100644"


def test_who_has_dracut_gets_the_subpackage(rpms):
    requires = query(rpms["vfio-claim"], "--requires")
    assert any(line.startswith("(vfio-claim-dracut = ") and line.endswith(" if dracut)") for line in requires)
    assert "dracut" in query(rpms["vfio-claim-dracut"], "--requires")
