"""``duebell preview`` with made-up records: in an empty directory, without network or ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.events import EVENT_TYPES, OWN_EVENTS
from duebell.wording.rendering import shipped_templates
from tests.unit.cli.running import Run

BOOK = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
fallback = "email"
template = "invoice_created"
when = { min_amount = "99999.00" }

[[rule]]
on = "invoice.create"
to = "list:approvers"
channel = "sms"
template = "invoice_created"

[[rule]]
on = "payment.create"
to = "client"
channel = "email"
template = "payment_received"

[[rule]]
on = "expense.create"
to = "client"
channel = "sms"
template = "expense_recorded"

[[rule]]
on = "invoice.overdue"
days = [5]
to = "client"
channel = "sms"
template = "overdue_notice"

[[rule]]
on = "invoice.overdue"
days = [30]
to = "client"
channel = "sms"
template = "overdue_final"

[lists]
approvers = [{ name = "Dana", sms = "+12125550190" }, { name = "Lee", email = "lee@firm.example" }]
"""


@pytest.fixture
def book(run: Run, tmp_path: Path) -> Path:
    """A rulebook in the directory of the commands."""
    file = tmp_path / "duebell.toml"
    file.write_text(BOOK)
    return file


def test_it_works_in_an_empty_directory(run: Run, tmp_path: Path) -> None:
    """Without a rulebook the shipped one is shown, and no file is made."""
    shown = run("preview", "invoice.create")

    assert (0, "") == (shown.code, shown.err)
    for words in ("Nothing is sent.", "1. To Melmac Ceramics (client), +1•••••0101, by sms"):
        assert words in shown.out
    assert "length   96 characters, 1 segment, GSM-7" in shown.out
    assert 1 == shown.out.count("Carriers charge a text by segment: 160 characters of the plain")
    assert "│ Northwind Bookkeeping: your invoice 0000042 for $1,234.50 is ready" in shown.out
    assert [] == list(tmp_path.iterdir())


def test_the_object_has_everything(run: Run) -> None:
    """``--json`` gives each decision with its rule, its recipient and its words."""
    shown = run("preview", "invoice.create", "--json").json

    (decision,) = shown["decisions"]
    assert (True, None) == (shown["is_sample"], shown["object_id"])
    assert ("planned", 1, "sms", 1, "GSM-7") == tuple(
        decision[name] for name in ("verdict", "rule_number", "channel", "segments", "encoding")
    )
    assert "+1•••••0101" == decision["recipient"]
    assert decision["text"].startswith("Northwind Bookkeeping")
    assert decision["html"] is None


def test_every_rule_and_every_person_is_shown(run: Run, book: Path) -> None:
    """All rules about the event are shown, the fallback too; and who is not told, with the why."""
    shown = run("preview", "invoice.create")
    decisions = run("preview", "invoice.create", "--json").json["decisions"]

    assert [(1, "sms"), (2, "sms"), (2, None), (1, "email")] == [
        (one["rule_number"], one["channel"]) for one in decisions
    ]
    assert "where the first channel reaches nobody" == decisions[3]["note"]
    lee = "Lee (person 2 in list:approvers) has no number for texts"
    assert f"- list:approvers (rule 2): skipped, {lee}" in shown.out
    assert "Conditions (`when`)" in shown.out


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (["--audience", "client"], [1, 1]),
        (["--rule", "2"], [2, 2]),
        (["--to", "list:approvers", "--rule", "1"], []),
    ],
)
def test_it_is_narrowed(run: Run, book: Path, options: list[str], numbers: list[int]) -> None:
    """By audience and by rule; the others are left out."""
    decisions = run("preview", "invoice.create", *options, "--json").json["decisions"]

    assert numbers == [one["rule_number"] for one in decisions]


def test_each_ladder_rule_reads_as_on_its_first_day(run: Run, book: Path) -> None:
    """Rules for different rungs are each shown with the days past due of their own."""
    decisions = run("preview", "invoice.overdue", "--json").json["decisions"]

    assert ["as it reads on day +5", "as it reads on day +30"] == [one["note"] for one in decisions]
    assert "30 days" in decisions[1]["text"]


def test_an_audience_that_the_record_lacks_is_explained(run: Run, book: Path) -> None:
    """A rule that tells a client of an expense of nobody's tells nobody, and says why."""
    out = run("preview", "expense.create").out

    assert "Nobody would be told." in out
    assert "- client (rule 4): skipped, it belongs to no client" in out


def test_an_email_is_told_as_a_text_is(run: Run, book: Path) -> None:
    """What a rule says by email leaves when a text would, and nothing stands in its way."""
    out = run("preview", "payment.create").out
    (decision,) = run("preview", "payment.create", "--json").json["decisions"]

    assert "   when     now\n" in out
    assert "No more of these emails: http://127.0.0.1:8484/webhooks/email/unsubscribe?n=" in out
    assert ("email", None) == (decision["channel"], decision["fault"])


def test_an_email_becomes_a_page(run: Run, book: Path, tmp_path: Path) -> None:
    """The page is written to the file, which is named beside the subject."""
    page = tmp_path / "mail.html"

    out = run("preview", "payment.create", "--html", str(page)).out

    assert "subject  " in out
    assert f"page     {page}" in out
    assert page.read_text().lstrip().lower().startswith("<!doctype html")


def test_several_emails_become_numbered_pages(run: Run, book: Path, tmp_path: Path) -> None:
    """Where there are several, each has a file of its own."""
    second = BOOK.split("\n\n")[2].replace('"client"', '"vip@firm.example"')
    book.write_text(f"{BOOK}\n{second}")

    run("preview", "payment.create", "--html", str(tmp_path / "mail.html"))

    assert {"mail-1.html", "mail-2.html"} == {file.name for file in tmp_path.glob("*.html")}


def test_without_an_email_there_is_no_page(run: Run, tmp_path: Path) -> None:
    """``--html`` without an email says so and writes nothing."""
    out = run("preview", "invoice.create", "--html", str(tmp_path / "mail.html")).out

    assert "There is no email in it" in out
    assert [] == list(tmp_path.iterdir())


def test_a_page_that_cannot_be_written_fails(run: Run, book: Path, tmp_path: Path) -> None:
    """A directory that is not there is a sentence, not a traceback."""
    failed = run("preview", "payment.create", "--html", str(tmp_path / "none" / "mail.html"))

    assert 1 == failed.code
    assert "mail.html cannot be written: No such file or directory" in failed.err


@pytest.mark.parametrize(
    "name", sorted(file.name for file in (shipped_templates() / "email").iterdir() if file.is_dir())
)
def test_every_template_can_be_tried(run: Run, name: str) -> None:
    """A template that no rule uses is shown on both channels, in another language."""
    event = {
        "delivery_failed": "notification.failed",
        "connection_lost": "connection.lost",
        "webhook_silent": "webhook.silent",
        "brake_engaged": "brake.engaged",
        "payment_received": "payment.create",
        "bill_approval": "bill.create",
        "bill_changed": "bill.update",
        "vendor_added": "bill_vendor.create",
        "vendor_changed": "bill_vendor.update",
        "client_added": "client.create",
        "client_changed": "client.update",
        "expense_recorded": "expense.create",
        "invoice_changed": "invoice.update",
        "invoice_sent": "invoice.sendByEmail",
        "reminder_before_due": "invoice.due",
        "overdue_notice": "invoice.overdue",
        "overdue_final": "invoice.overdue",
    }.get(name, "invoice.create")

    decisions = run("preview", event, "--template", name, "--language", "de", "--json").json[
        "decisions"
    ]

    assert ["sms", "email"] == [one["channel"] for one in decisions]
    assert [None, None] == [one["fault"] for one in decisions]
    assert 'lang="de"' in decisions[1]["html"]


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_every_event_can_be_asked_for(run: Run, event: str) -> None:
    """An event without a rule is no fault: nobody would be told, and that is said."""
    shown = run("preview", event)

    assert 0 == shown.code
    assert event == "invoice.create" or f"No rule is about {event}" in shown.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["invoice.ovrdue"], "did you mean `invoice.overdue`?"),
        (["invoice.create", "--rule", "9"], "there is no rule 9; the rulebook has 6"),
        (["invoice.create", "--rule", "3"], "rule 3 is about payment.create"),
        (["invoice.create", "--to", "vendor"], "no rule about invoice.create tells `vendor`"),
        (["invoice.create", "--template", "invoice_creatd"], "did you mean `invoice_created`?"),
        (["invoice.create", "--template", "invoice_created", "--to", "clint"], "mean `client`?"),
        (["invoice.create", "--sample", "99"], "there is no sample 99 of invoice.create"),
        (["invoice.create", "--account", "6BApk"], "made-up records belong to no account"),
        (["invoice.create", "--language", "xx"], "there are `de`, `en`, `es`, `fr`"),
        (["bill.create", "--to", "list:aprovers"], "did you mean `list:approvers`?"),
        (["connection.lost", "42"], "connection.lost is about no record of FreshBooks"),
        (["invoice.create", "--rulebook", "none.toml"], "there is no file none.toml"),
    ],
)
def test_what_makes_no_sense_is_wrong_use(
    run: Run, book: Path, arguments: list[str], sentence: str
) -> None:
    """Each mistake is answered with what is there instead, and exit code 2."""
    refused = run("preview", *arguments)

    flat = " ".join(refused.err.replace("│", " ").split())
    assert 2 == refused.code
    assert sentence in flat


def test_another_rulebook_can_be_tried(run: Run, book: Path, tmp_path: Path) -> None:
    """``--rulebook`` shows the rules of that file, and not of the one in force."""
    other = tmp_path / "new.toml"
    other.write_text(BOOK.replace("overdue_notice", "overdue_final"))

    decisions = run("preview", "invoice.overdue", "--rulebook", str(other), "--json").json

    assert "overdue_final" == decisions["decisions"][0]["template"]


def test_a_broken_rulebook_is_told(run: Run, book: Path) -> None:
    """A fault of the rulebook is told with its line, and exit code 3."""
    book.write_text(BOOK.replace("invoice_created", "invoice_creatd"))

    refused = run("preview", "invoice.create")

    assert (3, "") == (refused.code, refused.out)
    assert "line 7" in refused.err


def test_a_text_over_its_cap_is_a_fault(run: Run, book: Path) -> None:
    """A text that the rule would not send is shown with the reason."""
    capped = BOOK.replace('to = "list:approvers"', 'to = "list:approvers"\nmax_segments = 1', 1)
    book.write_text(capped)
    own = book.parent / "templates" / "sms"
    own.mkdir(parents=True)
    (own / "invoice_created.txt.j2").write_text("{{ invoice.number }} ✓ " + "word " * 20)
    (book.parent / ".env").write_text("DUEBELL_TEMPLATES=templates\n")

    decisions = run("preview", "invoice.create", "--rule", "2", "--json").json["decisions"]

    told = decisions[0]
    assert "the text has 2 segments because of ✓; the rule allows 1" == told["fault"]
    assert (["✓"], 2, "UCS-2") == (told["dear"], told["segments"], told["encoding"])


def test_safe_mode_is_said(run: Run, book: Path) -> None:
    """In safe mode the address that gets it instead stands beside the person's, masked."""
    book.write_text(f'{BOOK}\n[safe_mode]\nsms = "+12125550177"\n')

    out = run("preview", "invoice.create").out

    text, email = out.split("2. To ", 1)
    assert "goes to  +1•••••0177 instead (safe mode)" in text
    assert "DUEBELL_SAFE_EMAIL" not in text
    assert "DUEBELL_SAFE_EMAIL" in email


def test_an_email_in_safe_mode_is_shown_as_it_goes(run: Run, book: Path, tmp_path: Path) -> None:
    """It says for whom it is meant, and has no way out, which would be the client's."""
    ways = []
    for table in ("", '[safe_mode]\nemail = "test@firm.example"\n'):
        book.write_text(f"{BOOK}\n{table}")
        page = tmp_path / "page.html"
        text = run("preview", "payment.create", "--html", str(page)).out + page.read_text()
        ways.append((text.count("Safe mode is on: this email"), "/unsubscribe?n=" in text))

    assert [(0, True), (2, False)] == ways


@pytest.mark.parametrize("event", sorted(OWN_EVENTS))
def test_our_own_events_have_no_record(run: Run, event: str) -> None:
    """Duebell's own events are shown from a sample alone."""
    decisions = run("preview", event, "--template", "invoice_created", "--json").json["decisions"]

    assert decisions


@pytest.mark.parametrize("event", sorted(OWN_EVENTS))
def test_without_a_rule_the_usual_words_are_shown(run: Run, book: Path, event: str) -> None:
    """Where no rule is about an event, people of the rulebook's own list stand for who hears it."""
    shown = run("preview", event)
    decisions = run("preview", event, "--json").json["decisions"]

    assert f"No rule is about {event}, so" in shown.out
    assert (0, ["Dana", "Lee"]) == (shown.code, [one["name"] for one in decisions if one["name"]])


def test_the_lists_of_the_rulebook_count(run: Run, book: Path) -> None:
    """Nobody made up stands in for a list where the rulebook has lists of its own."""
    book.write_text(BOOK.replace("approvers", "partners").replace('"Dana"', '"Maria"'))

    out = run("preview", "bill.create").out

    assert "1. To Maria (list:partners)" in out
    assert "Dana" not in out


def test_a_template_for_another_event_is_said_to_be(run: Run, book: Path) -> None:
    """What a shipped template says of an event that is not its own is nothing to go by."""
    tried = ("--template", "overdue_final", "--to", "client")

    other = run("preview", "invoice.create", *tried).out
    own = run("preview", "invoice.overdue", *tried).out

    assert "`overdue_final` is for invoice.overdue, and this is invoice.create; for" in other
    assert "is for invoice.overdue" not in own


def test_a_sample_is_called_one(run: Run, book: Path) -> None:
    """The heading says that the record is made up, and none of the firm's own."""
    out = run("preview", "payment.create").out

    assert out.startswith("payment.create: sample payment 235435 of Melmac Ceramics, not one of")


def own_template(book: Path, name: str, text: str) -> None:
    """A template of the operator's own."""
    file = book.parent / "templates" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    (book.parent / ".env").write_text("DUEBELL_TEMPLATES=templates\n")


def test_a_fault_of_a_template_fails(run: Run, book: Path) -> None:
    """The fault is shown in its place, and the exit code tells programs of it."""
    own_template(book, "sms/trial.txt.j2", "{{ invoice.numbr }}")

    shown = run("preview", "invoice.create", "--template", "trial")

    assert (1, "") == (shown.code, shown.err)
    assert "fault    it would not be sent: " in shown.out


@pytest.mark.parametrize("html", ["{{ nothing }}", "{% if %}", "{{ 1 / 0 }}"])
def test_an_email_with_a_fault_has_no_page(run: Run, book: Path, tmp_path: Path, html: str) -> None:
    """A page that cannot be made is no empty file and no traceback: the fault is a sentence."""
    for kind in ("subject.txt", "body.txt"):
        own_template(book, f"email/trial/{kind}.j2", "Hello")
    own_template(book, "email/trial/body.html.j2", html)

    shown = run("preview", "invoice.create", "--template", "trial", "--html", "mail.html")

    assert (1, "") == (shown.code, shown.err)
    assert "The email has a fault (see above), so there is no page to show." in shown.out
    assert not (tmp_path / "mail.html").exists()


def test_lines_are_broken_without_gaps(
    run: Run, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a narrow screen a long line goes on below with neither a blank more nor a word lost."""
    own_template(book, "sms/trial.txt.j2", "one two  three " * 12)
    monkeypatch.setenv("COLUMNS", "60")

    out = run("preview", "invoice.create", "--template", "trial").out

    lines = [line for line in out.splitlines() if line.startswith(("   │", "   ┊"))]
    assert [] == [line for line in out.splitlines() if len(line) > 60]
    assert [] == [line for line in lines if line[5:6] == " "]
    assert ["one", "two", "three"] * 12 == " ".join(line[5:] for line in lines).split()


def test_a_fixed_number_is_said_once(run: Run, book: Path) -> None:
    """A number has one channel: it stands there once, and of emails to it nothing is said."""
    arguments = ("--template", "invoice_created", "--to", "+12125550188")

    out = run("preview", "invoice.create", *arguments).out

    assert "1. To +1•••••0188, by sms" in out
    assert "Not told:" not in out


def test_times_are_those_of_the_business(run: Run, book: Path) -> None:
    """What waits for the morning says until when on the clock that the rulebook names."""
    quiet = 'time_zone = "Asia/Tokyo"\nquiet_hours = { from = "00:00", to = "23:59" }'
    book.write_text(f"{BOOK}\n[business]\n{quiet}\n")

    out = run("preview", "invoice.create", "--rule", "2").out
    shown = run("preview", "invoice.create", "--rule", "2", "--json").json

    assert "when     not before " in out
    assert " 23:59 JST (quiet hours)" in out
    assert ("Asia/Tokyo", True) == (
        shown["time_zone"],
        shown["decisions"][0]["not_before"].endswith("14:59:00+00:00"),
    )
