"""Getting a person's consent in the browser: by the browser's own word, or by a pasted address."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import webbrowser
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from deployments.terminal import NoAnswer, Terminal
from duebell.domain.failures import DuebellError
from duebell.providers.freshbooks.consent import CODE_MINUTES, Consent, NotTheAnswer
from duebell.providers.freshbooks.handback import listening

#: How long the person may take to log in and to agree.
WAIT_MINUTES = 15.0


class NobodyAnswered(DuebellError):
    """No answer came from the browser."""


async def obtain_code(
    consent: Consent, terminal: Terminal, now: datetime, *, paste: bool, browser: bool
) -> str:
    """Show the address, and wait for the code from the browser or from the terminal.

    Raises:
        ConsentDenied: if nobody agreed.
        NotTheAnswer: if what came from a program's input is no answer.
        NobodyAnswered: if nothing came.
    """
    async with contextlib.AsyncExitStack() as stack:
        coming = None if paste else await _listen(stack, consent, terminal, now)
        _tell_what_to_do(consent, terminal, is_heard=coming is not None)
        if browser:
            _open_browser(consent.url)
        ways: list[Coroutine[Any, Any, str]] = [_heard(coming)] if coming is not None else []
        if coming is None or terminal.is_interactive:
            ways.append(_pasted(consent, terminal))
        return await _first_of(ways)


async def _listen(
    stack: contextlib.AsyncExitStack, consent: Consent, terminal: Terminal, now: datetime
) -> asyncio.Future[str] | None:
    if consent.local_address is None:
        return None
    try:
        return await stack.enter_async_context(listening(consent, now, terminal.tell))
    except OSError as error:
        port = consent.local_address[0]
        terminal.tell(f"Nothing can listen on port {port} ({error.strerror or 'taken'}).")
        return None


def _tell_what_to_do(consent: Consent, terminal: Terminal, *, is_heard: bool) -> None:
    terminal.tell(
        f"Open this address in a browser, log in to FreshBooks and agree:\n\n  {consent.url}\n"
    )
    if is_heard:
        terminal.tell(
            f"The browser then comes back to {consent.redirect_uri}, where this command listens. "
            "It warns of the certificate, which was made for this hour: go on all the same."
        )
    if not is_heard or terminal.is_interactive:
        where = "If it does not, paste" if is_heard else f"It goes to {consent.redirect_uri}. Paste"
        terminal.tell(
            f"{where} the address of the page where it ends here, whatever the page shows. "
            f"The code in it is good for {CODE_MINUTES} minutes, once."
        )
    terminal.tell(f"Waiting, for {WAIT_MINUTES:.0f} minutes at most ...")


def _open_browser(url: str) -> None:
    """Open the browser, in a thread that nobody waits for: some browsers return when they end."""
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if has_screen:  # without one, a browser for terminals would take this terminal
        threading.Thread(target=_try_browser, args=(url,), daemon=True).start()


def _try_browser(url: str) -> None:
    with contextlib.suppress(Exception):  # the address is on the screen
        webbrowser.open(url)


async def _heard(coming: asyncio.Future[str]) -> str:
    return await coming


async def _pasted(consent: Consent, terminal: Terminal) -> str:
    """The code in a pasted line; a person may try again."""
    while True:
        try:
            line = await terminal.line()
        except NoAnswer:
            raise NobodyAnswered("The input ended before an answer came.") from None
        if not line:
            continue
        try:
            return consent.code_from(line)
        except NotTheAnswer as refusal:
            if not terminal.is_interactive:
                raise
            terminal.tell(f"{refusal} Paste the whole address that the browser shows.")


async def _first_of(ways: list[Coroutine[Any, Any, str]]) -> str:
    """What comes first. That the terminal has closed ends nothing while the browser may come."""
    waiting = {asyncio.ensure_future(way) for way in ways}
    ended: NobodyAnswered | None = None
    try:
        async with asyncio.timeout(WAIT_MINUTES * 60):
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    try:
                        return one.result()
                    except NobodyAnswered as nobody:
                        ended = nobody
    except TimeoutError:
        raise NobodyAnswered(f"No answer came within {WAIT_MINUTES:.0f} minutes.") from None
    finally:
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    raise ended or NobodyAnswered()
