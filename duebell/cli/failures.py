"""Failures as the person at the terminal meets them: sentences on stderr and an exit code."""

from __future__ import annotations

import sys

from duebell.cli.hints import as_typed
from duebell.cli.output import lines_of
from duebell.domain.failures import (
    ConfigurationError,
    ConnectionLost,
    CredentialsRefused,
    DuebellError,
)

FAILED = 1
WRONG_USE = 2
MISCONFIGURED = 3


def report(failure: DuebellError) -> int:
    """Write each fault on its own line of stderr and give the exit code."""
    faults = failure.faults if isinstance(failure, ConfigurationError) else (str(failure),)
    for fault in faults:
        # What may be meant stands in lines of its own.
        for line in as_typed(_sentence(fault)).split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            sys.stderr.write("\n".join(lines_of(line, indent)) + "\n")
    needs_a_person = ConfigurationError, CredentialsRefused, ConnectionLost
    return MISCONFIGURED if isinstance(failure, needs_a_person) else FAILED


def _sentence(text: str) -> str:
    text = text.strip()
    first_word = text.partition(" ")[0]
    # Only plain words: DUEBELL_... and file names keep their case.
    if first_word.isalpha() and first_word.islower():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":", "`")) else f"{text}."
