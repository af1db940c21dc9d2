# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package: its build from any tree, its contents, and its removal."""

import os
import re
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
# Accepted complaints of lintian, and why.
ACCEPTED = {
    # design.md names the places; dracut chooses its own.
    "executable-in-usr-lib",
    # The agent runs without systemd; the units are an addition for systemd.
    "package-supports-alternative-init-but-no-init.d-script",
    # No bug of Debian asks for the package; the person who uploads it files one.
    "initial-upload-closes-no-bugs",
}


def run(*command, **options):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


def make_deb(tree, options):
    run("make", "deb", cwd=tree, env={**os.environ, "DEB_BUILD_OPTIONS": options})


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The tree like an export: no .git, and read-only except for root."""
    tree = tmp_path_factory.mktemp("deb") / "tree"
    tree.mkdir()
    exclude = ["--exclude=./.git", "--exclude=./build", "--exclude=./dist"]
    packed = subprocess.run(
        ["tar", "-c", *exclude, "."], cwd=TOP, stdout=subprocess.PIPE, check=True
    ).stdout
    subprocess.run(["tar", "-x"], cwd=tree, input=packed, check=True)
    before = sorted(path for path in tree.rglob("*"))
    make_deb(tree, "nocheck")
    after = sorted(path for path in tree.rglob("*") if "dist" not in path.parts)
    assert before == after, "the build left something in the tree"
    return tree


@pytest.fixture(scope="module")
def deb(tree):
    (deb,) = tree.glob("dist/*.deb")
    return deb


def members(deb, option="--fsys-tarfile"):
    packed = subprocess.run(["dpkg-deb", option, deb], stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as tar:
        return {
            member.name.removeprefix("./"): (member.mode, tar.extractfile(member).read())
            for member in tar
            if member.isfile()
        }


@pytest.fixture(scope="module")
def files(deb):
    # Debian 12 has units below /lib.
    return {re.sub("^lib/", "usr/lib/", name): file for name, file in members(deb).items()}


@pytest.fixture(scope="module")
def control(deb):
    return members(deb, "--ctrl-tarfile")


def installed_by_make(tmp_path):
    environment = {**os.environ, "MAKEFLAGS": ""}
    run("make", "-s", "install", f"DESTDIR={tmp_path}", cwd=TOP, env=environment)
    return {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.lint  # each version of lintian complains differently
def test_lintian(tree):
    (changes,) = tree.glob("dist/*.changes")
    accepted = f"--suppress-tags={','.join(sorted(ACCEPTED))}"
    said = run("lintian", "--allow-root", accepted, "--fail-on", "error,warning", "-I", "--pedantic", changes)
    # Machine code may look like a word: no text of ours has a capital after a small letter.
    code = re.compile(r"spelling-error-in-binary \w*[a-z][A-Z]")
    tags = [tag for tag in re.findall(r"^[A-Z]: [^:]+: (.*)", said, re.MULTILINE) if not code.match(tag)]
    assert tags == [], said


def test_all_that_make_installs_is_packaged(files, tmp_path):
    for name, path in installed_by_make(tmp_path).items():
        name = name.replace("site-functions", "vendor-completions")
        name += ".gz" if "/man/" in name else ""
        assert name in files, name
        mode = files[name][0]
        assert mode == path.stat().st_mode & 0o7777, f"{name}: {mode:o}"


@pytest.mark.parametrize(
    "name, mode",
    [
        ("usr/share/initramfs-tools/hooks/vfio-claim", 0o755),
        ("usr/share/initramfs-tools/scripts/init-top/00-vfio-claim", 0o755),
        ("usr/lib/dracut/modules.d/50vfio-claim/module-setup.sh", 0o755),
        ("usr/lib/dracut/modules.d/50vfio-claim/vfio-claim.sh", 0o755),
        ("usr/lib/vfio-claim/agent", 0o755),
        ("usr/lib/vfio-claim/grub-entry", 0o755),
        ("usr/lib/vfio-claim/grub-trial", 0o755),
        ("usr/lib/kernel/install.d/95-vfio-claim.install", 0o755),
        ("usr/bin/vfio-claim", 0o755),
        ("usr/lib/systemd/system/vfio-claim-early.service", 0o644),
        ("usr/lib/systemd/system/vfio-claim-verify.service", 0o644),
        ("usr/lib/systemd/system/vfio-claim-images.service", 0o644),
        ("usr/lib/systemd/system/vfio-claim-vf.service", 0o644),
        ("usr/lib/systemd/system/vfio-claim-arrivals.service", 0o644),
        ("usr/lib/systemd/system/vfio-claim-arrival@.service", 0o644),
        ("usr/lib/udev/rules.d/80-vfio-claim.rules", 0o644),
        ("usr/lib/systemd/system/vfio-claim-metrics.service", 0o644),
        ("usr/lib/systemd/system/vfio-claim-metrics.timer", 0o644),
        ("usr/lib/systemd/system/vfio-claim-metrics.path", 0o644),
        ("usr/lib/systemd/system/vfio-claim-watch.service", 0o644),
        ("usr/lib/systemd/catalog/vfio-claim.catalog", 0o644),
        ("usr/share/vfio-claim/schemas/report.schema.json", 0o644),
        ("usr/share/man/man8/vfio-claim.8.gz", 0o644),
        ("usr/share/man/man5/vfio-claim.conf.5.gz", 0o644),
        ("usr/share/man/man5/vfio-claim-report.5.gz", 0o644),
        ("usr/share/bash-completion/completions/vfio-claim", 0o644),
        ("usr/share/zsh/vendor-completions/_vfio-claim", 0o644),
        ("usr/share/fish/vendor_completions.d/vfio-claim.fish", 0o644),
    ],
)
def test_file(files, name, mode):
    assert name in files
    assert files[name][0] == mode, f"{files[name][0]:o}"


def test_nothing_is_packaged_below_etc_and_var(files):
    assert not [name for name in files if name.startswith(("etc/", "var/", "run/"))]


def test_dpkg_alone_builds_no_image(control):
    assert "triggers" not in control


def test_the_units_of_the_real_root_are_enabled_and_none_is_started(control):
    scripts = "\n".join(control[name][1].decode() for name in control if name != "md5sums")
    enabled = set(re.findall(r"deb-systemd-helper enable '([^']*)'", scripts))
    assert enabled == {
        f"vfio-claim-{name}.service" for name in ("verify", "vf", "images", "arrivals", "confirm", "hibernate")
    }
    assert "vfio-claim-early.service" not in scripts
    assert not re.search(r"deb-systemd-invoke.*(start|stop)", scripts)


def test_programs_are_hardened(files, tmp_path):
    for name in ("usr/bin/vfio-claim", "usr/lib/vfio-claim/agent"):
        program = tmp_path / Path(name).name
        program.write_bytes(files[name][1])
        said = run("readelf", "-W", "-h", "-l", "-d", program)
        assert "DYN (" in said, f"{name}: not position-independent"
        assert "GNU_RELRO" in said and "BIND_NOW" in said, name
        assert not re.search(r"GNU_STACK.* RWE ", said), f"{name}: executable stack"
        assert "__stack_chk_fail" in run("readelf", "-W", "--dyn-syms", program), name
        assert ".symtab" not in run("readelf", "-W", "-S", program), f"{name}: not stripped"


@pytest.mark.extended
def test_build_is_reproducible(deb, tree):
    """Nor do the unit tests change the package: the first build is without them."""
    first = deb.read_bytes()
    make_deb(tree, "")
    assert deb.read_bytes() == first


def version_of(path, pattern):
    (version,) = re.findall(pattern, (TOP / path).read_text(encoding="utf-8"), re.MULTILINE)
    return version


def test_all_say_one_version():
    version = version_of("Makefile", r"^VERSION := (.*)$")
    assert version_of("packaging/rpm/vfio-claim.spec", r"^Version: *(.*)$") == version
    changelog = (TOP / "debian/changelog").read_text(encoding="utf-8")
    assert re.match(r"vfio-claim \(([^)]*)-[^-)]*\)", changelog)[1] == version


# The scripts, with stand-ins for the builders and the command ------------------------


def run_script(tmp_path, control, script, action, builder=None, exit_code=0, command=1):
    """Runs a maintainer script with its own PATH, below a root that it takes for the system's."""
    root, tools = tmp_path / "root", tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    (root / "run").mkdir(parents=True, exist_ok=True)
    for tool in ("rm", "cat", "sed", "grep", "sort"):
        (tools / tool).unlink(missing_ok=True)
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    programs = {"dpkg-trigger": 0, "vfio-claim": command, **({builder: exit_code} if builder else {})}
    if script == "postrm":
        del programs["vfio-claim"]
    (tools / "vfio-claim").unlink(missing_ok=True)
    for name, code in programs.items():
        said = "" if name == "vfio-claim" else f'echo {name} "$@" >>{tmp_path}/calls\n'
        (tools / name).write_text(f"#!/bin/sh\n{said}exit {code}\n")
        (tools / name).chmod(0o755)
    (tools / "unshare").write_text(f"#!/bin/sh\nfor last; do :; done\necho unshare $last >>{tmp_path}/calls\n")
    (tools / "unshare").chmod(0o755)
    text = control[script][1].decode()
    text = re.sub(r"(?<= )/(?=boot/|efi/)", f"{root}/", text)
    text = re.sub(r"/(etc|var|run)/(?=vfio|log/vfio|lib/vfio|default|grub.d|kernel/p)", rf"{root}/\1/", text)
    # Ours alone, without what debhelper adds for the units.
    text = text.partition("# Automatically added")[0]
    done = subprocess.run(
        ["/bin/sh", "-c", text, script, action],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    calls = tmp_path / "calls"
    return calls.read_text().splitlines() if calls.exists() else [], done.stderr


def remove(tmp_path, control, action, builder=None, exit_code=0):
    return run_script(tmp_path, control, "postrm", action, builder, exit_code)


def test_installation_builds_images_only_where_a_card_is_configured(tmp_path, control):
    assert run_script(tmp_path, control, "postinst", "configure", "update-initramfs")[0] == []
    (tmp_path / "root/etc").mkdir()
    (tmp_path / "root/etc/vfio-claim.conf").write_text("gpu = 01:00.0\n")
    calls, _ = run_script(tmp_path, control, "postinst", "configure", "update-initramfs")
    assert calls == ["dpkg-trigger --no-await update-initramfs"]


@pytest.mark.parametrize("code", [0, 1, 2, 127, 139])
def test_postrm_builds_images_only_where_the_command_could_not(tmp_path, control, code):
    """0: none claims; 1: some do, and that was said."""
    run_script(tmp_path, control, "prerm", "remove", command=code)
    calls, said = remove(tmp_path, control, "remove", "update-initramfs")
    assert calls == ([] if code < 2 else ["update-initramfs -u -k all"])
    assert ("no boot image was opened" in said) == (code > 1), "nothing is called done that was not seen"
    calls, _ = remove(tmp_path, control, "purge", "update-initramfs")
    assert len(calls) == (0 if code < 2 else 1), "purge builds nothing more"


@pytest.mark.parametrize("code", [0, 1])
def test_a_removal_stops_what_an_administrator_enabled(tmp_path, control, code):
    calls, _ = run_script(tmp_path, control, "prerm", "remove", "systemctl", code, command=0)
    assert calls == ["systemctl --quiet disable --now vfio-claim-watch.service vfio-claim-metrics.timer"]
    assert run_script(tmp_path, control, "prerm", "upgrade", "systemctl")[0] == calls, "not by an upgrade"


def test_a_removal_that_was_given_up_is_forgotten(tmp_path, control):
    (tmp_path / "root/run").mkdir(parents=True)
    (tmp_path / "root/run/vfio-claim.leaving").write_text("")
    run_script(tmp_path, control, "prerm", "remove", command=0)
    run_script(tmp_path, control, "postinst", "abort-remove")
    assert not list((tmp_path / "root/run").iterdir())
    run_script(tmp_path, control, "prerm", "remove", command=0)
    run_script(tmp_path, control, "prerm", "remove", command=127)
    assert remove(tmp_path, control, "remove", "update-initramfs")[0] == ["update-initramfs -u -k all"]


def system(tmp_path):
    root = tmp_path / "root"
    names = [
        "etc/vfio-claim.conf",
        "etc/vfio-claim.conf.old",
        "etc/default/grub.d/vfio-claim.cfg",
        "etc/default/grub",
        "etc/grub.d/10_linux",
        "boot/loader/entries/x-6.12.conf",
        "boot/loader/entries/x-0-vfio-claim-off.conf",
        "efi/loader/entries/x-0-vfio-claim-off.conf",
        "etc/kernel/postinst.d/zzz-vfio-claim",
        "etc/kernel/postrm.d/zzz-vfio-claim",
        "etc/kernel/proxmox-boot-uuids",
        "var/log/vfio-claim/20261122T161501Z-1.json",
        "var/log/other",
        "var/lib/vfio-claim/kernel-parameter",
        "run/vfio-claim/report.json",
        "run/vfio-claim.lock",
    ]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("kernel-cmdline intel_iommu=on\n")
    (root / "etc/default/grub.d/vfio-claim-trial.cfg").write_text("#\n")
    (root / "etc/grub.d/09_vfio-claim").symlink_to("/usr/lib/vfio-claim/grub-trial-of-no-package")
    (root / "etc/kernel/proxmox-boot-uuids").write_text("1234-ABCD\n\n5678-EF01\n")
    # The links dangle, as the package's files are gone when postrm runs.
    (root / "etc/grub.d/99_vfio-claim").symlink_to("/usr/lib/vfio-claim/grub-entry-of-no-package")
    return lambda: sorted(
        str(p.relative_to(root)) for p in root.rglob("*") if p.is_symlink() or p.is_file()
    )


def test_remove_makes_every_image_again_and_keeps_the_configuration(tmp_path, control):
    left = system(tmp_path)
    before = left()
    calls, _ = remove(tmp_path, control, "remove", "update-initramfs")
    assert calls == ["update-initramfs -u -k all"]
    assert left() == before


def test_remove_with_dracut(tmp_path, control):
    calls, _ = remove(tmp_path, control, "remove", "dracut")
    assert calls == ["dracut --regenerate-all --force"]


def test_remove_goes_on_when_an_image_cannot_be_made_and_says_so(tmp_path, control):
    calls, said = remove(tmp_path, control, "remove", "update-initramfs", exit_code=1)
    assert calls == ["update-initramfs -u -k all"]
    assert "'update-initramfs -u -k all' failed" in said
    _, said = remove(tmp_path, control, "remove", "update-initramfs")
    assert "failed" not in said and "no boot image was opened" in said


def test_upgrade_touches_nothing(tmp_path, control):
    left = system(tmp_path)
    before = left()
    calls, _ = remove(tmp_path, control, "upgrade", "update-initramfs")
    assert calls == [] and left() == before


def test_purge_leaves_nothing_of_ours(tmp_path, control):
    left = system(tmp_path)
    calls, said = remove(tmp_path, control, "purge", "update-grub")
    others = ["boot/loader/entries/x-6.12.conf", "etc/default/grub", "etc/grub.d/10_linux"]
    assert left() == [*others, "etc/kernel/proxmox-boot-uuids", "var/log/other"]
    assert calls == ["update-grub", *(f"unshare /dev/disk/by-uuid/{uuid}" for uuid in ("1234-ABCD", "5678-EF01"))]
    assert "/etc/kernel/cmdline keeps the kernel command line that setup wrote" in said
    (tmp_path / "calls").unlink()
    calls, said = remove(tmp_path, control, "purge", "update-grub")
    assert calls == [] and "intel_iommu" not in said, "a second purge has nothing to do"
