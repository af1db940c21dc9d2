# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardening of the two programs, and the files that the agent opens."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "machines"))

from machine import Machine  # noqa: E402

BUILD = Path(os.environ.get("VFIO_CLAIM_BUILD", HERE.parents[1] / "build"))


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], stdout=subprocess.PIPE, check=True,
                          env={"LC_ALL": "C", "PATH": os.environ["PATH"]}).stdout.decode()


def weaknesses(program):
    """Missing protections, by name."""
    header, segments = readelf("-h", program), readelf("-l", program)
    dynamic, symbols = readelf("-d", program), readelf("--dyn-syms", program)
    stack = re.search(r"GNU_STACK.*", segments)
    wanted = {
        "pie": "DYN" in header and "PIE" in dynamic,
        "relro": "GNU_RELRO" in segments,
        "bind-now": "BIND_NOW" in dynamic,
        "no-exec-stack": stack is not None and "RWE" not in stack[0],
        "canary": "__stack_chk_fail" in symbols,
        "fortify": "__snprintf_chk" in symbols,
        "no-rpath": "RPATH" not in dynamic and "RUNPATH" not in dynamic,
        "no-writable-code": not re.search(r"LOAD.* RWE", segments),
    }
    return {name for name, is_so in wanted.items() if not is_so}


@pytest.mark.parametrize("name", ["agent", "vfio-claim"])
def test_hardened(name):
    assert not weaknesses(BUILD / name)


def test_a_program_without_it_is_told_apart(tmp_path):
    source = tmp_path / "plain.c"
    source.write_text('#include <stdio.h>\nint main(int n, char **v)\n{\n\tchar b[9];\n'
                      '\tsnprintf(b, sizeof(b), "%s", v[n - 1]);\n\treturn puts(b);\n}\n')
    plain = tmp_path / "plain"
    subprocess.run(["cc", "-no-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-Wl,-z,norelro",
                    "-Wl,-z,lazy", "-Wl,-z,execstack", "-Wl,-rpath,/tmp", "-o", plain, source],
                   check=True, stderr=subprocess.DEVNULL)
    assert {"pie", "relro", "bind-now", "no-exec-stack", "canary", "fortify",
            "no-rpath"} <= weaknesses(plain)


# The linker's cache and the libraries themselves; all else lies below the root that was given.
# At boot, where the root is "/", tests/faults holds the list.
LIBRARIES = re.compile(r"/etc/ld\.so\.(cache|preload)$|(/usr)?/lib/[^ ]*\.so[.0-9]*$")


def opened(root, tmp_path):
    log = tmp_path / "strace"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=%file", "-o", log, BUILD / "agent",
                    "--sysroot", root], stdout=subprocess.DEVNULL, check=False)
    calls = [line for line in log.read_text().splitlines() if "execve(" not in line]
    absolute = [match[1] for match in (re.search(r'"(/[^"]*)"', line) for line in calls) if match]
    return calls, {path for path in absolute if not LIBRARIES.match(path)}


@pytest.mark.parametrize("tree", ["intel-rtx3080", "amd-apu", "intel-twins"])
def test_opens_nothing_outside_of_its_root(tree, tmp_path):
    root = tmp_path / "root"
    Machine(HERE.parent / f"machines/{tree}.tree").write(root)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/vfio-claim.conf").write_text("gpu = 01:00.0\n")
    calls, paths = opened(root, tmp_path)
    assert any("modalias" in line for line in calls), "strace saw nothing"
    strays = {path for path in paths if not path.startswith(str(root))}
    assert not strays
    # Relative names are opened below one descriptor, and cannot leave it.
    leaving = [line for line in calls
               if re.search(r"openat\((?!AT_FDCWD)", line) and "openat2" not in line]
    assert not leaving


def test_opens_none_of_the_files_of_the_machine(tmp_path):
    """A link in the tree to a file of this machine leads nowhere."""
    root = tmp_path / "root"
    Machine(HERE.parent / "machines/intel-rtx3080.tree").write(root)
    (root / "etc").mkdir(exist_ok=True)
    secret = tmp_path / "secret.conf"
    secret.write_text("gpu = 01:00.0\nsecret-word\n")
    (root / "etc/vfio-claim.conf").symlink_to(secret)
    told = subprocess.run([BUILD / "agent", "--sysroot", root], stdout=subprocess.PIPE,
                          check=False).stdout
    assert b"secret-word" not in told
    (root / "etc/vfio-claim.conf").unlink()
    (root / "etc/vfio-claim.conf").write_bytes(secret.read_bytes())
    told = subprocess.run([BUILD / "agent", "--sysroot", root], stdout=subprocess.PIPE,
                          check=False).stdout
    assert b"secret-word" in told
