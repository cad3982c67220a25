"""Exported ends of the chain: kept in a file, and read as people hand them in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from duebell.auditing.heads import grouped, read_given, read_heads, write_head
from duebell.domain.failures import ConfigurationError
from duebell.ledger.audit_chain import Head
from duebell.redaction import Redactor

AT = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
LINK, OTHER = "0123456789abcdef" * 4, "ab" * 32


def test_heads_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Each day adds a line; of two for one position the older counts."""
    path = tmp_path / "heads.jsonl"

    for head in (Head(3, LINK), Head(9, OTHER), Head(3, OTHER)):
        write_head(path, head, AT)

    assert {3: LINK, 9: OTHER} == read_heads(path)


@pytest.mark.parametrize("typed", [f"7:{LINK}", f" 7:{LINK.upper()} ", f"7:{grouped(LINK)}"])
def test_a_head_may_be_named_as_it_is_shown(typed: str) -> None:
    """The line of ``verify`` and that of the log are both taken."""
    assert {7: LINK} == read_given(typed)


def test_a_file_of_heads_may_be_named(tmp_path: Path) -> None:
    """A copy of the file that was kept elsewhere is taken as well."""
    path = tmp_path / "copy.jsonl"
    write_head(path, Head(3, LINK), AT)

    assert {3: LINK} == read_given(str(path))


@pytest.mark.parametrize("content", ["nonsense", '{"position": 1}', "[1]", '{"position": "x"}'])
def test_what_is_no_head_is_refused(tmp_path: Path, content: str) -> None:
    """Another file, or none, is told as such and not taken for an empty one."""
    path = tmp_path / "other"
    path.write_text(content)

    with pytest.raises(ConfigurationError, match="no file of exported heads"):
        read_given(str(path))


@pytest.mark.parametrize("typed", ["nonSense-word", "7:abc", "no/such/file"])
def test_what_is_neither_file_nor_link_is_quoted_as_typed(typed: str) -> None:
    """Whoever mistypes reads their own spelling, and how a head is written."""
    with pytest.raises(ConfigurationError) as refused:
        read_given(typed)

    assert f"“{typed}” is neither a file of exported heads nor POSITION:LINK" in str(refused.value)


@pytest.mark.parametrize("link", [LINK, OTHER, "0" * 64, "0123456789" * 6 + "abcd"])
def test_the_log_shows_a_head_in_full(link: str) -> None:
    """What hides secrets from the log leaves a link as it is logged alone."""
    shown = grouped(link)

    assert shown == Redactor().clean_field("link", shown)
