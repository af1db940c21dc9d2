# SPDX-License-Identifier: GPL-2.0-or-later
"""For every GPU of every real machine the verdict is that of real/README.md.

The table is read from the README and not copied. VIABLE there is VFIO's word, not policy's: the
configuration allows the only display to be taken.
"""

import json
import re

import pytest

import real
from test_machines import BUILD, run

SHARING = {"GROUP_SHARED", "GROUP_HOLDS_BOOT_DISK", "GROUP_HOLDS_NETWORK"}
OFF = {True: "IOMMU_OFF_KERNEL", False: "IOMMU_OFF_FIRMWARE"}
VERDICTS = real.verdicts()
COMMAND = BUILD / "vfio-claim"


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Trees by file and by whether the firmware offers an IOMMU, each built at first use."""
    built = {}

    def build(file, has_table=True):
        if (file, has_table) not in built:
            root = tmp_path_factory.mktemp(file[:2])
            machine = real.machine_from(real.Source.read(file), has_table)
            machine.add("etc/vfio-claim.conf = boot-display = allow")
            machine.write(root)
            built[file, has_table] = root
        return built[file, has_table]

    return build


def tell(root, *arguments):
    process = run(COMMAND, root, *arguments, verb_first=True)
    assert process.stderr == b""
    return process.returncode, json.loads(process.stdout)


# Without an active IOMMU the firmware's offer is unknown: both are tried.
@pytest.mark.parametrize(("verdict", "has_table"), [
    pytest.param(verdict, has_table,
                 id=f"{verdict.file[:2]}-{verdict.address[5:]}{'' if has_table else '-no-table'}")
    for verdict in VERDICTS
    for has_table in ((True, False) if verdict.word == "NO GROUP" else (True,))])
def test_verdict(machines, verdict, has_table):
    root = machines(verdict.file, has_table)
    status, report = tell(root, "check", verdict.address, "--json")
    _, listing = tell(root, "list", "--all", "--json")
    listed = {one["address"]: one for one in listing["functions"]}
    [gpu] = report["gpus"]
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    codes = {finding["code"] for finding in errors}

    assert len(listed) == len(real.Source.read(verdict.file).rows)
    assert listed[verdict.address]["id"] == verdict.id
    assert {one["address"]: one["group"] for one in gpu["functions"]
            if one["group"] is not None} == verdict.groups
    if verdict.word == "VIABLE":
        assert (status, gpu["result"]) == (0, "claimable")
        assert listed[verdict.address]["verdict"] in ("claimable", "claimed")
        assert not errors
        return
    assert (status, gpu["result"]) == (1, "refused")
    if verdict.word == "NO GROUP":
        assert codes == {OFF[has_table]}
        assert listed[verdict.address]["verdict"] == OFF[has_table]
        return
    assert verdict.blockers
    assert {re.search("also holds ([^,]*),", one["text"])[1] for one in errors} == \
        set(verdict.blockers)
    assert {one["subject"] for one in errors} == {verdict.address}
    assert codes <= SHARING
    assert listed[verdict.address]["verdict"] in SHARING


def test_twin_without_blockers(machines, tmp_path):
    """The blockers cause the refusal: with vfio-pci on each, the same machine is viable."""
    for verdict in VERDICTS:
        if verdict.word != "BLOCKED":
            continue
        source = real.Source.read(verdict.file)
        source.rows = [real.Row(*(value if field != "driver" or row.address not in
                                  verdict.blockers else "vfio-pci"
                                  for field, value in vars(row).items()))
                       for row in source.rows]
        root = tmp_path / verdict.address
        machine = real.machine_from(source)
        machine.add("etc/vfio-claim.conf = boot-display = allow")
        machine.write(root)
        assert tell(root, "check", verdict.address, "--json")[0] == 0, verdict


def test_no_gpu_is_left_out(machines):
    """Every display function of every machine has a line in the README."""
    for file in sorted({verdict.file for verdict in VERDICTS}):
        _, listing = tell(machines(file), "list", "--json")
        assert [one["address"] for one in listing["functions"]] == \
            sorted(verdict.address for verdict in VERDICTS if verdict.file == file)


def explain(root, address):
    process = run(COMMAND, root, "explain", address, verb_first=True)
    assert (process.returncode, process.stderr) == (0, b"")
    return " ".join(process.stdout.decode().split())  # wherever the lines are broken


def test_explain(machines):
    """04 was read as root and shows its ACS: the two internal ports of the APU have none."""
    root = machines("04-lenovo-legion-5-15ach6h.tsv")
    text = explain(root, "0000:05:00.0")
    assert "shares IOMMU group 6 with 10 other functions." in text
    # Each has a reason, and the right one: only ports and slots without ACS are named.
    reasons = re.findall(r"\d+ of them (.*?): ", text)
    assert reasons and "0000:00:08.1" in text and "0000:00:08.2" in text
    for reason in reasons:
        assert re.search("^because .*0000:(00:08|05:00|06:00)\\.[0-7]", reason), reason
        assert "(no ACS capability)" in reason
    assert "shares IOMMU group 9 with 1 other function, because" in explain(root, "0000:01:00.0")
    assert "is alone in IOMMU group 10." in explain(root, "0000:02:00.0")
    assert "is in no IOMMU group: it is not behind any IOMMU unit" in explain(root, "00:00.2")


def test_explain_without_iommu(machines):
    root = machines("24-asrock-b250m-pro4-lexa-iommu-off.tsv")
    assert "is in no IOMMU group: no IOMMU is active" in explain(root, "0000:01:00.0")


def test_explain_unreadable(machines):
    """A plain user's listing: the group is printed, the reason is not guessed."""
    root = machines("12-intel-z370-two-nvidia-one-group.tsv")
    text = explain(root, "0000:01:00.0")
    assert "shares IOMMU group 1 with 9 other functions." in text
    assert "0000:02:00.3" in text


def test_table_without_rows(monkeypatch, tmp_path):
    """A README that does not parse is a failure rather than an empty test."""
    monkeypatch.setattr(real, "HERE", tmp_path)
    (tmp_path / "README.md").write_text("| file | what |\n|---|---|\n")
    with pytest.raises(ValueError):
        real.verdicts()
