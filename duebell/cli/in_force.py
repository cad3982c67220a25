"""The rulebook in force, where it is another one than a command has before it."""

from __future__ import annotations


def loaded_instead(digest: str) -> str:
    """When a living worker loaded another rulebook; empty where none has, or nobody can tell."""
    from datetime import UTC, datetime

    from duebell.cli.reading import reading_ledger
    from duebell.domain.failures import DuebellError
    from duebell.ledger import rulebook_states, workers
    from duebell.ledger.businesses import local_times

    try:
        with reading_ledger() as connection:
            living = workers.living(connection, datetime.now(UTC))
            found = rulebook_states.others(connection, living, digest)
            return local_times(connection).minute(found[-1]) if found else ""
    except DuebellError:
        return ""
