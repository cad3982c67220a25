"""The whole check: the file, and the words of every template that a rule of it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook.checking import CheckedRulebook, check_rulebook
from duebell.rulebook.loading import DEFAULT_RULEBOOK, load_rulebook, read_rulebook
from duebell.wording.rendering import open_renderer
from tests.unit.rulebook_texts import a_rule


def checked(folder: Path, text: str | bytes, **templates: str) -> CheckedRulebook:
    """The check of a rulebook with this text, and with these templates besides the shipped."""
    (folder / "sms").mkdir()
    for name, words in templates.items():
        (folder / "sms" / f"{name}.txt.j2").write_text(words, encoding="utf-8")
    file = folder / "duebell.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check_rulebook(file, open_renderer(folder))


def test_a_right_file_is_whole(tmp_path: Path) -> None:
    """A rulebook without a fault can be used, and its notes stop nobody."""
    found = checked(tmp_path, a_rule())

    assert (1, ()) == (len(found.whole().rules), found.faults)
    assert () != found.notes


def test_without_a_file_the_shipped_rulebook_is_checked(tmp_path: Path) -> None:
    """What applies without a file is what is looked at, and it is right."""
    found = check_rulebook(tmp_path / "none.toml", open_renderer(None))

    assert DEFAULT_RULEBOOK == found.file
    assert load_rulebook(None) == found.whole()


def test_faults_of_the_file_and_of_templates_come_together(tmp_path: Path) -> None:
    """One look says everything, each with its line, and what is faulty is never used in part."""
    text = a_rule("x = 1") + a_rule(on="payment.create", template="wrong")

    found = checked(tmp_path, text, wrong="{{ bill.number }}")

    assert [(6, "rule[0].x"), (11, "template")] == [(one.line, one.key) for one in found.faults]
    expected = f"template `{tmp_path}/sms/wrong.txt.j2` line 1: `bill` is not there for"
    assert expected in found.faults[1].text
    with pytest.raises(ConfigurationError, match="bill"):
        found.whole()


def test_what_a_template_hardly_means_is_noted(tmp_path: Path) -> None:
    """Single braces are told with the rule's line, and a misspelt file with the name meant."""
    found = checked(tmp_path, a_rule(template="own"), own="{client.name}", invoice_crated="x")

    notes = [(one.line, one.text.rpartition("; ")[2]) for one in found.notes]
    assert () == found.faults
    assert (1, "did you mean `{{ client.name }}`?") in notes
    assert (0, "did you mean `invoice_created`?") in notes


def test_nothing_is_called_unused_while_rules_are_faulty(tmp_path: Path) -> None:
    """A rule with a slip is not there yet, so its template only seems to be used by nobody."""
    found = checked(tmp_path, a_rule("x = 1", template="own"), own="x")

    assert [] == [one for one in found.notes if "own" in one.text]


def test_a_template_is_tried_with_each_event(tmp_path: Path) -> None:
    """Words that fit one event are wrong for another, and the rule of that one is told."""
    text = a_rule(template="own") + a_rule(on="bill.create", to="vendor", template="own")

    found = checked(tmp_path, text, own="{{ invoice.number }}")

    assert [11] == [fault.line for fault in found.faults]


@pytest.mark.parametrize("text", [b"\xff", b"on"])
def test_what_cannot_be_read_is_one_fault(tmp_path: Path, text: bytes) -> None:
    """A file that is no text or no TOML has one fault and no rules."""
    found = checked(tmp_path, text)

    assert (1, ()) == (len(found.faults), found.rulebook.rules)


def test_each_version_of_a_file_has_a_digest_of_its_own() -> None:
    """Two texts are told apart even where they say the same, and one text is the same anywhere."""
    texts = [a_rule(), a_rule() + "# the same", a_rule()]

    books: list[Rulebook] = [read_rulebook(text, "duebell.toml")[0] for text in texts]

    assert books[0] == books[1]
    assert books[0].digest == books[2].digest != books[1].digest
    assert 16 == len(books[0].digest)


def test_emails_are_refused_where_nobody_carries_them(tmp_path: Path) -> None:
    """A rule that falls back on emails is right, but not where none can be sent."""
    file = tmp_path / "duebell.toml"
    file.write_text(a_rule(fallback="email"))
    renderer = open_renderer(None)

    nobody = check_rulebook(file, renderer, {Channel.EMAIL: "set THIS"})

    assert () == check_rulebook(file, renderer).faults
    assert ["rule[0].fallback"] == [one.key for one in nobody.faults]


def test_templates_of_the_rulebook_in_force_are_used(tmp_path: Path) -> None:
    """A file that is tried out beside it does not make them strays."""
    in_force = checked(tmp_path, a_rule(template="own"), own="x").file
    new = tmp_path / "new.toml"
    new.write_text(a_rule())
    renderer = open_renderer(tmp_path)

    alone, beside = check_rulebook(new, renderer), check_rulebook(new, renderer, beside=in_force)

    assert 1 == len(set(alone.notes) - set(beside.notes))
    assert not [note for note in beside.notes if "own" in note.text]
