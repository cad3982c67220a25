"""What templates make of records, good and bad."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from duebell.domain.books import Business, Client, Invoice, Money
from duebell.domain.failures import ConfigurationError, RenderingFailed
from duebell.wording.rendering import Renderer, open_renderer, shipped_templates
from duebell.wording.sample_records import SAMPLE_BUSINESS, SAMPLE_CLIENT, SAMPLE_INVOICE
from duebell.wording.segments import Encoding, count_segments, encoding_of
from tests.unit.shipped_texts import EVENTS

US_CLIENT = replace(SAMPLE_CLIENT, country="United States")


def render(
    folder: Path,
    source: str,
    invoice: Invoice = SAMPLE_INVOICE,
    client: Client = US_CLIENT,
    business: Business = SAMPLE_BUSINESS,
) -> str:
    """Render a template of this source."""
    write(folder, "note", source)
    return Renderer([folder]).render_text("note", invoice=invoice, client=client, business=business)


def render_shipped(language: str, country: str, invoice: Invoice = SAMPLE_INVOICE) -> str:
    """Render the shipped template for a client of this language and country."""
    client = replace(SAMPLE_CLIENT, language=language, country=country)
    return Renderer([shipped_templates()]).render_text(
        "invoice_created", invoice=invoice, client=client, business=SAMPLE_BUSINESS
    )


def write(folder: Path, name: str, source: str) -> None:
    """Put a template into a directory of templates."""
    (folder / "sms").mkdir(parents=True, exist_ok=True)
    (folder / "sms" / f"{name}.txt.j2").write_text(source, encoding="utf-8")


def an_amount(amount: str, currency: str) -> Invoice:
    """An invoice over this amount."""
    return replace(SAMPLE_INVOICE, amount=Money(Decimal(amount), currency))


@pytest.mark.parametrize(
    ("language", "country", "expected"),
    [
        (
            "en",
            "Canada",
            (
                "Northwind Bookkeeping: your invoice 0000042 for $1,234.50 is ready,"
                " due Oct 31, 2026. Thank you!"
            ),
        ),
        (
            "fr",
            "France",
            (
                "Northwind Bookkeeping : votre facture 0000042 de 1 234,50 $CA est disponible,"
                " à régler avant le 31/10/2026. Merci !"
            ),
        ),
        (
            "de",
            "Germany",
            (
                "Northwind Bookkeeping: Ihre Rechnung 0000042 über 1.234,50 CA$ ist da,"
                " fällig am 31.10.2026. Vielen Dank!"
            ),
        ),
        (
            "es",
            "España",
            (
                "Northwind Bookkeeping: le enviamos la factura 0000042 por 1.234,50 CAD,"
                " con vencimiento el 31 oct 2026. ¡Gracias!"
            ),
        ),
    ],
)
def test_the_shipped_text_in_every_language(language: str, country: str, expected: str) -> None:
    """The shipped text is in the client's language and stays within one cheap segment."""
    text = render_shipped(language, country)

    assert expected == text
    assert (encoding_of(text), count_segments(text)) == (Encoding.GSM7, 1)


def test_no_due_date_leaves_no_gap() -> None:
    """An invoice without a due date is told without one."""
    text = render_shipped("en", "Canada", replace(SAMPLE_INVOICE, due_on=None))

    expected = "Northwind Bookkeeping: your invoice 0000042 for $1,234.50 is ready. Thank you!"
    assert expected == text


@pytest.mark.parametrize("language", ["", "xx", "EN", "../../etc/passwd", "x" * 5000, "{{ 1 }}"])
def test_an_unknown_language_is_english(language: str) -> None:
    """Whatever stands in a record as language, the text comes out, in English if need be."""
    invoice = replace(SAMPLE_INVOICE, language="")

    text = render_shipped(language, "United States", invoice)

    assert "your invoice 0000042 for CA$1,234.50 is ready, due Oct 31, 2026" in text


@pytest.mark.parametrize(
    ("language", "expected"),
    [("pt-BR", "R$ 1.234,50"), ("pt_br", "R$ 1.234,50"), ("it", "1.234,50 BRL")],
)
def test_formats_follow_the_language_even_without_a_variant(
    tmp_path: Path, language: str, expected: str
) -> None:
    """A language without a template of its own still decides how money is written."""
    client = replace(SAMPLE_CLIENT, language=language, country="")

    text = render(tmp_path, "{{ invoice.amount }}", an_amount("1234.5", "BRL"), client)

    assert expected == text


@pytest.mark.parametrize(
    ("language", "country", "expected"),
    [
        ("en", "Germany", "1.234,50 CA$"),
        ("xx", "Canada", "$1,234.50"),
        ("fr", "Brazil", "1 234,50 $"),
        ("fr", "", "1 234,50 $"),
        ("fr-fr", "", "1 234,50 $CA"),
    ],
)
def test_formats_follow_the_country(
    tmp_path: Path, language: str, country: str, expected: str
) -> None:
    """Money is written as in the client's country, else as in the firm's, which is Canadian."""
    client = replace(SAMPLE_CLIENT, language=language, country=country)
    invoice = replace(SAMPLE_INVOICE, language="")

    text = render(tmp_path, "{{ invoice.amount }}", invoice, client)

    assert expected == text


def test_the_invoice_decides_where_the_client_has_no_language(tmp_path: Path) -> None:
    """A client without a language is written to in the language of the invoice."""
    invoice = replace(SAMPLE_INVOICE, language="de")
    client = replace(SAMPLE_CLIENT, language="", country="")

    text = render(tmp_path, "{{ invoice.due_on | date('long') }}", invoice, client)

    assert text == "31. Oktober 2026"


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("1234.5", "usd", "$1,234.50"),
        ("1200", "JPY", "¥1,200"),
        ("1.5", "KWD", "KWD 1.500"),
        ("0", "USD", "$0.00"),
        ("-0.001", "USD", "$0.00"),
        ("-12", "USD", "-$12.00"),
        ("7.60133524082021936099189318", "CAD", "CA$7.60"),
    ],
)
def test_money(tmp_path: Path, amount: str, currency: str, expected: str) -> None:
    """Every currency has its own decimals, and nothing is never written as minus nothing."""
    text = render(tmp_path, "{{ invoice.amount | money }}", an_amount(amount, currency))

    assert expected == text


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("NaN", "USD", "the amount is not a number"),
        ("Infinity", "USD", "the amount is not a number"),
        ("1e40", "USD", "the amount has too many digits"),
        ("1", "", "the amount has no currency code of three letters"),
        ("1", "<b>", "the amount has no currency code of three letters"),
    ],
)
def test_money_that_is_none(tmp_path: Path, amount: str, currency: str, reason: str) -> None:
    """An amount that nobody could pay is refused and never printed."""
    with pytest.raises(RenderingFailed) as failed:
        render(tmp_path, "{{ invoice.amount }}", an_amount(amount, currency))

    place = f"template `{tmp_path}/sms/note.txt.j2` line 1"
    assert f"{place}: {reason}; mend it in FreshBooks" == str(failed.value)


def test_carriers_get_plain_characters(tmp_path: Path) -> None:
    """Hard spaces, curly quotes and dashes, which double the price, become plain ones."""
    source = "“It\u2019s” — {{ invoice.amount }}…\n\n\n\n  {{ business.name }}  \n"
    client = replace(SAMPLE_CLIENT, language="fr", country="France")

    text = render(tmp_path, source, client=client)

    assert text == '"It\'s" - 1 234,50 $CA...\n\nNorthwind Bookkeeping'


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("{{ 7 * 7 }}{% raw %}", "{{ 7 * 7 }}{% raw %}"),
        ("Acme\r\nPay here:\tevil\x00\x1b[31m\u2028x", "Acme Pay here: evil [31m x"),
        ("Café 🎉 👩‍👩‍👧", "Café 🎉 👩‍👩‍👧"),
        ("חברת אקמה", "חברת אקמה"),
        ("Acme \u202etxt.exe\u2066", "Acme txt.exe"),
        ("\ud83d\ude00 and \ud83d", "😀 and \ufffd"),
        ("n" * 5000, "n" * 57 + "..."),
        ("👩‍👧" * 2000, ("👩‍👧" * 19)[:57].rstrip("\u200d") + "..."),
        ("A & B <Ltd>", "A & B <Ltd>"),
    ],
)
def test_names_are_data(tmp_path: Path, name: str, shown: str) -> None:
    """Whatever stands in a name comes out as one short line and is never read as a template."""
    client = replace(US_CLIENT, organization=name)

    text = render(tmp_path, "Dear {{ client.name }}!", client=client)

    assert f"Dear {shown}!" == text


def test_an_undefined_value_is_told_with_its_place(tmp_path: Path) -> None:
    """A misspelt value fails with template and line instead of leaving a gap."""
    with pytest.raises(RenderingFailed) as failed:
        render(tmp_path, "Hello\n{{ invoice.numbr }}")

    place = f"template `{tmp_path}/sms/note.txt.j2` line 2"
    assert f"{place}: `invoice` has no `numbr`; did you mean `number`?" == str(failed.value)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ 1 / 0 }}", "line 1: it divides by zero; ask first"),
        ("{% include 'sms/note.txt.j2' %}", "line 1: it includes itself"),
        ("{% include 'sms/noet.txt.j2' %}", "line 1: there is no file `sms/noet.txt.j2` to use"),
        ("{{ invoice.__class__ }}", "line 1: `__class__` is not for templates; take it out"),
        (" \n{# nothing #}", "gives an empty text"),
        ("{{ 'x' * 1601 }}", "gives a text of 1601 characters; Twilio takes 1600"),
        ("{{ '👍' * 801 }}", "gives a text of 1602 characters; Twilio takes 1600"),
    ],
)
def test_every_failure_is_one_kind(tmp_path: Path, source: str, reason: str) -> None:
    """Whatever goes wrong in a template is a failed rendering that names template and reason."""
    invoice = replace(SAMPLE_INVOICE, due_on=None)

    with pytest.raises(RenderingFailed) as failed:
        render(tmp_path, source, invoice)

    assert str(failed.value).startswith(f"template `{tmp_path}/sms/note.txt.j2`")
    assert reason in str(failed.value)


def test_the_longest_text_that_fits(tmp_path: Path) -> None:
    """A text of exactly 1600 characters is rendered."""
    text = render(tmp_path, "{{ 'x' * 1600 }}")

    assert len(text) == 1600


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("x", "there are: `note`"),
        ("", "there are: `note`"),
        ("../sms/note", "there are: `note`"),
        ("note.fr", "did you mean `note`?"),
        ("noet", "did you mean `note`?"),
    ],
)
def test_a_template_that_is_not_there(tmp_path: Path, name: str, mend: str) -> None:
    """An unknown name is told together with what was meant, else with the names there are."""
    write(tmp_path, "note", "x")
    write(tmp_path, "note.fr", "x")

    with pytest.raises(RenderingFailed) as failed:
        Renderer([tmp_path]).render_text(
            name, invoice=SAMPLE_INVOICE, client=SAMPLE_CLIENT, business=SAMPLE_BUSINESS
        )

    assert f"there is no template `{name}` for texts; {mend}" == str(failed.value)


def test_the_operators_template_replaces_the_shipped_one(tmp_path: Path) -> None:
    """What the first directory has wins in every language, and the rest still comes from behind."""
    write(tmp_path / "own", "note", "own")
    write(tmp_path / "shipped", "note", "shipped")
    write(tmp_path / "shipped", "note.fr", "livré")
    write(tmp_path / "shipped", "other", "other")
    renderer = Renderer([tmp_path / "own", tmp_path / "nowhere", tmp_path / "shipped"])
    french = replace(SAMPLE_CLIENT, language="fr")

    texts = [
        renderer.render_text(name, invoice=SAMPLE_INVOICE, client=french, business=SAMPLE_BUSINESS)
        for name in ("note", "other")
    ]

    assert texts == ["own", "other"]
    assert frozenset({"note", "other"}) == renderer.template_names()


def test_the_most_specific_language_wins(tmp_path: Path) -> None:
    """A variant for the language in its region is preferred to one for the language."""
    for name in ("note", "note.fr", "note.fr-ca"):
        write(tmp_path, name, name)
    renderer = Renderer([tmp_path])

    texts = [
        renderer.render_text(
            "note",
            invoice=SAMPLE_INVOICE,
            client=replace(SAMPLE_CLIENT, language=language),
            business=SAMPLE_BUSINESS,
        )
        for language in ("fr_CA", "fr-be", "fr", "nl")
    ]

    assert texts == ["note.fr-ca", "note.fr", "note.fr", "note"]


def test_macros_know_the_locale(tmp_path: Path) -> None:
    """Money and dates are written right in macros of another file, too."""
    write(
        tmp_path, "parts", "{% macro due(day) %}{{ day | date('short') }} {{ day }}{% endmacro %}"
    )
    client = replace(SAMPLE_CLIENT, language="de", country="Germany")
    source = "{% import 'sms/parts.txt.j2' as parts %}{{ parts.due(invoice.due_on) }}"

    text = render(tmp_path, source, client=client)

    assert text == "31.10.26 31.10.2026"


def test_every_shipped_template_renders() -> None:
    """Each shipped template renders in each of its languages, in every case of its event."""
    renderer = Renderer([shipped_templates()])

    for name, event in EVENTS.items():
        renderer.check(name, event)

    assert set(EVENTS) == renderer.template_names()


@pytest.mark.parametrize(
    ("source", "fits", "lacks"),
    [
        ("{{ rung }}", "invoice.overdue", "invoice.create"),
        ("{{ days_until_due }}", "invoice.due", "invoice.update"),
        ("{{ invoice.due_on }}", "invoice.overdue", "invoice.update"),
        ("{{ payment.amount }}", "payment.create", "invoice.create"),
        ("{{ client.name }}", "payment.create", "bill.create"),
        ("{{ vendor.name }}", "bill.update", "expense.create"),
        ("{{ changed[0] }}", "client.update", "client.create"),
        ("{{ expense.notes }}", "expense.create", "bill_vendor.create"),
        ("{{ business.name }}", "client.create", "connection.lost"),
        ("{{ notice.subject }}", "webhook.silent", "payment.create"),
        ("{{ notice.detail }}", "brake.engaged", "notification.failed"),
        ("{{ failed.reason }}", "notification.failed", "brake.engaged"),
    ],
)
def test_check_knows_what_an_event_lacks(
    tmp_path: Path, source: str, fits: str, lacks: str
) -> None:
    """A template is right for one event and refused for another that has no such value."""
    write(tmp_path, "note", source)
    renderer = Renderer([tmp_path])

    renderer.check("note", fits)

    with pytest.raises(RenderingFailed):
        renderer.check("note", lacks)


def test_a_word_is_found_in_any_variant_of_a_template(tmp_path: Path) -> None:
    """What costs a request is asked for where any language of the template speaks of it."""
    write(tmp_path, "note", "x")
    write(tmp_path, "note.fr", "{{ invoice.share_link }}")
    write(tmp_path, "notes", "{{ invoice.number }}")
    renderer = Renderer([tmp_path])

    found = [renderer.mentions(name, "share_link") for name in ("note", "notes", "nothing")]

    assert [True, False, False] == found


def test_check_looks_at_every_variant(tmp_path: Path) -> None:
    """A fault in one language alone is found, and so is a due date that is taken for granted."""
    write(tmp_path, "note", "fine")
    write(tmp_path, "note.es", "{{ nada }}")
    write(tmp_path, "careless", "due {{ invoice.due_on }}")
    renderer = Renderer([tmp_path])

    with pytest.raises(RenderingFailed, match=r"note\.es\.txt\.j2"):
        renderer.check("note")
    with pytest.raises(RenderingFailed, match=r"`invoice\.due_on` is missing in this record"):
        renderer.check("careless")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1 day|5 days|today|tomorrow|yesterday|in 5 days|7 days ago"),
        ("fr", "1 jour|5 jours|aujourd'hui|demain|hier|dans 5 jours|il y a 7 jours"),
        ("de-at", "1 Tag|5 Tage|heute|morgen|gestern|in 5 Tagen|vor 7 Tagen"),
        ("es", "1 día|5 días|hoy|mañana|ayer|dentro de 5 días|hace 7 días"),
        ("pl", "1 dzień|5 dni|za 0 dni|za 1 dzień|1 dzień temu|za 5 dni|7 dni temu"),
    ],
)
def test_days_are_counted_in_the_words_of_the_template(
    tmp_path: Path, language: str, expected: str
) -> None:
    """Numbers of days have the right plural, and near days their own names."""
    write(
        tmp_path,
        f"note.{language}",
        "{{ 1 | days }}|{{ 5 | days }}|{{ 0 | relative }}|{{ 1 | relative }}|{{ -1 | relative }}"
        "|{{ 5 | relative }}|{{ -7 | relative }}",
    )

    text = Renderer([tmp_path]).render_text("note", languages=(language,))

    assert expected == text


def test_days_are_in_english_in_an_english_text(tmp_path: Path) -> None:
    """A reader without a text in their language does not read one in two languages."""
    client = replace(SAMPLE_CLIENT, language="nl")

    text = render(tmp_path, "{{ 5 | days }} in {{ language }}", client=client)

    assert text == "5 days in en"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://pay.example/1?a=b&c=d", "https://pay.example/1?a=b&c=d"),
        ("HTTP://pay.example", "HTTP://pay.example"),
        ("javascript:alert(1)", "none"),
        ("java\nscript:alert(1)", "none"),
        ("data:text/html,<script>alert(1)</script>", "none"),
        ("https:///nowhere", "none"),
        ("https://[nonsense", "none"),
        ('https://pay.example/" onclick="x', "none"),
        ("//pay.example", "none"),
    ],
)
def test_a_link_leads_to_a_page_or_is_left_out(tmp_path: Path, link: str, shown: str) -> None:
    """What stands in a record as a link is shown where it is one, and is absent where not."""
    invoice = replace(SAMPLE_INVOICE, share_link=link)
    source = "{% if invoice.share_link %}{{ invoice.share_link }}{% else %}none{% endif %}"

    text = render(tmp_path, source, invoice)

    assert shown == text


def test_a_text_may_ask_whom_it_is_for(tmp_path: Path) -> None:
    """Where nobody said who reads a text, the audience is an empty word and no fault."""
    text = render(tmp_path, "[{{ audience }}] [{{ recipient }}] [{{ languages | join }}]")

    assert text == "[] [] [en]"


def test_a_fault_in_a_part_is_told_with_whoever_used_it(tmp_path: Path) -> None:
    """Of a macro that was given something wrong both files and lines are named."""
    write(tmp_path, "parts", "{% macro due(day) %}\n{{ day | date }}{% endmacro %}")

    with pytest.raises(RenderingFailed) as failed:
        render(tmp_path, "{% import 'sms/parts.txt.j2' as parts %}\n\n{{ parts.due('x') }}")

    assert (
        f"template `{tmp_path}/sms/parts.txt.j2` line 2"
        f" (from template `{tmp_path}/sms/note.txt.j2` line 3):"
        " the filter `date` needs a day such as `invoice.due_on`"
    ) == str(failed.value)


def test_dates_of_all_lengths(tmp_path: Path) -> None:
    """A day is written as short or as long as the template wants."""
    invoice = replace(SAMPLE_INVOICE, due_on=date(2026, 2, 1))
    lengths = "('short', 'medium', 'long', 'full')"
    source = f"{{% for n in {lengths} %}}{{{{ invoice.due_on | date(n) }}}};{{% endfor %}}"

    text = render(tmp_path, source, invoice)

    assert text == "2/1/26;Feb 1, 2026;February 1, 2026;Sunday, February 1, 2026;"


def test_a_directory_of_templates_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A misspelt setting must not quietly put the shipped words in the place of the firm's own."""
    with pytest.raises(ConfigurationError, match="there is no directory"):
        open_renderer(tmp_path / "nowhere")
