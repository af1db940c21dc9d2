# SPDX-License-Identifier: GPL-2.0-or-later
"""The hooks for mkinitcpio, run with stand-ins for its functions, and what PKGBUILD packages. No such image
is booted, and makepkg is not run."""

import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
ARCH = TOP / "packaging/arch"

# mkinitcpio 41: the functions that the hook calls, each printing a line. HOOKS as users have it.
STUB = r"""
tell() { echo "$*" >>"$CALLS"; }
add_binary() { [[ $1 != "$BROKEN" ]] || return 1; tell add_binary "$@"; mkdir -p "$BUILDROOT${1%/*}"; }
add_file() { tell add_file "$@"; }
add_module() { tell add_module "$@"; }
add_symlink() { tell add_symlink "$@"; }
add_runscript() { tell add_runscript; }
map() { local each=$1; shift; for one; do "$each" "$one"; done; }
in_array() { local needle=$1 item; shift; for item; do [[ $item == "$needle" ]] && return 0; done; return 1; }
error() { tell error "$@"; }
warning() { tell warning "$@"; }
if [[ -n $SYSTEMD_READ ]]; then
	add_systemd_unit() { tell add_systemd_unit "$@"; }
fi
read -ra _hooks <<<"$HOOKS_TEXT"
unset -f build
. "$1" || exit 3
build
"""
RECORD = """built-at 2026-11-22T14:42:13Z
needs known
module vfio_pci
module irqbypass
library /usr/lib/libkmod.so.2
load vfio_pci builtin
"""


@pytest.fixture
def build(tmp_path):
    def build(hooks, *, systemd_read=False, conf=True, broken="", record=RECORD, leaving=False):
        tools, image, calls = tmp_path / "tools", tmp_path / "image", tmp_path / "calls"
        tools.mkdir()
        (tools / "vfio-claim").write_text(
            f'#!/bin/sh\n[ "$*" = "image-record 6.18.0-arch1-1" ] || exit 2\ncat <<END\n{record}END\n'
            if record
            else "#!/bin/sh\nexit 1\n"
        )
        (tools / "vfio-claim").chmod(0o755)
        hook = (ARCH / "install/vfio-claim").read_text(encoding="utf-8")
        if conf:
            (tmp_path / "vfio-claim.conf").write_text("gpu = 01:00.0\n")
        hook_copy = tmp_path / "hook"
        if leaving:
            (tmp_path / "vfio-claim.leaving").write_text("")
        hook_copy.write_text(re.sub("-e /(etc|run)/", f"-e {tmp_path}/", hook))
        done = subprocess.run(
            ["bash", "--norc", "-c", STUB, "mkinitcpio", hook_copy],
            env={
                "PATH": f"{tools}:/usr/bin:/bin",
                "BUILDROOT": str(image),
                "KERNELVERSION": "6.18.0-arch1-1",
                "CALLS": str(calls),
                "HOOKS_TEXT": hooks,
                "SYSTEMD_READ": "1" if systemd_read else "",
                "BROKEN": broken,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        build.stderr = done.stderr
        build.record = image / "usr/lib/vfio-claim/image-record"
        return done.returncode, calls.read_text().splitlines() if calls.exists() else []

    return build


def test_busybox(build):
    code, calls = build("base vfio-claim udev modconf block filesystems")
    assert (code, build.stderr) == (0, "")
    assert calls[0] == "add_binary /usr/lib/vfio-claim/agent"
    assert "add_file /etc/vfio-claim.conf" in calls
    assert "add_module vfio_pci?" in calls and "add_module irqbypass?" in calls
    assert "add_binary /usr/lib/libkmod.so.2" in calls
    assert calls[-1] == "add_runscript"
    assert not [call for call in calls if "systemd" in call or call.startswith(("error", "warning"))]
    assert build.record.read_text() == RECORD


def test_systemd(build):
    code, calls = build("base systemd vfio-claim modconf block filesystems", systemd_read=True)
    assert (code, build.stderr) == (0, "")
    assert "add_systemd_unit vfio-claim-early.service" in calls
    wants = "/usr/lib/systemd/system/sysinit.target.wants/vfio-claim-early.service"
    assert calls[-1] == f"add_symlink {wants} ../vfio-claim-early.service"
    assert "add_runscript" not in calls


def test_before_systemd_is_an_error(build):
    code, calls = build("base vfio-claim systemd")
    assert code != 0
    assert calls[-1].startswith("error") and "after 'systemd'" in calls[-1]


def test_broken_installation_is_an_error(build):
    code, calls = build("base vfio-claim udev", broken="/usr/lib/vfio-claim/agent")
    assert code != 0 and "add_runscript" not in calls


def test_without_a_configuration_nothing_is_added(build):
    assert build("base vfio-claim udev", conf=False) == (0, [])


def test_without_a_record_the_image_is_made(build):
    code, calls = build("base vfio-claim udev", record="")
    assert code == 0
    assert len([call for call in calls if call.startswith("warning")]) == 1
    assert "add_module vfio_pci?" in calls
    assert calls[-1] == "add_runscript"


def test_runtime_hook_runs_the_agent_early(tmp_path):
    hook = (ARCH / "hooks/vfio-claim").read_text(encoding="utf-8")
    agent = tmp_path / "agent"
    agent.write_text(f"#!/bin/sh\necho ran >>{tmp_path}/ran\nexit 1\n")
    agent.chmod(0o755)
    copy = tmp_path / "hook"
    copy.write_text(hook.replace("/usr/lib/vfio-claim/agent", str(agent)))
    script = f". {copy}; [ ! -e {tmp_path}/ran ] || exit 3; type run_earlyhook >/dev/null; run_earlyhook; echo on"
    done = subprocess.run(["dash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "on\n", "the boot goes on whatever the agent returns"
    assert (tmp_path / "ran").read_text() == "ran\n"


@pytest.mark.parametrize("name", ["install/vfio-claim", "hooks/vfio-claim"])
def test_hooks_are_executable(name):
    assert (ARCH / name).stat().st_mode & 0o111 == 0o111


HOOKS = {
    "(base udev block)": "base vfio-claim udev block",
    "(base systemd block)": "base systemd vfio-claim block",
    "(base udev vfio-claim block)": "base vfio-claim udev block",
    "(base vfio-claim systemd)": "base systemd vfio-claim",
    "(base vfio-claim udev)": "base vfio-claim udev",
    '"base udev block"': "base vfio-claim udev block",
    "(base)": "base vfio-claim",
    "()": "vfio-claim",
}


@pytest.mark.parametrize("hooks", HOOKS)
def test_the_drop_in_puts_the_hook_where_it_must_stand(hooks):
    """As mkinitcpio reads it: after the main file, in one shell; twice is the same as once."""
    script = (f"set -eu; HOOKS={hooks}; . {ARCH}/zz-vfio-claim.conf; "
              f". {ARCH}/zz-vfio-claim.conf; echo \"${{HOOKS[*]}}\"; compgen -v | grep _vfio_claim || :")
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{HOOKS[hooks]}\n", "")


def test_a_package_that_leaves_adds_nothing(build):
    assert build("base vfio-claim udev", leaving=True) == (0, [])


# PKGBUILD -----------------------------------------------------------------------------


def run_pkgbuild(script, cwd, **variables):
    """Runs SCRIPT with PKGBUILD's variables and functions, as makepkg would: each error ends it."""
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(
        ["bash", "--norc", "-ec", f". {ARCH}/PKGBUILD; {script}"],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_pkgbuild_has_the_version_of_the_makefile(tmp_path):
    (version,) = re.findall(r"^VERSION := (.*)$", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert run_pkgbuild("echo $pkgver", tmp_path) == f"{version}\n"
    assert f"--prefix=vfio-claim-{version}/ " in (ARCH / "PKGBUILD").read_text(encoding="utf-8")


def test_pkgbuild_packages_what_make_installs_and_the_hooks(tmp_path):
    package, installed = tmp_path / "package", tmp_path / "installed"
    name = run_pkgbuild("echo $pkgname-$pkgver", tmp_path).strip()
    (tmp_path / name).symlink_to(TOP)
    run_pkgbuild("package", tmp_path, pkgdir=str(package))
    subprocess.run(
        ["make", "-s", "install", f"DESTDIR={installed}"], cwd=TOP, env={**os.environ, "MAKEFLAGS": ""}, check=True
    )
    ours = {name for name in files_below(package) if not name.startswith("usr/share/doc/")}
    of_make = {name for name in files_below(installed) if "/initramfs-tools/" not in name}
    drop_in = "etc/mkinitcpio.conf.d/zz-vfio-claim.conf"
    assert ours - of_make == {"usr/lib/initcpio/hooks/vfio-claim", "usr/lib/initcpio/install/vfio-claim", drop_in}
    assert run_pkgbuild("echo ${backup[@]}", tmp_path).strip() == drop_in
    assert of_make - ours == set()


def test_pkgbuild_names_its_install_file(tmp_path):
    assert (ARCH / run_pkgbuild("echo $install", tmp_path).strip()).is_file()


@pytest.mark.parametrize(
    "function, reported",
    [
        ("post_install", ["systemctl enable"]),
        ("pre_remove", ["image-free --build"]),
        ("post_upgrade", ["images made by dracut"]),
        ("post_remove", ["HOOKS of", "images made by dracut"]),
    ],
)
def test_pacman_reports_what_is_left_to_do(tmp_path, function, reported):
    (tmp_path / "vfio-claim.conf").write_text("gpu = 01:00.0\n")
    (tmp_path / "mkinitcpio.conf").write_text("HOOKS=(base vfio-claim udev)\n")
    for tool in ("mkinitcpio", "dracut", "vfio-claim"):
        (tmp_path / tool).write_text(f'#!/bin/sh\necho "{tool}: $*"\nexit 1\n')
        (tmp_path / tool).chmod(0o755)
    calls = tmp_path / "calls"  # never this machine's own units
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$*" >>{calls}\necho refused >&2\nexit 1\n')
    (tmp_path / "systemctl").chmod(0o755)
    script = (ARCH / "vfio-claim.install").read_text(encoding="utf-8")
    script = re.sub(r"/etc/(?=vfio-claim\.conf|mkinitcpio\.conf|grub\.d)", f"{tmp_path}/", script)
    script = re.sub(r"(?<= )/(?=boot/|efi/)", f"{tmp_path}/", script)
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\n{function} 0.1.0-1"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert done.stderr == "" and len(lines) == len(reported)
    stopped = "--quiet disable --now vfio-claim-watch.service vfio-claim-metrics.timer\n"
    assert (calls.read_text() if calls.exists() else "") == (stopped if function == "pre_remove" else "")
    for line, words in zip(lines, reported):
        assert line.startswith(f"vfio-claim: {words}")
