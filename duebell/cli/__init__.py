"""The command line. Modules that cost time to import are imported by the commands that use them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from duebell.domain.failures import DuebellError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process.

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 configuration or credentials.
    """
    import typer

    from duebell.cli.app import app
    from duebell.cli.failures import FAILED, report
    from duebell.cli.wrong_use import WrongUse, report_wrong_use

    try:
        code = app(args=arguments, prog_name="duebell", standalone_mode=False)
    except DuebellError as failure:
        sys.exit(report(failure))
    except WrongUse as error:
        sys.exit(report_wrong_use(error))
    except typer.Abort:
        sys.stderr.write("Stopped; nothing was done.\n")
        sys.exit(FAILED)
    sys.exit(code if isinstance(code, int) else 0)
