"""Deliveries that come often, while Prefect is away, or whose run a person retries."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import (
    acknowledged,
    broken_promises,
    texts_by_invoice,
    wait_until_told,
)

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]


def test_ten_copies_are_one_text(installation: Installation) -> None:
    """Thirty invoices whose deliveries come ten times each, at once, are thirty texts."""
    before = installation.control.stats()

    records = installation.control.fire("invoice.create", 30, copies=10, concurrency=30)
    wait_until_told(installation, records)

    after = installation.control.stats()
    assert [] == broken_promises(installation, records)
    assert 300 == after["deliveries.200"] - before.get("deliveries.200", 0)
    assert 30 == after["twilio.creates"] - before.get("twilio.creates", 0)


def test_webhooks_are_kept_while_prefect_is_down(installation: Installation) -> None:
    """Without Prefect's server webhooks are acknowledged at once, and told when it is back."""
    installation.kill("prefect")

    records = installation.control.fire("invoice.create", 40, wait=True)

    numbers = {record["number"] for record in records}
    ids = {record["id"] for record in records}
    tries = [one for one in installation.control.deliveries() if one["object_id"] in ids]
    assert [(1, 200)] * 40 == [(one["try"], one["status"]) for one in tries]
    assert not numbers & texts_by_invoice(installation.control).keys()

    installation.start("prefect")
    wait_until_told(installation, records)

    assert [] == broken_promises(installation, records)


def test_a_run_retried_in_the_ui_sends_nothing_again(installation: Installation) -> None:
    """Runs that a person retries in Prefect's UI are executed again and send nothing."""
    records = installation.control.fire("invoice.create", 5, wait=True)
    wait_until_told(installation, records)
    ended = notify_runs(installation)
    before = installation.control.stats()["twilio.creates"]

    for run in ended:
        retry_as_the_ui_does(installation, run["id"])
    wait_until(lambda: are_run_again(installation, ended), "the runs were executed again")

    assert before == installation.control.stats()["twilio.creates"]
    assert [] == broken_promises(installation, records)
    assert {record["id"] for record in records} <= acknowledged(installation.control)


def notify_runs(installation: Installation) -> list[dict[str, Any]]:
    """The newest completed runs that sent something."""
    order = {
        "flows": {"name": {"any_": ["notify"]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
        "sort": "END_TIME_DESC",
        "limit": 3,
    }
    answer = httpx.post(f"{installation.prefect_url}/flow_runs/filter", json=order, timeout=30)
    runs: list[dict[str, Any]] = answer.raise_for_status().json()
    assert runs, "no run of notify has completed"
    return runs


def retry_as_the_ui_does(installation: Installation, run_id: str) -> None:
    """Press Retry."""
    state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
    answer = httpx.post(
        f"{installation.prefect_url}/flow_runs/{run_id}/set_state",
        json={"state": state, "force": True},
        timeout=30,
    )
    assert "ACCEPT" == answer.raise_for_status().json()["status"]


def are_run_again(installation: Installation, ended: list[dict[str, Any]]) -> bool:
    """Whether all of these runs were executed once more since."""
    for run in ended:
        url = f"{installation.prefect_url}/flow_runs/{run['id']}"
        now = httpx.get(url, timeout=30).raise_for_status().json()
        if now["run_count"] <= run["run_count"] or now["state_type"] != "COMPLETED":
            return False
    return True
