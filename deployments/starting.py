"""What every process of Duebell does first: settings, logging, the ledger's revision."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable

from duebell.domain.failures import ConfigurationError, LedgerUnavailable
from duebell.log import configure_logging
from duebell.redaction import Redactor
from duebell.settings import Settings, load_settings

#: A thread that comes back from the disk waits this long for the interpreter at most (Python's
#: default is 5 ms). The ledger's writer comes back after every statement, and others wait for it.
SWITCH_SECONDS = 0.0005

#: What we write holds people's numbers and, sealed, secrets: nobody else on the machine reads it.
PRIVATE = 0o077

#: Python's own are 700, 10 and 10.
GC_THRESHOLDS = (4_000, 20, 20)

EXIT_FAILED = 1
EXIT_CONFIGURATION = 3


def run_process(main: Callable[[Settings, Redactor], None]) -> int:
    """Run a process's main function; a fault of configuration is told, not traced. Exit code."""
    sys.setswitchinterval(SWITCH_SECONDS)
    os.umask(PRIVATE)
    try:
        settings = load_settings()
        main(settings, configure_logging(settings.log_format))
        return 0
    except ConfigurationError as error:
        for fault in error.faults:
            sys.stderr.write(f"{fault}\n")
        return EXIT_CONFIGURATION
    except LedgerUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 0


def settle_memory() -> None:
    """Leave what the start has made out of every later garbage collection, and collect less often.

    Prefect alone makes some hundred thousand objects that never go; looking through all of them
    again and again costs more than the garbage is worth (https://docs.python.org/3/library/gc.html).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def require_current_ledger(settings: Settings) -> None:
    """Refuse to work on a ledger of another revision.

    Raises:
        ConfigurationError: if there is no ledger, or it is not at the newest revision.
        LedgerUnavailable: if it cannot be read.
    """
    # Not above: `duebell up`, which stays as long as all others, opens no database.
    from duebell.cli.reading import NO_LEDGER, is_there
    from duebell.ledger.engine import is_current, open_engine

    if not is_there(settings.ledger_url):
        raise ConfigurationError([NO_LEDGER])
    engine = open_engine(settings.ledger_url, writer=False)
    try:
        if not is_current(engine):
            raise ConfigurationError(
                ["The ledger is not at the newest revision: run `duebell db upgrade`."]
            )
    finally:
        engine.dispose()
