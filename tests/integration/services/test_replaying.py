"""A replay shows what another rulebook would have told of what was recorded, and does nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from duebell.domain.consent import Source
from duebell.domain.rules import Channel
from duebell.ledger import suppressions
from duebell.replaying.comparing import Change
from duebell.replaying.documents import difference_document
from tests.flows.installation import leaks
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.integration.services.replay_scene import (
    CREATED,
    counts,
    replayed,
    told_of,
)
from tests.ledger_scenes import rows

BUT_LARGE = CREATED + 'when = { min_amount = "100000" }\n'
BY_EMAIL = CREATED.replace('"sms"', '"email"')
TO_STAFF = """
[lists]
approvers = [{ name = "Dana Okafor", sms = "+12125550187" }]
[[rule]]
on = "invoice.create"
to = "list:approvers"
channel = "sms"
template = "invoice_created"
"""
KINDS = {
    "invoice.create": "invoice_created",
    "payment.create": "payment_received",
    "bill.create": "bill_approval",
    "bill_vendor.create": "vendor_added",
    "client.create": "client_added",
    "expense.create": "expense_recorded",
}
TO_NOBODY = (
    '[client."{id}"]\nto = "list:mail"\n[lists]\nmail = [{ email = "lee@firm.example" }]\n'
    + CREATED
)
QUIET = '[business]\nquiet_hours = { from = "00:00", to = "23:59" }\n'


@pytest.fixture
def desk(place: Place, open_desk: OpenDesk) -> Desk:
    """A worker whose rulebook tells clients of new invoices."""
    (place.home / "duebell.toml").write_text(CREATED)
    return open_desk(place)


def test_nothing_is_written_and_nothing_is_sent(desk: Desk) -> None:
    """After a replay every table has the rows that it had, and Twilio has heard nothing new."""
    told_of(desk, 2)
    desk.await_receipts()
    before, texts = counts(desk), len(desk.texts())

    found = replayed(desk, CREATED + TO_STAFF)

    assert (2, 4) == found.messages
    assert (before, texts) == (counts(desk), len(desk.texts()))


def test_the_same_rulebook_makes_no_difference(desk: Desk) -> None:
    """Both tell the same people the same words, and the counts say how much."""
    told_of(desk, 3)

    found = replayed(desk, CREATED)

    amount = found.replay.totals.whole.after
    assert ([], 3, (3, 3)) == (found.differences, found.replay.totals.facts, found.messages)
    assert 3 <= amount.segments == found.replay.totals.whole.before.segments
    assert ["invoice.create → client → sms → invoice_created"] == list(found.replay.totals.by_rule)


def test_a_new_rule_tells_more(desk: Desk) -> None:
    """Whoever hears of it by the new rulebook alone is named with the rule and the invoice."""
    told_of(desk, number="INV-77")

    one = replayed(desk, CREATED + TO_STAFF).only()

    assert one.after is not None
    assert ((Change.MORE,), None, "INV-77") == (one.changes, one.before, one.number)
    assert ("Dana Okafor", "list:approvers") == (one.after.contact.name, one.after.shown_audience)
    assert "no rule tells list:approvers of invoice.create" == one.reason


def test_a_stricter_condition_tells_less(desk: Desk) -> None:
    """Whoever would not hear of it any more is named with the reason of the new rulebook."""
    told_of(desk)

    one = replayed(desk, BUT_LARGE).only()

    assert ((Change.LESS,), None) == (one.changes, one.after)
    assert "is less than 100000" in one.reason


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ('[client."{id}"]\nsilence = true\n' + CREATED, "the rulebook silences invoice.create"),
        (TO_NOBODY, "person 1 in list:mail has no number for texts"),
        ("", "no rule tells client of invoice.create"),
    ],
)
def test_why_somebody_hears_nothing(desk: Desk, rules: str, reason: str) -> None:
    """An override that silences, one for people without a number, and no rule are reasons."""
    told_of(desk)
    client = next(
        one for one in desk.sandbox.clients() if one["organization"] == "Alder Street Bakery"
    )

    one = replayed(desk, rules.replace("{id}", str(client["id"]))).only()

    assert (Change.LESS,) == one.changes
    assert one.reason.startswith(reason)


def test_another_template_has_other_words(desk: Desk) -> None:
    """The same person hears it in other words, and both texts are there."""
    told_of(desk, number="INV-78")
    own = desk.place.home / "templates" / "sms"
    own.mkdir(parents=True)
    (own / "short.txt.j2").write_text("New: {{ invoice.number }}")

    one = replayed(desk, CREATED.replace("invoice_created", "short")).only()

    assert one.before is not None
    assert one.after is not None
    assert ((Change.WORDS,), "New: INV-78") == (one.changes, one.after.words.text)
    assert "INV-78" in one.before.words.text != one.after.words.text


def test_another_channel_is_no_other_person(desk: Desk) -> None:
    """Who was texted and would be mailed hears it on another channel; emails have no segments."""
    told_of(desk)

    one = replayed(desk, BY_EMAIL).only()

    assert one.after is not None
    assert ((Change.CHANNEL,), Channel.EMAIL) == (one.changes, one.after.channel)
    assert (0, True) == (one.after.words.segments, bool(one.after.words.subject))


def test_quiet_hours_move_a_message(desk: Desk) -> None:
    """What the new rulebook holds leaves later, and it is said for what it waits."""
    told_of(desk)

    one = replayed(desk, QUIET + CREATED).only()

    assert one.after is not None
    assert ((Change.TIME,), "quiet hours") == (one.changes, one.after.held)
    assert one.after.leaves_at > one.fact.at


def test_a_budget_counts_what_the_replay_itself_tells(desk: Desk) -> None:
    """The second message of a day to one person waits a day for the first one."""
    told_of(desk, 2)

    one = replayed(desk, "[business]\nbudget = { day = 1 }\n" + CREATED).only()

    assert one.after is not None
    assert ((Change.TIME,), "budget") == (one.changes, one.after.held)
    assert timedelta(hours=24) == one.after.leaves_at - one.fact.at


def test_a_text_over_its_cap_is_one_less(desk: Desk) -> None:
    """A message that would be refused for its length is none, and the reason says so."""
    told_of(desk)
    own = desk.place.home / "templates" / "sms"
    own.mkdir(parents=True)
    (own / "long.txt.j2").write_text("{{ invoice.number }}" + " again" * 100)

    rules = CREATED.replace("invoice_created", "long") + "max_segments = 1\n"
    one = replayed(desk, rules).only()

    assert (Change.LESS,) == one.changes
    assert "the rule allows 1" in one.reason


def test_nobodys_address_is_shown(desk: Desk) -> None:
    """Documents of differences have masked numbers and addresses, of fixed audiences too."""
    told_of(desk)
    fixed = CREATED.replace('"client"', '"+12125550188"')
    clients = desk.sandbox.clients()

    found = replayed(desk, BY_EMAIL + fixed + TO_STAFF)

    documents = [difference_document(one) for one in found.differences]
    for document in documents:
        for side in ("before", "after"):
            (document[side] or {}).pop("text", None)  # what people read is shown whole
    addresses = [one[name] for one in clients for name in ("email", "mob_phone") if one[name]]
    assert [] == leaks(documents, ["+12125550188", "+12125550187", *addresses])
    assert {"+1•••••0188", "+1•••••0187"} <= {
        one["after"]["recipient"] for one in documents if one["after"]
    }


def to_staff(events: dict[str, str]) -> str:
    """Rules that tell the approvers of these events, each with its template."""
    lists = '[lists]\napprovers = [{ name = "Dana", sms = "+12125550187" }]\n'
    rules = (
        f'[[rule]]\non = "{event}"\nto = "list:approvers"\nchannel = "sms"\ntemplate = "{name}"\n'
        for event, name in events.items()
    )
    return lists + "".join(rules)


def test_every_kind_of_fact_is_replayed(place: Place, open_desk: OpenDesk) -> None:
    """Facts of all records, and those of Duebell itself, are read and told again the same way."""
    rules = to_staff({**KINDS, "connection.lost": "connection_lost"})
    (place.home / "duebell.toml").write_text(rules)
    desk = open_desk(place)
    for event in KINDS:
        (record,) = desk.sandbox.fire(event, deliver=False)
        desk.hear(event, str(record["id"]))
        desk.notify(event)
    desk.hear("connection.lost", "freshbooks:3")
    desk.notify()

    found = replayed(desk, rules)

    assert {*KINDS, "connection.lost"} == set(found.replay.gaps.events)
    assert ((7, 7), []) == (found.messages, found.differences)


def opt_out(connection: Connection, number: str, now: datetime) -> None:
    """Somebody has answered STOP."""
    suppressions.suppress(
        connection, "sms", number, source=Source.STOP, reason="they said STOP", by="x", now=now
    )


def test_an_opt_out_counts_for_both(desk: Desk) -> None:
    """Who must not be texted by now is told by neither, but by the new one's fallback."""
    told_of(desk)
    ((number,),) = rows(desk.ledger, "select recipient from notifications")
    desk.run(desk.ledger.write(lambda c: opt_out(c, number, desk.clock())))

    found = replayed(desk, CREATED + 'fallback = "email"\n')

    one = found.only()
    assert one.after is not None
    assert ((0, 1), Channel.EMAIL) == (found.messages, one.after.channel)
    assert "STOP" in one.reason
