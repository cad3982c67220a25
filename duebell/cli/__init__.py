"""The command line. Modules that cost time to import are imported by the commands that use them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from duebell.domain.failures import DuebellError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process.

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 configuration or credentials.
    """
    from duebell.cli.app import app
    from duebell.cli.failures import report

    try:
        app(args=arguments, prog_name="duebell")
    except DuebellError as failure:
        sys.exit(report(failure))
