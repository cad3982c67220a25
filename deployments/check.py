"""``duebell check``: looks at everything that the work needs, and says what has to be mended.

Nothing is changed by it, except that FreshBooks' token pair may be renewed, as by any process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deployments import (
    inspecting_channels,
    inspection,
    reaching,
    reaching_books,
    reaching_emails,
    reaching_texts,
)
from deployments.inspection import Known, NotChecked
from deployments.starting import EXIT_CONFIGURATION
from duebell.cli.hints import as_typed
from duebell.cli.pipes import until_unread
from duebell.domain.failures import ConfigurationError, DuebellError

#: The longest that any single check may take.
SECONDS = 20.0
_NOT_CHECKED = "not checked: "


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``message`` says how to mend it where it is not ok.

    ``faults`` are its sentences one by one, where there are several things to mend.
    """

    name: str
    ok: bool
    message: str
    faults: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The sign before its line."""
        if self.message.startswith(_NOT_CHECKED):
            return "–"
        return "✓" if self.ok else "✗"


Look = Callable[[Known], Awaitable[str]]
AccountLook = Callable[[Known, str], Awaitable[str]]

#: In the order in which they build on each other.
CHECKS: Mapping[str, Look] = {
    "settings": inspection.settings,
    "rulebook": inspection.rulebook,
    "ledger": inspection.ledger,
    "safe mode": inspection.safe_mode,
    "prefect": reaching.prefect,
    "credentials": reaching.credentials,
    "connection": reaching_books.connection,
    "scopes": reaching_books.scopes,
}
#: Done for each account that was found, and with its id in the name where there are several.
ACCOUNT_CHECKS: Mapping[str, AccountLook] = {
    "freshbooks": reaching_books.account,
    "webhooks": reaching_books.webhooks,
}
LAST_CHECKS: Mapping[str, Look] = {
    "twilio": reaching_texts.twilio,
    "sender": reaching_texts.sender,
    "emails": reaching_emails.emails,
    "email reports": reaching_emails.email_reports,
    "channels": inspecting_channels.channels,
    "worker": inspection.worker,
}


async def look_at_everything() -> list[Finding]:
    """Do all checks, whatever the others find."""
    known = Known()
    try:
        found = [await _look(name, look(known)) for name, look in CHECKS.items()]
        for name, look in ACCOUNT_CHECKS.items():
            found += await look_at_accounts(name, look, known)
        return found + [await _look(name, look(known)) for name, look in LAST_CHECKS.items()]
    finally:
        await known.close()


async def look_at_accounts(name: str, look: AccountLook, known: Known) -> list[Finding]:
    """Do a check for each account."""
    ids = known.account_ids
    if not ids:
        return [Finding(name, ok=False, message=f"{_NOT_CHECKED}FreshBooks was not reached.")]
    names = {one: name if len(ids) == 1 else f"{name} {one}" for one in ids}
    return [await _look(names[one], look(known, one)) for one in ids]


async def _look(name: str, look: Awaitable[str]) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return Finding(name, ok=True, message=await look)
    except NotChecked as reason:
        first = f"{_NOT_CHECKED}{reason}"
        return _with_faults(name, [first, *reason.faults], ok=not reason.matters)
    except ConfigurationError as error:
        return _with_faults(name, error.faults)
    except DuebellError as error:
        return Finding(name, ok=False, message=str(error))
    except TimeoutError:
        return Finding(name, ok=False, message=f"No answer came within {SECONDS:.0f} seconds.")
    except Exception as error:
        # What a library says may hold secrets; its kind does not.
        return Finding(name, ok=False, message=f"The check failed: {type(error).__name__}.")


def _with_faults(name: str, faults: Sequence[str], *, ok: bool = False) -> Finding:
    several = tuple(faults) if len(faults) > 1 else ()
    return Finding(name, ok=ok, message=" ".join(faults), faults=several)


def write_lines(findings: Sequence[Finding]) -> None:
    """Write one line for each finding, and one for each further thing to mend."""
    width = max(len(one.name) for one in findings)
    for one in findings:
        mark, name = one.mark, one.name
        for sentence in one.faults or (one.message,):
            text = as_typed(" ".join(sentence.split()))
            sys.stdout.write(f"{mark} {name.ljust(width)}  {text}\n")
            mark, name = " ", ""


def write_json(findings: Sequence[Finding]) -> None:
    """Write one JSON object."""
    checks = [asdict(one) for one in findings]
    document = {"ok": all(one.ok for one in findings), "checks": checks}
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check everything; 0 when all is well, 3 when something has to be mended."""
    parser = argparse.ArgumentParser(prog="duebell check")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # the findings tell it all
    with tempfile.TemporaryDirectory(prefix="duebell-check-") as nowhere:
        inspection.adopt_prefect(Path(nowhere))
        findings = asyncio.run(look_at_everything())
    (write_json if options.json else write_lines)(findings)
    return 0 if all(one.ok for one in findings) else EXIT_CONFIGURATION


if __name__ == "__main__":
    sys.exit(until_unread(main))
