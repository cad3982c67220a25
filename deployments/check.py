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

from deployments import inspection, reaching
from deployments.inspection import Known, NotChecked
from deployments.prefect_environment import adopt
from deployments.starting import EXIT_CONFIGURATION
from duebell.domain.failures import ConfigurationError, DuebellError
from duebell.settings import load_settings

#: The longest that any single check may take.
SECONDS = 20.0
_NOT_CHECKED = "not checked: "


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``message`` says how to mend it where it is not ok."""

    name: str
    ok: bool
    message: str

    @property
    def mark(self) -> str:
        """The sign before its line."""
        if self.ok:
            return "✓"
        return "–" if self.message.startswith(_NOT_CHECKED) else "✗"


#: In the order in which they build on each other.
CHECKS: Mapping[str, Callable[[Known], Awaitable[str]]] = {
    "settings": inspection.settings,
    "rulebook": inspection.rulebook,
    "ledger": inspection.ledger,
    "prefect": reaching.prefect,
    "credentials": reaching.credentials,
    "freshbooks": reaching.freshbooks,
    "webhooks": reaching.webhooks,
    "twilio": reaching.twilio,
    "worker": inspection.worker,
}


async def look_at_everything() -> list[Finding]:
    """Do all checks, whatever the others find."""
    known = Known()
    try:
        return [await _look(name, check, known) for name, check in CHECKS.items()]
    finally:
        await known.close()


async def _look(name: str, check: Callable[[Known], Awaitable[str]], known: Known) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return Finding(name, ok=True, message=await check(known))
    except NotChecked as reason:
        return Finding(name, ok=False, message=f"{_NOT_CHECKED}{reason}")
    except ConfigurationError as error:
        return Finding(name, ok=False, message=" ".join(error.faults))
    except DuebellError as error:
        return Finding(name, ok=False, message=str(error))
    except TimeoutError:
        return Finding(name, ok=False, message=f"No answer came within {SECONDS:.0f} seconds.")
    except Exception as error:
        # What a library says may hold secrets; its kind does not.
        return Finding(name, ok=False, message=f"The check failed: {type(error).__name__}.")


def write_lines(findings: Sequence[Finding]) -> None:
    """Write one line for each finding."""
    width = max(len(one.name) for one in findings)
    for one in findings:
        message = " ".join(one.message.split())
        sys.stdout.write(f"{one.mark} {one.name.ljust(width)}  {message}\n")


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
        _adopt_prefect(Path(nowhere))
        findings = asyncio.run(look_at_everything())
    (write_json if options.json else write_lines)(findings)
    return 0 if all(one.ok for one in findings) else EXIT_CONFIGURATION


def _adopt_prefect(nowhere: Path) -> None:
    """Use the worker's Prefect settings, but make no home for Prefect before the first start."""
    try:
        home = load_settings().home
    except ConfigurationError:
        home = nowhere
    adopt(home if (home / "prefect").is_dir() else nowhere)


if __name__ == "__main__":
    sys.exit(main())
