"""What a connection is made from: everything is looked at before anybody is asked anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deployments import inspection, reaching, taking_over
from deployments.inspection import Known, needed
from duebell.connection.credentials import FreshBooksKeys, freshbooks_given
from duebell.domain.events import scopes_for
from duebell.domain.failures import ConfigurationError, DuebellError
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import open_sealer
from duebell.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """What a connection is made from."""

    settings: Settings
    ledger: Ledger
    keys: FreshBooksKeys
    scopes: tuple[str, ...]
    superseded: tuple[str, ...]
    has_worker: bool


async def look(known: Known) -> Ground:
    """See that everything is there before anybody is asked anything.

    Raises:
        ConfigurationError: with a sentence for everything that is missing.
    """
    faults: list[str] = []
    steps: tuple[Callable[[Known], Awaitable[str]], ...] = (
        inspection.settings,
        inspection.rulebook,
        inspection.ledger,
        reaching.prefect,
    )
    for step in steps:
        try:
            await step(known)
        except ConfigurationError as error:
            faults += error.faults
        except (DuebellError, inspection.NotChecked) as failure:
            faults.append(str(failure))
    if faults:
        raise ConfigurationError(faults)
    return await _ground(known)


async def _ground(known: Known) -> Ground:
    settings = known.need_settings()
    if known.ledger is None:  # nobody has needed the key to its secrets yet
        known.sealer = open_sealer(settings.home, settings.sealing_key)
        known.ledger = Ledger(settings.ledger_url, known.sealer)
    # Read for the sake of the key: a ledger sealed with another one would not take the pair.
    await LedgerTokens(known.ledger, needed(known.sealer, "no key"), utc_now).read()
    given = freshbooks_given(settings)
    block = await taking_over.find_block(settings)
    keys = given if block is None else taking_over.keys_in(block)
    return Ground(
        settings,
        known.ledger,
        keys,
        scopes_for(needed(known.rulebook, "no rulebook").events),
        tuple(token for token in {given.refresh_token, keys.refresh_token} if token),
        bool(await known.ledger.living_workers()),
    )
