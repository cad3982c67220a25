"""Staff lists in the rulebook, and every fault that they may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import ListMember, Rulebook
from duebell.rulebook.loading import load_rulebook

LISTS = """
[lists]
approvers = [{ name = "Dana", sms = "+12125550101" }, { name = "Lee", email = "lee@firm.example" }]
"""


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


def test_a_list_has_people(tmp_path: Path) -> None:
    """A person has a name, a number, an address, or what is known of them."""
    book = book_of(tmp_path, LISTS)

    people = (ListMember("Dana", "+12125550101"), ListMember("Lee", email="lee@firm.example"))
    assert {"approvers": people} == dict(book.lists)


def test_a_list_may_be_written_as_tables(tmp_path: Path) -> None:
    """TOML's other way to write a list of people is the same list."""
    text = '[[lists.approvers]]\nname = "Dana"\nsms = "+12125550101"\n'

    assert {"approvers": (ListMember("Dana", "+12125550101"),)} == dict(
        book_of(tmp_path, text).lists
    )


def test_numbers_and_addresses_of_people_do_not_show(tmp_path: Path) -> None:
    """A rulebook that ends up in a log line gives nobody's number away."""
    shown = repr(book_of(tmp_path, LISTS))

    assert "Dana" in shown
    assert "2125550101" not in shown
    assert "lee@" not in shown


@pytest.mark.parametrize(
    ("people", "fault"),
    [
        (
            '"+12125550101"',
            (
                "the list `staff` must be a list of people;"
                ' write `staff = [{ name = "Dana", sms = "+12125550101" }]`.'
            ),
        ),
        (
            '["+12125550101"]',
            (
                "the list `staff` must be a list of people;"
                ' write `staff = [{ name = "Dana", sms = "+12125550101" }]`.'
            ),
        ),
        ("[]", "nobody is in the list `staff`; add somebody, or take it out."),
        (
            '[{ name = "Dana" }]',
            "Dana in the list `staff` has neither `sms` nor `email`; add one.",
        ),
        ("[{}]", "a person in the list `staff` has neither `sms` nor `email`; add one."),
        (
            '[{ name = "Dana", sms = "212 555 0101" }]',
            (
                "`sms` of Dana in the list `staff`: the number has no country code, and no country"
                " is known for it; write it like `+12125550100`."
            ),
        ),
        (
            '[{ name = "Dana", sms = "+1 212 555 0101" }]',
            (
                "`sms` of Dana in the list `staff`: write the number without spaces and signs,"
                " `+12125550101`."
            ),
        ),
        (
            '[{ sms = "+1" }]',
            (
                "`sms` of a person in the list `staff`: the number is not a phone number;"
                " write it like `+12125550100`."
            ),
        ),
        (
            '[{ name = "Dana", phone = "+12125550101", sms = "+12125550101" }]',
            "unknown key `phone` in the list `staff`; did you mean `sms`?",
        ),
        (
            '[{ name = "Dana", phone = "+12125550101" }]',
            "unknown key `phone` in the list `staff`; did you mean `sms`?",
        ),
        (
            '[{ nme = "Dana", sms = "+12125550101" }]',
            "unknown key `nme` in the list `staff`; did you mean `name`?",
        ),
        (
            '[{ name = "Dana", sms = "+12125550101" }, { name = "Dana", sms = "+12125550102" }]',
            "two people in the list `staff` are called `Dana`; tell them apart.",
        ),
    ],
)
def test_a_list_that_is_wrong(tmp_path: Path, people: str, fault: str) -> None:
    """Each fault of a list is told with its line, and names the person."""
    faults = faults_of(
        tmp_path, f"\n[lists]\nstaff = {people}\n" + a_rule("bill.create", "list:staff")
    )

    assert [f"line 3: {fault}"] == faults


def test_a_number_in_the_wrong_type(tmp_path: Path) -> None:
    """A number without quotes is no text, whatever else is wrong with it."""
    faults = faults_of(tmp_path, '[lists]\nstaff = [{ name = "Dana", sms = 12125550101 }]\n')

    assert [
        'line 2: `sms` in the list `staff` must be text; write it in quotes, `sms = "..."`.'
    ] == (faults)


@pytest.mark.parametrize(
    ("person", "fault"),
    [
        (
            'name = "Dana", email = "dana@firm"',
            (
                "`email` of Dana in the list `staff`: the address has an incomplete domain;"
                " write it like `dana@firm.example`."
            ),
        ),
        (
            'name = "Dana", email = "Dana <dana@firm.example>"',
            "`email` of Dana in the list `staff`: write one address alone, `dana@firm.example`.",
        ),
        (
            'name = "Dana", sms = "+12125550101", language = "french"',
            (
                "`language` of Dana in the list `staff`: there is no language `french`;"
                " did you mean `fr`?"
            ),
        ),
    ],
)
def test_an_address_or_language_that_is_none(tmp_path: Path, person: str, fault: str) -> None:
    """Whatever a person on a list has is looked at, on the line on which the person stands."""
    faults = faults_of(tmp_path, f"[lists]\nstaff = [\n    {{ {person} }},\n]\n")

    assert [f"line 3: {fault}"] == faults


def test_people_of_one_name_are_told_by_the_second(tmp_path: Path) -> None:
    """Of two people of one name, the second one's line is told."""
    person = '    { name = "Dana", sms = "+12125550101" },\n'

    faults = faults_of(tmp_path, f"[lists]\nstaff = [\n{person}{person}]\n")

    assert ["line 4: two people in the list `staff` are called `Dana`; tell them apart."] == faults


def test_lists_that_are_no_table(tmp_path: Path) -> None:
    """What stands in the place of the table is told with the way to write it."""
    faults = faults_of(tmp_path, '\nlists = ["approvers"]\n')

    expected = (
        "line 2: `lists` must be a table; write [lists] and below"
        ' `approvers = [{ name = "Dana", sms = "+12125550101" }]`.'
    )
    assert [expected] == faults


def test_faults_of_lists_and_rules_come_together(tmp_path: Path) -> None:
    """A wrong list does not make the rules that name it wrong, nor hide their faults."""
    text = "[lists]\nstaff = []\n" + a_rule("bill.create", "list:staff") + a_rule("x", "list:staff")

    faults = faults_of(tmp_path, text)

    assert ["line 2", "line 11"] == [fault.partition(":")[0] for fault in faults]
