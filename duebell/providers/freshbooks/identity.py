"""Who we are at FreshBooks: the firms of a login, and the pair of tokens that proves it.

Pure: no clock, no IO.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from duebell.domain.books import Business
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.connections import TokenPair
from duebell.providers.freshbooks import reading
from duebell.providers.freshbooks.reading import Payload, text

#: What FreshBooks answers as a token's lifetime; used where an answer forgets to say.
USUAL_LIFETIME_SECONDS = 43_200


def businesses_from(payload: Payload) -> list[Business]:
    """Read the firms this login may act for from ``users/me``; once per account.

    Memberships without an account, and those as somebody's client, are none of ours. A business
    that does not tell its time zone is taken to live in FreshBooks' own.
    """
    response = payload.get("response", payload)
    found: dict[str, Business] = {}
    memberships = response if isinstance(response, Mapping) else {}
    for membership in reading.mappings(memberships, "business_memberships"):
        business = membership.get("business")
        if not isinstance(business, Mapping) or text(membership, "role") == "client":
            continue
        if account_id := text(business, "account_id"):
            found.setdefault(account_id, _business(business, account_id))
    return list(found.values())


def token_pair_from(payload: Payload, now: datetime) -> TokenPair:
    """Read the token endpoint's answer.

    FreshBooks can answer a refresh with the first token's ``created_at``, so the expiry counts from
    there; ``now`` (aware UTC) only stands in where the answer does not tell.

    Raises:
        RequestRefused: where one of the two tokens is missing.
    """
    created = payload.get("created_at")
    since = now
    if isinstance(created, int) and 0 < created < 2**33:
        since = datetime.fromtimestamp(created, UTC)
    return TokenPair(
        access=reading.identifier(payload, "token answer", "access_token"),
        refresh=reading.identifier(payload, "token answer", "refresh_token"),
        expires_at=since + timedelta(seconds=_lifetime(payload.get("expires_in"))),
        scope=text(payload, "scope"),
    )


def _lifetime(said: object) -> int:
    """How long a token lives. Nonsense must not cost the pair, which exists nowhere else."""
    return said if isinstance(said, int) and abs(said) < 2**31 else USUAL_LIFETIME_SECONDS


def _business(record: Payload, account_id: str) -> Business:
    address = record.get("address")
    return Business(
        account_id=account_id,
        id=text(record, "id"),
        name=text(record, "name"),
        time_zone=text(record, "timezone") or FRESHBOOKS_ZONE.key,
        country=text(address, "country") if isinstance(address, Mapping) else "",
    )
