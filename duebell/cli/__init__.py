"""The command line. Modules that cost time to import are imported by the commands that use them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from duebell.domain.failures import DuebellError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process.

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 configuration or credentials.
    """
    from duebell.cli.pipes import until_unread

    sys.exit(until_unread(lambda: _run(arguments)))


def _run(arguments: Sequence[str] | None) -> int:
    import typer

    from duebell.cli.app import app
    from duebell.cli.failures import FAILED, report
    from duebell.cli.wrong_use import WrongUse, report_wrong_use

    try:
        code = app(args=arguments, prog_name="duebell", standalone_mode=False)
    except DuebellError as failure:
        return report(failure)
    except WrongUse as error:
        return report_wrong_use(error)
    except typer.Abort:
        sys.stderr.write("Stopped; nothing was done.\n")
        return FAILED
    return code if isinstance(code, int) else 0
