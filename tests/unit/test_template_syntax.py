"""Templates that cannot be read or worked out: said in words, with the line and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.failures import RenderingFailed
from duebell.domain.rules import Channel
from duebell.wording.rendering import Renderer, shipped_templates
from duebell.wording.sample_records import sample_values
from tests.unit.own_templates import faults_in, proof_of, put


@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        ("{{ client.name }", 1, "two braces stand round a value, `{{ client.name }}`, and `{% %}`"),
        ("{{ client.name", 1, "`{{` or `{%` is not closed; write `}}` or `%}` where it ends"),
        ("{% if true }a{% endif %}", 1, "two braces stand round a value"),
        (
            "a\n{% if true %}{% if true %}b{% endif %}\nc\n",
            2,
            "`{% if ... %}` is not closed; write `{% endif %}` where it ends",
        ),
        ("{% for a in changed %}", 1, "`{% for ... %}` is not closed; write `{% endfor %}`"),
        ("{% set x %}", 1, "`{% set ... %}` gives no value; write `{% set NAME = VALUE %}`"),
        ("{% iff true %}", 1, "there is no tag `iff`; did you mean `if`?"),
        ("{% zzz %}", 1, "there is no tag `zzz`; take it out"),
        ("a\n{% endif %}", 2, "`{% endif %}` belongs to no `{% if ... %}`; take it out"),
        ("{% else %}", 1, "`{% else %}` belongs to no `{% if ... %}`; take it out"),
        (
            "{% if true %}{% for a in changed %}{% endif %}",
            1,
            "`{% endif %}` comes inside of `{% for ... %}`; write `{% endfor %}` first",
        ),
        ("{% if true %}{% end if %}", 1, "there is no tag `end`; write `{% endif %}`"),
        ("{% if true %}{% elseif true %}", 1, "there is no tag `elseif`; write `{% elif ... %}`"),
        ("{% if true %}{% else if true %}", 1, "write `{% elif ... %}` instead of"),
        ("{% if event = 'x' %}{% endif %}", 1, "compare with `==`; a single `=` is for"),
        ("{{ client name }}", 1, "something is missing between two words: a dot"),
        ("{% if %}{% endif %}", 1, "something is missing here, as in `{{ client.name }}`"),
        ("{{ }}", 1, "something is missing here"),
        ("{{ event | }}", 1, "something is missing here"),
        ("{{ client. }}", 1, "a name is missing after the dot"),
        ("{{ “x” }}", 1, "the sign `“` means nothing here; write straight quotation marks"),
        ("{{ 'x }}", 1, "a quotation mark is not closed; write a second one like it"),
        ("{% if true && true %}{% endif %}", 1, "the sign `&` means nothing here; write `and`"),
        ("{{ client.$name }}", 1, "the sign `$` means nothing here; take it out"),
        ("{{ (event }}", 1, "a bracket is not closed; write `)` where it ends"),
        ("{# x", 1, "`{#` is not closed; write `#}` where it ends"),
        ("{% raw %}x", 1, "`{% raw %}` is not closed; write `{% endraw %}`"),
        ("{% for a of changed %}{% endfor %}", 1, "write `in`, as in `{% for line in"),
        ("{% block a %}{% endblock %}" * 2, 1, "the block `a` stands here twice"),
        ("{% set 1 = 2 %}", 1, "this is no template that can be read (can't assign to"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(
    tmp_path: Path, source: str, line: int, sentence: str
) -> None:
    """Each usual slip of the pen is told by its line, as its author would call it."""
    (fault,) = faults_in(tmp_path, source)

    assert fault.startswith(f"line {line}: {sentence}")
    with pytest.raises(RenderingFailed) as failed:
        Renderer([tmp_path]).render_text("note")
    assert str(failed.value).endswith(fault)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ invoice.issued_on | date('tiny') }}", "the filter `date` takes one of short, medium"),
        ("{{ invoice.issued_on | date('long', 1) }}", "the filter `date` takes one argument"),
        ("{{ invoice.issued_on | date(length='x') }}", "the filter `date` takes one argument"),
        ("{{ invoice.amount | money('EUR') }}", "the filter `money` takes no argument"),
        ("{{ invoice.number | date }}", "the filter `date` needs a day such as `invoice.due_on`"),
        ("{{ invoice.number | money }}", "the filter `money` needs an amount such as"),
        ("{{ invoice.number | days }}", "the filter `days` needs a number of days such as"),
        ("{{ true | relative }}", "the filter `relative` needs a number of days such as"),
        ("{{ 5 | link }}", "the filter `link` needs the address of a page such as"),
        ("{{ invoice.number | abs }}", "the filter `abs` needs an amount or a number such as"),
        (
            "{{ client.name | truncate(size=3) }}",
            "the filter `truncate` cannot work like this (it got an unexpected keyword argument",
        ),
        ("{{ invoice.amount | round }}", "the filter `round` does not work on an amount; use its"),
        ("{{ client.name | round }}", "the filter `round` cannot work like this ("),
        (
            "{% if invoice.amount > 100 %}x{% endif %}",
            (
                "`>` does not work between an amount and a number; compare the number of an amount,"
                " as in `invoice.amount.amount > 100`"
            ),
        ),
        (
            "{{ invoice.outstanding - 5 }}",
            (
                "`-` does not work between an amount and a number; reckon with the number of an"
                " amount, as in `invoice.outstanding.amount - 5`"
            ),
        ),
        (
            "{{ invoice.number + 5 }}",
            "`+` does not work between a text and a number; join texts with `~`, as in",
        ),
        (
            "{{ 'x' * invoice.amount.amount }}",
            "`*` does not work between a text or list and a number; take the quotation marks off",
        ),
        (
            "{{ invoice.amount.amount * 0.19 }}",
            "`*` does not work between an exact number and a number; write no number with a dot",
        ),
        ("{{ invoice.due_on - 5 }}", "`-` does not work between a day and a number; of days there"),
        ("{{ invoice.amount - invoice.outstanding }}", "`-` does not work between two amounts;"),
        ("{{ -invoice.amount }}", "`-` does not work before an amount; reckon with the number"),
        ("{% for i in range(9 ** 9) %}x{% endfor %}", "`range` counts too far for a message;"),
        ("{{ invoice.number() }}", "this is a text and no function; take the brackets `( )`"),
        ("{% for x in 5 %}x{% endfor %}", "a list is needed here, such as `invoice.lines`, and"),
        ("{% if 'x' in invoice.amount %}x{% endif %}", "`in` looks into a text or a list, and"),
        ("{{ '%s' % (1, 2) }}", "a text before `%` has another number of places `%s` than"),
        ("{{ none + 1 }}", "a value is missing in this record; ask first: `{% if ... %}"),
        ("{{ '%d' % 'a' }}", "this cannot be worked out with the values of this record ("),
        ("{{ changed[0] }}", "`changed` has no entry number 0 (the first is 0); ask first"),
    ],
)
def test_what_cannot_be_worked_out_is_said_in_words(
    tmp_path: Path, source: str, sentence: str
) -> None:
    """A filter that is used wrongly is named, with what it wants; so is what has no meaning."""
    (fault, *_) = faults_in(tmp_path, f"x\n{source}")

    assert fault.startswith(f"line 2: {sentence}")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ invoice.amout | money }}", "`invoice` has no `amout`; did you mean `amount`?"),
        ("{{ invoice.issued_on.yeer }}", "`invoice.issued_on` is a day and has no `yeer`; leave"),
        ("{{ client.name.firts }}", "`client.name` is a text and has no `firts`; leave"),
        ("{% if payment %}x{% endif %}", "`payment` is not there for invoice.create; there are"),
        ("{{ (client.name ~ 'x').y }}", "this is a text and has no `y`; leave `.y` out"),
        ("{{ 'x' | mony if event }}", "there is no filter `mony`; did you mean `money`?"),
        ("{{ invoice.lines.name }}", "`invoice.lines` is a list and has no `name`; go through it"),
        ("{% set day = invoice.paid %}{{ day }}", "a value is missing in this record; ask first"),
    ],
)
def test_a_message_that_fails_says_the_same(tmp_path: Path, source: str, sentence: str) -> None:
    """Where a template was not checked before, what is wrong is told by the message that fails."""
    put(tmp_path, "sms/note.txt.j2", source)

    with pytest.raises(RenderingFailed) as failed:
        Renderer([tmp_path]).render_text("note", **next(sample_values("invoice.create")))

    assert f"template `{tmp_path}/sms/note.txt.j2` line 1: {sentence}" in str(failed.value)


@pytest.mark.parametrize(
    ("source", "line", "byte"),
    [
        (b"a\nMerci \xe9", 2, "byte 9 (0xe9)"),
        ("x".encode("utf-16"), 1, "byte 1 (0xff)"),
    ],
)
def test_a_file_in_another_encoding_is_told(
    tmp_path: Path, source: bytes, line: int, byte: str
) -> None:
    """A file that some editor saved otherwise is named with the byte, and how to save it."""
    proof = proof_of(tmp_path, source)

    place = f"template `{tmp_path}/sms/note.txt.j2` line {line}"
    expected = f"{place}: {byte} is not UTF-8; save the file as UTF-8"
    assert (expected,) == proof.faults
    with pytest.raises(RenderingFailed, match="save the file as UTF-8"):
        Renderer([tmp_path]).render_text("note")


def test_a_part_in_another_encoding_is_named(tmp_path: Path) -> None:
    """It is not the file that was asked for but the one that it includes."""
    part = put(tmp_path, "sms/part.txt.j2", b"\xe9")

    proof = proof_of(tmp_path, "{% include 'sms/part.txt.j2' %}")

    assert (f"template `{part}` line 1: byte 1 (0xe9) is not UTF-8; save the file as UTF-8",) == (
        proof.faults
    )


def test_the_mark_that_windows_puts_in_front_is_not_sent(tmp_path: Path) -> None:
    """A byte order mark is no word of a message, in a subject neither."""
    for kind in ("subject.txt", "body.txt", "body.html"):
        put(tmp_path, f"email/note/{kind}.j2", b"\xef\xbb\xbfHello")

    email = Renderer([tmp_path]).render_email("note")

    assert ("Hello", "Hello") == (email.subject, email.text)
    assert "\ufeff" not in email.html


def test_an_own_template_takes_the_place_of_the_shipped_one_at_once(tmp_path: Path) -> None:
    """What is put into the directory while Duebell runs is used by the next message."""
    renderer = Renderer([tmp_path, shipped_templates()])
    values = next(sample_values("invoice.create"))
    before = renderer.render_text("invoice_created", **values)
    put(tmp_path, "sms/invoice_created.txt.j2", "mine")

    after = renderer.render_text("invoice_created", **values)

    assert before != after == "mine"


def test_a_template_in_one_language_alone_is_told(tmp_path: Path) -> None:
    """Readers of other languages would get nothing, so the file for them is asked for."""
    put(tmp_path, "sms/note.fr.txt.j2")
    renderer = Renderer([tmp_path, shipped_templates()])

    (fault,) = renderer.proofread("note", "invoice.create", Channel.SMS).faults

    assert fault == (
        "the template `note` for texts is there in `fr` alone; add `sms/note.txt.j2`"
        f" in {tmp_path} for readers of all other languages"
    )
