"""What is left of an address once its owner was erased: a digest, by which an opt-out is known.

It is made with the key of this installation, so nobody can find the address by trying them all.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from duebell.people.comparable import comparable

#: Where a connection has the digest of this installation.
_DIGEST = "duebell.digest"
_ERASED = "erased:"


def know_erased(connection: Connection, digest: Callable[[str], str]) -> None:
    """Let this connection know addresses of erased people, of which a digest is left."""
    connection.info[_DIGEST] = digest


def is_erased(address: str) -> bool:
    """Whether this is what is left of an address."""
    return address.startswith(_ERASED)


def left_of(connection: Connection, channel: str, address: str) -> str:
    """What stands for an address once it is erased; nothing where this connection has no key."""
    if not address or is_erased(address):
        return address
    digest = connection.info.get(_DIGEST)
    known = comparable(channel, address)
    return "" if digest is None else f"{_ERASED}{digest(f'{channel}:{known}')}"


def forms(connection: Connection, channel: str, address: str) -> tuple[str, ...]:
    """What an address may stand as: itself, or what is left of it."""
    if is_erased(address):
        return (address,)
    left = left_of(connection, channel, address)
    known = comparable(channel, address)
    return (known, left) if left else (known,)
