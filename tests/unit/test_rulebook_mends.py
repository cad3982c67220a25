"""What people write before they know the words of the rulebook, and the mend that they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.events import EVENT_TYPES
from duebell.domain.rules import Channel
from duebell.rulebook.checking import CheckedRulebook, check_rulebook
from duebell.rulebook.event_words import event_mend
from duebell.rulebook.places import PERSON, place_of
from duebell.rulebook.rules import ALL_IS_SENT, Unsendable
from duebell.wording.rendering import open_renderer
from duebell.wording.shipped_names import EVENT_OF, made_for
from tests.unit.rulebook_texts import LISTS, a_rule, faults_in_table, faults_of


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        ("invoice.paid", "did you mean `payment.create`?"),
        ("invoice.created", "did you mean `invoice.create`?"),
        ("new invoice", "did you mean `invoice.create`?"),
        ("invoice.late", "did you mean `invoice.overdue`?"),
        ("invoice.past_due", "did you mean `invoice.overdue`?"),
        ("invoice_sent", "did you mean `invoice.sendByEmail`?"),
        ("Invoice.Create", "did you mean `invoice.create`?"),
        ("payment.received", "did you mean `payment.create`?"),
        ("client.new", "did you mean `client.create`?"),
        ("customer.changed", "did you mean `client.update`?"),
        ("vendor.update", "did you mean `bill_vendor.update`?"),
        ("bill.vendor.create", "did you mean `bill_vendor.create`?"),
        ("connection.down", "did you mean `connection.lost`?"),
        ("sms.failed", "did you mean `notification.failed`?"),
        ("bill.due", "of this record there are `bill.create`, `bill.update`"),
        ("invoice.craete", "did you mean `invoice.create`?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_what_people_call_an_event(word: str, mend: str) -> None:
    """An event by another name is found, and of a record that has no such event those it has."""
    assert mend == event_mend(word)


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_an_event_type_in_other_letters_is_found(event: str) -> None:
    """Capitals and signs between the words are no other event."""
    assert f"did you mean `{event}`?" == event_mend(event.upper().replace(".", "_"))


@pytest.mark.parametrize(
    ("name", "code"),
    [("Amerika", "US"), ("Americas", "US"), ("Untied Kingdom", "GB"), ("Germny", "DE")],
)
def test_a_country_by_a_name_that_is_none(name: str, code: str) -> None:
    """The mend is a code, which is right when it is written."""
    (fault,) = faults_in_table(f'country = "{name}"')

    assert f"did you mean `{code}` (" in fault
    assert [] == faults_in_table(f'country = "{code}"')


def test_holidays_by_the_name_of_a_country() -> None:
    """A name is as good as a code, and a misspelt one is told with the code."""
    (fault,) = faults_in_table('holidays = "Canadia"')

    assert [] == faults_in_table('holidays = "Canada"')
    assert fault.endswith("the holidays of `Canadia` are not known; did you mean `CA` (Canada)?")


@pytest.mark.parametrize(
    ("share", "part"), [('"50%"', "0.5"), ("50", "0.5"), ('"2.5 %"', "0.025"), ("99", "0.99")]
)
def test_a_share_as_a_percentage(share: str, part: str) -> None:
    """A percentage is told as the part that it is."""
    (fault,) = faults_in_table(f"share_of_clients = {share}", "brakes")

    assert fault.endswith(f"must be a part of 1 and no percentage; write `{part}`")


@pytest.mark.parametrize(
    ("first", "second", "fault"),
    [
        ("[5, 10]", "[10, 20]", "the rung 10 is told to `client` by the rule on line 2 already"),
        ("[1, 2, 3]", "[2, 3, 4]", "the rungs 2 and 3 are told to `client` by the rule on line 2"),
    ],
)
def test_rungs_of_two_rules(first: str, second: str, fault: str) -> None:
    """Which days to take out, and from which line."""
    rules = [a_rule(f"days = {days}", on="invoice.overdue") for days in (first, second)]

    (found,) = faults_of("".join(rules))

    rest = [second.strip("[]").split(", ")[-1]]
    assert found.startswith(f"12: `days`: {fault.replace('line 2', 'line 6')}")
    assert found.endswith(f"already; write `days = [{rest[0]}]` here")


_BUSINESS = "it belongs below `[business]`"


@pytest.mark.parametrize(
    ("key", "title", "mend"),
    [
        ("quiet_hours", "[[rule]]", _BUSINESS),
        ("budget", "[[rule]]", _BUSINESS),
        ("share_of_clients", "[business]", "it belongs below `[brakes]`"),
        ("lists", "[[rule]]", "it is a table of its own: write `[lists]`"),
        ("client", "[business]", 'it is a table of its own: write `[client."ID"]`'),
        (
            "min_amount",
            "[[rule]]",
            "it is a condition: write `when = { min_amount = ... }` in the rule",
        ),
        ("template", "[business]", "it belongs in a `[[rule]]`"),
        ("template", "`when`", "it belongs in a `[[rule]]`, above `[rule.when]`"),
        (
            "from",
            "[business]",
            "it belongs in `quiet_hours = { from = ... }` below `[business]`",
        ),
        ("day", "[business]", "it belongs in `budget = { day = ... }` below `[business]`"),
        ("sms", "[[rule]]", 'write `channel = "sms"`'),
        (
            "silence",
            "[[rule]]",
            'it belongs below `[client."ID"]` or `[vendor."ID"]`',
        ),
        ("zzz", "[[rule]]", ""),
    ],
)
def test_where_a_key_belongs(key: str, title: str, mend: str) -> None:
    """A key of another table is told with that table, and one of none is left to be guessed."""
    assert mend == place_of(key, title)


def test_a_key_in_another_table_is_one_fault() -> None:
    """What stands below ``[rule.when]`` instead of in the rule is not missing as well."""
    text = a_rule().replace('template = "invoice_created"\n', "")

    faults = faults_of(f'{text}[rule.when]\nmin_amount = 5\ntemplate = "invoice_created"\n')

    mend = "it belongs in a `[[rule]]`, above `[rule.when]`"
    assert [f"8: unknown key `template` in `when`; {mend}"] == faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            'quiet_hours = { from = "20:00" }\n',
            f"1: unknown table or key `quiet_hours`; {_BUSINESS}",
        ),
        (
            'staff = [{ name = "Dana", sms = "+12125550101" }]\n',
            "1: unknown table or key `staff`; a list of people belongs below `[lists]`",
        ),
        (
            f'{LISTS}quiet_hours = {{ from = "20:00" }}\n',
            f"3: the list `quiet_hours` must be a list of people; {_BUSINESS}",
        ),
    ],
)
def test_keys_below_no_heading_or_another(text: str, fault: str) -> None:
    """A key before the first heading, or below the wrong one, is told with where it belongs."""
    assert [fault] == faults_of(text)


def test_a_list_where_there_are_none() -> None:
    """Who has no list yet sees how one is written, and that is right."""
    (fault,) = faults_of(a_rule(to="list:staff"))

    mend = fault.rpartition("`staff = ")[2].removesuffix("`")
    assert fault.startswith("3: `to`: there is no list `staff`, as there are no lists; write ")
    assert [] == faults_of(f"[lists]\nstaff = {mend}\n{a_rule(to='list:staff')}")


@pytest.mark.parametrize(
    "text",
    [
        '[lists]\nstaff = [{ name = "Dana", sms = "416 555 0101" }]\n',
        '[safe_mode]\nsms = "(416) 555-0101"\n',
        '[client.1]\nsms = "416-555-0101"\n',
        a_rule(to="4165550101"),
    ],
)
def test_a_number_without_its_country(text: str) -> None:
    """Numbers have a plus everywhere; the business' country says what to write."""
    (known,) = faults_of(f'{text}[business]\ncountry = "CA"\n')
    (unknown,) = faults_of(text)

    assert known.endswith("the number has no country code; write `+14165550101`")
    assert unknown.endswith("write it like `+12125550100`")


def test_a_condition_that_cannot_hold_has_one_mend() -> None:
    """What is to be taken out is not to be mended as well."""
    (fault,) = faults_of(a_rule('when = { vendor = "Acme" }'))

    reason = "`invoice.create` has no vendor, so this never holds; take it out"
    assert f"6: `vendor` in `when`: {reason}" == fault


def checked(folder: Path, text: str, unsendable: Unsendable = ALL_IS_SENT) -> CheckedRulebook:
    """The check of a rulebook with this text and the shipped templates."""
    file = folder / "duebell.toml"
    file.write_text(text, encoding="utf-8")
    return check_rulebook(file, open_renderer(None), unsendable)


def test_a_template_of_another_event(tmp_path: Path) -> None:
    """The fault names the line of the rulebook, and the templates that there are for the event."""
    found = checked(tmp_path, a_rule(on="invoice.overdue", template="bill_approval"))

    (fault,) = found.faults
    assert (5, "template") == (fault.line, fault.key)
    assert (
        f"{tmp_path}/duebell.toml line 5: `template`: `bill_approval` is for bill.create, and this"
        " rule is on invoice.overdue; for invoice.overdue there are `overdue_notice`,"
        " `overdue_final`."
    ) == fault.text


def test_a_template_that_fits_and_is_made_for_another_event(tmp_path: Path) -> None:
    """Words about a new client go with a payment, and are most likely not meant."""
    found = checked(tmp_path, a_rule(on="payment.create", template="client_added"))

    text = "`client_added` is for client.create, and this rule is on payment.create"
    assert f"{text}; is that meant?" in [note.text for note in found.notes]
    assert () == found.faults


@pytest.mark.parametrize(("most", "languages"), [(1, ["fr"]), (9, [])])
def test_a_cap_that_ordinary_texts_exceed(tmp_path: Path, most: int, languages: list[str]) -> None:
    """A language whose letters cost double may never be sent, and that is told beforehand."""
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / "own.txt.j2").write_text("Invoice {{ invoice.number }}")
    words = "Ĉi tiu mesaĝo estas iom longa, kaj ĝiaj literoj ne estas en la alfabeto de GSM."
    (tmp_path / "sms" / "own.fr.txt.j2").write_text(f"{words} {{{{ invoice.number }}}}")
    file = tmp_path / "duebell.toml"
    file.write_text(a_rule(f"max_segments = {most}", template="own"))

    notes = check_rulebook(file, open_renderer(tmp_path)).notes

    found = [note for note in notes if "max_segments" in note.text]
    assert [
        f"in `{one}` an ordinary text of `own` has 2 segments because of Ĉ" for one in languages
    ] == [note.text.partition(" ĝ")[0] for note in found]
    assert [1] * len(found) == [note.line for note in found]


def test_people_without_a_number_where_no_email_is_sent(tmp_path: Path) -> None:
    """Nobody is sent to write what the installation refuses."""
    people = LISTS.replace('sms = "+12125550101"', 'email = "dana@firm.example"')

    unsendable = {Channel.EMAIL: "set THIS"}
    found = checked(tmp_path, people + a_rule(to="list:approvers"), unsendable)

    reason = "Dana in the list `approvers` has nothing for `sms`"
    note = f"{reason}; add `sms` to them, or take them off the list"
    assert note in [one.text for one in found.notes]


def test_every_shipped_template_has_its_event() -> None:
    """Whoever looks for the templates of an event finds all that are shipped."""
    renderer = open_renderer(None)

    for channel in Channel:
        assert set(EVENT_OF) == renderer.template_names(channel)
    assert all(made_for(event) for event in EVENT_TYPES)


def test_a_missing_template_is_told_by_the_usual_one() -> None:
    """Who leaves the words out is told those that are for the event."""
    text = a_rule(on="payment.create").replace('template = "invoice_created"\n', "")

    (fault,) = faults_of(text)

    mend = 'add a line like `template = "payment_received"`'
    assert f"1: `template` is missing in [[rule]]; {mend}" == fault


def test_people_need_no_name() -> None:
    """A person is told by a number alone; the name is for whoever reads."""
    text = LISTS.replace('name = "Dana", ', "")

    assert "name" in PERSON
    assert [] == faults_of(text + a_rule(to="list:approvers"))


@pytest.mark.parametrize(
    ("key", "values", "mend"),
    [
        ("on", '["invoice.create", "invoice.update"]', "one event for each rule"),
        ("to", '["client", "list:approvers"]', "one audience for each rule"),
        ("channel", '["sms", "email"]', "one channel for each rule"),
        ("to", '["client"]', 'it is one and no list; write `to = "client"`'),
    ],
)
def test_several_where_a_rule_has_one(key: str, values: str, mend: str) -> None:
    """A list of events or audiences is several rules, and one of a single thing needs no list."""
    given = {"on": "invoice.create", "to": "client", "channel": "sms"}[key]
    text = LISTS + a_rule().replace(f'{key} = "{given}"', f"{key} = {values}")

    (fault,) = faults_of(text)

    assert f"`{key}`: {mend}" in fault
    assert ("write a second `[[rule]]`" in fault) is ("," in values)


@pytest.mark.parametrize("word", ["On", "ON", "event"])
def test_a_key_by_another_name_is_not_missing_too(word: str) -> None:
    """Who wrote a key in other letters or words is told its word, and nothing else."""
    faults = faults_of(a_rule().replace("on =", f"{word} ="))

    assert [f"2: unknown key `{word}` in [[rule]]; did you mean `on`?"] == faults


def test_keys_of_a_rule_below_no_heading() -> None:
    """That one heading was forgotten is one fault."""
    (fault,) = faults_of(a_rule().removeprefix("[[rule]]\n"))

    assert fault.startswith("1: `on`, `to`, `channel`, `template` stand below no heading;")
    assert fault.endswith("write `[[rule]]` on a line above them")


def test_a_rule_as_other_formats_write_it() -> None:
    """Each line of it is one fault, with the line as it is to be written."""
    text = (
        "rule:\n- on: invoice.create\n  to: client\n  channel: sms\n  template: invoice_created\n"
    )

    faults = faults_of(text)

    assert [
        "[[rule]]",
        'on = "invoice.create"',
        'to = "client"',
        'channel = "sms"',
        'template = "invoice_created"',
    ] == [fault.rpartition("write ")[2].strip("`") for fault in faults]


@pytest.mark.parametrize("amount", ["$1,250", "1.250,00", "CAD 1 250.00", "1250 €"])
def test_an_amount_in_quotes_as_people_write_it(amount: str) -> None:
    """The mend is the amount that was meant, with a point."""
    (fault,) = faults_of(a_rule(f'when = {{ min_amount = "{amount}" }}'))

    assert 'such as `min_amount = "1250' in fault


def test_people_of_a_list_in_another_table() -> None:
    """A list of staff belongs in one place, wherever it was written."""
    (fault,) = faults_in_table(LISTS.splitlines()[1])

    assert (
        "unknown key `approvers` in [business]; a list of people belongs below `[lists]`" == fault
    )
