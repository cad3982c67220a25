"""``duebell sandbox``: let things happen in the sandbox, and see what was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from duebell.cli.output import in_words, say, write_json, write_table
from duebell.domain.failures import DuebellError
from duebell.domain.rules import Channel

if TYPE_CHECKING:
    from duebell.sandbox.client import SandboxControl

app = typer.Typer(help="FreshBooks, Twilio and SendGrid as a local program.", no_args_is_help=True)

_MESSAGE = ("id", "created", "status", "to", "says")

DEFAULT_URL = "http://127.0.0.1:8585"

Url = Annotated[str, typer.Option(envvar="DUEBELL_SANDBOX_URL", help="Where the sandbox listens.")]


@app.command()
def fire(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="For example payment.create.")],
    count: Annotated[int, typer.Option(min=1, help="How many times it happens.")] = 1,
    copies: Annotated[
        int, typer.Option(min=1, help="How many times each delivery is sent, at once.")
    ] = 1,
    objects: Annotated[
        list[str] | None,
        typer.Option(
            "--object",
            metavar="ID",
            help="A record that it happens to, by its id; not for `.create`.",
        ),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME=VALUE", help="What the record says then."),
    ] = None,
    lost: Annotated[bool, typer.Option("--lost", help="Deliver no webhook.")] = False,
    url: Url = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """Let something happen in the sandbox's books, and deliver its webhooks."""
    options: dict[str, object] = {"copies": copies, "deliver": not lost}
    if objects:
        _refuse_creation(event, objects)
        options["objects"] = [_number(word) for word in objects]
    if fields:
        options["fields"] = dict(map(_field, fields))
    with _control(url) as control:
        records = control.fire(event, count=count, **options)
    if as_json:
        write_json(records)
    else:
        for record in records:
            typer.echo(f"{event}: {in_words(record)}")


def _refuse_creation(event: str, objects: list[str]) -> None:
    """What is made has no id yet; its webhook would tell of a record that does not exist."""
    from duebell.sandbox.kinds import BY_NOUN

    noun, _, verb = event.partition(".")
    # Of kinds that the sandbox does not keep any id will do.
    if verb != "create" or noun not in BY_NOUN:
        return
    mend = f"`{event}` alone makes a new record"
    if noun == "payment":
        mend = f"did you mean `--field invoice_id={objects[0]}`?"
    raise typer.BadParameter(f"a creation has no --object; {mend}")


def _number(word: str) -> int:
    if not word.isdecimal():
        raise typer.BadParameter(f"`{word}` is no id of a record; ids are numbers")
    return int(word)


def _field(word: str) -> tuple[str, str | int]:
    name, equals, value = (part.strip() for part in word.partition("="))
    if not equals:
        raise typer.BadParameter(f"`{word}` must be NAME=VALUE, for example due_date=2026-03-01")
    return name, _number(value) if name.endswith("_id") else value


@app.command()
def reply(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Who answers: a phone number.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What they write, like STOP.")],
    url: Url = DEFAULT_URL,
) -> None:
    """Let a person answer our texts; the sandbox's Twilio obeys STOP and START."""
    full = _full(number)
    with _control(url) as control:
        told = control.reply(full, text)
    typer.echo(f"{_obeyed(full, text)}\n{_posted(told)}")


def _obeyed(number: str, text: str) -> str:
    """What became of the person's wish; Twilio obeys a word only where it stands alone."""
    from duebell.sandbox.twilio_inbound import START, STOP

    word = text.strip().upper()
    if word in STOP:
        return f"{number} has opted out: Twilio takes no texts to it until START is answered."
    if word in START:
        return f"{number} has not opted out, or not any more: Twilio takes texts to it."
    return f"“{text}” changes nothing at Twilio, which obeys only a word alone, like STOP or START."


def _posted(told: Mapping[str, Any]) -> str:
    if not told["url"]:
        return "No webhook was posted: this number was not texted yet."
    return f"The webhook was answered with {told['status'] or 'nothing'}."


def _full(number: str) -> str:
    """The number in full; short codes stay as they are.

    Raises:
        typer.BadParameter: if it is none.
    """
    from duebell.people.addresses import NoAddress, read_address
    from duebell.sandbox.businesses import FIRST

    try:
        return read_address(Channel.SMS, number, FIRST.country)
    except NoAddress as fault:
        if number.strip().isdecimal():
            return number.strip()
        raise typer.BadParameter(f"`{number}`: {fault}", param_hint="NUMBER") from None


@app.command()
def scenario(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A fault to switch on; see the docs.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many times it strikes; always, if left out.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="Whose fault: twilio, twilio-email, sendgrid or freshbooks.")
    ] = None,
    match: Annotated[
        str | None, typer.Option(help="Strike only this recipient, or this FreshBooks account.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="The error code that it brings instead of its own.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Switch all faults off.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Switch a fault of the sandbox on, or all of them off."""
    if clear == (name is not None):
        raise typer.BadParameter("give either the NAME of a scenario or --clear")
    with _control(url) as control:
        if name is None:
            control.clear_scenarios()
        else:
            control.set_scenario(name, count, match, provider, code)
    typer.echo("All faults are off." if name is None else f"The fault {name} is on.")


@app.command()
def messages(
    url: Url = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List the texts and emails that were taken; the people in them are invented."""
    with _control(url) as control:
        found = sorted([*control.messages(), *control.emails()], key=itemgetter("created"))
    if as_json:
        write_json(found)
    elif not found:
        say("No messages yet. `duebell sandbox fire payment.create` lets something happen.")
    else:
        rows = [_shown(message) for message in found]
        write_table(_MESSAGE, [[row.get(column) for column in _MESSAGE] for row in rows])


def _shown(message: Mapping[str, Any]) -> dict[str, Any]:
    """A text with its body, an email with its subject."""
    is_text = message["channel"] == "sms"
    return {
        **message,
        "id": message["sid" if is_text else "id"],
        "says": message["body" if is_text else "subject"],
        "created": _local(message["created"]),
    }


def _local(created: str) -> str:
    """A moment on the clock of the sandbox's first firm."""
    from duebell.domain.local_times import LocalTimes
    from duebell.sandbox.businesses import FIRST

    times = LocalTimes({FIRST.account_id: ZoneInfo(FIRST.time_zone)})
    return times.second(datetime.fromisoformat(created))


@contextmanager
def _control(url: str) -> Iterator[SandboxControl]:
    import httpx

    from duebell.sandbox.client import SandboxControl

    try:
        with SandboxControl(url) as control:
            yield control
    except httpx.HTTPStatusError as refusal:
        raise DuebellError(_refusal(url, refusal.response.text)) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise DuebellError(
            f"No sandbox answers at {url}: start one with `duebell up --sandbox`."
        ) from None


def _refusal(url: str, answer: str) -> str:
    """What the sandbox says, with the names of the scenarios where it lists them."""
    try:
        said = json.loads(answer)
        tables = said.get("scenarios", {}).items()
        names = [f"for {provider} {', '.join(sorted(table))}" for provider, table in tables]
        reason = str(said["error"])
    except (ValueError, KeyError, AttributeError):
        return f"What answers at {url} is no sandbox."
    there = f"; there are {'; '.join(names)}" if names else ""
    return f"The sandbox refused: {reason}{there}"
