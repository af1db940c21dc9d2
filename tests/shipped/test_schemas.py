# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON Schemas: valid themselves, one for each document, and none takes a wrong document."""

import copy
import json
import os
import subprocess
from pathlib import Path

import pytest

import schemas

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("VFIO_CLAIM_BUILD", TOP / "build"))
MACHINES = TOP / "tests/machines"

VERIFIED = {
    "at": "2026-01-02T03:04:05Z", "result": "as-configured", "findings": [],
    "vfio": [{"group": 12, "answer": "accepted", "interface": "container", "errno": None}],
    "images_at": "2026-01-02T03:04:09Z", "image_findings": [],
    "images": [{"kernel": "6.1.0", "path": "/boot/initrd.img-6.1.0", "state": "current"}],
}
TRIAL = {"state": "on-trial", "attempt": 1, "limit": 2, "reason": None, "key": "00ff"}


def whole_report():
    """A report with every member that there may be."""
    report = json.loads((MACHINES / "nouveau-attached.json").read_text())
    return report | {"verified": VERIFIED, "trial": TRIAL}


def black_box():
    keys = ("version", "program", "boot_id", "kernel", "duration_ms", "mode", "result", "findings")
    card = {"configured": "0000:01:00.0", "kind": "gpu", "address": "0000:01:00.0", "result": "claimed"}
    functions = [{"address": "0000:01:00.0", "result": "claimed"}]
    trial = {key: value for key, value in TRIAL.items() if key != "key"}
    return {key: value for key, value in whole_report().items() if key in keys} | {
        "black_box": True, "trial": trial, "gpus": [card | {"functions": functions}]}


def handover():
    node = {"path": "/dev/vfio/12", "owner": "root", "group": "kvm", "mode": "0660"}
    function = {"address": "0000:01:00.0", "id": "10de:2206", "class": "0x030000", "group": 12,
                "driver": "vfio-pci", "device": node}
    card = {"address": "0000:01:00.0", "name": "NVIDIA GeForce RTX 3080", "claimed_by": "01:00.0",
            "origin": "/etc/vfio-claim.conf:1", "functions": [function],
            "groups": [{"number": 12, "device": node}]}
    return {"version": 1, "claimed_at_boot": None, "cards": [card]}


def boots():
    boot = {"offset": 0, "boot_id": "1", "started": "2026-01-02T03:04:05Z", "kernel": "6.1.0",
            "result": "claimed", "verified": None, "trial": None}
    return {"version": 1, "boots": [boot]}


DOCUMENTS = {
    "report": whole_report(),
    "black box": black_box(),
    "check": json.loads((MACHINES / "claimable.json").read_text()),
    "handover": handover(),
    "log-list": boots(),
}
OPTIONAL = {"trial", "key", "verified", "features", "hold"}
WORDS = {"result", "severity", "kind", "mode", "state", "answer", "on_failure", "dma_remapping",
         "firmware", "interrupt_remapping"}


def places(value, path=()):
    """The path of every object in a document."""
    if isinstance(value, dict):
        yield path
        for key, one in value.items():
            yield from places(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from places(one, (*path, index))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def changed(document, path, change):
    document = copy.deepcopy(document)
    change(at(document, path))
    return document


def schema_name(name):
    return "report" if name == "black box" else name


@pytest.mark.parametrize("name", schemas.names())
def test_schema_is_valid(name):
    schemas.Draft202012Validator.check_schema(schemas.schema(name))


def test_each_document_has_a_schema():
    table = subprocess.run([BUILD / "vfio-claim", "tables", "completion"], stdout=subprocess.PIPE,
                           check=True, text=True).stdout
    rows = [line.split("|") for line in table.splitlines()]
    with_json = {row[0] for row in rows if row[0] and row[1] == "--json"}
    wanted = {schemas.of_verb(verb) for verb in with_json} | {"log-list"}
    assert with_json and wanted == set(schemas.names())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_good_document(name):
    schemas.expect(schema_name(name), DOCUMENTS[name])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_wrong_documents(name):
    """In each object in turn a member missing, one too many, and a word that is none."""
    document = DOCUMENTS[name]
    tried = 0
    for path in places(document):
        members = list(at(document, path))
        changes = [(f"without {key}", lambda place, key=key: place.pop(key))
                   for key in members if key not in OPTIONAL]
        changes += [(f"wrong {key}", lambda place, key=key: place.update({key: "nonsense"}))
                    for key in members if key in WORDS]
        changes += [("with more", lambda place: place.update(nonsense=1))]
        for what, change in changes:
            assert schemas.problems(schema_name(name), changed(document, path, change)), (path, what)
            tried += 1
    assert tried >= 10
