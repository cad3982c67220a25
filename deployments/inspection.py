"""What ``duebell check`` looks at on this machine: settings, rulebook, ledger, workers.

Each look gives a sentence, or raises one that says the mend. What it finds, later looks use; a look
that needs what was not found raises :class:`NotChecked`. What is elsewhere is looked at in
:mod:`deployments.reaching`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, select

from deployments.prefect_environment import adopt
from duebell.cli.in_force import loaded_instead
from duebell.cli.reading import reading_ledger
from duebell.domain.books import Business
from duebell.domain.connections import StoredPair
from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Rulebook
from duebell.ledger import brake_reading, rulebook_states
from duebell.ledger.businesses import local_times
from duebell.ledger.ledger import Ledger, utc_now
from duebell.ledger.losses import LOST
from duebell.ledger.safe_addresses import safe_mode_faults
from duebell.ledger.sealing import KEY_FILE, Sealer, open_sealer
from duebell.ledger.tokens import PAIRS
from duebell.ledger.workers import living
from duebell.people.safe_mode import in_words
from duebell.rulebook.checking import check_rulebook
from duebell.settings import Settings, load_settings
from duebell.settings_files import is_sandbox
from duebell.wording.rendering import open_renderer

if TYPE_CHECKING:
    from blocks import FreshBooksCredentials, SendGridCredentials, TwilioCredentials
    from duebell.providers.freshbooks.client import FreshBooksClient

T = TypeVar("T")

_NOBODY_IS_TOLD = "no rule is on connection.lost, so nobody would be texted if it were lost"


class NotChecked(Exception):
    """This cannot be looked at: what it needs was not found by the looks before it.

    Where that does not matter, nobody could look at it anywhere. ``faults`` are what else was seen.
    """

    def __init__(self, reason: str, *, matters: bool = True, faults: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.matters = matters
        self.faults = tuple(faults)


def needed(value: T | None, why_not: str) -> T:
    """A value that an earlier look should have found.

    Raises:
        NotChecked: if it did not.
    """
    if value is None:
        raise NotChecked(why_not)
    return value


@dataclass(slots=True)
class Known:
    """What was found so far, and is open."""

    settings: Settings | None = None
    rulebook: Rulebook | None = None
    rulebook_is_faulty: bool = False
    sealer: Sealer | None = None
    ledger: Ledger | None = None
    ledger_is_current: bool = False
    prefect_answers: bool = False
    freshbooks: FreshBooksCredentials | None = None
    twilio: TwilioCredentials | None = None
    sendgrid: SendGridCredentials | None = None
    books: FreshBooksClient | None = None
    businesses: tuple[Business, ...] = ()
    account_ids: tuple[str, ...] = ()
    pair: StoredPair | None = None
    twilio_answers: bool = False
    email_sender: str = ""

    def need_settings(self) -> Settings:
        """The settings, if they can be read."""
        return needed(self.settings, "the settings cannot be read.")

    async def close(self) -> None:
        """Let go of everything that was opened."""
        if self.books is not None:
            await self.books.close()
        if self.ledger is not None:
            await asyncio.to_thread(self.ledger.close)


def adopt_prefect(nowhere: Path) -> None:
    """Use the worker's Prefect settings, but make no home for Prefect before the first start."""
    try:
        home = load_settings().home
    except ConfigurationError:
        home = nowhere
    adopt(home if (home / "prefect").is_dir() or is_sandbox(home) else nowhere)


async def settings(known: Known) -> str:
    """The environment and ``.env``."""
    known.settings = load_settings()
    told = f"readable; the data directory is {known.settings.home.absolute()}"
    if not known.settings.is_sandbox:
        return told
    return f"{told}, that of a sandbox: nothing real is reached from it"


async def rulebook(known: Known) -> str:
    """The rulebook and every template that it uses."""
    settings = known.need_settings()
    checked = check_rulebook(settings.config, open_renderer(settings.templates))
    # Once a worker lives, the shipped rulebook is not what a file that went was replaced by.
    is_gone = not settings.config.exists()
    loaded_at = loaded_instead(checked.rulebook.digest) if is_gone else ""
    known.rulebook_is_faulty = bool(checked.faults or loaded_at)
    if loaded_at:
        goes_on = f"the worker goes on with the rulebook of {loaded_at}"
        raise ConfigurationError([f"{settings.config} is gone; {goes_on}: put the file back."])
    known.rulebook = found = checked.whole()
    file = str(settings.config) if settings.config.exists() else "the shipped rulebook"
    templates = sorted({rule.template for rule in found.rules})
    told = f"{file} is valid; rules: {len(found.rules)}, templates: {', '.join(templates)}"
    return f"{told}; {_NOBODY_IS_TOLD}" if LOST not in found.events else told


async def safe_mode(known: Known) -> str:
    """Whether messages go to the people themselves, and else whether they can go where they do."""
    own = known.need_settings().safe_mode
    mode = own or needed(known.rulebook, "the rulebook is not valid.").safe_mode
    if mode.is_on and known.ledger_is_current:
        with reading_ledger() as connection:
            if faults := safe_mode_faults(connection, mode):
                raise ConfigurationError(faults)
    return f"on: {in_words(mode)}" if mode.is_on else "off: messages go to whom they are meant for"


async def ledger(known: Known) -> str:
    """The database, its revision, and the key to the secrets in it."""
    settings = known.need_settings()
    with reading_ledger() as connection:
        known.ledger_is_current = True
        known.sealer = _find_sealer(settings, connection)
    if known.sealer is not None:
        known.ledger = Ledger(settings.ledger_url, known.sealer)
    return "reachable and at the newest revision"


def _find_sealer(settings: Settings, connection: Connection) -> Sealer | None:
    """The sealer; None before the first start, because looking must not make the key."""
    key = settings.sealing_key
    file = settings.home / KEY_FILE
    if key or file.exists():
        return open_sealer(settings.home, key)
    if connection.execute(select(PAIRS.c.connection)).first() is None:
        return None
    raise ConfigurationError(
        [f"The key to the ledger's secrets is missing: restore {file}, or set DUEBELL_SECRET_KEY."]
    )


async def worker(known: Known) -> str:
    """Whether anybody works off what comes in, by the rulebook as it is, and holds nothing back."""
    if not known.ledger_is_current:
        raise NotChecked("the ledger cannot be read.")
    with reading_ledger() as connection:
        alive = living(connection, utc_now())
        faults = rulebook_states.faults(connection, alive)
        brakes = brake_reading.listed(connection)
        by = _earlier(connection, alive) if faults and known.rulebook_is_faulty else ""
    if not alive:
        raise ConfigurationError([_no_worker(known.settings)])
    if faults and not known.rulebook_is_faulty:  # else the look at the file tells them
        raise ConfigurationError(faults)
    held = (f"brake {one.id} holds {one.held_now} messages: {one.reason}" for one in brakes)
    return "; ".join((f"{len(alive)} running{by}", *held))


def _earlier(connection: Connection, alive: Collection[str]) -> str:
    loaded = rulebook_states.others(connection, alive, "")
    minute = local_times(connection).minute
    return f", by the rulebook of {minute(loaded[-1])}" if loaded else ""


def _no_worker(settings: Settings | None) -> str:
    # In a sandbox a worker alone would find neither FreshBooks nor Twilio.
    start = "up --sandbox" if settings is not None and settings.is_sandbox else "worker"
    return f"No worker is running: start one with `duebell {start}`."
