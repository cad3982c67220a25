"""A preview with a real record: what would be told now, to whom not; and nothing comes of it."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from duebell.domain.consent import Source
from duebell.domain.failures import NothingFound
from duebell.domain.rules import Channel
from duebell.ledger import pauses, suppressions
from duebell.ledger.brake_reading import BRAKES
from duebell.previewing.asking import Asked, PreviewRefused
from duebell.previewing.choosing import open_choice
from duebell.previewing.preview import Preview, Shown
from duebell.previewing.records import preview_record
from duebell.sandbox import credentials
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column, rows

RULES = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"

[[rule]]
on = "invoice.overdue"
days = [5, 10]
to = "client"
channel = "sms"
template = "overdue_final"

[[rule]]
on = "client.update"
to = "list:approvers"
channel = "sms"
template = "client_changed"

[lists]
approvers = [{ name = "Dana", sms = "+12125550190" }, { name = "Lee", email = "lee@firm.example" }]
"""
BY_EMAIL = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "email"
template = "invoice_created"
"""
ALDER = "+12125550101"
TABLES = ("signals", "occurrences", "decisions", "notifications", "attempts", "audit_records")


@pytest.fixture
def ruled(place: Place, open_desk: OpenDesk) -> Desk:
    """A worker with rules for an invoice, its ladder, and changed clients."""
    (place.home / "duebell.toml").write_text(RULES)
    return open_desk(place)


def preview(desk: Desk, event: str, object_id: str, **asked: object) -> Preview:
    """What the command shows."""
    question = Asked(event, object_id, **asked)  # type: ignore[arg-type]
    choice = open_choice(question, desk.runtime.settings)
    return desk.run(preview_record(desk.runtime, choice.chosen))


def only(found: Preview) -> Shown:
    """The one decision that is shown."""
    (one,) = found.shown
    return one


def text_of(shown: Shown) -> str:
    """The words of a message."""
    assert shown.words is not None
    return shown.words.text


def today_at(desk: Desk) -> date:
    """The calendar day of the business."""
    return desk.clock().astimezone(ZoneInfo(credentials.TIME_ZONE)).date()


def an_overdue(desk: Desk, days: int) -> str:
    """An invoice that is so many days past due; gives its id."""
    today = today_at(desk)
    due, issued = today - timedelta(days=days), today - timedelta(days=40)
    return desk.new_invoice(due_date=due.isoformat(), create_date=issued.isoformat())


def test_it_shows_what_is_sent_afterwards(ruled: Desk) -> None:
    """The text, the person and the rule are those of the message that the worker then sends."""
    invoice = ruled.new_invoice(number="INV-7", amount="120.50")

    shown = only(preview(ruled, "invoice.create", invoice))
    ruled.notify()

    (sent,) = ruled.texts()
    assert sent["body"] == text_of(shown)
    assert ("planned", "+1•••••0101", 1) == (shown.verdict, shown.recipient, shown.number)
    assert shown.not_before is None


def test_nothing_is_written_and_nothing_is_sent(ruled: Desk) -> None:
    """No table has a row more or less than before, and Twilio hears of nothing."""
    invoice = ruled.new_invoice()
    ruled.run(ruled.runtime.books.businesses())  # which renews the access token
    counts = {name: column(ruled.ledger, f"select count(*) from {name}") for name in TABLES}  # noqa: S608

    preview(ruled, "invoice.create", invoice)

    after = {name: column(ruled.ledger, f"select count(*) from {name}") for name in TABLES}  # noqa: S608
    assert counts == after
    assert [] == ruled.texts()


def test_what_was_told_is_told_no_more(ruled: Desk) -> None:
    """A fact that was sent before is shown as told, with what became of it."""
    invoice = ruled.new_invoice()
    ruled.notify()

    found = preview(ruled, "invoice.create", invoice)

    assert "repeated" == only(found).verdict
    sent = f"{ruled.clock():%Y-%m-%d %H:%M} UTC"
    told = f"told before: Alder Street Bakery heard it {sent}; the notification is accepted"
    assert told == only(found).reason
    assert () == found.messages
    assert ruled.texts()[0]["body"] == text_of(only(found))


def test_what_safe_mode_sent_elsewhere_was_not_heard(place: Place, open_desk: OpenDesk) -> None:
    """Of a message that was diverted it is said where it went, and not that the client heard it."""
    (place.home / "duebell.toml").write_text(RULES)
    safe = open_desk(place, safe_phone="+12125550177")
    invoice = safe.new_invoice()
    safe.notify()

    found = preview(safe, "invoice.create", invoice)

    where = "the safe-mode number +1•••••0177 instead of Alder Street Bakery"
    told = f"told before: it went to {where} {safe.clock():%Y-%m-%d %H:%M} UTC; the notification is"
    assert f"{told} accepted" == only(found).reason


def test_what_was_told_is_shown_though_it_is_paid(ruled: Desk) -> None:
    """Beside the reason why nobody is told any more stands who heard of it before."""
    invoice = ruled.new_invoice()
    ruled.notify()
    ruled.change(invoice, status="paid")

    why_not, told = preview(ruled, "invoice.create", invoice).shown

    assert ("skipped", "the invoice is paid") == (why_not.verdict, why_not.reason)
    assert ("repeated", True) == (told.verdict, "Alder Street Bakery heard it" in told.reason)


def test_a_record_is_found_by_what_people_call_it(ruled: Desk) -> None:
    """The number in any case and without its zeros, whose it is, or a message about it will do."""
    invoice = ruled.new_invoice(number="INV-00042")
    words = ("INV-00042", "inv-42", "42", "00042", "alder", "Street")

    found = [preview(ruled, "invoice.create", word).object_id for word in words]
    ruled.notify()
    found.append(preview(ruled, "invoice.create", ruled.notification().id).object_id)

    assert [invoice] * 7 == found


def test_several_records_are_listed(ruled: Desk) -> None:
    """A name that several clients have is answered with all of them and their ids."""
    for number in ("INV-00042", "INV-00043"):
        ruled.new_invoice(number=number)

    with pytest.raises(NothingFound) as refusal:
        preview(ruled, "invoice.create", "alder")

    lines = str(refusal.value).splitlines()
    assert "Several may be meant by “alder”; name one by its id:" == lines[0]
    assert ["INV-00042", "INV-00043"] == [line.split()[0] for line in lines[1:]]


def test_what_was_meant_is_asked(ruled: Desk) -> None:
    """A slip in a name is answered with the name that is near."""
    with pytest.raises(NothingFound, match=r"did you mean `Alder Street Bakery`\?"):
        preview(ruled, "client.update", "Alder Stret Bakry")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("paid", "the invoice is paid"),
        ("draft", "the invoice is a draft; it is looked at again when it changes"),
    ],
)
def test_the_state_of_the_record_counts(ruled: Desk, status: str, reason: str) -> None:
    """Nobody is told of an invoice as it is now, and the preview says why."""
    invoice = ruled.new_invoice()
    ruled.change(invoice, status=status)

    shown = only(preview(ruled, "invoice.create", invoice))

    assert reason == shown.reason


def test_an_opt_out_is_shown(ruled: Desk) -> None:
    """Who answered STOP is not told, and that is the reason given."""
    invoice, now = ruled.new_invoice(), ruled.clock()
    reason = "the person answered STOP"
    ruled.run(
        ruled.ledger.write(
            lambda c: suppressions.suppress(
                c, Channel.SMS, ALDER, source=Source.STOP, reason=reason, by="recipient", now=now
            )
        )
    )

    shown = only(preview(ruled, "invoice.create", invoice))

    assert ("suppressed", reason) == (shown.verdict, shown.reason)


def test_a_fixed_number_is_masked_in_every_decision(ruled: Desk, place: Place) -> None:
    """Where a number that the rulebook names has opted out, neither preview nor ledger show it."""
    fixed = RULES.replace('to = "client"', 'to = "+12125550188"', 1)
    (place.home / "duebell.toml").write_text(fixed)
    ruled.runtime.rulebook = open_choice(Asked("invoice.create"), ruled.runtime.settings).rulebook
    invoice, now = ruled.new_invoice(), ruled.clock()
    ruled.run(
        ruled.ledger.write(
            lambda c: suppressions.suppress(
                c, "sms", "+12125550188", source=Source.HAND, reason="left out", by="cli", now=now
            )
        )
    )

    shown = only(preview(ruled, "invoice.create", invoice))
    ruled.notify()

    assert ("suppressed", "+1•••••0188") == (shown.verdict, shown.audience)
    assert ["+1•••••0188"] == column(ruled.ledger, "select audience from decisions")


def test_a_pause_is_shown(ruled: Desk) -> None:
    """A paused invoice tells nobody, until the day that is named."""
    invoice, until = ruled.new_invoice(), date(2099, 1, 31)
    now = ruled.clock()
    ruled.run(
        ruled.ledger.write(
            lambda c: pauses.pause(c, ACCOUNT, "invoice", invoice, until, by="cli:ann", now=now)
        )
    )

    shown = only(preview(ruled, "invoice.create", invoice))

    assert ("suppressed", "the invoice is paused until 2099-01-31") == (
        shown.verdict,
        shown.reason,
    )


def test_quiet_hours_hold_it(ruled: Desk, place: Place) -> None:
    """Where every day is quiet, the message is shown with the moment from which it may leave."""
    quiet = '[business]\nquiet_hours = { from = "00:00", to = "23:59" }\n'
    (place.home / "duebell.toml").write_text(RULES + quiet)
    invoice = ruled.new_invoice()

    shown = only(preview(ruled, "invoice.create", invoice))

    assert ("held", "quiet hours") == (shown.verdict, shown.hold)
    assert shown.not_before is not None
    assert shown.not_before > ruled.clock()
    assert text_of(shown)


def test_safe_mode_says_where_it_goes(ruled: Desk, place: Place) -> None:
    """In safe mode the person's own number stands beside the one that gets it instead."""
    (place.home / "duebell.toml").write_text(f'{RULES}\n[safe_mode]\nsms = "+12125550177"\n')
    invoice = ruled.new_invoice()

    shown = only(preview(ruled, "invoice.create", invoice))

    assert ("+1•••••0101", "+1•••••0177") == (shown.recipient, shown.instead)


def test_emails_are_shown_though_nobody_carries_them(ruled: Desk, place: Place) -> None:
    """A rule that sends emails, which the worker here refuses, is shown with subject and page."""
    (place.home / "duebell.toml").write_text(BY_EMAIL)
    invoice = ruled.new_invoice(number="INV-9")

    shown = only(preview(ruled, "invoice.create", invoice))

    words = shown.words
    assert (Channel.EMAIL, "") == (shown.channel, shown.fault)
    assert words is not None
    assert "INV-9" in words.subject
    assert words.html.lstrip().lower().startswith("<!doctype html")


def test_the_rung_of_today_is_shown(ruled: Desk) -> None:
    """An invoice that is 6 days past due shows rung 5, as it would be told now."""
    invoice = an_overdue(ruled, 6)

    shown = only(preview(ruled, "invoice.overdue", invoice))

    assert "day +5 of the ladder" == shown.note
    assert "6 days" in text_of(shown)


def test_rungs_to_come_are_shown_as_they_will_read(ruled: Desk) -> None:
    """Where no rung is to be told today, each is shown with its day and the words of that day."""
    invoice = an_overdue(ruled, 1)

    found = preview(ruled, "invoice.overdue", invoice)

    due = today_at(ruled) - timedelta(days=1)
    days = [due + timedelta(days=5), due + timedelta(days=10)]
    assert days == [one.day for one in found.messages]
    assert "5 days" in text_of(found.messages[0])
    assert "10 days" in text_of(found.messages[1])
    assert all(one.not_before and one.not_before > ruled.clock() for one in found.messages)


def test_rungs_that_were_told_are_over(ruled: Desk) -> None:
    """After rung 5 was told, it is shown as told, and rung 10 as it will read."""
    invoice = an_overdue(ruled, 6)
    ruled.hear("invoice.overdue", invoice)
    ruled.clock.at = ruled.clock.at.replace(hour=18)  # noon in the business' zone
    ruled.notify()

    found = preview(ruled, "invoice.overdue", invoice)

    assert ["repeated", "planned"] == [one.verdict for one in found.shown]


def test_a_change_is_shown_with_its_fields(ruled: Desk) -> None:
    """What changed since the last look is what the message speaks of."""
    client = str(ruled.sandbox.clients()[0]["id"])
    ruled.hear("client.update", client)
    ruled.notify()
    ruled.sandbox.change_client(int(client), email="new@alder.example")

    found = preview(ruled, "client.update", client)

    dana, lee = found.shown
    assert "changed since the last look: email" == dana.note
    assert "(email)" in text_of(dana)
    assert ("skipped", "Lee (person 2 in list:approvers) has no number for texts") == (
        lee.verdict,
        lee.reason,
    )


def test_where_nothing_has_changed_nobody_is_told(ruled: Desk) -> None:
    """A record that is as it was at the last look is told to nobody; the words are an example."""
    client = str(ruled.sandbox.clients()[0]["id"])

    found = preview(ruled, "client.update", client)

    dana = found.shown[0]
    assert ((), "skipped", True) == (found.messages, dana.verdict, dana.is_example)
    assert "nothing has changed since the last look" == dana.reason
    assert "(email, phone)" in text_of(dana)


def test_a_template_is_tried_on_a_record(ruled: Desk) -> None:
    """A template that no rule uses is shown for an audience, on each channel that has it."""
    invoice = ruled.new_invoice(number="INV-3")

    found = preview(ruled, "invoice.create", invoice, template="overdue_final", audience="client")

    assert [Channel.SMS, Channel.EMAIL] == [one.channel for one in found.messages]
    assert [None, None] == [one.number for one in found.messages]


def test_another_language_can_be_asked_for(ruled: Desk) -> None:
    """``--language`` is read by everybody."""
    invoice = ruled.new_invoice()

    shown = only(preview(ruled, "invoice.create", invoice, language="fr"))

    assert "votre facture" in text_of(shown)


def test_a_record_of_another_kind_is_recognised(ruled: Desk) -> None:
    """An invoice's id where a payment's is wanted is answered with what it is."""
    invoice = ruled.new_invoice()

    with pytest.raises(NothingFound) as refusal:
        preview(ruled, "payment.create", invoice)

    expected = f"FreshBooks has no payment {invoice} in the account {ACCOUNT}; there is an invoice"
    assert str(refusal.value).startswith(expected)


def test_what_is_nowhere_is_said_to_be(ruled: Desk) -> None:
    """An id that no record has gives one sentence."""
    with pytest.raises(NothingFound) as refusal:
        preview(ruled, "invoice.create", "987654321")

    expected = f"FreshBooks has no invoice 987654321 in the account {ACCOUNT}"
    assert expected == str(refusal.value)


def test_several_accounts_have_to_be_chosen_from(ruled: Desk) -> None:
    """With two accounts it is asked which; one that is not there is named."""
    ruled.runtime.account_ids = (ACCOUNT, credentials.SECOND_ACCOUNT_ID)
    invoice = ruled.new_invoice()

    with pytest.raises(PreviewRefused, match=f"add --account {ACCOUNT} or "):
        preview(ruled, "invoice.create", invoice)
    with pytest.raises(PreviewRefused, match="there is no account nope"):
        preview(ruled, "invoice.create", invoice, account_id="nope")
    assert preview(ruled, "invoice.create", invoice, account_id=ACCOUNT).messages


def test_an_engaged_brake_is_said(ruled: Desk) -> None:
    """Where a brake holds what is sent to clients, the preview says so."""
    invoice = ruled.new_invoice()
    engaged = {
        "account_id": ACCOUNT,
        "cap": "run",
        "reason": "too many",
        "status": "engaged",
        "held": 3,
        "engaged_at": ruled.clock(),
    }
    ruled.run(ruled.ledger.write(lambda c: c.execute(insert(BRAKES).values(**engaged))))

    (note,) = preview(ruled, "invoice.create", invoice).notes

    assert note.startswith("Brake 1 is engaged (too many)")
    assert [] == rows(ruled.ledger, "select id from notifications")
