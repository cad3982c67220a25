"""Audiences in the rulebook, and every fault that they may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.events import EVENT_TYPES
from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Rulebook
from duebell.rulebook.loading import load_rulebook

LISTS = """
[lists]
approvers = [{ name = "Dana", sms = "+12125550101" }, { name = "Lee", email = "lee@firm.example" }]
"""
NUMBER = "+12125550100"
ABOUT_CLIENTS = {
    *("invoice.create", "invoice.update", "invoice.sendByEmail", "invoice.due"),
    *("invoice.overdue", "payment.create", "client.create", "client.update"),
    "expense.create",
}


def a_rule(on: str, to: str) -> str:
    """The text of a rule."""
    return f'\n[[rule]]\non = "{on}"\nto = "{to}"\nchannel = "sms"\ntemplate = "note"\n'


def book_of(folder: Path, text: str) -> Rulebook:
    """The rulebook with this text."""
    file = folder / "duebell.toml"
    file.write_text(text, encoding="utf-8")
    return load_rulebook(file)


def faults_of(folder: Path, text: str) -> list[str]:
    """The faults of a rulebook with this text, with the file's name alone."""
    with pytest.raises(ConfigurationError) as refused:
        book_of(folder, text)
    return [fault.replace(f"{folder}/duebell.toml ", "") for fault in refused.value.faults]


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_every_event_may_be_told_to_staff(tmp_path: Path, event: str) -> None:
    """A list or a number may hear of everything."""
    book = book_of(tmp_path, LISTS + a_rule(event, "list:approvers") + a_rule(event, NUMBER))

    assert ["list:approvers", NUMBER] == [rule.to for rule in book.rules]


@pytest.mark.parametrize(
    ("audience", "events"),
    [
        ("client", ABOUT_CLIENTS),
        ("client.contacts", ABOUT_CLIENTS),
        ("vendor", {"bill.create", "bill.update", "bill_vendor.create", "bill_vendor.update"}),
    ],
)
def test_clients_and_vendors_hear_of_what_is_theirs(
    tmp_path: Path, audience: str, events: set[str]
) -> None:
    """A record that has no client or vendor cannot be told to one, and the fault says so."""
    for event in EVENT_TYPES:
        if event in events:
            assert event in book_of(tmp_path, a_rule(event, audience)).events
        else:
            who = audience.partition(".")[0]
            (fault,) = faults_of(tmp_path, a_rule(event, audience))
            assert fault.startswith(f"line 4: `to`: `{event}` is about no {who}; ")


_KINDS = (
    "write one like `client`, `client.contacts`, `vendor`, `list:NAME`, `+12125550100`,"
    " `dana@firm.example`."
)


@pytest.mark.parametrize(
    ("to", "fault"),
    [
        ("clients", "there is no audience `clients`; did you mean `client`?"),
        (
            "client.contact",
            "there is no audience `client.contact`; did you mean `client.contacts`?",
        ),
        ("approvers", "there is no audience `approvers`; did you mean `list:approvers`?"),
        ("zzz", f"there is no audience `zzz`; {_KINDS}"),
        ("", 'it is empty; write one like `to = "client"`.'),
        ("list:aprovers", "there is no list `aprovers`; did you mean `approvers`?"),
        ("list:zzz", "there is no list `zzz`; the lists in [lists] are `approvers`."),
        ("list:", "there is no list ``; the lists in [lists] are `approvers`."),
        ("+1212", "the number is too short; write it like `+12125550100`."),
        ("+1 212 555-0100", "write the number without spaces and signs, `+12125550100`."),
        ("+1212555010x", "the number contains letters; write it like `+12125550100`."),
    ],
)
def test_an_audience_that_there_is_not(tmp_path: Path, to: str, fault: str) -> None:
    """An audience nobody is behind is told with its line and the mend."""
    faults = faults_of(tmp_path, LISTS + a_rule("invoice.create", to))

    assert [f"line 7: `to`: {fault}"] == faults


def test_an_audience_of_a_misspelt_event_is_not_judged(tmp_path: Path) -> None:
    """One mistake is one fault: whose event it is stands to be seen."""
    faults = faults_of(tmp_path, a_rule("bill.craete", "vendor"))

    assert [
        "line 3: `on`: there is no event type `bill.craete`; did you mean `bill.create`?"
    ] == faults
