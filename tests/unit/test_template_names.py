"""Names that a template uses and that are not there: found beforehand, with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.rules import Channel
from duebell.wording.rendering import Renderer, shipped_templates
from duebell.wording.vocabulary import NAMES, fields_of, names_for
from tests.unit.own_templates import faults_in, notes_in, proof_of, put

NEVER = "{% if invoice.paid %}X{% endif %}x"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ client.nam }}", "`client` has no `nam`; did you mean `name`?"),
        ("{{ client['nam'] }}", "`client` has no `nam`; did you mean `name`?"),
        ("{{ invoice.total }}", "`invoice` has no `total`; did you mean `amount`?"),
        ("{{ invoice.due_date }}", "`invoice` has no `due_date`; did you mean `due_on`?"),
        (
            "{{ invoice.client.name }}",
            "`invoice` has no `client`; did you mean `client` by itself?",
        ),
        (
            "{{ invoice.amount.cents }}",
            "`invoice.amount` has no `cents`; there are `amount`, `currency`",
        ),
        (
            "{{ client.name.first }}",
            "`client.name` is a text and has no `first`; leave `.first` out",
        ),
        (
            "{{ invoice.lines.name }}",
            (
                "`invoice.lines` is a list and has no `name`; go through it:"
                " `{% for one in invoice.lines %}`"
            ),
        ),
        (
            "{% for line in invoice.lines %}{{ line.nam }}{% endfor %}",
            "`line` has no `nam`; did you mean `name`?",
        ),
        ("{{ invoice.lines[0].nam }}", "this has no `nam`; did you mean `name`?"),
        ("{{ (invoice.lines | first).nam }}", "this has no `nam`; did you mean `name`?"),
        (
            "{% set who = client %}{{ who.nam }}",
            "`who` has no `nam`; did you mean `name`?",
        ),
        ("{{ invoce.number }}", "there is no `invoce`; did you mean `invoice`?"),
        ("{{ customer.name }}", "there is no `customer`; did you mean `client`?"),
        ("{{ number }}", "there is no `number`; did you mean `invoice.number`?"),
        ("{{ name }}", "there is no `name`; did you mean `business.name` or `client.name`?"),
        ("{{ date(invoice.due_on) }}", "`date` is a filter; write `{{ VALUE | date }}`"),
        ("{{ invoice.amount | mony }}", "there is no filter `mony`; did you mean `money`?"),
        (
            "{{ invoice.amount | zzz }}",
            "there is no filter `zzz`; ours are `money`, `date`, `days`, `relative`, `link`",
        ),
        (
            "{% if client is definde %}x{% endif %}",
            "there is no test `definde`; did you mean `defined`?",
        ),
        (
            "{% include 'sms/invoice_crated.txt.j2' %}",
            (
                "there is no file `sms/invoice_crated.txt.j2` to use here; did you mean"
                " `sms/invoice_created.txt.j2`?"
            ),
        ),
    ],
)
@pytest.mark.parametrize("place", ["X", NEVER], ids=["reached", "never"])
def test_a_slip_is_found_wherever_it_stands(
    tmp_path: Path, place: str, source: str, sentence: str
) -> None:
    """A slip is told with its line and the mend, also where no made-up record leads."""
    faults = faults_in(tmp_path, "\n" + place.replace("X", source))

    assert [f"line 2: {sentence}"] == faults


def test_what_another_event_has_is_told_with_what_this_one_has(tmp_path: Path) -> None:
    """Words about a bill, in a text about an invoice, are refused with the names there are."""
    (fault,) = faults_in(tmp_path, "{{ bill.number }} {{ bill.amount }}")

    expected = "line 1: `bill` is not there for invoice.create; there are `business`, `invoice`,"
    assert fault.startswith(expected)


def test_every_slip_is_told_at_once(tmp_path: Path) -> None:
    """Whoever mends a template need not check again for the next fault."""
    put(tmp_path, "sms/note.fr.txt.j2", "{{ clinet.name }}")

    proof = proof_of(tmp_path, "{{ client.nam }}\n{{ invoice.paid | mony }}\n{{ rang }}")

    assert [1, 2, 3, 1] == [int(one.split(" line ")[1].split(":")[0]) for one in proof.faults]
    assert "note.fr.txt.j2` line 1: there is no `clinet`; did you mean `client`?" in proof.faults[3]


@pytest.mark.parametrize(
    ("event", "source"),
    [
        ("payment.create", "{{ invoice.number }}"),
        ("expense.create", "{{ client.name }}"),
    ],
)
def test_what_only_some_records_have_is_to_be_asked_for(
    tmp_path: Path, event: str, source: str
) -> None:
    """A payment may belong to no invoice, and an expense to no client: the mend says how to ask."""
    (fault,) = faults_in(tmp_path, source, event)

    name = source[3:].partition(".")[0]
    expected = f"is not there for this record; ask first: `{{% if {name} is defined %}}`"
    assert f"line 1: `{name}` {expected}" == fault
    asking = f"{{% if {name} is defined %}}{source}{{% else %}}none{{% endif %}}"
    assert [] == faults_in(tmp_path, asking, event)


@pytest.mark.parametrize(
    ("source", "name"),
    [("{{ invoice.due_on }}", "due_on"), ("{{ invoice.due_on | date('long') }}", "due_on")],
)
def test_a_value_that_a_record_lacks_is_named(tmp_path: Path, source: str, name: str) -> None:
    """An invoice without a due date fails with the name of what is missing, and how to ask."""
    faults = faults_in(tmp_path, f"{{{{ invoice.number }}}}\n{source}")

    mend = f"ask first: `{{% if invoice.{name} %}} ... {{% endif %}}`"
    assert [f"line 2: `invoice.{name}` is missing in this record; {mend}"] == faults


def test_a_missing_value_is_named_where_it_was_handed_over(tmp_path: Path) -> None:
    """What a shipped part could not show is told of the own line that gave it."""
    put(tmp_path, "email/note/subject.txt.j2")
    put(tmp_path, "email/note/body.txt.j2")
    source = (
        '{% import "email/_parts.html.j2" as parts %}\n{{ parts.amount("Paid", invoice.paid) }}'
    )
    page = put(tmp_path, "email/note/body.html.j2", source)
    renderer = Renderer([tmp_path, shipped_templates()])

    (fault,) = renderer.proofread("note", "invoice.create", Channel.EMAIL).faults

    assert fault.startswith(f"template `{page}` line 2 (in shipped template `email/_parts.html.j2`")
    assert "`invoice.paid` is missing in this record" in fault


@pytest.mark.parametrize(
    "source",
    [
        "{% if payment is defined %}{{ payment.amount }}{% endif %}x",
        "{{ payment | default('x') }}",
        "{% set total = invoice.amount %}{{ total }} {{ total.currency }}",
        "{% for line in invoice.lines %}{{ loop.index }} {{ line.amount.amount }}{% endfor %}x",
        (
            "{% macro hello(who) %}{{ who.anything }}{% endmacro %}{% if false %}{{ hello(1) }}"
            "{% endif %}x"
        ),
        "{{ client.name.upper() }} {{ invoice.issued_on.year }} {{ changed | join }}",
        "{% set client = {'nick': 'x'} %}{{ client.nick }}",
        "{% for n in range(2) %}{{ n }}{% endfor %}",
        "{% include 'sms/other.txt.j2' %}",
        "{% include 'sms/nowhere.txt.j2' ignore missing %}x",
        "{% from 'sms/macros.txt.j2' import hello as hi with context %}{{ hi() }}",
        "{% set ns = namespace(count=0) %}{% set ns.count = 1 %}{{ ns.count }}",
    ],
)
def test_what_is_right_is_no_fault(tmp_path: Path, source: str) -> None:
    """Names that a template sets, asks about or is given itself are taken for what they are."""
    put(tmp_path, "sms/other.txt.j2", "{{ invoice.number }}")
    put(tmp_path, "sms/macros.txt.j2", "{% macro hello() %}{{ client.name }}{% endmacro %}")

    proof = proof_of(tmp_path, source)

    assert ((), ()) == (proof.faults, proof.notes)


def test_a_file_that_another_uses_is_read_too(tmp_path: Path) -> None:
    """A slip in an own frame is found behind a shipped email, with the file that it is in."""
    source = "{% block content %}{% endblock %}{% if invoice.paid %}{{ busines.name }}{% endif %}x"
    frame = put(tmp_path, "email/_layout.html.j2", source)
    renderer = Renderer([tmp_path, shipped_templates()])

    faults = renderer.proofread("invoice_sent", "invoice.sendByEmail", Channel.EMAIL).faults

    assert (
        f"template `{frame}` line 1: there is no `busines`; did you mean `business`?",
    ) == faults


def test_an_imported_file_does_not_see_the_message(tmp_path: Path) -> None:
    """A macro that shows a record it was not given is told the two ways to get it."""
    macros = put(tmp_path, "sms/macros.txt.j2", "{% macro hi() %}{{ client.name }}{% endmacro %}")
    source = "{% import 'sms/macros.txt.j2' as macros %}{% if false %}{{ macros.hi() }}{% endif %}x"

    (fault,) = proof_of(tmp_path, source).faults

    expected = f"template `{macros}` line 1: `client` is not seen in a file that is imported; write"
    assert fault.startswith(expected)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            "{client.name}",
            "`{client.name}` is sent as it stands; did you mean `{{ client.name }}`?",
        ),
        ("{ client }", "`{ client }` is sent as it stands; did you mean `{{ client }}`?"),
        (
            "{invoice.amount | money}",
            (
                "`{invoice.amount | money}` is sent as it stands;"
                " did you mean `{{ invoice.amount | money }}`?"
            ),
        ),
        (
            "{clinet.name}",
            "`{clinet.name}` is sent as it stands; did you mean `{{ clinet.name }}`?",
        ),
        *(
            (sign, f"`{sign}` is sent as it stands; did you mean `{{{{ client.name }}}}`?")
            for sign in ("<<client.name>>", "« client.name »", "[client.name]", "%client.name%")
        ),
        ("{% if cliet is defined %}x{% endif %}x", "there is no `cliet`; did you mean `client`?"),
        (
            "{{ client.nam | default('x') }}",
            "`client` has no `nam`; did you mean `name`?",
        ),
    ],
)
def test_what_is_maybe_not_meant_is_noted(tmp_path: Path, source: str, sentence: str) -> None:
    """A text that can be sent, and hardly says what its author wanted, is no fault but is told."""
    proof = proof_of(tmp_path, f"x\n{source}")

    assert () == proof.faults
    assert [f"line 2: {sentence}"] == notes_in(tmp_path, f"x\n{source}")


@pytest.mark.parametrize(
    "source", ["{}", "{x}", "p { color: red }", "{1}", "{'a': 1}", "{ x.y }", "[x.y]"]
)
def test_other_braces_are_braces(tmp_path: Path, source: str) -> None:
    """Braces that stand round no name of ours are left alone."""
    assert [] == notes_in(tmp_path, source)


@pytest.mark.parametrize("channel", Channel)
def test_a_shipped_template_of_another_event_has_one_fault(channel: Channel) -> None:
    """That a template is made for something else is said once, not for each of its words."""
    proof = Renderer([shipped_templates()]).proofread("bill_approval", "invoice.create", channel)

    (first, *_) = proof.faults
    assert first.startswith(f"shipped template `{channel}/bill_approval")
    assert 4 == len({fault.partition("`:")[0].split(" line ")[0] for fault in proof.faults})
    assert 4 == len(proof.faults)


def test_every_name_has_its_fields() -> None:
    """What a template may name is derived from the records, properties included."""
    assert {"name", "organization", "contacts"} <= set(fields_of(NAMES["client"]))
    assert {"amount", "paid"} <= set(fields_of(NAMES["invoice"]))
    assert set(names_for("")) == set(NAMES)
    assert {"notice", "event"} <= set(names_for("brake.engaged"))
    assert "business" not in names_for("brake.engaged")
