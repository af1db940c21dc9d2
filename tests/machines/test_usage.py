# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: help, version, options before and after the verb, and mistakes."""

import re
import subprocess

import pytest

from machine import Machine, remove_place
from test_machines import BUILD, HERE

PROGRAM = BUILD / "asan/vfio-claim"
LIST = (HERE.parents[1] / "agent/cmd/cmd.h").read_text(encoding="utf-8").partition("#define VERBS(X)")[2]
VERBS = [name.replace("_", "-") for name in re.findall(r"X\((\w+)\) +\\", LIST)]


def command(*words, **given):
    done = subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=20, check=False, **given)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(name="root")
def _root(tmp_path):
    place = tmp_path / "root"
    Machine(HERE / "intel-rtx3080.tree").write(place)
    yield str(place)
    remove_place(place)


def test_there_are_verbs_to_ask():
    assert {"list", "check", "setup", "help", "image-record"} <= set(VERBS)


def test_help():
    code, everything, _ = command("--help")
    assert code == 0 and everything.startswith("Usage: vfio-claim VERB")
    for words in (["-h"], ["help"], ["--json", "--help"]):
        assert command(*words) == (0, everything, ""), words
    assert command() == (2, "", everything)


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb(verb):
    code, text, errors = command(verb, "--help")
    assert (code, errors) == (0, "") and text.startswith(f"Usage: vfio-claim {verb}")
    assert max(map(len, text.splitlines())) <= 80
    for words in ([verb, "-h"], ["help", verb], ["-h", verb], ["--sysroot", "/no/such", verb, "-h"]):
        assert command(*words) == (0, text, ""), words


def test_version():
    code, text, errors = command("--version")
    assert code == 0 and text.startswith("vfio-claim ") and errors == ""
    assert command("-V") == (code, text, errors)


def test_options_of_every_verb_stand_on_either_side(root):
    behind = command("list", "--sysroot", root, "--json")
    assert behind[0] == 0 and '"functions"' in behind[1]
    assert command("--sysroot", root, "--json", "list") == behind
    assert command("--json", "list", f"--sysroot={root}") == behind


@pytest.mark.parametrize("words, message", [
    (["hypervisor"], "unknown verb 'hypervisor'; see 'vfio-claim --help'"),
    (["help", "hypervisor"], "unknown verb 'hypervisor'; see 'vfio-claim --help'"),
    (["--all", "list"], "unknown option '--all'; see 'vfio-claim --help'"),
    (["status", "--all"], "unknown option '--all'; see 'vfio-claim status --help'"),
    (["status", "-x"], "unknown option '-x'; see 'vfio-claim status --help'"),
    (["list", "--sysroot"], "option '--sysroot' needs its argument DIR; see 'vfio-claim list --help'"),
    (["list", "--all=x"], "option '--all' takes no argument; see 'vfio-claim list --help'"),
    (["status", "01:00.0"], "unexpected argument '01:00.0'; see 'vfio-claim status --help'"),
    (["explain"], "explain needs its argument SELECTOR; see 'vfio-claim explain --help'"),
    (["explain", "id=x"], "'id=x': id= needs vendor:device, four hexadecimal digits each"),
    (["list", "-o", "id,x"], "unknown column 'x'; see 'vfio-claim list --help'"),
    (["list", "-o", "id,ID"], "column 'ID' is named twice; see 'vfio-claim list --help'"),
    (["list", "--tree", "--by-group"], "show a tree or groups, not both; see 'vfio-claim list --help'"),
    # The nearest is named: a verb, an option, a column, a value.
    (["lst"], "unknown verb 'lst'; did you mean 'list'?"),
    (["help", "stauts"], "unknown verb 'stauts'; did you mean 'status'?"),
    (["stat"], "unknown verb 'stat'; did you mean 'status'?"),
    (["list", "--tre"], None),  # the beginning of one alone is enough
    (["list", "--tere"], "unknown option '--tere'; did you mean '--tree'?"),
    (["list", "--jsno", "--all"], "unknown option '--jsno'; did you mean '--json'?"),
    (["list", "-json"], "unknown option '-json'; did you mean '--json'?"),
    (["list", "--colour=always"], "unknown option '--colour=always'; did you mean '--color'?"),
    (["list", "--color=alwys"], "--color takes auto, always or never, not 'alwys'; did you mean 'always'?"),
    (["--color=x", "list"], "--color takes auto, always or never, not 'x'"),
    (["list", "-o", "address,drvier"], "unknown column 'drvier'; did you mean 'driver'?"),
    # The words of other tools.
    (["bind", "01:00.0"], "unknown verb 'bind'; did you mean 'setup'?"),
    (["relase"], "unknown verb 'relase'; did you mean 'release'?"),
    (["ls"], "unknown verb 'ls'; did you mean 'list'?"),
    # A card in the verb's place.
    (["01:00.0"], "'01:00.0' is a card, not a verb; try 'vfio-claim check 01:00.0'"),
    (["0000:01:00"], "'0000:01:00' is a card, not a verb; try 'vfio-claim check 0000:01:00'"),
    (["10de:2206"], "'10de:2206' is a card, not a verb; try 'vfio-claim check 10de:2206'"),
    (["pci_0000_01_00_0"],
     "'pci_0000_01_00_0' is a card, not a verb; try 'vfio-claim check pci_0000_01_00_0'"),
    (["log", "--since", "x"], "'x' is not a time; see 'vfio-claim log --help'"),
    (["log", "--list", "--boot", "0"], "show one boot or a list, not both; see 'vfio-claim log --help'"),
    (["setup", "--rebuild", "--no-trial"],
     "--rebuild takes neither a selector nor a policy: the file has them; see 'vfio-claim setup --help'"),
    (["setup", "--from-config", "01:00.0"],
     "--from-config takes neither a selector nor a policy: the file has them; see 'vfio-claim setup --help'"),
    (["setup", "--no-trial", "--trial=3"],
     "--no-trial and --trial contradict each other; see 'vfio-claim setup --help'"),
    (["setup", "--device"], "option '--device' needs its argument SELECTOR; see 'vfio-claim setup --help'"),
    (["setup", "--timeout=0"],
     "--timeout takes a number of seconds from 1 to 300, not '0'; see 'vfio-claim setup --help'"),
    (["setup", "--trial=10"],
     "--trial takes off or a number of unfinished boots from 1 to 9, not '10'; see 'vfio-claim setup --help'"),
    (["--sysroot", "/no/such", "list"], "'/no/such': No such file or directory"),
])
def test_a_mistake_is_named_in_one_line(words, message):
    if message is None:
        assert command(*words, "--help")[0] == 0
    else:
        assert command(*words) == (2, "", f"vfio-claim: {message}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_with_a_wrong_letter(verb):
    """Whichever letter is left out, doubled or swapped, the verb is found again, or one as near."""
    for i in range(len(verb)):
        for wrong in verb[:i] + verb[i + 1:], verb[:i] + verb[i] + verb[i:], \
                verb[:i] + verb[i + 1:i + 2] + verb[i:i + 1] + verb[i + 2:]:
            if wrong in VERBS or verb in ("arrive", "vf", "image-record", "image-free", "menu-renew", "tables"):
                continue
            code, _, errors = command(wrong)
            assert code == 2 and f"vfio-claim: unknown verb '{wrong}'; did you mean '" in errors


POLICIES = {
    "shared-group": "refuse, claim-all or gpu-only",
    "interrupt-remapping": "require or warn",
    "boot-display": "refuse or allow",
    "attached-driver": "refuse or unbind",
    "on-failure": "release or hold",
}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_takes_the_words_of_the_configuration(root, policy):
    words = re.split(", | or ", POLICIES[policy])
    for word in words:  # goes on to look for a builder, which this machine lacks
        code, _, errors = command("setup", "01:00.0", f"--{policy}={word}", "--sysroot", root)
        assert code == 1 and "no builder" in errors, word
    code, text, errors = command("setup", "01:00.0", f"--{policy}=maybe")
    assert (code, text) == (2, "")
    assert errors == f"vfio-claim: --{policy} takes {POLICIES[policy]}, not 'maybe'; see 'vfio-claim setup --help'\n"
    shown = command("tables", "completion")[1]
    assert all(word in shown for word in words)


def test_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"standard output" in done.stderr
