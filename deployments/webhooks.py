"""``duebell webhooks``: looks at our webhooks at FreshBooks, mends them, or deletes them."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from deployments import inspection, reaching
from deployments.inspection import Known
from deployments.starting import EXIT_FAILED
from duebell.cli.failures import report
from duebell.cli.output import say, write_json, write_table
from duebell.cli.pipes import until_unread
from duebell.cli.reading import require_ledger, this_operator
from duebell.domain.failures import DuebellError, TryAgain
from duebell.domain.local_times import LocalTimes
from duebell.ledger import businesses
from duebell.ledger.audit import AuditRecord
from duebell.redaction import Redactor
from duebell.runtime import Runtime
from duebell.settings import load_settings
from duebell.subscriptions import listing, silent, stale, subscribing
from duebell.subscriptions.stale import Removed

#: How long a handshake is waited for; it comes at once, or not for a long time.
HANDSHAKE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.2

_COLUMNS = ("account_id", "event", "state", "verified", "last_heard_at", "callback_id", "url")
_MADE_AGAIN = "A worker that runs makes the webhooks that the rulebook needs again; stop it first."


async def show(runtime: Runtime, options: argparse.Namespace) -> int:
    """List what FreshBooks has, and what it lacks."""
    rows = await listing.list_webhooks(runtime)
    if options.as_json:
        write_json(rows)
    elif not rows:
        sys.stdout.write("FreshBooks has no webhooks, and no rule needs one.\n")
    else:
        times = await runtime.ledger.read(businesses.local_times)
        names = [name.removesuffix("_at").replace("_", " ") for name in _COLUMNS]
        write_table([*names, "why"], [_row(row, times) for row in rows])
    return 0


def _row(row: Mapping[str, Any], times: LocalTimes) -> list[object]:
    heard = row["last_heard_at"]
    shown = {
        **row,
        "last_heard_at": times.minute(datetime.fromisoformat(heard), row["account_id"])
        if heard
        else "",
    }
    return [*(shown[name] for name in _COLUMNS), row["refusal"] or ""]


async def sync(runtime: Runtime, options: argparse.Namespace) -> int:
    """One round of upkeep, now: what is missing is made, what is stale is deleted."""
    await subscribing.answer_handshakes(runtime)
    subscribed = await subscribing.subscribe(runtime, is_urgent=True)
    verified = await _await_handshakes(runtime)
    removed = await stale.remove_stale(runtime)
    noticed = await silent.notice_silence(runtime)
    missing = await subscribing.unverified(runtime)
    unheard = subscribing.unheard(missing, runtime.settings.public_url) if missing else ""
    told = {
        "wanted": subscribed.wanted,
        "created": subscribed.created,
        "resent": subscribed.resent + noticed.resent,
        "verified": verified,
        "removed": removed.removed,
        "silent": [str(one) for one in noticed.silences],
        "faults": [*subscribed.faults, *removed.faults, *([unheard] if unheard else [])],
    }
    _tell(told, options.as_json)
    return EXIT_FAILED if told["faults"] or told["silent"] else 0


async def _await_handshakes(runtime: Runtime) -> int:
    taken, waited = 0, 0.0
    while await subscribing.unverified(runtime) and waited < HANDSHAKE_SECONDS:
        await runtime.sleep(LOOK_EVERY_SECONDS)
        waited += LOOK_EVERY_SECONDS
        taken += await subscribing.answer_handshakes(runtime)
    return taken


async def remove(runtime: Runtime, options: argparse.Namespace) -> int:
    """Delete our webhooks at FreshBooks; never those of others."""
    result: Removed
    if options.stale:
        result = await stale.remove_stale(runtime)
    else:
        result = await stale.remove_ours(runtime)
    _tell({"removed": result.removed, "faults": result.faults}, options.as_json)
    if await runtime.ledger.living_workers() and not options.stale and not options.as_json:
        sys.stdout.write(f"{_MADE_AGAIN}\n")
    return EXIT_FAILED if result.faults else 0


def _tell(told: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        write_json(told)
        return
    counts = [f"{value} {name}" for name, value in told.items() if isinstance(value, int)]
    sys.stdout.write(f"Webhooks: {', '.join(counts)}.\n")
    for sentence in (*told.get("silent", ()), *told["faults"]):
        say(sentence, lead="✗ ")


ACTIONS: Mapping[str, Callable[[Runtime, argparse.Namespace], Awaitable[int]]] = {
    "list": show,
    "sync": sync,
    "remove": remove,
}


#: Actions that the audit trail tells of, with who wanted them.
_CHANGING = ("sync", "remove")


async def act(options: argparse.Namespace) -> int:
    """Open what is needed and do what was asked for.

    Raises:
        DuebellError: if it cannot be done.
    """
    known = Known(load_settings())
    settings = known.need_settings()
    require_ledger(settings.ledger_url)
    from tasks.runtime import opened

    await reaching.prefect(known)  # the credentials are in its blocks
    async with opened(settings, Redactor().remember, is_guest=True) as runtime:
        if options.action in _CHANGING:
            detail = {"stale": options.stale} if options.action == "remove" else None
            about = (options.action, "webhooks", settings.public_url)
            await runtime.ledger.note(AuditRecord(this_operator(), *about, detail=detail))
        try:
            return await ACTIONS[options.action](runtime, options)
        except TryAgain as failure:
            raise TryAgain(f"{failure} Try again in a while.") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one of the three; 0 when it is done, 1 when something is left, 3 for configuration."""
    parser = argparse.ArgumentParser(prog="duebell webhooks")
    parser.add_argument("action", choices=sorted(ACTIONS))
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--stale", action="store_true")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what is written tells it all
    with tempfile.TemporaryDirectory(prefix="duebell-webhooks-") as nowhere:
        inspection.adopt_prefect(Path(nowhere))
        try:
            return asyncio.run(act(options))
        except DuebellError as failure:
            return report(failure)


if __name__ == "__main__":
    sys.exit(until_unread(main))
