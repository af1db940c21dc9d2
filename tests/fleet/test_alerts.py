# SPDX-License-Identifier: GPL-2.0-or-later
"""The alert rules, by promtool, on metrics that our own command wrote for machines in many states."""

import re
import shutil

import pytest
import yaml

from boots import CARD, KERNEL, boot, make_image, make_machine, verified
from lab import cache, roots
from lab.chroot import Session
from screens import command, in_pipe
from test_screen_status import SCREENS

RULES = cache.SOURCE_DIR / "contrib/prometheus/vfio-claim.rules.yml"
MINUTES = 120
MTIME = 'node_textfile_mtime_seconds{file="/var/lib/prometheus/node-exporter/vfio-claim.prom"}'


def verified_well(root):
    make_machine(root, CARD)
    boot(root, verified=verified(images=[(KERNEL, "current")]))


def an_image_is_stale(root):
    make_machine(root, CARD)
    boot(root, verified=verified(images=[(KERNEL, "current"), ("6.12.48-1-amd64", "stale"),
                                         ("6.1.0-old", "without-agent")]))


def reading_an_image_hung(root):
    make_machine(root, CARD)
    boot(root, verified=verified() | {"images_at": None})


def only_a_reboot_is_missing(root):
    make_machine(root, CARD)
    make_image(root, CARD, age=60)


# After two hours, beyond the time that each alert waits. `verify` has run in few of these boots.
ALERTS = {
    "nothing_configured": {},
    "verified_well": {},
    "claimed": {},
    "an_image_is_stale": {"ImageStale": 2},
    "reading_an_image_hung": {"ImagesNotVerified": 1},
    "only_a_reboot_is_missing": {"NotAsConfigured": 1},
    "not_rebuilt": {"ImageStale": 2, "NotAsConfigured": 1},
    "on_trial": {"NotVerified": 1},
    "two_refused": {"CardRefused": 2, "NotVerified": 1, "NotAsConfigured": 1},
    "one_refused": {"CardRefused": 1, "NotVerified": 1, "NotAsConfigured": 1},
    "spent": {"TrialSpent": 1, "NotVerified": 1, "NotAsConfigured": 1},
    "released": {},  # as asked: nothing for a day
    "held": {},
    "lost": {"CardLost": 1, "NotAsConfigured": 1},
    "agent_did_not_run": {"NoReport": 1, "NotAsConfigured": 1},
    "vfio_refuses": {"NotVerified": 1, "NotAsConfigured": 1},
    "wrong_configuration": {"ImageStale": 1, "NotAsConfigured": 1},
    "mode_off": {"NotVerified": 1, "NotAsConfigured": 1},
}
MAKERS = {make.__name__: make for make in (*SCREENS, verified_well, an_image_is_stale, reading_an_image_hung,
                                           only_a_reboot_is_missing)}


def series_of(metrics, minutes=MINUTES):
    """Each sample of the text format as a series that keeps its value, written at the start."""
    found = [{"series": f"{MTIME}", "values": "0+60x%d" % minutes}]
    for line in metrics.splitlines():
        if line.startswith("vfio_claim_"):
            name, value = line.rsplit(" ", 1)
            found.append({"series": name, "values": f"{float(value):g}x{minutes}"})
    assert len(found) > 2
    return found


def firing(alerts, minutes=MINUTES):
    return {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{minutes}m",
            "exp_samples": [{"labels": f'{{alertname="VfioClaim{name}"}}', "value": n}
                            for name, n in alerts.items()]}


def promtool(folder, tests):
    """Runs promtool in the root; returns (succeeded, output)."""
    document = {"rule_files": [RULES.name], "evaluation_interval": "1m", "tests": tests}
    with Session(roots.fleet_root("bookworm"), cache.CACHE / "tmp") as session:
        place = session.files / "fleet"
        place.mkdir()
        shutil.copy(RULES, place)
        (place / "tests.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
        session.run("cd /fleet\npromtool check rules *.rules.yml >/lab-out/check 2>&1\n"
                    "promtool test rules tests.yml >/lab-out/test 2>&1 && echo yes >/lab-out/passed || :\n")
        assert "SUCCESS" in (session.out / "check").read_text()
        return (session.out / "passed").exists(), (session.out / "test").read_text()


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    written = {}
    for name in ALERTS:
        root = tmp_path_factory.mktemp(name)
        MAKERS[name](root)
        file = root / "vfio-claim.prom"
        in_pipe(command(root, "status", "--metrics", "--output", file))
        written[name] = file.read_text()
    return written


def test_alerts(metrics, tmp_path):
    tests = [{"name": name, "interval": "1m", "input_series": series_of(text),
              "promql_expr_test": [firing(ALERTS[name])]} for name, text in metrics.items()]
    passed, said = promtool(tmp_path, tests)
    assert passed, said


def test_wrong_expectations_fail(metrics, tmp_path):
    """promtool reads the series: without the alert that should fire the test above fails."""
    tests = [{"name": "lost", "interval": "1m", "input_series": series_of(metrics["lost"]),
              "promql_expr_test": [firing({})]}]
    passed, said = promtool(tmp_path, tests)
    assert not passed and "VfioClaimCardLost" in said


def test_what_an_alert_says(metrics, tmp_path):
    tests = [{"interval": "1m", "input_series": series_of(metrics["lost"]), "alert_rule_test": [
        {"eval_time": "5m", "alertname": "VfioClaimCardLost", "exp_alerts": [{
            "exp_labels": {"severity": "critical", "address": "0000:01:00.0", "kind": "gpu",
                           "state": "lost", "code": "RIVAL_BOUND"},
            "exp_annotations": {
                "summary": ": 0000:01:00.0 was claimed and is not on VFIO any more",
                "description": "RIVAL_BOUND. Find what took it in 'vfio-claim status' and the kernel "
                               "log; reboot to claim it again."}}]}]}]
    passed, said = promtool(tmp_path, tests)
    assert passed, said


def test_old_metrics(metrics, tmp_path):
    """node_exporter tells when the file was written."""
    series = [one for one in series_of(metrics["claimed"]) if one["series"] != MTIME]
    series.append({"series": MTIME, "values": f"0x{MINUTES}"})
    passed, said = promtool(tmp_path, [{"interval": "1m", "input_series": series,
                                        "promql_expr_test": [firing({"MetricsStale": 1})]}])
    assert passed, said


@pytest.mark.parametrize("name", ["released", "held"])
def test_a_release_that_lasts(metrics, tmp_path, name):
    minutes = 24 * 60 + 2
    passed, said = promtool(tmp_path, [{
        "interval": "1m", "input_series": series_of(metrics[name], minutes),
        "promql_expr_test": [firing({}, minutes - 10), firing({"CardReleased": 1}, minutes)]}])
    assert passed, said


EVENTS = ("gone", "lost", "unreachable", "group-changed")


@pytest.mark.parametrize("kind", [*EVENTS, "claimed", "released", "refused"])
def test_events(metrics, tmp_path, kind):
    """A second event tells again; one that is half an hour old tells nothing more, nor does a new boot."""
    counted = f'vfio_claim_events{{kind="{kind}"}}'
    series = series_of(metrics["claimed"])
    (events,) = (one for one in series if one["series"] == counted)
    events["values"] = "0x9 1x50 2x40 0x40"
    told = {"CardChanged": 1} if kind in EVENTS else {}
    passed, said = promtool(tmp_path, [{
        "interval": "1m", "input_series": series,
        "promql_expr_test": [firing({}, 9), firing(told, 15), firing({}, 50), firing(told, 65), firing({}, 105)]}])
    assert passed, said


def test_each_rule_is_tried():
    names = set(re.findall(r"alert: VfioClaim(\w+)", RULES.read_text(encoding="utf-8")))
    assert names == {"MetricsStale", "CardReleased", "CardChanged"} | {name for alerts in ALERTS.values() for name in alerts}
