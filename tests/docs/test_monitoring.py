"""The files for Prometheus and Grafana speak of metrics that there are, and tell what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from duebell.cli.app import app as command_line
from duebell.domain.asking import GIVE_UP_EMAILS_AFTER
from duebell.ledger.automations import MOST, SOONEST
from duebell.measuring.numbers import Group, Numbers
from duebell.measuring.source import written
from duebell.metrics import Metrics
from duebell.settings import Settings
from tests.docs.exposed import exposed_metrics
from tests.docs.expressions import faults_of, labels_in, metrics_in

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deployments" / "monitoring"
ALERTS = yaml.safe_load((FOLDER / "prometheus-alerts.yml").read_text())
PROMETHEUS = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())

RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SEVERITIES = {"critical", "warning", "info"}

rule_by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
panel_by_panel = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


def expressions() -> Iterator[str]:
    """All expressions of both files."""
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in PANELS for target in panel["targets"])


def known_labels() -> set[str]:
    """Every label that a metric has, and the bound of a histogram's bucket."""
    metrics = Metrics()
    metrics.count_webhook("freshbooks", "stored")
    metrics.count_refusal("freshbooks", "signature")
    metrics.count_report("applied")
    numbers = Numbers(
        plain={},
        groups=(Group("undelivered", True, "a", "twilio", "sms", 1),),
        suppressions={("sms", "stop"): 1},
        webhook_ages={"invoice.create": 1.0},
    )
    body, _ = metrics.render(written(numbers))
    return set(re.findall(r'[{,](\w+)="', body.decode()))


@rule_by_rule
def test_an_alert_says_what_and_what_to_do(rule: dict[str, Any]) -> None:
    """Each alert has a plain sentence, something to do, a severity and a while to wait."""
    assert {"alert", "expr", "for", "labels", "annotations"} == set(rule)
    assert {"summary", "action"} == set(rule["annotations"])
    assert rule["labels"]["severity"] in SEVERITIES
    assert re.fullmatch(r"\d+[smh]", rule["for"])
    assert re.search(r"[<>=]", rule["expr"]), "it must compare with something"


def test_no_alert_comes_before_duebell_gives_up() -> None:
    """A message without a final word is told of only once even an email is given up."""
    [rule] = [rule for rule in RULES if rule["alert"] == "DuebellMessageUnconfirmed"]

    after = float(rule["expr"].rpartition(">")[2])

    assert after > GIVE_UP_EMAILS_AFTER.total_seconds()


def test_alerts_have_names_of_their_own() -> None:
    """No two alerts share a name, and no two groups do."""
    names = [rule["alert"] for rule in RULES]
    groups = [group["name"] for group in ALERTS["groups"]]

    assert len(set(names)) == len(names)
    assert len(set(groups)) == len(groups)


@rule_by_rule
def test_an_alert_tells_commands_and_settings_that_exist(rule: dict[str, Any]) -> None:
    """Whoever is told to type something, or to look at a setting, finds it."""
    commands = get_command(command_line)
    text = " ".join(rule["annotations"].values())
    typed = [match.split()[1:] for match in re.findall(r"`(duebell [^`]+)`", text)]
    settings = re.findall(r"DUEBELL_([A-Z_]+)", text)

    for words in typed:
        known: Any = commands
        for word in words:
            if not getattr(known, "commands", None):
                break
            assert word in known.commands, f"duebell {' '.join(words)}"
            known = known.commands[word]
    assert [] == [name for name in settings if name.lower() not in Settings.model_fields]


@pytest.mark.parametrize("expression", list(expressions()))
def test_an_expression_is_about_what_there_is(expression: str) -> None:
    """It names metrics and labels that `/metrics` has, and its brackets close."""
    named = metrics_in(expression)

    assert named
    assert set() == named - exposed_metrics()
    assert set() == labels_in(expression) - known_labels() - {"le"}
    assert [] == faults_of(expression)


@pytest.mark.parametrize(
    "panel",
    [panel for panel in PANELS if panel["type"] == "stat"],
    ids=lambda panel: panel["title"],
)
def test_a_stat_shows_a_number_while_all_is_well(panel: dict[str, Any]) -> None:
    """Grafana says "No data" where there is no series, as of failures where nothing failed."""
    names = [name.removeprefix("duebell_") for name in exposed_metrics()]
    well = written(Numbers(plain=dict.fromkeys(names, 0.0))).decode()
    there = set(re.findall(r"^(\w+)[ {]", well, re.MULTILINE))

    for target in panel["targets"]:
        ways = target["expr"].split(" or ")
        assert [way for way in ways if metrics_in(way) <= there]


def test_every_number_is_used() -> None:
    """Nothing is measured that neither an alert nor the dashboard looks at."""
    used = {name for expression in expressions() for name in metrics_in(expression)}

    assert exposed_metrics() == used


@pytest.mark.parametrize(
    "expression",
    [
        "max(duebell_workers",
        "max)duebell_workers(",
        "rate(duebell_workers[5])",
        "sum by (source} (duebell_workers)",
    ],
)
def test_a_broken_expression_is_noticed(expression: str) -> None:
    """The reader of expressions finds what it is there to find."""
    assert [] != faults_of(expression)


def test_a_name_that_is_not_there_is_noticed() -> None:
    """A metric or label with a slip in it would not pass."""
    assert {"duebell_wokers"} == metrics_in('max(duebell_wokers{status=~"duebell_x"})')
    assert {"status", "rule"} == labels_in('sum by (rule) (duebell_x{status=~"a,b"})')


@panel_by_panel
def test_a_panel_is_whole(panel: dict[str, Any]) -> None:
    """Each panel has a place, a title, and targets that read from the chosen data source."""
    assert panel["title"]
    assert {"x", "y", "w", "h"} == set(panel["gridPos"])
    assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    sources = {target["datasource"]["uid"] for target in panel["targets"]}
    assert {"${datasource}"} == sources | {panel["datasource"]["uid"]}


def test_the_dashboard_can_be_imported() -> None:
    """It has an id of its own, a variable for the data source, and panels that do not overlap."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    places = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert "duebell" == DASHBOARD["uid"]
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert ("datasource", "prometheus") == (
        variables["datasource"]["type"],
        variables["datasource"]["query"],
    )
    assert len(set(ids)) == len(ids)
    assert len(set(places)) == len(places)


def test_prometheus_finds_the_rules_and_the_process() -> None:
    """The example names the file of rules, and the port at which the process listens."""
    (target,) = PROMETHEUS["scrape_configs"][0]["static_configs"][0]["targets"]

    assert all((FOLDER / name).is_file() for name in PROMETHEUS["rule_files"])
    assert f"127.0.0.1:{Settings.model_fields['port'].default}" == target


def test_the_shipped_automation_waits_for_longer_than_it_must() -> None:
    """What it is started for is old enough to be sent again, and its file and the page say so."""
    text = (ROOT / "deployments" / "automations" / "retry-failed.yaml").read_text()
    page = (ROOT / "docs" / "monitoring.md").read_text()
    (action,) = yaml.safe_load(text)["actions"]
    minutes = SOONEST // timedelta(minutes=1)

    assert timedelta(seconds=action["schedule_after"]) >= SOONEST + timedelta(minutes=5)
    assert 3 == MOST
    for one in (text, page):
        assert f"less than {minutes} minutes ago" in " ".join(one.replace("#", "").split())
        assert "three times" in one
