"""What somebody wants to hear the story of, by whatever they call it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from shlex import quote

from sqlalchemy import Connection

from duebell.domain.books import Kind
from duebell.domain.failures import NothingFound
from duebell.ledger import naming, watermarks
from duebell.ledger.businesses import local_times
from duebell.ledger.naming import NOTIFICATION, Named
from duebell.ledger.retention import removed_before
from duebell.ledger.story import Subject
from duebell.rulebook.faults import guess
from duebell.wording.plain_text import clean_value

#: What a story may be about.
KINDS: tuple[str, ...] = (*(kind.value for kind in Kind), NOTIFICATION)
_NOUNS = {Kind.VENDOR.value: "vendor"}
_ONLY_TOLD = (Kind.CLIENT.value, Kind.VENDOR.value)


def subject_called(connection: Connection, word: str, kinds: Collection[str] = KINDS) -> Subject:
    """The one thing that is meant.

    Raises:
        NothingFound: if nothing is called so, or several things are, with what may be meant.
    """
    word = word.strip()
    found = naming.find(connection, word, kinds)
    if not found:
        raise NothingFound(_nothing(connection, word, kinds))
    if len({(one.kind, one.name or one.id) for one in found}) > 1:
        raise NothingFound(naming.candidates(word, [one.words for one in found]))
    return _subject(found)


def _subject(found: Sequence[Named]) -> Subject:
    one = found[0]
    if one.kind == NOTIFICATION:
        return Subject(notification=one.id)
    if one.kind == Kind.CLIENT:
        return Subject(client=one.id)
    if one.kind == Kind.INVOICE and one.name:
        return Subject(invoice=one.name)  # with its payments
    return Subject(record=(one.kind, one.id))


def _nothing(connection: Connection, word: str, kinds: Collection[str]) -> str:
    nouns = [_NOUNS.get(kind, kind) for kind in kinds]
    what = nouns[0] if len(nouns) == 1 else "record or message"
    sentence = f"No {what} called “{clean_value(word)}” is known here"
    if mend := guess(word, naming.all_names(connection, kinds)):
        return f"{sentence}; {mend}"
    watching = f"{watched(connection)}{_removed(connection)}"
    if not set(kinds) & set(_ONLY_TOLD):
        return f"{sentence}. Is a rule about it (`duebell rules check`)? {watching}"
    sentence += "; clients and vendors have names here once they were told something. Give the id"
    if Kind.CLIENT.value not in kinds:
        return f"{sentence} that FreshBooks has for it. {watching}"
    ask = f"`duebell preview invoice.create {quote(clean_value(word))}`"
    return f"{sentence} or an invoice's number, or see what FreshBooks has: {ask}. {watching}"


def _removed(connection: Connection) -> str:
    """Of what nobody was told, nothing is known once retention has removed what was decided."""
    before = removed_before(connection)
    if before is None:
        return ""
    minute = local_times(connection).minute(before)
    return f" Retention has removed what was decided before {minute}."


def watched(connection: Connection) -> str:
    """Since when the books are watched, in one sentence."""
    marks = watermarks.read_all(connection).values()
    first = min((mark.since for mark in marks), default=None)
    if first is None:
        return "Duebell does not watch any books yet: see `duebell check`."
    since = local_times(connection).minute(first)
    return f"Duebell watches these books since {since}; what was before is history."


def named(subject: Subject) -> str:
    """What a story is about, as a heading."""
    kind, id_ = subject.record
    for noun, word in (
        ("client", subject.client),
        ("invoice", subject.invoice),
        ("notification", subject.notification),
        (_NOUNS.get(kind, kind), id_),
    ):
        if word:
            return f"{noun} {word}"
    return "nothing"
