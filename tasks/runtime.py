"""Opening the runtime of this process from its settings and Prefect's blocks, once.

Tasks reach it through :func:`current`; it is never a task's argument.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable

from blocks import FreshBooksCredentials, TwilioCredentials
from duebell.connection.belonging import require_own_token
from duebell.connection.credentials import freshbooks_from, twilio_from
from duebell.connection.emailing import unsendable_of
from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel
from duebell.ledger import channel_stops
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import open_sealer
from duebell.ledger.workers import GUEST_PREFIX, HEARTBEAT_SECONDS, Worker
from duebell.log import configure_logging
from duebell.notifying.pacing import Pacer
from duebell.providers.codes import meaning_of
from duebell.rulebook.checking import check_rulebook
from duebell.rulebook.following import RulebookFollower
from duebell.rulebook.watching import RulebookWatch
from duebell.runtime import CONNECTIONS, Runtime
from duebell.settings import Settings, load_settings
from duebell.wording.rendering import open_renderer
from tasks.emailing import open_emails
from tasks.saving import BLOCK_NAME, save_block

__all__ = ["BLOCK_NAME", "current", "load_credentials", "opened", "save_block"]

#: Coroutines of a run ask for their writes within milliseconds of each other.
LINGER_SECONDS = 0.01

_current: Runtime | None = None
_follower: RulebookFollower | None = None


def current() -> Runtime:
    """The runtime of this process.

    Raises:
        RuntimeError: if a task runs outside of a flow that opened it.
    """
    if _current is None:
        raise RuntimeError("the runtime is not open: run this task inside a flow of Duebell")
    return _current


def is_open() -> bool:
    """Whether this process has its runtime open already, as a worker has."""
    return _current is not None


@contextlib.asynccontextmanager
async def opened(
    settings: Settings | None = None,
    remember: Callable[[str], None] | None = None,
    *,
    is_guest: bool = False,
) -> AsyncIterator[Runtime]:
    """Use this process's runtime; opens one where there is none (a run in its own process).

    ``remember`` is told every secret that is read, so that the log can leave it out. A guest is a
    process that works no signals off, so that nobody takes it for a worker.

    Raises:
        ConfigurationError: if the settings, the credentials or the rulebook are wrong.
    """
    global _current, _follower
    if _current is not None:
        yield _current
        return
    settings = settings or load_settings()
    if remember is None:
        remember = configure_logging(settings.log_format).remember
    _current, _follower = await _open(settings, remember, is_guest=is_guest)
    heartbeat = asyncio.create_task(_keep_alive(_current))
    try:
        yield _current
    finally:
        heartbeat.cancel()
        runtime, _current, _follower = _current, None, None
        await _close(runtime)


async def _keep_alive(runtime: Runtime) -> None:
    while True:
        with contextlib.suppress(Exception):
            await runtime.ledger.beat(runtime.worker)
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def follow_rulebook() -> bool:
    """Put a changed rulebook into force; True where that happened just now."""
    return _follower is not None and await _follower.look()


async def _open(
    settings: Settings, remember: Callable[[str], None], *, is_guest: bool
) -> tuple[Runtime, RulebookFollower]:
    freshbooks, twilio = await load_credentials(settings)
    for secret in (*freshbooks.secrets(), *twilio.secrets()):
        remember(secret)
    emails = await open_emails(settings, twilio, remember)
    renderer = open_renderer(settings.templates)
    unsendable = unsendable_of(settings, sender=emails.sender)
    watch = RulebookWatch(
        settings.config,
        settings.templates,
        lambda: check_rulebook(settings.config, renderer, unsendable).whole(),
    )
    sealer = open_sealer(settings.home, settings.sealing_key)
    ledger = Ledger(
        settings.ledger_url,
        sealer,
        linger_seconds=LINGER_SECONDS,
        meaning_of=meaning_of,
    )
    worker = _this_process(is_guest=is_guest)
    # Before anybody is told that this worker lives: one that lives and has no connection is taken
    # for one that waits for a person.
    await seed(ledger, freshbooks, settings)
    await ledger.beat(worker)
    await ledger.put_auth_tokens(twilio.tokens())
    await ledger.put_sendgrid_key(emails.sendgrid_key)
    if not is_guest:
        # Whoever has mended the credentials starts anew, and need not wait for the next try.
        await ledger.write(lambda c: channel_stops.try_now(c, tuple(Channel), utc_now()))
    store = LedgerTokens(ledger, sealer, utc_now)
    books = freshbooks.open_client(
        settings.freshbooks_api_url, store, owner=worker.id, now=utc_now, jitter=random.random
    )
    runtime = Runtime(
        settings=settings,
        ledger=ledger,
        books=books,
        texts=twilio.open_client(
            settings.twilio_api_url, settings.public_url, connections=CONNECTIONS
        ),
        rulebook=watch.rulebook,
        renderer=renderer,
        pacer=Pacer(ledger, twilio.sender, settings.sms_per_second, now=utc_now),
        worker=worker,
        account_ids=tuple(freshbooks.account_ids),
        emails=emails.chosen,
        email_pacer=Pacer(ledger, emails.sender, settings.email_per_second, now=utc_now),
        transports=emails.all,
    )
    return runtime, RulebookFollower(runtime, watch)


async def seed(ledger: Ledger, freshbooks: FreshBooksCredentials, settings: Settings) -> bool:
    """Start from the block's refresh token, if it has one; True where it is a new one.

    Raises:
        ConfigurationError: if it is the sandbox's, and this is a real installation.
    """
    token = freshbooks.refresh_token.get_secret_value()
    require_own_token(token, settings)
    return bool(token) and await ledger.seed_connection(token)


def _this_process(*, is_guest: bool) -> Worker:
    host, prefix = socket.gethostname(), GUEST_PREFIX if is_guest else ""
    return Worker(f"{prefix}{host}-{os.getpid()}-{secrets.token_hex(3)}", host, os.getpid())


async def _close(runtime: Runtime) -> None:
    await runtime.close()
    with contextlib.suppress(Exception):
        await runtime.ledger.leave(runtime.worker.id)
    await asyncio.to_thread(runtime.ledger.close)


async def load_credentials(
    settings: Settings,
) -> tuple[FreshBooksCredentials, TwilioCredentials]:
    """The blocks named ``duebell``; made from the environment where they do not exist.

    Raises:
        ConfigurationError: naming everything that is neither in a block nor in the environment, or
            that the blocks are another installation's.
    """
    faults: list[str] = []
    freshbooks = twilio = None
    try:
        freshbooks = await _freshbooks_block(settings)
    except ConfigurationError as error:
        faults += error.faults
    try:
        twilio = await _twilio_block(settings)
    except ConfigurationError as error:
        faults += [fault for fault in error.faults if fault not in faults]
    if freshbooks is None or twilio is None:
        raise ConfigurationError(faults)
    return freshbooks, twilio


async def _freshbooks_block(settings: Settings) -> FreshBooksCredentials:
    try:
        block: FreshBooksCredentials = await FreshBooksCredentials.aload(BLOCK_NAME)
    except ValueError:
        keys = freshbooks_from(settings)
        require_own_token(keys.refresh_token, settings)
        block = FreshBooksCredentials.from_keys(keys)
        await save_block(block)
        return block
    block.require_own(settings)
    return block


async def _twilio_block(settings: Settings) -> TwilioCredentials:
    try:
        block: TwilioCredentials = await TwilioCredentials.aload(BLOCK_NAME)
    except ValueError:
        block = TwilioCredentials.from_keys(twilio_from(settings))
        await save_block(block)
        return block
    block.require_own(settings)
    return block
