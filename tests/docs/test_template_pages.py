"""The page about templates shows examples that work."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from duebell.domain.dossiers import FailedMessage
from duebell.domain.rules import Channel
from duebell.wording.emails import Email
from duebell.wording.environments import Environments
from duebell.wording.locales import locale_for
from duebell.wording.rendering import Renderer, shipped_templates
from duebell.wording.sample_records import sample_values
from duebell.wording.template_files import EMAIL_KINDS, TemplateFiles

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```jinja\n(.+?)```", PAGE, re.DOTALL)


def test_the_example_of_a_text_renders(tmp_path: Path) -> None:
    """Whoever copies the example gets a text for every case of an invoice."""
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / "own.txt.j2").write_text(EXAMPLES[0], encoding="utf-8")
    renderer = Renderer([tmp_path])

    renderer.check("own", "invoice.create")

    text = renderer.render_text("own", **next(iter(sample_values("invoice.create"))))
    assert text.startswith("Northwind Bookkeeping: your invoice 0000042 for $1,234.50 is ready, ")


def test_the_example_of_a_page_renders(tmp_path: Path) -> None:
    """Whoever copies the example gets a page in the shipped frame, for every case of a ladder."""
    (tmp_path / "email" / "own").mkdir(parents=True)
    for kind in EMAIL_KINDS:
        source = EXAMPLES[1] if kind.endswith("html") else "x"
        (tmp_path / "email" / "own" / f"{kind}.j2").write_text(source, encoding="utf-8")
    renderer = Renderer([tmp_path, shipped_templates()])

    renderer.check("own", "invoice.due", Channel.EMAIL)

    email: Email = renderer.render_email("own", **next(iter(sample_values("invoice.due"))))
    assert "<p style=" in email.html
    assert "Hello Melmac Ceramics," in email.html


def test_every_shipped_email_is_there_in_the_languages_of_the_table() -> None:
    """What the table says of a template holds for its email as much as for its text."""
    files = TemplateFiles([shipped_templates()])
    rows = re.findall(r"^\| `(\w+)` \| `[\w.]+`.* \| [\w, ]+ \|$", PAGE, re.MULTILINE)

    assert files.names(Channel.EMAIL) == set(rows) == files.names(Channel.SMS)
    assert {("de", "en", "es", "fr")} == {
        tuple(sorted(files.languages(name, channel))) for name in rows for channel in Channel
    }


def test_every_field_of_a_failed_message_is_documented() -> None:
    """The table names what staff can be told of a message that did not arrive."""
    listed = re.findall(r"`failed\.(\w+)`", PAGE)

    assert sorted(field.name for field in fields(FailedMessage)) == sorted(listed)


@pytest.mark.parametrize("name", ["money", "date", "days", "relative", "link", "abs"])
def test_every_filter_is_documented(name: str) -> None:
    """Each filter of ours that a template may use stands on the page."""
    locale = locale_for(("en",))
    filters = Environments([]).get(locale, locale, html=False).filters

    assert name in filters
    assert re.search(rf"\\\| {name}\b", PAGE)
