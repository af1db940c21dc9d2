# SPDX-License-Identifier: GPL-2.0-or-later
"""Completions, asked of the shells themselves: all verbs and options of the command, no others."""

import re
import subprocess

import pytest

from test_manuals import PROGRAM, TOP, options_of, verbs

ADDRESSES = ("0000:01:00.0", "0000:02:00.0")


@pytest.fixture
def path(tmp_path):
    """A PATH on which vfio-claim lists two cards."""
    stub = tmp_path / "vfio-claim"
    stub.write_text(
        '#!/bin/sh\n[ "$*" = "list --noheadings -o address" ] || exit 2\n'
        + "".join(f"echo {address}\n" for address in ADDRESSES)
    )
    stub.chmod(0o755)
    return f"{tmp_path}:/usr/bin:/bin"


def ask(command, path):
    done = subprocess.run(
        command,
        env={"PATH": path, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [line.split("\t")[0].strip() for line in done.stdout.splitlines()]


def bash(path, *words):
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"\n'
        "COMP_POINT=${#COMP_LINE}; _vfio_claim; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    file = TOP / "completions/vfio-claim.bash"
    return ask(["bash", "--norc", "-c", script, "bash", file, "vfio-claim", *words], path)


def fish(path, *words):
    file = TOP / "completions/vfio-claim.fish"
    line = " ".join(("vfio-claim", *words))
    script = f"source {file}; complete -C '{line}'"
    return ask(["fish", "--no-config", "-c", script], path)


SHELLS = {"bash": bash, "fish": fish}


@pytest.mark.parametrize("shell", SHELLS)
def test_verbs(shell, path):
    offered = SHELLS[shell](path, "")
    assert sorted(word for word in offered if not word.startswith("-")) == sorted(verbs())
    assert set(SHELLS[shell](path, "--")) == {"--help", "--version"}


@pytest.mark.parametrize("shell", SHELLS)
def test_options_of_each_verb(shell, path):
    for verb in verbs():
        known = options_of(verb) | {"--help", "--sysroot"}
        known |= {"--output"} if verb == "list" else set()
        assert set(SHELLS[shell](path, verb, "--")) == known, verb


@pytest.mark.parametrize("shell", SHELLS)
def test_addresses(shell, path):
    for verb in ("check", "explain"):
        assert tuple(SHELLS[shell](path, verb, "")) == ADDRESSES, verb
    assert not set(SHELLS[shell](path, "status", "")) & set(ADDRESSES)


def test_bash_goes_on_behind_a_colon(path):
    # As bash cuts the line: at blanks and at colons.
    script = (
        'source "$1"; COMP_WORDS=(vfio-claim check 0000 : 01 :); COMP_CWORD=5\n'
        "COMP_LINE='vfio-claim check 0000:01:'; COMP_POINT=${#COMP_LINE}; _vfio_claim\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    file = TOP / "completions/vfio-claim.bash"
    assert ask(["bash", "--norc", "-c", script, "bash", file], path) == ["00.0"]


@pytest.mark.parametrize("shell", SHELLS)
def test_columns(shell, path):
    done = subprocess.run([PROGRAM, "list", "--help"], capture_output=True, text=True, check=True)
    columns = re.search(r"^Columns: (.*)$", done.stdout, re.MULTILINE)[1].split(", ")
    assert sorted(SHELLS[shell](path, "list", "-o", "")) == sorted(columns)


def test_zsh(path):
    """zsh completes only in a terminal: its syntax, and the words that the file names."""
    file = TOP / "completions/_vfio-claim"
    assert ask(["zsh", "-f", "-n", file], path) == []
    text = file.read_text(encoding="utf-8")
    assert text.startswith("#compdef vfio-claim\n")
    block = text[text.index("verbs=(") :]
    block = block[: block.index("\n\t)")]
    assert sorted(re.findall(r"^\t\t'(\w+):", block, re.MULTILINE)) == sorted(verbs())
    common = {"--help", "--sysroot"}
    for names, body in re.findall(r"^\t\t([a-z |]+)\)(.*?);;", text, re.MULTILINE | re.DOTALL):
        named = set(re.findall(r"--[a-z][a-z-]+", body)) | common
        named |= {"--json"} if "$json" in body else set()
        for verb in names.split(" | "):
            if verb in ("verb", "argument"):
                continue
            known = options_of(verb) | common | ({"--output"} if verb == "list" else set())
            assert named == known, verb
