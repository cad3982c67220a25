"""A rulebook is either right, or every fault in it is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.rulebook.loading import load_rulebook
from duebell.wording.rendering import Renderer, shipped_templates

TEMPLATES = {Channel.SMS: frozenset({"invoice_created", "welcome"})}

RULE = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"
"""

INVOICE_CREATED = Rule("invoice.create", "client", Channel.SMS, "invoice_created")


def faults_of(folder: Path, text: str | bytes) -> list[str]:
    """The faults of a rulebook with this text, with the file's name alone."""
    file = folder / "duebell.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationError) as refused:
        load_rulebook(file, TEMPLATES)
    return [fault.replace(f"{folder}/", "") for fault in refused.value.faults]


def test_without_a_file_the_shipped_rules_apply(tmp_path: Path) -> None:
    """No path and a path without a file both give the shipped rule, which is one that works."""
    templates = {Channel.SMS: Renderer([shipped_templates()]).template_names()}

    books = [load_rulebook(None, templates), load_rulebook(tmp_path / "none.toml", templates)]

    assert [Rulebook((INVOICE_CREATED,))] * 2 == books


def test_rules_keep_their_order(tmp_path: Path) -> None:
    """The rules of a file come in its order, and a byte order mark does no harm."""
    file = tmp_path / "duebell.toml"
    file.write_text("\ufeff" + RULE, encoding="utf-8")

    book = load_rulebook(file, TEMPLATES)

    assert (INVOICE_CREATED,) == book.rules


def test_nobody_hears_of_a_fact_twice_in_other_words(tmp_path: Path) -> None:
    """Two rules that differ in their template alone are a fault: only one could ever be sent."""
    faults = faults_of(tmp_path, RULE + RULE.replace("invoice_created", "welcome"))

    assert [
        "duebell.toml line 8: this [[rule]] repeats the one on line 2; take one of them out."
    ] == faults


def test_a_file_without_rules_is_silent_on_purpose(tmp_path: Path) -> None:
    """An empty file is a rulebook without rules and not the shipped one."""
    file = tmp_path / "duebell.toml"
    file.write_text("# nothing\n")

    assert Rulebook(()) == load_rulebook(file)


def test_a_misspelt_key_is_told_once_with_its_mend(tmp_path: Path) -> None:
    """A key nobody knows is told with its line and the key that was meant."""
    text = RULE.replace("channel", "chanel")

    faults = faults_of(tmp_path, text)

    expected = "duebell.toml line 5: unknown key `chanel` in [[rule]]; did you mean `channel`?"
    assert [expected] == faults


def test_all_faults_come_together(tmp_path: Path) -> None:
    """A file with many faults is refused once, with every fault on its own line, in order."""
    text = (
        '[busines]\nx = 1\n[client]\n12345 = 1\n[[rule]]\non = "invoice.craete"\n'
        'to = "list:approvers"\nchannel = "email"\ntemplate = "welcom"\n'
        'fallback = "sms"\n[[rule]]\non = 5\nextra = 1\n[rule.when]\nmin_amount = "x"\n'
    )

    faults = faults_of(tmp_path, text)

    assert [
        "1: unknown table or key `busines`; did you mean `business`?",
        (
            '4: [client."12345"] must be a table; start what is different for one with'
            ' `[client."12345"]`.'
        ),
        "6: `on`: there is no event type `invoice.craete`; did you mean `invoice.create`?",
        (
            "7: `to`: there is no list `approvers`, as there are no lists; write `[lists]` and"
            ' below it `approvers = [{ name = "Dana", sms = "+12125550101" }]`.'
        ),
        "9: `template`: there is no template `welcom` for texts; did you mean `welcome`?",
        *(
            f'11: `{key}` is missing in [[rule]]; add a line like `{key} = "{example}"`.'
            for key, example in (
                ("to", "client"),
                ("channel", "sms"),
                ("template", "invoice_created"),
            )
        ),
        '12: `on` must be text; write it in quotes, `on = "..."`.',
        (
            "13: unknown key `extra` in [[rule]]; there are `on`, `to`, `channel`, `template`,"
            " `days`, `fallback`, `when`, `urgent`, `max_segments`."
        ),
        (
            "15: `min_amount` in `when` must be a number with a point and no blanks, such as"
            ' `min_amount = "1250.00"`.'
        ),
    ] == [fault.removeprefix("duebell.toml line ") for fault in faults]


def test_an_event_nobody_ever_heard_of(tmp_path: Path) -> None:
    """Where no event type is near to the word, all of them are listed."""
    faults = faults_of(tmp_path, RULE.replace("invoice.create", "zzz"))

    assert faults[0].startswith(
        "duebell.toml line 3: `on`: there is no event type `zzz`; event types are `invoice.create`,"
    )


def test_the_same_rule_twice(tmp_path: Path) -> None:
    """A repeated rule is told with the lines of both."""
    faults = faults_of(tmp_path, RULE + RULE)

    expected = "duebell.toml line 8: this [[rule]] repeats the one on line 2; take one of them out."
    assert [expected] == faults


@pytest.mark.parametrize("text", ["# a comment\nrule = 5\n", "rule = [1]\n"])
def test_a_rule_that_is_no_table(tmp_path: Path, text: str) -> None:
    """What stands in the place of the rules is told with the heading that they need."""
    faults = faults_of(tmp_path, text)

    line = 2 if text.startswith("#") else 1
    expected = "`rule` must be a list of tables; start each rule with `[[rule]]`."
    assert [f"duebell.toml line {line}: {expected}"] == faults


def test_inline_rules_are_told_by_the_line_of_the_list(tmp_path: Path) -> None:
    """Rules written as inline tables work, and a fault gives the line where the list starts."""
    faults = faults_of(tmp_path, '\nrule = [{on = "invoice.create", to = "client"}]\n')

    assert [fault[:22] for fault in faults] == ["duebell.toml line 2: `"] * 2


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = 1e" + "9" * 50])
def test_what_would_break_a_parser(tmp_path: Path, text: str) -> None:
    """Brackets and digits without an end are a fault like any other."""
    faults = faults_of(tmp_path, text)

    assert {"duebell.toml"} == {fault.split()[0].rstrip(":") for fault in faults}


def test_what_is_not_utf8(tmp_path: Path) -> None:
    """A file in another encoding is told with the line of the first foreign byte."""
    faults = faults_of(tmp_path, b"# a\n# \xfcber\n")

    assert faults == ["duebell.toml line 2: this is not UTF-8; save the file as UTF-8."]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A folder in place of the file is a fault and not a crash."""
    with pytest.raises(ConfigurationError, match=r"cannot be read \(Is a directory\)"):
        load_rulebook(tmp_path)


def test_lines_are_right_beside_strings_that_look_like_rules(tmp_path: Path) -> None:
    """Text within a string of several lines, or a comment, is never taken for a rule."""
    text = "# it's '''\n[[rule]]\ntemplate = '''\n[[rule]]\non = 1\n'''\non = 5\n"

    faults = faults_of(tmp_path, text)

    assert 'duebell.toml line 7: `on` must be text; write it in quotes, `on = "..."`.' in faults
