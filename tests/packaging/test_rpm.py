# SPDX-License-Identifier: GPL-2.0-or-later
"""The RPM packages: their build, their contents, and their scripts. Not installed on Fedora."""

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SPEC = TOP / "packaging/rpm/vfio-claim.spec"
COMMON = {
    "/usr/bin/vfio-claim",
    "/usr/lib/kernel/install.d/95-vfio-claim.install",
    "/usr/lib/systemd/catalog/vfio-claim.catalog",
    "/usr/lib/systemd/system/vfio-claim-confirm.service",
    "/usr/lib/systemd/system/vfio-claim-hibernate.service",
    "/usr/lib/systemd/system/vfio-claim-metrics.path",
    "/usr/lib/systemd/system/vfio-claim-metrics.service",
    "/usr/lib/systemd/system/vfio-claim-metrics.timer",
    "/usr/lib/systemd/system/vfio-claim-verify.service",
    "/usr/lib/systemd/system/vfio-claim-images.service",
    "/usr/lib/systemd/system/vfio-claim-watch.service",
    "/usr/lib/systemd/system/vfio-claim-vf.service",
    "/usr/lib/systemd/system/vfio-claim-arrivals.service",
    "/usr/lib/systemd/system/vfio-claim-arrival@.service",
    "/usr/lib/udev/rules.d/80-vfio-claim.rules",
    "/usr/lib/vfio-claim",
    "/usr/lib/vfio-claim/agent",
    "/usr/lib/vfio-claim/grub-entry",
    "/usr/lib/vfio-claim/grub-trial",
    "/usr/share/bash-completion/completions/vfio-claim",
    "/usr/share/fish/vendor_completions.d/vfio-claim.fish",
    "/usr/share/man/man5/vfio-claim-report.5.gz",
    "/usr/share/man/man5/vfio-claim.conf.5.gz",
    "/usr/share/man/man8/vfio-claim.8.gz",
    "/usr/share/vfio-claim",
    "/usr/share/vfio-claim/schemas",
    "/usr/share/zsh/site-functions/_vfio-claim",
} | {f"/usr/share/vfio-claim/schemas/{path.name}" for path in (TOP / "schemas").iterdir()}
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
        ["make", "rpm"],
        cwd=tree,
        # `make check` has run the unit tests.
        env={**os.environ, "RPMBUILD_OPTIONS": "--nocheck"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
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
    return {name for name in query(rpm, "-l") if not name.startswith(PASSED_OVER)}


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


@pytest.mark.lint  # each version of rpmlint complains differently
def test_rpmlint(rpms):
    done = subprocess.run(
        ["rpmlint", "--ignore-unused-rpmlintrc", "-r", SPEC.with_suffix(".rpmlintrc"), SPEC, *rpms.values()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert " 2 packages and 1 specfiles checked; 0 errors" in done.stdout, done.stdout


def test_programs_are_stripped(rpms, tmp_path):
    unpacked = subprocess.run(["rpm2cpio", rpms["vfio-claim"]], stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["cpio", "-id", "--quiet"], cwd=tmp_path, input=unpacked, check=True)
    for name in ("usr/bin/vfio-claim", "usr/lib/vfio-claim/agent"):
        sections = subprocess.run(
            ["readelf", "-W", "-S", tmp_path / name], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        assert ".symtab" not in sections and ".debug_info" not in sections, name


def test_the_units_of_the_real_root_follow_the_presets(rpms):
    units = "vfio-claim-verify.service vfio-claim-vf.service vfio-claim-images.service vfio-claim-arrivals.service vfio-claim-confirm.service vfio-claim-hibernate.service"
    assert f"install-system-units {units} " in "\n".join(query(rpms["vfio-claim"], "--qf", "%{POSTIN}"))
    assert f"remove-system-units {units} " in "\n".join(query(rpms["vfio-claim"], "--qf", "%{PREUN}"))


# The scripts, with a stand-in for dracut ---------------------------------------------

REBUILD = ["--regenerate-all --force"]


@pytest.fixture
def run_script(rpms, tmp_path):
    """Runs a script of the dracut package with how many of the package will be left; returns dracut's calls."""

    def run_script(tag, left, *, exit_code=0, dracut=True, command=0):
        tools, calls = tmp_path / "tools", tmp_path / "calls"
        tools.mkdir(exist_ok=True)
        calls.write_text("")
        (tools / "dracut").unlink(missing_ok=True)
        if dracut:
            (tools / "dracut").write_text(f'#!/bin/sh\necho "$@" >>{calls}\nexit {exit_code}\n')
            (tools / "dracut").chmod(0o755)
        (tools / "rm").unlink(missing_ok=True)
        (tools / "rm").symlink_to("/usr/bin/rm")
        (tools / "vfio-claim").write_text(f"#!/bin/sh\n[ \"$*\" = 'image-free --build' ] || exit 9\nexit {command}\n")
        (tools / "vfio-claim").chmod(0o755)
        script = "\n".join(query(rpms["vfio-claim-dracut"], "--qf", f"%{{{tag}}}"))
        for folder in ("/etc/", "/run/"):
            script = script.replace(folder, f"{tmp_path}/")
        done = subprocess.run(
            ["/bin/sh", "-c", script, tag, str(left)],
            env={"PATH": str(tools)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, "no script may fail the transaction"
        return calls.read_text().splitlines(), done.stderr

    return run_script


def test_removal_rebuilds_every_image(run_script):
    assert run_script("POSTUN", 0) == (REBUILD, "")
    assert run_script("POSTUN", 1) == ([], ""), "an upgrade leaves this to the new package"
    assert run_script("POSTUN", 0, dracut=False) == ([], "")


def test_removal_rebuilds_nothing_where_the_command_has_done_it(run_script):
    """It has built the images, or there was nothing to build, or it has said which still claim."""
    for code in 0, 1:
        assert run_script("PREUN", 0, command=code) == ([], "")
        assert run_script("POSTUN", 0) == ([], "")
        assert run_script("POSTUN", 0) == (REBUILD, ""), "what was done counts once"


def test_removal_rebuilds_every_image_where_the_command_cannot_run(run_script):
    assert run_script("PREUN", 0, command=127) == ([], "")
    assert run_script("POSTUN", 0) == (REBUILD, "")


def test_upgrade_rebuilds_every_image_where_a_card_is_configured(run_script, tmp_path):
    assert run_script("POSTTRANS", 1) == ([], "")
    (tmp_path / "vfio-claim.conf").write_text("gpu = 01:00.0\n")
    assert run_script("POSTTRANS", 1) == (REBUILD, "")


def test_an_image_that_cannot_be_rebuilt_is_reported(run_script):
    calls, said = run_script("POSTUN", 0, exit_code=1)
    assert calls == REBUILD
    assert said.startswith("vfio-claim: 'dracut --regenerate-all --force' failed: ")
    assert "boot with vfio_claim.mode=off\n" in said
