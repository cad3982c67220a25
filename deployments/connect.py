"""``duebell connect freshbooks``: from a person's consent to a connection that a worker uses.

In this order: everything that is needed is there; the browser; the pair of tokens into the ledger,
because it exists nowhere else; the choice of businesses; Prefect's block; the worker. A break
anywhere leaves a connection that works, or the one before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import secrets
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deployments import inspection, taking_over
from deployments.consenting import obtain_code
from deployments.ground import Ground, look
from deployments.inspection import Known
from deployments.starting import EXIT_FAILED, PRIVATE
from deployments.terminal import NoAnswer, Terminal
from duebell.cli.failures import report
from duebell.cli.reading import this_operator
from duebell.connection import connecting
from duebell.connection.connecting import (
    CodeRefused,
    Connected,
    chosen_by_id,
    chosen_by_number,
    in_words,
)
from duebell.connection.credentials import FreshBooksKeys, freshbooks_faults
from duebell.domain.failures import ConfigurationError, DuebellError
from duebell.ledger.audit import AuditRecord
from duebell.ledger.ledger import utc_now
from duebell.providers.freshbooks.consent import Consent, redirect_fault
from duebell.providers.http import open_client

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    accounts: tuple[str, ...] = ()
    browser: bool = True
    paste: bool = False
    as_json: bool = False


class Connecting:
    """One connection, step by step."""

    def __init__(self, terminal: Terminal, options: Options) -> None:
        self._terminal = terminal
        self._options = options

    def run(self) -> int:
        """Connect; gives the exit code."""
        known = Known()
        try:
            ground = asyncio.run(look(known))
            ground = replace(ground, keys=self._complete(ground.keys))
            connected = asyncio.run(self._connect(ground))
            accounts = self._choose(connected, ground.keys.account_ids)
            asyncio.run(self._finish(ground, connected, accounts))
        finally:
            asyncio.run(known.close())
        return 0

    def _complete(self, keys: FreshBooksKeys) -> FreshBooksKeys:
        """Ask for what neither the block nor the settings have."""
        if freshbooks_faults(keys) and self._terminal.is_interactive:
            ask, hidden = self._terminal.ask, self._terminal.ask_secret
            self._terminal.tell("The app as FreshBooks' developer page shows it:")
            keys = replace(
                keys,
                client_id=keys.client_id or ask("Client id:"),
                client_secret=keys.client_secret or hidden("Client secret (not shown):"),
                redirect_uri=keys.redirect_uri or ask("Redirect URI:"),
            )
        faults = freshbooks_faults(keys) or [redirect_fault(keys.redirect_uri) or ""]
        if any(faults):
            raise ConfigurationError(faults)
        return keys

    async def _connect(self, ground: Ground) -> Connected:
        """Get a code and exchange it; a person may try again with another one."""
        for rounds_left in reversed(range(ROUNDS)):
            code = await self._obtain_code(ground)
            exchange = asyncio.ensure_future(self._exchange(ground, code))
            try:
                return await asyncio.shield(exchange)
            except asyncio.CancelledError:
                # Ctrl-C: what FreshBooks has answered is stored all the same.
                await asyncio.gather(exchange, return_exceptions=True)
                raise
            except CodeRefused as refusal:
                if not rounds_left or not self._terminal.is_interactive:
                    raise
                self._terminal.tell(f"{refusal} Once more:\n")
        raise AssertionError("the last round returns or raises")

    async def _obtain_code(self, ground: Ground) -> str:
        consent = Consent(
            ground.settings.freshbooks_auth_url,
            ground.keys.client_id,
            ground.keys.redirect_uri,
            ground.scopes,
            state=secrets.token_urlsafe(24),
        )
        return await obtain_code(
            consent,
            self._terminal,
            utc_now(),
            paste=self._options.paste,
            browser=self._options.browser and self._terminal.is_interactive,
        )

    async def _exchange(self, ground: Ground, code: str) -> Connected:
        async with open_client(ground.settings.freshbooks_api_url) as http:
            connected = await connecting.connect(
                http,
                ground.keys,
                code,
                ground.ledger,
                ground.superseded,
                now=utc_now,
                jitter=random.random,
            )
        by = this_operator()
        await ground.ledger.note(AuditRecord(by, "connected", "connection", "freshbooks"))
        return connected

    def _choose(self, connected: Connected, before: tuple[str, ...]) -> tuple[str, ...]:
        """The accounts to work with; nothing is changed where FreshBooks did not tell them."""
        found, wanted = connected.businesses, self._options.accounts
        if found is None:
            self._terminal.tell("FreshBooks did not say which businesses this user has.")
            return wanted or before
        if wanted:
            return chosen_by_id(wanted, found)
        if len(found) == 1:
            return (found[0].account_id,)
        for number, business in enumerate(found, start=1):
            self._terminal.tell(f"  {number}  {in_words(business)}")
        if not self._terminal.is_interactive:
            raise ConfigurationError(
                ["The connection is stored; choose among these businesses with --account."]
            )
        while (chosen := chosen_by_number(self._terminal.ask(_QUESTION), found)) is None:
            self._terminal.tell(f"Answer with numbers up to {len(found)}, or with `all`.")
        return chosen

    async def _finish(
        self, ground: Ground, connected: Connected, accounts: tuple[str, ...]
    ) -> None:
        pair = connected.pair
        keys = replace(ground.keys, refresh_token=pair.refresh, account_ids=accounts)
        await taking_over.save(keys)
        self._tell_connected(ground, connected, accounts)
        is_handed_over = False
        if ground.has_worker:
            self._terminal.tell("The worker registers the webhooks ...")
            is_handed_over = await taking_over.hand_over(self._terminal.tell)
        else:
            self._terminal.tell("No worker is running: it registers the webhooks when it starts.")
        self._terminal.tell("Next: `duebell check`.")
        if self._options.as_json:
            document = {
                "connected": True,
                "accounts": list(accounts),
                "scope": pair.scope,
                "expires_at": pair.expires_at.isoformat(),
                "worker_has_it": is_handed_over,
            }
            sys.stdout.write(json.dumps(document, indent=2) + "\n")

    def _tell_connected(
        self, ground: Ground, connected: Connected, accounts: tuple[str, ...]
    ) -> None:
        told = [in_words(one) for one in connected.businesses or () if one.account_id in accounts]
        names = ", ".join(told or accounts) or "all businesses of this user"
        self._terminal.tell(f"Connected to FreshBooks: {names}.")
        until = connected.pair.expires_at.strftime("%Y-%m-%d %H:%M UTC")
        self._terminal.tell(f"The access token is good until {until} and renewed before then.")
        if missing := connecting.missing_scopes(ground.scopes, connected.pair.scope):
            self._terminal.tell(
                f"FreshBooks did not grant {', '.join(missing)}: enable this for the app on its "
                "developer page, and connect again."
            )


_QUESTION = "Which of them? (1,3 or all)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Connect; gives the exit code."""
    options = _read(arguments)
    logging.disable(logging.CRITICAL)  # what there is to say is said; no code gets into a log
    os.umask(PRIVATE)
    terminal = Terminal(sys.stderr if options.as_json else sys.stdout)
    try:
        with tempfile.TemporaryDirectory(prefix="duebell-connect-") as nowhere:
            inspection.adopt_prefect(Path(nowhere))
            return Connecting(terminal, options).run()
    except DuebellError as failure:
        return report(failure)
    except (KeyboardInterrupt, NoAnswer):
        terminal.tell("\nStopped.")
        return EXIT_FAILED


def _read(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="duebell connect freshbooks")
    parser.add_argument("--account", action="append", default=[])
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--paste", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    return Options(tuple(given.account), not given.no_browser, given.paste, given.json)


if __name__ == "__main__":
    sys.exit(main())
