"""Files beside the templates, of which no message is ever made."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.rules import Channel
from duebell.wording.rendering import open_renderer
from tests.unit.own_templates import put

USED = (("note", Channel.SMS), ("letter", Channel.EMAIL))
PLACES = "a text is `sms/NAME.txt.j2`, an email `email/NAME/subject.txt.j2`, `body.txt.j2` and"


def unused(folder: Path) -> list[str]:
    """What is said of a directory, without the way to it."""
    return [one.replace(f"{folder}/", "") for one in open_renderer(folder).unused(USED)]


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (
            "sms/invoice_crated.txt.j2",
            (
                "no rule names the text `invoice_crated` (`sms/invoice_crated.txt.j2`);"
                " did you mean `invoice_created`?"
            ),
        ),
        (
            "sms/zzz.txt.j2",
            "no rule names the text `zzz` (`sms/zzz.txt.j2`); name it in a rule, or take it away",
        ),
        (
            "email/leter/subject.txt.j2",
            "no rule names the email `leter` (`email/leter`); did you mean `letter`?",
        ),
        (
            "invoice_crated.sms.txt",
            "`invoice_crated.sms.txt` is never used; did you mean `sms/invoice_created.txt.j2`?",
        ),
        ("texts/note.j2", "`texts/note.j2` is never used; did you mean `sms/note.txt.j2`?"),
        ("sms/note.txt", "`sms/note.txt` is never used; did you mean `sms/note.txt.j2`?"),
        (
            "email/letter/body.html",
            "`email/letter/body.html` is never used; did you mean `email/letter/body.html.j2`?",
        ),
        (
            "email/_layot.html.j2",
            "`email/_layot.html.j2` is never used; did you mean `email/_layout.html.j2`?",
        ),
        ("zzz.j2", f"`zzz.j2` is never used; {PLACES} `body.html.j2`"),
        (
            "sms/note.FR.txt.j2",
            "`sms/note.FR.txt.j2` is never used: `FR` is no code of a language; write `fr`",
        ),
        (
            "sms/note.fr_CA.txt.j2",
            (
                "`sms/note.fr_CA.txt.j2` is never used: `fr_CA` is no code of a language;"
                " write `fr-ca`"
            ),
        ),
        (
            "email/letter/body.french.txt.j2",
            (
                "`email/letter/body.french.txt.j2` is never used:"
                " `french` is no code of a language; write a code such as `fr`"
            ),
        ),
    ],
)
def test_a_file_that_nothing_uses_is_told_with_what_was_meant(
    tmp_path: Path, file: str, sentence: str
) -> None:
    """A name or place that is a little wrong changes nothing, so it must not go unnoticed."""
    put(tmp_path, file)

    assert [sentence] == unused(tmp_path)


@pytest.mark.parametrize(
    "file",
    [
        *("sms/note.txt.j2", "sms/note.fr-ca.txt.j2", "sms/invoice_created.txt.j2"),
        *("email/letter/body.de.html.j2", "email/_layout.html.j2", "README.txt", "sms/README.txt"),
        *("requirements.txt", "duebell.toml", ".hidden/x.j2", "sms/.note.txt.j2", "sms/note.bak"),
        "invoices/2026/list.txt",
    ],
)
def test_what_is_used_or_no_template_is_not_told(tmp_path: Path, file: str) -> None:
    """Templates in use, shipped ones that were replaced, and other files are left alone."""
    put(tmp_path, file)

    assert [] == unused(tmp_path)


def test_a_part_that_a_template_uses_is_used(tmp_path: Path) -> None:
    """A file of macros has no rule, but a template that imports it."""
    put(tmp_path, "sms/note.txt.j2", "{% import 'sms/parts.txt.j2' as parts %}x")
    put(tmp_path, "sms/parts.txt.j2")
    put(tmp_path, "email/_own.html.j2", "{% include 'shared/foot.j2' %}")
    put(tmp_path, "email/letter/body.html.j2", "{% extends 'email/_own.html.j2' %}")
    put(tmp_path, "shared/foot.j2")

    assert [] == unused(tmp_path)


def test_a_template_that_lies_beside_it_is_not_what_was_meant(tmp_path: Path) -> None:
    """Of two files with names that are alike, neither is a slip of the other."""
    put(tmp_path, "sms/note.txt.j2")
    put(tmp_path, "sms/notes.txt.j2")

    (sentence,) = unused(tmp_path)

    assert sentence.endswith("(`sms/notes.txt.j2`); name it in a rule, or take it away")


def test_without_an_own_directory_nothing_is_unused() -> None:
    """The shipped templates are there for whoever wants them."""
    assert [] == open_renderer(None).unused(())
