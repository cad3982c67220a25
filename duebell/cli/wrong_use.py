"""Wrong use of the command line in plain words: Typer's own are those of the libraries below it."""

from __future__ import annotations

import re
import sys

import typer

from duebell.cli.failures import WRONG_USE
from duebell.cli.output import lines_of

#: What Typer raises for wrong use. It has a copy of Click by now, or Click itself.
WrongUse: type[Exception] = typer.BadParameter.__mro__[1]

_IN_OUR_WORDS = (
    (r"^Value error, ", ""),
    (r"^Invalid value for '?([^:']+)'?: ", r"\1: "),
    (r"^Invalid value: ", ""),
    (r"Value error, ", ""),
    (r"Input should be greater than or equal to (\S+)", r"it must be at least \1"),
    (r"Input should be less than or equal to (\S+)", r"it must be at most \1"),
    (r"Input should be a valid integer\b.*", "it must be a whole number"),
    (r"Input should be a valid number\b.*", "it must be a number"),
    (r"Input should be ", "it must be "),
    # In lines of their own; what an argument is called lists them already.
    (r"(?s)\. Choose from:.*", ""),
)


def report_wrong_use(error: Exception) -> int:
    """Write on stderr what is wrong and where help is; gives the exit code."""
    text = str(getattr(error, "format_message", error.__str__)())
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        # With Typer's own layout the help is written by now, and there is no text left.
        sys.stderr.write(f"{text}\n" if text.strip() else "")
        return WRONG_USE
    for theirs, ours in _IN_OUR_WORDS:
        text = re.sub(theirs, ours, text)
    return write_wrong_use(getattr(context, "command_path", "duebell"), text)


def write_wrong_use(command: str, text: str) -> int:
    """Write on stderr what is wrong with how a command was called; gives the exit code."""
    end = "" if text.endswith((".", "?")) else "."
    for line in f"{command}: {text}{end}\n`{command} --help` explains it.".split("\n"):
        sys.stderr.write("\n".join(lines_of(line)) + "\n")
    return WRONG_USE
