"""Erasing a person where others were told of them, and what is left in SQLite's own files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from duebell.domain.circumstances import Contact
from duebell.domain.decisions import Decision, Plan, PlannedNotification, Verdict
from duebell.domain.delivery import OutcomeKind
from duebell.domain.failures import ErasureRefused
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Channel, Rule
from duebell.domain.signals import ClaimedSignal, Signal
from duebell.ledger import erasing
from duebell.ledger.attempts import Intent
from duebell.ledger.engine import empty_log, open_engine
from duebell.ledger.ledger import Ledger
from duebell.ledger.plan_records import PlanRecord
from duebell.ledger.sealing import Sealer
from duebell.ledger.traces import Found, Person
from tests.ledger_scenes import (
    ACCOUNT,
    PHONE,
    START,
    WORKER,
    Clock,
    accepted,
    an_ending,
    column,
    new_id,
    run,
)

CLIENT = Person(client_id="7")
STAFF, VENDORS = "+12125550142", "+12125550177"
VENDOR = Person(channel="sms", address=VENDORS)
TELLTALE = "Platypus Canary Works (+1*****0101)"
DIGEST = "ntf_1:2026-03-02T15:00:00+00:00"
DANA = Contact("list:approvers:Dana", "Dana", STAFF)


def erase(ledger: Ledger, sealer: Sealer, person: Person = CLIENT) -> Found:
    """Erase a person."""
    return run(
        ledger.write(lambda c: erasing.erase(c, person, sealer.digest, by="cli:dana", now=START))
    )


def sending(
    ledger: Ledger, event: str, object_id: str, who: Contact = DANA, account: str = ACCOUNT
) -> str:
    """A message that is just being sent, with the person in its words."""
    occurrence = Occurrence(account, object_id, event)
    rule = Rule(event, "list:approvers", Channel.SMS, "some_template")
    one = PlannedNotification(occurrence, rule, who, rule.channel, rule.to)
    plan = Plan((Decision(Verdict.PLANNED, "rule", rule, occurrence, one),))
    claimed = ClaimedSignal(1, Signal(account, event, object_id), START, 1)
    recorded = run(ledger.record_plans([PlanRecord(claimed, plan)], new_id))
    id_ = recorded.known[one.dedup_key].id
    run(ledger.begin_attempt(Intent(id_, WORKER, who.address, f"text to {TELLTALE}", START)))
    return id_


def told(
    ledger: Ledger, event: str, object_id: str, who: Contact = DANA, account: str = ACCOUNT
) -> str:
    """A message that the provider took, with the person in its words."""
    id_ = sending(ledger, event, object_id, who, account)
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.ACCEPTED, provider_id=f"SM-{id_}")))
    return id_


def words_of(ledger: Ledger, id_: str) -> str:
    """What a message said, as far as it is kept."""
    [body] = column(ledger, "select body from attempts where notification_id = :id", id=id_)
    return str(body)


def test_the_words_about_a_failure_go(ledger: Ledger, sealer: Sealer) -> None:
    """What staff was told of a failure names the client, so its words go; staff stays as it is."""
    accepted(ledger)
    digest = told(ledger, "notification.failed", DIGEST)

    found = erase(ledger, sealer)

    assert (2, "") == (found.texts, words_of(ledger, digest))
    assert [STAFF] == column(ledger, "select recipient from notifications where id = :i", i=digest)


def test_what_cannot_name_the_person_stays(ledger: Ledger, sealer: Sealer, clock: Clock) -> None:
    """Words about failures of before the first message, or of another account, are kept."""
    before = told(ledger, "notification.failed", DIGEST)
    elsewhere = told(ledger, "notification.failed", DIGEST, account="a2")
    other = told(ledger, "connection.lost", "freshbooks:3")
    clock.pass_(minutes=1)
    accepted(ledger)

    erase(ledger, sealer)

    kept = [bool(words_of(ledger, id_)) for id_ in (before, elsewhere, other)]
    assert [True, True, True] == kept


def test_words_that_are_on_their_way_are_waited_for(ledger: Ledger, sealer: Sealer) -> None:
    """While staff is being told of a failure nothing is erased: a doubt is settled by the words."""
    accepted(ledger)
    digest = sending(ledger, "notification.failed", DIGEST)

    with pytest.raises(ErasureRefused):
        erase(ledger, sealer)

    assert TELLTALE in words_of(ledger, digest)


def test_what_others_were_told_of_a_vendor_goes(ledger: Ledger, sealer: Sealer) -> None:
    """Words about the vendor, and about bills of which the vendor was told, go; others stay."""
    vendor = Contact("vendor:1563", "Platypus Canary Works", VENDORS)
    told(ledger, "bill.create", "42", vendor)
    approval = told(ledger, "bill.create", "42")
    added = told(ledger, "bill_vendor.create", "1563")
    kept = [told(ledger, "bill.create", "43"), told(ledger, "bill_vendor.create", "1564")]
    namesake = told(ledger, "invoice.create", "42")

    erase(ledger, sealer, VENDOR)

    assert ["", ""] == [words_of(ledger, id_) for id_ in (approval, added)]
    assert all(TELLTALE in words_of(ledger, id_) for id_ in (*kept, namesake))


def in_files(url: str) -> bytes:
    """Everything that SQLite's files hold, the log among them."""
    path = Path(str(make_url(url).database))
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


def test_nothing_is_left_in_the_files(sqlite_url: str, sealer: Sealer, clock: Clock) -> None:
    """While Duebell runs, neither the database nor its log holds a trace once it is emptied."""
    ledger = Ledger(sqlite_url, sealer, now=clock)
    for number in range(30):
        accepted(ledger, str(number), f"SM{number}")
        told(ledger, "notification.failed", f"ntf_{number}:{START.isoformat()}")
    before = in_files(sqlite_url)

    erase(ledger, sealer)
    engine = open_engine(sqlite_url, writer=False)
    is_empty = empty_log(engine)

    after = in_files(sqlite_url)
    engine.dispose()
    ledger.close()
    traces = [b"Platypus", b"*****0101", PHONE.encode(), b"Acme"]
    assert [True] * 4 == [one in before for one in traces]
    assert (True, [False] * 4) == (is_empty, [one in after for one in traces])


def test_a_log_that_is_read_is_said_to_be_full(sqlite_url: str, sealer: Sealer) -> None:
    """Where a reader holds the log it cannot be emptied, and that is said instead of raised."""
    ledger = Ledger(sqlite_url, sealer, now=Clock())
    accepted(ledger)
    reader, engine = open_engine(sqlite_url, writer=False), open_engine(sqlite_url, writer=False)

    with reader.connect() as connection:
        connection.exec_driver_sql("select count(*) from notifications").all()
        accepted(ledger, "2", "SM2")
        is_empty = empty_log(engine, timedelta(0))

    reader.dispose()
    engine.dispose()
    ledger.close()
    assert is_empty is False
