"""What ``duebell up`` tells of safe mode's addresses, in a process that opens the ledger for it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

from duebell.domain.failures import DuebellError
from duebell.domain.rules import SafeMode
from duebell.settings import PREFIX

SECONDS = 20.0


async def look(safe_mode: SafeMode, environment: Mapping[str, str]) -> list[str]:
    """Why these addresses cannot be used; nothing where they can, or where nobody can say.

    In a process of its own, whose memory goes with it: ``duebell up`` stays for as long as all.
    """
    given = {"SAFE_PHONE": safe_mode.sms, "SAFE_EMAIL": safe_mode.email}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        env={**environment, **{f"{PREFIX}{name}": value for name, value in given.items()}},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        told, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return []
    return told.decode().splitlines()


def main() -> None:
    """Write a line for each address of the settings that cannot be used."""
    from duebell.cli.reading import reading_ledger
    from duebell.ledger.safe_addresses import safe_mode_faults
    from duebell.settings import load_settings

    try:
        safe_mode = load_settings().safe_mode or SafeMode()
        with reading_ledger() as connection:
            faults = safe_mode_faults(connection, safe_mode)
    except DuebellError:
        return  # the other processes say so
    for fault in faults:
        sys.stdout.buffer.write(f"{fault}\n".encode())


if __name__ == "__main__":
    main()
