"""The conditions of a rule in the rulebook, and every fault that they may have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from duebell.domain.events import EVENT_TYPES, kind_of_event
from duebell.domain.rules import ALWAYS, Conditions
from duebell.rulebook.audiences import HAS_CLIENT, HAS_VENDOR
from duebell.rulebook.conditions import KEYS, stated
from tests.unit.rulebook_texts import a_rule, faults_of, rule_of

NUMBER = "+12125550100"
ONE_OF_EACH = {
    "min_amount": '"1.00"',
    "max_amount": "2000",
    "min_outstanding": "0.5",
    "max_outstanding": '"-1"',
    "min_days_past_due": "3",
    "max_days_past_due": "30",
    "currency": '"CAD"',
    "account": '"6BApk"',
    "client": '["12345", "12346"]',
    "vendor": '"1563"',
    "tag": '"vip"',
    "first_time": "false",
}


def conditions_of(when: str, **fields: str) -> Conditions:
    """The conditions of a rule with this ``when``."""
    return rule_of(a_rule(f"when = {{ {when} }}", **fields)).when


def faults_in(when: str, more: str = "", **fields: str) -> list[str]:
    """What is wrong with a rule that has this ``when`` on its sixth line."""
    return faults_of(a_rule(f"when = {{ {when} }}\n{more}", **fields))


def test_every_condition_is_read() -> None:
    """Amounts are exact with and without quotes, and what may be a list may be one text."""
    of_invoices = {key: value for key, value in ONE_OF_EACH.items() if key != "vendor"}
    of_invoices["max_outstanding"] = '"1e2"'

    found = conditions_of(", ".join(f"{key} = {value}" for key, value in of_invoices.items()))

    assert found == Conditions(
        min_amount=Decimal("1.00"),
        max_amount=Decimal(2000),
        min_outstanding=Decimal("0.5"),
        max_outstanding=Decimal(100),
        min_days_past_due=3,
        max_days_past_due=30,
        currencies=frozenset({"CAD"}),
        accounts=frozenset({"6BApk"}),
        clients=frozenset({"12345", "12346"}),
        tags=frozenset({"vip"}),
        first_time=False,
    )


def test_conditions_may_be_a_table_of_their_own() -> None:
    """TOML's other way to write a table means the same, and its faults have their own lines."""
    text = a_rule("  [rule.when]\n  min_amount = 5\n  max_amount = 4")

    assert Conditions(min_amount=Decimal(5)) == rule_of(text.replace("  max_amount = 4", "")).when
    assert [
        (
            "7: `min_amount` in `when`: 5 is more than `max_amount` (4),"
            " so nothing is both; make it less"
        )
    ] == faults_of(text)


def test_conditions_are_shown_as_they_are_written() -> None:
    """What a rule states can be told again, by the words of the file."""
    found = stated(conditions_of('min_amount = 1.50, client = ["2", "1"], first_time = true'))

    assert {"min_amount": "1.50", "client": ["1", "2"], "first_time": True} == found
    assert {} == stated(ALWAYS)


_HAVING = {
    "amount": {"invoice", "payment", "bill", "expense"},
    "outstanding amount": {"invoice", "payment", "bill"},
    "due date": {"invoice", "payment", "bill"},
    "client": {kind.value for kind in HAS_CLIENT},
    "vendor": {kind.value for kind in HAS_VENDOR},
    "account": {"invoice", "payment", "bill", "expense", "client", "bill_vendor"},
    "client or vendor": {"invoice", "payment", "bill", "expense", "client", "bill_vendor"},
}
_WORDS = {
    **dict.fromkeys(("min_amount", "max_amount", "currency"), "amount"),
    **dict.fromkeys(("min_outstanding", "max_outstanding"), "outstanding amount"),
    **dict.fromkeys(("min_days_past_due", "max_days_past_due"), "due date"),
    "client": "client",
    "vendor": "vendor",
    "account": "account",
    "tag": "client or vendor",
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("event", EVENT_TYPES)
def test_a_condition_that_could_never_hold(event: str, key: str) -> None:
    """What the records of an event do not have cannot be asked of them; everything else can."""
    word, kind = _WORDS.get(key), kind_of_event(event)
    days = "days = [-2]" if event == "invoice.due" else ""
    value = "0" if "days" in key and event != "invoice.overdue" else ONE_OF_EACH[key]

    faults = faults_in(f"{key} = {value}", days, on=event, to=NUMBER)

    if word is None or (kind is not None and kind.value in _HAVING[word]):
        assert [] == [fault for fault in faults if "rung" not in fault]
    else:
        reason = f"`{event}` has no {word}, so this never holds; take it out"
        assert [f"6: `{key}` in `when`: {reason}"] == faults


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        ("min_amont = 1", "unknown key `min_amont` in `when`; did you mean `min_amount`?"),
        (
            "zzz = 1",
            f"unknown key `zzz` in `when`; there are {', '.join(f'`{key}`' for key in KEYS)}",
        ),
        (
            "currency = 'cad'",
            "`currency` in `when`: there is no currency `cad`; did you mean `CAD`?",
        ),
        (
            "client = 'Acme'",
            "`client` in `when`: `Acme` is no id of FreshBooks; ids are digits",
        ),
        (
            "client = 5",
            (
                "`client` in `when` must be text or a list of texts;"
                ' write them in quotes, `client = ["..."]`'
            ),
        ),
        ("tag = []", "`tag` in `when`: it is empty; write something, or take it out"),
        ("tag = [' ']", "`tag` in `when`: it is empty; write something, or take it out"),
        ("first_time = 'yes'", "`first_time` in `when` must be `true` or `false`, without quotes"),
        (
            "min_amount = 5, max_amount = 4.99",
            (
                "`min_amount` in `when`: 5 is more than `max_amount` (4.99),"
                " so nothing is both; make it less"
            ),
        ),
        (
            "min_days_past_due = 9, max_days_past_due = 8",
            (
                "`min_days_past_due` in `when`: 9 is more than `max_days_past_due` (8),"
                " so nothing is both; make it less"
            ),
        ),
    ],
)
def test_a_condition_that_is_wrong(when: str, fault: str) -> None:
    """Each wrong condition is one fault with its line and the mend."""
    assert [f"6: {fault}"] == faults_in(when)


@pytest.mark.parametrize(
    "amount",
    ['"1,000"', '"1 000"', '"a lot"', '""', "true", "nan", "inf", "[1]", "1e99999999999999999999"],
)
def test_an_amount_that_is_none(amount: str) -> None:
    """An amount is a finite decimal; nothing else is taken for one, and nothing is rounded."""
    (fault,) = faults_in(f"min_amount = {amount}")

    assert fault.startswith("6: `min_amount` in `when` must be a number with a point and no blanks")


@pytest.mark.parametrize("days", ["-1", "2.0", '"3"', "true"])
def test_days_that_are_none(days: str) -> None:
    """Days past due are counted in whole ones, from 0."""
    (fault,) = faults_in(f"min_days_past_due = {days}")

    assert (
        "6: `min_days_past_due` in `when` must be a whole number, 0 or more, without quotes"
        == fault
    )


@pytest.mark.parametrize(
    ("on", "days", "when", "lost"),
    [
        ("invoice.overdue", "[5, 10]", "min_days_past_due = 5", []),
        (
            "invoice.overdue",
            "[5, 10]",
            "min_days_past_due = 6",
            ["6 days, but the rung 5 comes before"],
        ),
        ("invoice.overdue", "[5, 10]", "max_days_past_due = 10", []),
        (
            "invoice.overdue",
            "[5, 10]",
            "max_days_past_due = 9",
            ["9 days, but the rung 10 comes after"],
        ),
        ("invoice.due", "[-3, 0]", "max_days_past_due = 0", []),
        (
            "invoice.due",
            "[-3, 0]",
            "min_days_past_due = 0",
            ["0 days, but the rung -3 comes before"],
        ),
    ],
)
def test_a_rung_that_a_condition_makes_impossible(
    on: str, days: str, when: str, lost: list[str]
) -> None:
    """A rung that can never be told is no rung, and which one is said."""
    faults = faults_in(when, f"days = {days}", on=on)

    assert [
        f"6: `{when.split()[0]}` in `when`: {one}; take one of them out" for one in lost
    ] == faults


@pytest.mark.parametrize("value", ["5", '"min_amount"', "[]"])
def test_conditions_that_are_no_table(value: str) -> None:
    """What stands in the place of the table is told with the way to write it."""
    expected = '`when` must be a table; write it like `when = { min_amount = "100.00" }`'

    assert [f"6: {expected}"] == faults_of(a_rule(f"when = {value}"))


def test_conditions_that_state_nothing() -> None:
    """An empty table is somebody's unfinished thought."""
    assert ["6: `when`: it states nothing; write a condition, or take it out"] == faults_in("")
