"""Asking Twilio Email: lists with their filters and pages, and what is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from duebell.sandbox.scenarios import TWILIO_EMAIL
from tests.sandbox.emailing import emails_at, operation_of
from tests.sandbox.program import EMAILS, send_email


def test_emails_are_found_by_tag(twilio: httpx.Client, control: SandboxControl) -> None:
    """All tags that are named must fit; other filters are honoured beside them."""
    for nid, attempt in (("ntf_01", "1"), ("ntf_01", "2"), ("ntf_02", "1")):
        send_email(twilio, tags={"nid": nid, "attempt": attempt})
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()

    found = [
        len(emails_at(twilio, **query))
        for query in (
            {"tags": "nid:ntf_01;"},
            {"tags": "nid:ntf_01;attempt:2;"},
            {"tags": "attempt:1"},
            {"tags": "nid:ntf_03;"},
            {"tags": "nid:ntf_01;", "startDate": soon},
            {"tags": "nid:ntf_01;", "endDate": soon},
            {"endDate": soon[:10]},
            {"status": "failed"},
        )
    ]

    assert [2, 1, 2, 0, 0, 2, 3, 0] == found


def test_the_index_of_tags_lags(twilio: httpx.Client, control: SandboxControl) -> None:
    """A new email is found by its operation at once, and by its tags only after a while."""
    control.change_settings(tag_delay_seconds=30)
    operation = operation_of(twilio)

    by_operation, by_tag = (
        emails_at(twilio, operationId=operation),
        emails_at(twilio, tags="nid:ntf_01;"),
    )
    control.change_settings(tag_delay_seconds=0)

    assert (1, 0, 1) == (len(by_operation), len(by_tag), len(emails_at(twilio, tags="nid:ntf_01;")))


@pytest.mark.parametrize("is_link", [False, True])
def test_lists_have_pages(twilio: httpx.Client, control: SandboxControl, is_link: bool) -> None:
    """The newest come first, and ``next`` leads through all, as a token or as a path."""
    control.change_settings(next_page_is_link=is_link)
    for number in range(3):
        send_email(twilio, content={"subject": f"email {number}"})
    query = {"tags": "nid:ntf_01;", "pageSize": "2"}

    first = twilio.get(EMAILS, params=query).json()
    following = first["pagination"]["next"]
    second = twilio.get(following if is_link else EMAILS, params=_token(query, following, is_link))

    subjects = [row["content"]["subject"] for row in first["emails"] + second.json()["emails"]]
    assert [f"email {number}" for number in (2, 1, 0)] == subjects
    assert second.json()["pagination"]["next"] is None


def _token(query: dict[str, str], following: str, is_link: bool) -> dict[str, str] | None:
    return None if is_link else {**query, "pageToken": following}


@pytest.mark.parametrize(
    "query", [{"tags": "nid"}, {"startDate": "soon"}, {"pageSize": "0"}, {"pageSize": "many"}]
)
def test_unreadable_filters_are_refused(
    twilio: httpx.Client, control: SandboxControl, query: dict[str, str]
) -> None:
    """A filter that cannot be read is refused by its name, not ignored."""
    answer = twilio.get(EMAILS, params=query)

    (name,) = query
    assert (400, True) == (answer.status_code, name in answer.json()["detail"])


@pytest.mark.parametrize(
    "path",
    ["/nothing", f"/comms_email_0{'a' * 25}", "/Operations/nothing", "/Operations/nothing/Errors"],
)
def test_what_is_not_there(twilio: httpx.Client, control: SandboxControl, path: str) -> None:
    """Unknown emails and operations are 404, as a problem."""
    answer = twilio.get(f"{EMAILS}{path}")

    assert (404, "Not Found") == (answer.status_code, answer.json()["title"])


def test_operations_are_listed(twilio: httpx.Client, control: SandboxControl) -> None:
    """All operations can be listed, the newest first."""
    made = [operation_of(twilio) for _ in range(2)]

    listed = twilio.get(f"{EMAILS}/Operations").json()["operations"]

    assert made[::-1] == [row["id"] for row in listed]


def test_questions_may_fail(twilio: httpx.Client, control: SandboxControl) -> None:
    """A scenario spoils the answer to a question, and not the email."""
    operation = operation_of(twilio)
    control.set_scenario("questions-fail", provider=TWILIO_EMAIL, count=1)

    found = [twilio.get(f"{EMAILS}/Operations/{operation}").status_code for _ in range(2)]

    assert [500, 200] == found
