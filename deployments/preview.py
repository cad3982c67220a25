"""``duebell preview EVENT OBJECT_ID``: with a real record, for which the credentials are needed.

Nothing is recorded and nothing is sent; only FreshBooks' access token is renewed if it has expired.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deployments import inspection, reaching, reaching_books
from deployments.inspection import Known, NotChecked, needed
from deployments.starting import PRIVATE
from duebell.cli.failures import FAILED, WRONG_USE, report
from duebell.cli.pipes import until_unread
from duebell.cli.preview_screen import write
from duebell.domain.failures import ConfigurationError, DuebellError, TryAgain
from duebell.ledger.ledger import utc_now
from duebell.ledger.workers import GUEST_PREFIX, Worker
from duebell.notifying.pacing import Pacer
from duebell.previewing.asking import Asked, PreviewRefused, check_event, check_record
from duebell.previewing.choosing import Choice, open_choice
from duebell.previewing.preview import Preview
from duebell.previewing.records import preview_record
from duebell.runtime import CONNECTIONS, Runtime
from duebell.settings import load_settings

_NO_LEDGER = "There is no connection yet: start Duebell with `duebell up` first."


async def look(asked: Asked, rulebook: Path | None) -> Preview:
    """See what would come of the event.

    Raises:
        DuebellError: if that cannot be found out.
    """
    check_event(asked.event)
    check_record(asked)
    known = Known(load_settings())
    choice = open_choice(asked, known.need_settings(), rulebook)
    try:
        await _reach(known)
        runtime = _runtime(known, choice)
        try:
            return await preview_record(runtime, choice.chosen)
        finally:
            await runtime.texts.close()
    except NotChecked as reason:
        if reason.faults:
            raise ConfigurationError([str(reason), *reason.faults]) from None
        raise DuebellError(str(reason)) from None
    finally:
        await known.close()


async def _reach(known: Known) -> None:
    """Find the credentials, in Prefect's blocks if its server answers, and the connection."""
    await inspection.ledger(known)
    if known.ledger is None:
        raise DuebellError(_NO_LEDGER)
    with contextlib.suppress(TryAgain):  # the credentials may be in the environment
        await reaching.prefect(known)
    await reaching.credentials(known)
    await reaching_books.connection(known)


def _runtime(known: Known, choice: Choice) -> Runtime:
    """What looking and rendering need; nobody works with it, so it is announced to nobody."""
    settings = known.need_settings()
    ledger = needed(known.ledger, _NO_LEDGER)
    twilio = needed(known.twilio, _NO_LEDGER)
    return Runtime(
        settings=settings,
        ledger=ledger,
        books=needed(known.books, _NO_LEDGER),
        texts=twilio.open_client(
            settings.twilio_api_url, settings.public_url, connections=CONNECTIONS
        ),
        rulebook=choice.rulebook,
        renderer=choice.renderer,
        pacer=Pacer(ledger, twilio.sender, settings.sms_per_second, now=utc_now),
        worker=Worker(f"{GUEST_PREFIX}preview-{os.getpid()}", "", os.getpid()),
        account_ids=known.account_ids,
        businesses={one.account_id: one for one in known.businesses},
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Preview; 0 when it is shown, 1 where it cannot be, 2 for wrong use, 3 to be mended."""
    options = _read(arguments)
    logging.disable(logging.CRITICAL)  # what is written tells it all
    os.umask(PRIVATE)
    asked = Asked(
        event=options.event,
        object_id=options.object_id,
        account_id=options.account,
        audience=options.audience,
        rule=options.rule,
        language=options.language,
        template=options.template,
    )
    try:
        with tempfile.TemporaryDirectory(prefix="duebell-preview-") as nowhere:
            inspection.adopt_prefect(Path(nowhere))
            preview = asyncio.run(look(asked, options.rulebook))
        write(preview, options.html, open_=options.open, as_json=options.as_json)
    except PreviewRefused as refusal:
        report(refusal)
        return WRONG_USE
    except DuebellError as failure:
        return report(failure)
    return FAILED if preview.is_broken else 0


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="duebell preview")
    for name in ("--account", "--audience", "--language", "--template"):
        parser.add_argument(name, default="")
    parser.add_argument("--rule", type=int)
    for name in ("--rulebook", "--html"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("event")
    parser.add_argument("object_id")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(until_unread(main))
