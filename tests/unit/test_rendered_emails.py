"""What templates of emails become: a subject, a plain text and a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from duebell.domain.books import Client, Invoice
from duebell.domain.failures import RenderingFailed
from duebell.domain.rules import Channel
from duebell.wording.emails import Email
from duebell.wording.rendering import Renderer, shipped_templates
from duebell.wording.sample_records import SAMPLE_BUSINESS, SAMPLE_CLIENT, SAMPLE_INVOICE

SUBJECT, TEXT, PAGE = "subject.txt.j2", "body.txt.j2", "body.html.j2"


def write(folder: Path, **sources: str) -> None:
    """Put an email named ``note`` into a directory of templates, plain where nothing is given."""
    whole = {"subject": "s", "text": "t", "page": "<p>p</p>", **sources}
    files = {"subject": SUBJECT, "text": TEXT, "page": PAGE}
    for kind, source in whole.items():
        put(folder, files[kind], source)


def put(folder: Path, file: str, source: str) -> None:
    """Write one file of an email named ``note``."""
    (folder / "email" / "note").mkdir(parents=True, exist_ok=True)
    (folder / "email" / "note" / file).write_text(source, encoding="utf-8")


def render(
    folder: Path, invoice: Invoice = SAMPLE_INVOICE, client: Client = SAMPLE_CLIENT
) -> Email:
    """Render the email, with the shipped parts behind it."""
    renderer = Renderer([folder, shipped_templates()])
    return renderer.render_email("note", invoice=invoice, client=client, business=SAMPLE_BUSINESS)


def named(name: str) -> Client:
    """A client of this name."""
    return replace(SAMPLE_CLIENT, organization=name)


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        ("a\n{% if true %}\nb\n{% endif %}\n\n c ", "a b c"),
        ("{{ client.name }}", "Acme Bcc: evil@firm.example"),
        ("{{ 'x' * 151 }}", "x" * 147 + "..."),
        ("{{ 'x' * 150 }}", "x" * 150),
        ("a & b <c> {{ '<d>' }}", "a & b <c> <d>"),
    ],
)
def test_a_subject_is_one_line(tmp_path: Path, source: str, subject: str) -> None:
    """Nothing in a record or a template can begin a second line, or make a subject endless."""
    write(tmp_path, subject=source)

    email = render(tmp_path, client=named("Acme\r\nBcc: evil@firm.example"))

    assert subject == email.subject


@pytest.mark.parametrize(
    ("name", "text", "page"),
    [
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}", "{{ 7 * 7 }}"),
        ("A & B <b>Ltd</b>", "A & B <b>Ltd</b>", "A &amp; B &lt;b&gt;Ltd&lt;/b&gt;"),
        ('"><script>x</script>', '"><script>x</script>', '"&gt;&lt;script&gt;x&lt;/script&gt;'),
        ("חברת אקמה", "חברת אקמה", "\u2068חברת אקמה\u2069"),
        ("a\u202eb\x00\u2028c", "ab c", "ab c"),
        ("Café 🎉", "Café 🎉", "Café 🎉"),
        ("n" * 5000, "n" * 57 + "...", "n" * 57 + "..."),
        ("", "", ""),
    ],
)
def test_names_are_data(tmp_path: Path, name: str, text: str, page: str) -> None:
    """A name shows its own characters in either part; right-to-left ones turn nothing round."""
    write(tmp_path, text="[{{ client.name }}]", page="<p>{{ client.name }}")
    client = replace(named(name), first_name="", last_name="")

    email = render(tmp_path, client=client)

    assert f"[{text}]" == email.text
    assert f"<p>{page}</p>" in email.html


def test_a_name_never_leaves_an_attribute(tmp_path: Path) -> None:
    """A quote in a name does not end the attribute in which a template shows it."""
    write(tmp_path, page='<p title="{{ client.name }}">x</p>')

    email = render(tmp_path, client=named('" onclick="x'))

    assert '<p title="&quot; onclick=&quot;x">x</p>' in email.html


def test_a_text_that_a_page_includes_is_escaped_too(tmp_path: Path) -> None:
    """What is plain in the plain text does not become markup by being used on a page."""
    source = "{% macro hello(name) %}Hello {{ name }}{% endmacro %}{{ hello(client.name) }}"
    page = "{% include 'email/note/body.txt.j2' %}"
    write(tmp_path, text=source, page=page)

    email = render(tmp_path, client=named("<i>Acme</i>"))

    assert email.text == "Hello <i>Acme</i>"
    assert "Hello &lt;i&gt;Acme&lt;/i&gt;" in email.html


@pytest.mark.parametrize(
    ("link", "is_shown"),
    [
        ("https://pay.example/1?a=b&c=d", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        ("data:text/html,x", False),
        ('https://pay.example/"onclick="x', False),
        ("", False),
    ],
)
def test_a_button_leads_to_a_page_or_is_left_out(tmp_path: Path, link: str, is_shown: bool) -> None:
    """Whatever stands in a record as a link, a button is there for a page alone."""
    page = (
        '{% import "email/_parts.html.j2" as parts %}x{{ parts.button(invoice.share_link, "Pay") }}'
    )
    write(tmp_path, page=page)

    email = render(tmp_path, replace(SAMPLE_INVOICE, share_link=link))

    assert is_shown == ("Pay</a>" in email.html)
    assert is_shown == ('href="https://pay.example/1?a=b&amp;c=d"' in email.html)


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ('<a href="{{ client.name }}">x</a>', "javascript:alert(1)"),
        ("<a class=x href = ' java&#10;script:alert(1)'>x</a>", " java\nscript:alert(1)"),
        ("<img src=data:image/png;base64,x>", "data:image/png;base64,x"),
        ('<svg><a xlink:href="vbscript:x">x</a></svg>', "vbscript:x"),
    ],
)
def test_an_operators_link_that_runs_something_is_refused(
    tmp_path: Path, page: str, link: str
) -> None:
    """A value that a template uses as a link without looking fails the message, with the link."""
    write(tmp_path, page=page)

    with pytest.raises(RenderingFailed) as failed:
        render(tmp_path, client=named("javascript:alert(1)"))

    title = f"template `{tmp_path}/email/note/body.html.j2`"
    assert str(failed.value).startswith(f"{title} has a link to `{link}`; lead it to a page")


def test_what_only_looks_like_a_link_is_words(tmp_path: Path) -> None:
    """A client who is called like a script, or a style with a colon, refuses no message."""
    page = '<p style="color: red">{{ client.name }} <a href="mailto:a@firm.example">a</a></p>'
    write(tmp_path, page=page)

    email = render(tmp_path, client=named("href=javascript:alert(1)"))

    assert ">href=javascript:alert(1) <a" in email.html


def test_styles_are_written_into_elements(tmp_path: Path) -> None:
    """What mail clients would drop with a style sheet is in the elements; media rules stay."""
    page = (
        "<head><style>p { color: red; }</style><style>@media (max-width: 9px) { p { margin: 0 } }"
        '</style><link rel="stylesheet" href="https://cdn.example/x.css"></head><p>x</p>'
    )
    write(tmp_path, page=page)

    html = render(tmp_path).html

    assert '<p style="color: red;">x</p>' in html
    assert "@media (max-width: 9px)" in html
    assert "p { color" not in html


def test_a_pair_without_a_value_is_left_out(tmp_path: Path) -> None:
    """Facts that a record lacks leave no empty line; a misspelt one is a fault all the same."""
    facts = '("A", invoice.due_on), ("B", ""), ("C", 1 if false), ("D", 0), ("E", invoice.number)'
    page = '{% import "email/_parts.html.j2" as parts %}{{ parts.facts([' + facts + "]) }}"
    write(tmp_path, page=page)

    html = render(tmp_path, replace(SAMPLE_INVOICE, due_on=None)).html

    assert [False, False, False, True, True] == [f">{label}</td>" in html for label in "ABCDE"]
    write(tmp_path, page=page.replace("invoice.number", "invoice.numbr"))
    with pytest.raises(RenderingFailed, match="`invoice` has no `numbr`"):
        render(tmp_path)


@pytest.mark.parametrize(
    ("part", "source", "reason"),
    [
        ("subject", " \n", "subject.txt.j2` gives an empty subject"),
        ("text", "\n\n", "body.txt.j2` gives an empty text"),
        ("page", " ", "body.html.j2` gives an empty page"),
        ("page", "a\n{{ nada }}", "body.html.j2` line 2: there is no `nada`"),
        ("text", "{% if %}", "body.txt.j2` line 1: something is missing here"),
        (
            "page",
            '{% import "email/_parts.html.j2" as parts %}\n{{ parts.facts([("a", none, 1)]) }}',
            "body.html.j2` line 2 (in shipped template `email/_parts.html.j2` line 18): this",
        ),
    ],
)
def test_every_fault_names_its_file(tmp_path: Path, part: str, source: str, reason: str) -> None:
    """Whatever is wrong with an email, the file of the three is named, and the line."""
    write(tmp_path, **{part: source})

    with pytest.raises(RenderingFailed) as failed:
        render(tmp_path)

    assert reason in str(failed.value)


@pytest.mark.parametrize("missing", [SUBJECT, TEXT, PAGE])
def test_an_email_is_three_files(tmp_path: Path, missing: str) -> None:
    """An own email that lacks a file is not mended with a shipped one, which would not fit."""
    shipped = tmp_path / "shipped"
    write(shipped)
    write(tmp_path)
    (tmp_path / "email" / "note" / missing).unlink()
    renderer = Renderer([tmp_path, shipped])

    with pytest.raises(RenderingFailed) as failed:
        renderer.check("note", channel=Channel.EMAIL)

    expected = f"the email `note` lacks `{tmp_path}/email/note/{missing}`; all three files of an"
    assert str(failed.value).startswith(expected)


def test_the_operators_email_replaces_the_shipped_one(tmp_path: Path) -> None:
    """An own email is used in every language, also where the shipped one has a variant for it."""
    shipped = tmp_path / "shipped"
    write(shipped)
    for file in ("subject.fr.txt.j2", "body.fr.txt.j2", "body.fr.html.j2"):
        put(shipped, file, "livré")
    renderer = Renderer([tmp_path, shipped])
    before = renderer.render_email("note", languages=("fr",)).subject
    write(tmp_path, subject="own")

    after = renderer.render_email("note", languages=("fr",)).subject

    assert ("livré", "own") == (before, after)


def test_the_language_of_a_page_is_that_of_its_words(tmp_path: Path) -> None:
    """A page says which language it is in and which way that is written, not which was wanted."""
    source = "{{ language }} {{ direction }}"
    write(tmp_path, subject=source)
    for file in ("subject.ar.txt.j2", "body.ar.txt.j2", "body.ar.html.j2"):
        put(tmp_path, file, source)
    renderer = Renderer([tmp_path])

    subjects = [
        renderer.render_email("note", languages=(tag,)).subject for tag in ("ar-eg", "nl", "en")
    ]

    assert ["ar rtl", "en ltr", "en ltr"] == subjects


def test_the_layout_can_be_replaced_alone(tmp_path: Path) -> None:
    """An own frame is put round the shipped emails, whose words stay."""
    (tmp_path / "email").mkdir()
    own = "<h6>Own</h6>{% block content %}{% endblock %}{% block footer %}{% endblock %}"
    (tmp_path / "email" / "_layout.html.j2").write_text(own)
    renderer = Renderer([tmp_path, shipped_templates()])

    email = renderer.render_email(
        "invoice_created", invoice=SAMPLE_INVOICE, client=SAMPLE_CLIENT, business=SAMPLE_BUSINESS
    )

    assert "<h6>Own</h6>" in email.html
    assert "0000042" in email.html


def test_the_names_of_each_channel(tmp_path: Path) -> None:
    """Emails and texts have their own names, and parts of emails are no emails."""
    write(tmp_path)
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / "short.txt.j2").write_text("x")
    (tmp_path / "email" / "_parts.html.j2").write_text("x")
    renderer = Renderer([tmp_path])

    names = [renderer.template_names(channel) for channel in (Channel.SMS, Channel.EMAIL)]

    assert [frozenset({"short"}), frozenset({"note"})] == names
    with pytest.raises(RenderingFailed) as failed:
        renderer.render_email("short")
    assert str(failed.value) == "there is no template `short` for emails; there are: `note`"


def test_check_looks_at_every_language_and_audience(tmp_path: Path) -> None:
    """A fault in one language, or in the words for one audience alone, is found beforehand."""
    write(tmp_path, text="{% if audience == 'client.contacts' %}{{ nada }}{% else %}x{% endif %}")

    with pytest.raises(RenderingFailed, match="there is no `nada`"):
        Renderer([tmp_path]).check("note", "invoice.create", Channel.EMAIL)
    write(tmp_path)
    for file in ("subject.es.txt.j2", "body.es.txt.j2", "body.es.html.j2"):
        put(tmp_path, file, "{{ nada }}")
    with pytest.raises(RenderingFailed, match=r"body\.es\.html\.j2"):
        Renderer([tmp_path]).check("note", "invoice.create", Channel.EMAIL)


def test_a_word_of_an_email_is_found(tmp_path: Path) -> None:
    """What costs a request is asked for where any part of an email speaks of it."""
    write(tmp_path, page="{{ invoice.share_link }}")
    renderer = Renderer([tmp_path])

    found = [renderer.mentions("note", word, Channel.EMAIL) for word in ("share_link", "nothing")]

    assert [True, False] == found


def test_a_footer_of_ones_own_keeps_the_way_out(tmp_path: Path) -> None:
    """Who fills the footer anew still lets people outside say that they want no more emails."""
    page = '{% extends "email/_layout.html.j2" %}{% block footer %}Us{% endblock %}'
    write(
        tmp_path, page=page, text="{% if unsubscribe_url %}Stop: {{ unsubscribe_url }}{% endif %}t"
    )
    renderer = Renderer([tmp_path, shipped_templates()])
    url = "https://duebell.example/webhooks/email/unsubscribe?n=ntf_0123456789"

    renderer.check("note", "invoice.create", Channel.EMAIL)
    email = renderer.render_email("note", unsubscribe_url=url)

    assert f"Stop: {url}t" == email.text
    assert f'href="{url}"' in email.html
    assert "Us" in email.html
