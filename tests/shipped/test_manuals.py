# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages match the programs: codes, keys, verbs and options, no more and no less."""

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
PROGRAM = BUILD / "vfio-claim"
PAGES = ("vfio-claim.8", "vfio-claim.conf.5", "vfio-claim-report.5")


def source(page):
    """The page as scdoc reads it: with the tables of the verbs."""
    text = (TOP / f"man/{page}.scd").read_text(encoding="utf-8")
    tables = BUILD / "tables"
    return re.sub(r"^@(\w+)@$", lambda m: (tables / m[1]).read_text(encoding="utf-8"), text, flags=re.M)


def section(text, title):
    """The text below a heading, up to the next one of its level."""
    return re.search(rf"^# {title}\n(.*?)(?=^# |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def help_of(*verb):
    done = subprocess.run([PROGRAM, *verb, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def verbs():
    return re.findall(r"^  (\w+) +\S", help_of().split("\nOptions")[0], re.MULTILINE)


def options_of(*verb):
    """The long options that help lists."""
    return set(re.findall(r"^  (?:-\w,|   ) (--[a-z-]+)", help_of(*verb), re.MULTILINE))


def test_there_are_verbs_to_compare():
    assert {"list", "check", "log", "status"} <= set(verbs())
    assert "--all" in options_of("list")


def formatted(page, *options):
    done = subprocess.run(
        ["man", *options, "-l", TOP / "build" / page],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANPAGER": "cat"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done


@pytest.mark.lint  # each version of groff warns differently
@pytest.mark.parametrize("page", PAGES)
def test_page_formats_without_a_warning(page):
    assert formatted(page, "--warnings").stdout


@pytest.mark.parametrize("page", PAGES)
def test_page_formats(page):
    done = formatted(page)
    name, number = page.rsplit(".", 1)
    assert f"{name}({number})" in done.stdout
    assert len(done.stdout.splitlines()) > 60
    too_wide = [line for line in done.stdout.splitlines() if len(line) > 90]
    assert not too_wide


@pytest.mark.parametrize("page", PAGES)
def test_pages_refer_to_pages_that_exist(page):
    ours = set(re.findall(r"\*(vfio-claim[a-z.-]*)\*\((\d)\)", source(page)))
    assert {f"{name}.{number}" for name, number in ours} <= set(PAGES)


# Codes ---------------------------------------------------------------------------------------


def codes_of_the_program():
    model = (TOP / "agent/model/finding-texts.h").read_text(encoding="utf-8")
    return [
        (code, severity.lower())
        for code, severity in re.findall(r"^\tX\(([A-Z_]+), ([A-Z]+)\)", model, re.MULTILINE)
    ]


def test_each_code_is_defined_once_with_its_severity():
    defined = re.findall(
        r"^\*([A-Z_]+)\* \((\w+)\)$", section(source("vfio-claim-report.5"), "FINDINGS"), re.M
    )
    assert len(codes_of_the_program()) > 30
    assert sorted(defined) == sorted(codes_of_the_program())


def test_each_code_has_a_meaning_and_a_remedy():
    findings = section(source("vfio-claim-report.5"), "FINDINGS")
    for entry in re.split(r"^(?=\*[A-Z_]+\* \()", findings, flags=re.MULTILINE)[1:]:
        entry = re.split(r"^## ", entry, flags=re.MULTILINE)[0]
        meaning, remedy = re.fullmatch(r"\S+ \(\w+\)\n\t(.+?)\n\n\tRemedy: (.+)\n\n*", entry, re.S).groups()
        assert len(meaning) > 20 and len(remedy) > 5, entry


def test_no_page_names_an_unknown_code():
    known = {code for code, _ in codes_of_the_program()}
    for page in PAGES:
        named = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", source(page)))
        assert named - known <= {"NO_COLOR", "GRUB_TIMEOUT", "GRUB_TIMEOUT_STYLE"} | placeholders(source(page)), page


def placeholders(text):
    """Words that scdoc underlines, _LIKE_ this."""
    return {f"{word}_" for word in re.findall(r"_([A-Z]+)_", text)} | {"CONFIG_INVALID"}


# Configuration -------------------------------------------------------------------------------


def test_each_key_is_defined_once():
    config = (TOP / "agent/decide/config.c").read_text(encoding="utf-8")
    keys = re.findall(r'\[SETTING_\w+\] = \{\s*"([a-z-]+)",', config)
    keys += re.findall(r'span_equal\(key, "([a-z-]+)"\)', config)
    assert {"gpu", "timeout"} <= set(keys)
    defined = re.findall(r"^\*([a-z-]+)\* = ", section(source("vfio-claim.conf.5"), "KEYS"), re.M)
    assert sorted(defined) == sorted(keys)


def test_each_value_is_named():
    config = (TOP / "agent/decide/config.c").read_text(encoding="utf-8")
    words = re.findall(r'"([a-z-]+)",\s*(?:NULL|"\w+"),\s*\{ ("[^}]*") \}', config)
    assert len(words) >= 5
    for key, values in words:
        line = re.search(rf"^\*{key}\* = (.*)$", source("vfio-claim.conf.5"), re.M)[1]
        assert re.findall(r"\*([a-z-]+)\*", line) == re.findall(r'"([a-z-]+)"', values), key


def test_each_kernel_parameter_is_named():
    config = (TOP / "agent/decide/config.c").read_text(encoding="utf-8")
    block = config[config.index("settings[SETTING_COUNT_] = {") :]
    block = block[: block.index("};")]
    entries = re.findall(r'= \{ (?:NULL|"[a-z-]+"),\s*(?:NULL|"(\w+)"),', block)
    parameters = {name for name in entries if name} | set(re.findall(r'parameter_is\(&own, "(\w+)"\)', config))
    assert len(parameters) >= 5
    named = set(re.findall(r"vfio_claim\.(\w+)=", section(source("vfio-claim.conf.5"), "KERNEL COMMAND LINE")))
    assert named == parameters


# The command ---------------------------------------------------------------------------------


def test_each_verb_is_defined_once_with_its_options():
    common = options_of()
    assert {"--color", "--help", "--sysroot", "--json", "--version"} == common
    entries = re.split(r"^\*([a-z]+)\*", section(source("vfio-claim.8"), "VERBS"), flags=re.M)[1:]
    assert entries[::2] == verbs()
    for verb, text in zip(entries[::2], entries[1::2]):
        defined = re.findall(r"^\t(?:\*-\w\*, )?\*(--[a-z-]+)\*", text, re.M)
        assert len(defined) == len(set(defined)) and set(defined) == options_of(verb) - common, verb
    defined = re.findall(r"^\*?.*\*(--[a-z-]+)\*", section(source("vfio-claim.8"), "OPTIONS"), re.M)
    assert sorted(defined) == sorted(common)


def test_each_verb_is_in_the_synopsis_with_its_options():
    synopsis = section(source("vfio-claim.8"), "SYNOPSIS")
    assert re.findall(r"^\*vfio-claim (\w+)\*", synopsis, re.M) == verbs()
    for verb in verbs():
        line = re.search(rf"^\*vfio-claim {verb}\*.*$", synopsis, re.MULTILINE)[0]
        assert set(re.findall(r"--[a-z-]+", line)) == options_of(verb) - {"--color", "--help", "--sysroot"}


def test_the_tables_are_in_the_page():
    page = formatted("vfio-claim.8").stdout
    assert "@" not in page
    named = set(re.findall(r"--[a-z-]+[a-z]", page))
    assert set().union(*map(options_of, verbs())) <= named
