"""``duebell notifications retry`` and ``abandon``: what becomes of messages that failed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli import subjects
from duebell.cli.failures import FAILED
from duebell.cli.moments import a_moment
from duebell.cli.output import say, write_json
from duebell.cli.reading import change_ledger, reading_ledger, this_operator
from duebell.domain.calling import short_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.ledger.retrying import Answered
    from duebell.retrying.standing import Standing

#: For how long a command waits until each message has moved on, and how often it looks.
MOST_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.25

_NOTHING_FAILED = "Nothing has failed, so there is nothing to send again."
_NONE_MATCHES = "No failed message matches. Leave out --since or --status for more."

#: The statuses that carry the failed-delivery flag.
FailedStatus = StrEnum("FailedStatus", ["UNDELIVERED", "REJECTED", "OUTCOME_UNKNOWN"])

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="Notifications, each by its id or its first letters."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write a JSON array.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(retry)
    app.command()(abandon)


def retry(
    ids: Ids = None,
    all_failed: Annotated[
        bool, typer.Option("--all-failed", help="All that carries the failed-delivery flag.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=a_moment,
            metavar="DAY",
            help="With --all-failed: only what failed since this day or time.",
        ),
    ] = None,
    status: Annotated[
        FailedStatus | None, typer.Option(help="With --all-failed: only this status.")
    ] = None,
    even_if_doubtful: Annotated[
        bool,
        typer.Option(
            "--even-if-doubtful",
            help="Also what may have arrived; its provider is asked first, if it can be asked.",
        ),
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait for what becomes of them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send failed messages again, each if the books still want it; tells what became of each."""
    from duebell.ledger import retrying
    from duebell.ledger.businesses import local_times
    from duebell.retrying.doubts import comes_again, leaves_open
    from duebell.settings import load_settings

    if bool(ids) is all_failed:
        raise typer.BadParameter("name messages by their ids, or give --all-failed; one of the two")
    if not all_failed and (since is not None or status is not None):
        raise typer.BadParameter("--since and --status go with --all-failed")
    by, now = this_operator(), datetime.now(UTC)
    grace = timedelta(seconds=load_settings().unknown_grace_seconds)
    terms = retrying.Terms(
        *(by, now, leaves_open, even_if_doubtful, all_failed, comes_again), grace=grace
    )

    def work(connection: Connection) -> list[Answered]:
        wanted = status.value if status else None
        moment = local_times(connection).aware(since) if since else None
        named = retrying.failed_ids(connection, moment, wanted) if all_failed else []
        named += [subjects.notification_id(connection, word) for word in ids or []]
        return retrying.retry(connection, named, terms)

    answers = change_ledger(work)
    is_narrowed = since is not None or status is not None
    nothing = _NONE_MATCHES if is_narrowed and _anything_failed() else _NOTHING_FAILED
    _tell(answers, 0.0 if no_wait else MOST_SECONDS, as_json=as_json, nothing=nothing)


def _anything_failed() -> bool:
    from duebell.ledger.retrying import failed_ids

    with reading_ledger() as connection:
        return bool(failed_ids(connection))


def abandon(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID...", help="Notifications, each by its id or its first letters."),
    ],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
    as_json: AsJson = False,
) -> None:
    """Leave it at that: these messages are not sent again, and no longer flagged as failed."""
    from duebell.ledger import abandoning

    by, now = this_operator(), datetime.now(UTC)

    def work(connection: Connection) -> list[Answered]:
        named = [subjects.notification_id(connection, word) for word in ids]
        return abandoning.abandon(connection, named, by, now, reason.strip())

    _tell(change_ledger(work), 0.0, as_json=as_json)


def _tell(
    answers: Sequence[Answered], seconds: float, *, as_json: bool, nothing: str = _NOTHING_FAILED
) -> None:
    moved = [one for one in answers if not one.is_refused]
    found = {one.id: one for one in _waited_for(moved, seconds)}
    # Who refused is named too, if it is there.
    others = {one.id: one for one in _look([one for one in answers if one.is_refused])}
    if as_json:
        write_json([_as_json(one, found.get(one.id) or others.get(one.id)) for one in answers])
    elif not answers:
        say(nothing)
    for one in () if as_json else answers:
        say(f"{_named(one.id, found.get(one.id) or others.get(one.id))}: {_words(one, found)}")
    if not all(one.id in found and _is_well(one, found[one.id]) for one in answers):
        raise typer.Exit(FAILED)


def _words(answered: Answered, found: dict[str, Standing]) -> str:
    from duebell.retrying.standing import outcome_of

    if answered.is_refused:
        return f"refused: {answered.reason}"
    is_left = answered.answer == "abandoned"
    if is_left:
        return "abandoned: it is not sent again"
    return outcome_of(answered, found[answered.id])


def _is_well(answered: Answered, standing: Standing) -> bool:
    return answered.answer == "abandoned" or standing.is_well


def _named(id_: str, standing: Standing | None) -> str:
    if standing is None:
        return short_id(id_)
    number = f"{standing.invoice_number}, " if standing.invoice_number else ""
    return f"{short_id(id_)} ({number}{standing.recipient})"


def _as_json(answered: Answered, standing: Standing | None) -> dict[str, object]:
    words = {answered.id: standing} if standing else {}
    return {
        "id": answered.id,
        "answer": answered.answer.value,
        "status": standing.status if standing else None,
        "invoice_number": standing.invoice_number if standing else None,
        "recipient": standing.recipient if standing else None,
        "outcome": _words(answered, words),
    }


def _waited_for(
    answers: Sequence[Answered], seconds: float, sleep: Callable[[float], None] = time.sleep
) -> list[Standing]:
    """How messages stand once each has moved on, or the time is up."""
    found = _look(answers)
    deadline = time.monotonic() + seconds
    with _progress() as show:
        while not all(one.is_settled for one in found) and time.monotonic() < deadline:
            show(sum(one.is_settled for one in found), len(found))
            sleep(_LOOK_EVERY_SECONDS)
            found = _look(answers)
    return found


def _look(answers: Sequence[Answered]) -> list[Standing]:
    from duebell.ledger.businesses import local_times
    from duebell.retrying.standing import standings

    if not answers:
        return []
    with reading_ledger() as connection:
        return standings(connection, answers, local_times(connection), datetime.now(UTC))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A line on a terminal, in nobody's way."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from duebell.cli.consoles import open_console

    with open_console(stderr=True).status("Waiting") as line:
        yield lambda done, of: line.update(f"{done} of {of} have moved on")
