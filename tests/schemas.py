# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed JSON Schemas, and the check that a document is as its schema says.

The schema of what a verb prints is schemas/VERB.schema.json, except where SCHEMA_OF says otherwise.
"""

import json
import warnings
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Debian 12 has no successor of it
    from jsonschema import RefResolver

FOLDER = Path(__file__).resolve().parents[1] / "schemas"
SUFFIX = ".schema.json"
# log --list prints another document than log.
SCHEMA_OF = {"agent": "report", "log": "report", "verify": "report", "remove": "setup",
             "claim": "report", "release": "report"}


def names():
    return sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}"))


def schema(name):
    return json.loads((FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8"))


@cache
def validator(name):
    # References between the files are relative: no file is fetched from elsewhere.
    known = {(FOLDER / f"{one}{SUFFIX}").as_uri(): schema(one) for one in names()}
    base = (FOLDER / f"{name}{SUFFIX}").as_uri()
    rest = {key: value for key, value in schema(name).items() if key != "$id"}
    return Draft202012Validator(rest, resolver=RefResolver(base, rest, known))


def problems(name, document):
    """One line for each thing that is not as the schema says."""
    return [f"{name}: {'/'.join(map(str, error.absolute_path)) or '.'}: {error.message[:300]}"
            for error in validator(name).iter_errors(document)]


def expect(name, document):
    found = problems(name, document)
    assert not found, "\n".join(found)
    return document


def of_verb(verb, options=()):
    """The name of the schema of what `vfio-claim VERB --json` prints."""
    is_list = verb == "log" and {"--list", "--since"} & set(map(str, options))
    return "log-list" if is_list else SCHEMA_OF.get(verb, verb)
