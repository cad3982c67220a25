"""``duebell rules try``: what another rulebook would have told of what was recorded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from duebell.cli.backfill import a_day
from duebell.cli.processes import become
from duebell.cli.sandboxed import require_started


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("try")(try_rules)


def a_price(text: str) -> Decimal:
    """Read a price.

    Raises:
        typer.BadParameter: if it is none.
    """
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("nan")
    if not price.is_finite() or price < 0:
        raise typer.BadParameter("use a price like 0.0083")
    return price


def a_currency(text: str) -> str:
    """Read a currency code.

    Raises:
        typer.BadParameter: if it is none.
    """
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise typer.BadParameter("use a currency code like USD")
    return text.upper()


def try_rules(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="NEW.toml", help="The rulebook to try.")],
    since: Annotated[
        date,
        typer.Option(parser=a_day, metavar="DAY", help="The first day; it belongs to the period."),
    ],
    until: Annotated[
        date | None,
        typer.Option(
            parser=a_day,
            metavar="DAY",
            help="The last day; it belongs to the period. Today if left out.",
        ),
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this FreshBooks account.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Show at most so many differences of a kind.")
    ] = 10,
    price_per_segment: Annotated[
        Decimal | None,
        typer.Option(parser=a_price, metavar="PRICE", help="What a segment of a text costs."),
    ] = None,
    currency: Annotated[
        str, typer.Option(parser=a_currency, metavar="CODE", help="The currency of the price.")
    ] = "USD",
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Replay what was recorded with another rulebook; nothing is sent."""
    if until is not None and since > until:
        raise typer.BadParameter(f"--since ({since}) is after --until ({until})")
    given = {
        "--since": since,
        "--until": until,
        "--account": account,
        "--limit": limit,
        "--price-per-segment": price_per_segment,
        "--currency": currency,
    }
    named = [
        part for name, value in given.items() if value is not None for part in (name, str(value))
    ]
    require_started(context)
    become("deployments.trying", [str(file), *named, *(["--json"] if as_json else [])])
