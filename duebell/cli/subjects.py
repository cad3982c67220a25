"""Which client, invoice or account somebody means who types an id, a number or a name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer

from duebell.domain.books import Kind
from duebell.domain.failures import NothingFound

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.ledger.naming import Named


def meant(connection: Connection, kind: str, word: str) -> tuple[Named, bool]:
    """The client or invoice that is meant, and whether anything is known of it.

    What nothing is known of is given back as it was typed.

    Raises:
        NothingFound: if it may be several, which it names.
    """
    from duebell.ledger import subjects
    from duebell.ledger.naming import Named

    found = subjects.find(connection, kind, word.strip())
    name = found.number or (name_of(connection, kind, found.id) if found.is_known else "")
    return Named(kind, found.id, name), found.is_known


def name_of(connection: Connection, kind: str, id_: str) -> str:
    """What people call it, where that is known."""
    from duebell.ledger import naming

    return next((one.name for one in naming.find(connection, id_, (kind,)) if one.id == id_), "")


def client_id(connection: Connection, word: str) -> str:
    """The id of the client that is meant; what is not known, as it was typed.

    Raises:
        NothingFound: if it may be several.
    """
    return meant(connection, Kind.CLIENT, word)[0].id


def listed_client(connection: Connection, word: str) -> str:
    """The id of the client whose messages are wanted; an id may have none, a name must be known.

    Raises:
        NothingFound: if nobody is called so, or several are.
    """
    if word.strip().isdecimal():
        return client_id(connection, word)
    return known_client(connection, word)


def known_client(connection: Connection, word: str) -> str:
    """The id of a client of this name.

    Raises:
        NothingFound: if nobody is called so, or several are.
    """
    found, is_known = meant(connection, Kind.CLIENT, word)
    if is_known:
        return found.id
    near = did_you_mean(connection, Kind.CLIENT, word)
    raise NothingFound(
        f"No client called `{word}` is known here. {near}Only clients who were told something are "
        "known by name; give the client's FreshBooks id, which is a number"
    )


def invoice_number(connection: Connection, word: str) -> str:
    """The number of the invoice that is meant; what is not known, as it was typed.

    Raises:
        NothingFound: if it may be several.
    """
    found, _ = meant(connection, Kind.INVOICE, word)
    return found.name or found.id


def notification_id(connection: Connection, word: str) -> str:
    """The id of the notification that is meant, by its first letters or by the provider's id.

    Raises:
        NothingFound: if it may be several.
    """
    from duebell.ledger import naming

    word = word.strip()
    found = naming.find(connection, word, (naming.NOTIFICATION,))
    if len(found) > 1 and word not in {one.id for one in found}:
        raise NothingFound(naming.candidates(word, [one.words for one in found]))
    return found[0].id if len(found) == 1 else word


def did_you_mean(connection: Connection, kind: str, word: str) -> str:
    """A question with the names that are nearest, or have such a word; empty where none is."""
    from duebell.ledger import naming

    names = dict[str, str]()
    for name in naming.all_names(connection, (kind,)):
        names.update(dict.fromkeys((name.casefold(), *name.casefold().split()), name))
    near = get_close_matches(word.strip().casefold(), names, n=3)
    found = dict.fromkeys(names[one] for one in near)
    return f"Did you mean {' or '.join(f'`{one}`' for one in found)}? " if found else ""


def require_account(connection: Connection, account_id: str) -> None:
    """Refuse an account that is none of those whose books are watched.

    Raises:
        typer.BadParameter: naming those that there are.
    """
    from duebell.ledger.businesses import read_all

    known = {one.account_id: one.name for one in read_all(connection)}
    if account_id and known and account_id not in known:
        there = ", ".join(f"{id_} ({name})" for id_, name in known.items())
        raise typer.BadParameter(
            f"there is no account {account_id} here; there is {there}", param_hint="--account"
        )
