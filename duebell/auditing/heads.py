"""Ends of the chain, kept outside of the ledger: without one a cut tail could not be told.

``audit-heads.jsonl`` in the data directory gets a line a day. Copy it to where whoever can write
the ledger cannot write.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

from duebell.domain.failures import ConfigurationError
from duebell.ledger.audit_chain import Head

FILE = "audit-heads.jsonl"

_PAIR = re.compile(r"(\d+):([0-9a-f]{64})")


def grouped(link: str) -> str:
    """A link as the log may have it, where long rows of hexadecimal digits pass for secrets."""
    return "-".join(link[start : start + 4] for start in range(0, len(link), 4))


def write_head(path: Path, head: Head, at: datetime) -> None:
    """Add a line with the end of the chain."""
    line = {"position": head.position, "link": head.link, "at": at.isoformat()}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read_heads(path: Path) -> dict[int, str]:
    """The links in a file by their positions.

    Raises:
        ConfigurationError: if it cannot be read, or a line is none that was written so.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.strip()]
        # Of two for one position the older counts: the newer may be of a chain made anew.
        return {int(one["position"]): str(one["link"]) for one in reversed(found)}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            [f"{path} is no file of exported heads: {type(error).__name__}"]
        ) from None


def read_given(text: str) -> dict[int, str]:
    """The heads that somebody names: a file of them, or one as ``POSITION:LINK``, as logged too.

    Raises:
        ConfigurationError: if it is neither.
    """
    pair = _PAIR.fullmatch(text.strip().lower().replace("-", ""))
    if pair:
        return {int(pair[1]): pair[2]}
    path = Path(text)
    if not path.exists():
        fault = (
            f"“{text}” is neither a file of exported heads nor POSITION:LINK, which is a "
            "number, a colon and 64 digits of 0-9 and a-f, as the artifact audit-head has them"
        )
        raise ConfigurationError([fault])
    return read_heads(path)
