"""Rulebooks as texts: what they hold, and what is wrong with them."""

from __future__ import annotations

from duebell.domain.rules import Rule, Rulebook
from duebell.rulebook.loading import read_rulebook
from duebell.rulebook.rules import ALL_IS_SENT, Templates, Unsendable

FILE = "duebell.toml"
LISTS = '[lists]\napprovers = [{ name = "Dana", sms = "+12125550101" }]\n'


def a_rule(more: str = "", **fields: str) -> str:
    """A rule of six lines with these fields, and what comes after them."""
    values = {
        "on": "invoice.create",
        "to": "client",
        "channel": "sms",
        "template": "invoice_created",
    }
    lines = [f'{key} = "{value}"' for key, value in (values | fields).items()]
    return "\n".join(["[[rule]]", *lines, more, ""])


def book_of(text: str) -> Rulebook:
    """The rulebook with this text, in which nothing is wrong."""
    book, faults = read_rulebook(text, FILE)

    assert [] == faults
    return book


def rule_of(text: str) -> Rule:
    """The one rule in this text."""
    (rule,) = book_of(text).rules
    return rule


def faults_of(
    text: str,
    templates: Templates | None = None,
    unsendable: Unsendable = ALL_IS_SENT,
) -> list[str]:
    """What is wrong with a text: the line, and the sentence without its full stop."""
    _, faults = read_rulebook(text, FILE, templates, unsendable)
    return [fault.removeprefix(f"{FILE} line ").removesuffix(".") for fault in faults]


def faults_in_table(line: str, table: str = "business") -> list[str]:
    """What is wrong with a table of this one line; the line is always the second."""
    faults = faults_of(f"[{table}]\n{line}\n")

    assert {"2: "} >= {fault[:3] for fault in faults}
    return [fault.removeprefix("2: ") for fault in faults]
