"""The pages about rules and templates name all that there is, and their examples work."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from duebell.domain.books import (
    Bill,
    Business,
    Client,
    ClientContact,
    Expense,
    Invoice,
    Kind,
    Line,
    Payment,
    Record,
    Vendor,
)
from duebell.domain.changes import fields_of
from duebell.domain.dossiers import Notice
from duebell.domain.events import EVENT_TYPES, update_of
from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook import business, conditions, overrides, safeguards
from duebell.rulebook.ladders import DEFAULT_DAYS
from duebell.rulebook.lists import KEYS as LIST_KEYS
from duebell.rulebook.loading import DEFAULT_RULEBOOK, read_rulebook
from duebell.rulebook.places import TABLES
from duebell.rulebook.rules import KEYS
from duebell.wording.rendering import open_renderer, shipped_templates
from duebell.wording.sample_records import sample_values
from duebell.wording.values import RECORDS
from tests.unit.domain.scenes import MAKERS
from tests.unit.shipped_texts import EVENTS

DOCS = Path(__file__).parents[2] / "docs"
RULES_PAGE = (DOCS / "rulebook.md").read_text()
TEMPLATES_PAGE = (DOCS / "templates.md").read_text()
LANGUAGES = {"English": "en", "French": "fr", "German": "de", "Spanish": "es"}
#: What a template sees → the record behind it.
SEEN = {
    "invoice": Invoice,
    "payment": Payment,
    "client": Client,
    "bill": Bill,
    "vendor": Vendor,
    "expense": Expense,
    "business": Business,
    "notice": Notice,
}


#: With the mistakes that the page shows.
FAULTY = """\
[business]
time_zone = "America/Torronto"
[lists]
approvers = [{ name = "Dana", sms = "+12125550101" }]
[[rule]]
on = "invoice.create"
to = "list:aprovers"
chanel = "sms"
template = "invoice_creatd"
[[rule]]
on = "invoice.overdue"
to = "client"
channel = "sms"
template = "overdue_notice"
when = { min_days_past_due = 8 }
[[rule]]
on = "invoice.create"
to = client
channel = "sms"
template = "invoice_creatd"
[client."12345"]
"""


def section(page: str, title: str) -> str:
    """What stands under a heading of the second or third level."""
    return re.split(r"\n##+ ", page.partition(f"# {title}\n")[2])[0]


def first_cells(text: str) -> list[str]:
    """The words in the first column of the tables of a text."""
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


# -- the rulebook


def test_every_field_of_a_rule_is_documented() -> None:
    """The table has a row for each field, and no other."""
    assert list(KEYS) == first_cells(section(RULES_PAGE, "Fields of a rule"))


def test_every_event_type_is_documented() -> None:
    """The table has a row for each event type, in the order of the program."""
    listed = first_cells(section(RULES_PAGE, "Event types"))

    assert set(EVENT_TYPES) == set(listed)
    assert len(EVENT_TYPES) == len(listed)


def test_every_table_is_documented() -> None:
    """The table of tables has a row for each of them, and no other."""
    words = first_cells(RULES_PAGE.partition("## Fields of a rule")[0])

    assert sorted(TABLES) == sorted(re.sub(r"\W|ID", "", word) for word in words)


def test_every_field_of_a_person_is_documented() -> None:
    """The table has a row for each field of a person on a list, and no other."""
    words = first_cells(section(RULES_PAGE, "Audiences"))
    audiences = {
        *("client", "client.contacts", "vendor", "list:NAME"),
        *("+12125550100", "dana@firm.example"),
    }

    assert audiences <= set(words)
    assert set(LIST_KEYS) == set(words) - audiences


@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("Conditions", conditions.KEYS),
        ("The business", (*business.KEYS, *business.QUIET_KEYS, *business.BUDGET_KEYS)),
        ("Overrides", overrides.KEYS),
        ("Brakes", safeguards.BRAKE_KEYS),
        ("Safe mode", safeguards.SAFE_KEYS),
    ],
)
def test_every_field_of_a_table_is_documented(title: str, keys: tuple[str, ...]) -> None:
    """The section has a row for each key that the program reads, and no other."""
    assert sorted(keys) == sorted(first_cells(section(RULES_PAGE, title)))


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.BILL, Kind.VENDOR, Kind.CLIENT])
def test_every_field_that_may_change_is_documented(kind: Kind) -> None:
    """The table names the fields whose change is told, of each record that has an update."""
    record: Record = MAKERS[kind]()
    word = "vendor" if kind is Kind.VENDOR else kind.value
    row = re.search(rf"^\| {word} \| (.+) \|$", section(RULES_PAGE, "Changes"), re.MULTILINE)

    assert update_of(kind) in EVENT_TYPES
    assert row is not None
    assert sorted(fields_of(record, str)) == re.findall(r"`([^`]+)`", row[1])


@pytest.mark.parametrize("event", DEFAULT_DAYS)
def test_the_usual_rungs_are_documented(event: str) -> None:
    """The table says what a ladder without days is."""
    row = re.search(rf"^\| `{event}` \| .+ \| `(.+)` \|$", section(RULES_PAGE, "The ladder"), re.M)

    assert row is not None
    assert str(list(DEFAULT_DAYS[event])) == row[1]


def examples() -> list[str]:
    """The TOML on the page."""
    return re.findall(r"```toml\n(.+?)```", RULES_PAGE, re.DOTALL)


def test_the_shipped_rule_is_as_the_page_says() -> None:
    """What applies without a file stands on the page."""
    assert examples()[0] in DEFAULT_RULEBOOK.read_text()


@pytest.mark.parametrize("text", examples())
def test_the_examples_are_right(text: str) -> None:
    """Each rulebook on the page is read without a fault, and its templates fit its events."""
    renderer = open_renderer(None)
    templates = {channel: renderer.template_names(channel) for channel in Channel}

    book, faults = read_rulebook(text, "duebell.toml", templates)

    assert [] == faults
    assert Rulebook(()) != book
    for rule, channel in book.used_templates():
        renderer.check(rule.template, rule.on, channel)


def test_the_faults_on_the_page_are_those_of_the_program() -> None:
    """A rulebook with these mistakes is told in the very sentences that the page shows."""
    shown = re.findall(r"^duebell\.toml line \d+: .+$", RULES_PAGE, re.MULTILINE)
    templates = {Channel.SMS: {"invoice_created", "overdue_notice"}}

    _, faults = read_rulebook(FAULTY, "duebell.toml", templates)

    assert shown == faults


# -- templates


def test_every_shipped_template_is_documented() -> None:
    """The table has each template with the event that it is for and the languages it has."""
    rows = re.findall(
        r"^\| `(\w+)` \| `([\w.]+)`.* \| ([\w, ]+) \|$",
        section(TEMPLATES_PAGE, "Shipped templates"),
        re.MULTILINE,
    )
    files = [file.name.split(".") for file in (shipped_templates() / "sms").glob("*.txt.j2")]
    variants = {(parts[0], parts[1] if len(parts) == 4 else "en") for parts in files}

    assert EVENTS == {name: event for name, event, _ in rows}
    assert variants == {
        (name, LANGUAGES[word]) for name, _, words in rows for word in words.split(", ")
    }


@pytest.mark.parametrize("name", SEEN)
def test_every_value_is_documented(name: str) -> None:
    """Each field of a record stands in the table of that record, and no other."""
    record = SEEN[name]
    names = [field.name for field in fields(record)] + (["name"] if record is Client else [])

    listed = [word for word in first_cells(TEMPLATES_PAGE) if word.startswith(f"{name}.")]

    assert sorted(f"{name}.{field}" for field in names) == sorted(
        word for word in listed if word not in EVENT_TYPES
    )


def test_the_parts_of_records_are_documented() -> None:
    """What a line and a contact have is named where they are."""
    contacts = re.search(r"^\| `client.contacts` \| (.+) \|$", TEMPLATES_PAGE, re.MULTILINE)
    lines = re.search(r"^\| `invoice.lines` \| (.+) \|$", TEMPLATES_PAGE, re.MULTILINE)

    assert contacts is not None
    assert lines is not None
    expected = {"name", *(field.name for field in fields(ClientContact))}
    assert expected == set(re.findall(r"`(\w+)`", contacts[1]))
    assert {field.name for field in fields(Line)} == set(re.findall(r"`(\w+)`", lines[1]))


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_what_an_event_has_is_documented(event: str) -> None:
    """The row of an event names the records and values that its templates see."""
    rows = re.findall(r"^\| (`.+`) \| (.+) \| (.*)\|$", section(TEMPLATES_PAGE, "Values"), re.M)
    records, further = next((row[1], row[2]) for row in rows if f"`{event}`" in row[0])
    if "the same" in records:
        records = "`invoice`, `client`, `business`"
    always = set.intersection(
        *(
            {name for name in RECORDS if values.get(name) is not None}
            for values in sample_values(event)
        )
    )

    assert always <= set(re.findall(r"`(\w+)`", records)) <= set(RECORDS)
    has_change = any(values["changed"] for values in sample_values(event))
    assert not has_change or "changed" in further
