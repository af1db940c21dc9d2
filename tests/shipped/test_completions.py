# SPDX-License-Identifier: GPL-2.0-or-later
"""Completions, as the shells give them: all verbs and options of the command, and no others."""

import os
import pty
import select
import subprocess

import pytest

from test_manuals import BUILD, PROGRAM, options_of, verbs

FILES = BUILD / "completions"
COMMON = {"--json", "--color", "--sysroot", "--help", "--version"}
ADDRESSES = ("0000:01:00.0", "0000:02:00.0")


@pytest.fixture
def path(tmp_path):
    """A PATH on which vfio-claim lists two cards."""
    stub = tmp_path / "vfio-claim"
    stub.write_text(
        '#!/bin/sh\ncase "$*" in\n"list --noheadings -o address,name") name=" GeForce RTX 3080" ;;\n'
        '"list --noheadings -o address") name= ;;\n*) exit 2 ;;\nesac\n'
        + "".join(f'echo "{address}$name"\n' for address in ADDRESSES)
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
    file = FILES / "vfio-claim.bash"
    return ask(["bash", "--norc", "-c", script, "bash", file, "vfio-claim", *words], path)


def fish(path, *words):
    file = FILES / "vfio-claim.fish"
    line = " ".join(("vfio-claim", *words))
    script = f"source {file}; complete -C '{line}'"
    return ask(["fish", "--no-config", "-c", script], path)


# zsh completes only in a terminal. There it prints its offers, and exits.
ZSH = r"""
PROMPT=; fpath=(${file:h} $fpath); autoload -Uz compinit; compinit -D -u
mark_first() { print FIRST }; mark_last() { print LAST; exit }
compprefuncs=(mark_first); comppostfuncs=(mark_last)
compadd() {
	local -a hits
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
	builtin compadd -A hits "$@"; print -rl -- $hits
}
bindkey '^I' complete-word; zstyle ':completion:*' insert-tab false; print READY
"""


def until(terminal, mark):
    said = b""
    while mark not in said:
        assert select.select([terminal], [], [], 30)[0], said
        said += os.read(terminal, 65536)
    return said


def zsh(path, *words):
    terminal, its_end = pty.openpty()
    environment = {"PATH": path, "TERM": "dumb", "ZSH": ZSH, "file": str(FILES / "_vfio-claim")}
    with subprocess.Popen(["setsid", "--ctty", "/usr/bin/zsh", "-f", "-i"],
                          stdin=its_end, stdout=its_end, stderr=its_end, env=environment) as child:
        os.close(its_end)
        os.write(terminal, b'eval "$ZSH"\r')
        until(terminal, b"\nREADY")
        os.write(terminal, " ".join(("vfio-claim", *words)).encode() + b"\t")
        said = until(terminal, b"LAST").decode()
        child.wait(timeout=60)
    os.close(terminal)
    return said.split("FIRST")[-1].split("LAST")[0].split()


SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


@pytest.mark.parametrize("shell", SHELLS)
def test_verbs(shell, path):
    for before in ((), ("help",), ("--sysroot", "/")):
        offered = SHELLS[shell](path, *before, "")
        assert sorted(word for word in offered if not word.startswith("-")) == sorted(verbs()), before
    assert set(SHELLS[shell](path, "--")) == COMMON


@pytest.mark.parametrize("shell", SHELLS)
def test_options_of_each_verb(shell, path):
    for verb in verbs():
        assert set(SHELLS[shell](path, verb, "--")) == options_of(verb), verb
    assert set(SHELLS[shell](path, "--sysroot", "/", "status", "--")) == options_of("status")


def test_names_stand_beside_the_addresses(path):
    """Where the shell can show them."""
    script = f"source {FILES / 'vfio-claim.fish'}; complete -C 'vfio-claim check '"
    offered = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE, text=True,
                             env={"PATH": path, "HOME": "/nonexistent"}, timeout=60, check=True).stdout
    assert offered.splitlines() == [f"{address}\tGeForce RTX 3080" for address in ADDRESSES]


@pytest.mark.parametrize("shell", SHELLS)
def test_addresses(shell, path):
    for verb in ("check", "explain", "setup"):
        assert sorted(SHELLS[shell](path, verb, "")) == sorted(ADDRESSES), verb
    assert not set(SHELLS[shell](path, "status", "")) & set(ADDRESSES)


@pytest.mark.parametrize("shell", SHELLS)
def test_values(shell, path):
    assert set(SHELLS[shell](path, "log", "--boot", "")) == {"0", "-1", "-2", "-3"}
    assert {"-12h", "-1d"} < set(SHELLS[shell](path, "log", "--since", ""))
    assert {"bin", "lib"} <= {name.strip("/").split("/")[-1]
                              for name in SHELLS[shell](path, "list", "--sysroot", "/usr/")}


def test_bash_goes_on_behind_a_colon(path):
    # Splits the line as bash does, at blanks and colons.
    script = (
        'source "$1"; COMP_WORDS=(vfio-claim check 0000 : 01 :); COMP_CWORD=5\n'
        "COMP_LINE='vfio-claim check 0000:01:'; COMP_POINT=${#COMP_LINE}; _vfio_claim\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    file = FILES / "vfio-claim.bash"
    assert ask(["bash", "--norc", "-c", script, "bash", file], path) == ["00.0"]


@pytest.mark.parametrize("shell", SHELLS)
def test_columns(shell, path, tmp_path):
    offered = SHELLS[shell](path, "list", "-o", "")
    assert len(offered) > 5 and SHELLS[shell](path, "list", "--output", "") == offered
    empty = tmp_path / "empty"
    empty.mkdir()
    subprocess.run([PROGRAM, "list", "--sysroot", empty, "-o", ",".join(offered)], check=True)
