"""Logging: one event name and its fields on a line, for people or for machines.

Everything that is logged in the process, by Duebell or by a library, passes the same filter, so no
phone number, e-mail address or secret is written (see :mod:`duebell.redaction`).
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Literal, TextIO

from duebell.redaction import Redactor

#: What every record has; everything else came in as ``extra``.
_OWN = frozenset(
    {*vars(logging.LogRecord("", 0, "", 0, "", None, None)), "message", "asctime", "taskName"}
)

#: They tell of every request at INFO, with its URL.
_TALKATIVE = ("httpx", "httpcore", "twilio", "twilio.http_client")

#: The packages whose log lines are for those who run Duebell.
_OURS = ("duebell", "blocks", "tasks", "flows", "deployments")

#: They come with handlers of their own, which would write beside the filter.
_SELF_MADE = ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi")


class RedactingFilter(logging.Filter):
    """Cleans a record before it is written; lets every record through and never raises.

    The record itself is changed, so that handlers after this one see nothing either.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the message, the fields, the exception and the stack of a record."""
        clean = self._redactor.clean_text
        record.msg, record.args = clean(_message(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _traceback(record)
        # Another handler would format the exception again, with everything in it.
        record.exc_info = None
        record.exc_text = clean(record.exc_text) if record.exc_text else None
        record.stack_info = clean(record.stack_info) if record.stack_info else None
        for name, value in _fields(record).items():
            record.__dict__[name] = self._redactor.clean_field(name, value)
        return True


class OutputHandler(logging.StreamHandler[TextIO]):
    """The handler that :func:`configure_logging` sets up, to be found when it is called again.

    Prefect replaces the root's handlers by its own unless one has a public name like this.
    """


class JsonFormatter(logging.Formatter):
    """One JSON object on a line: ``at``, ``level``, ``logger``, ``event``, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name, value in _fields(record).items():
            line[f"{name}_" if name in line else name] = value
        if record.exc_text:
            line["exception"] = record.exc_text
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line, default=str)


class TextFormatter(logging.Formatter):
    """``2026-10-05T12:00:00.000Z INFO duebell.web signal_recorded account_id=6BApk``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the exception."""
        head = f"{_moment(record)} {record.levelname} {record.name} {_line(record.getMessage())}"
        fields = (f"{_line(name)}={_shown(value)}" for name, value in _fields(record).items())
        more = "\n".join(text for text in (record.exc_text, record.stack_info) if text)
        below = (f"  {_line(line)}" for line in more.splitlines())
        return "\n".join((" ".join((head, *fields)), *below))


def configure_logging(
    log_format: Literal["text", "json"] = "text", stream: TextIO | None = None
) -> Redactor:
    """Send the whole process' log to one stream (standard error by default), cleaned.

    Returns the redactor, which wants to be told every secret the process reads. Call it once in a
    process, before servers and libraries start to log; called again it replaces what it set up.
    """
    redactor = Redactor()
    handler = OutputHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, OutputHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _OURS:
        # Not left to the root, whose level Prefect sets at every start of a run.
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SELF_MADE:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    guard_handlers(redactor)
    return redactor


def guard_handlers(redactor: Redactor) -> None:
    """Put the filter before every handler that exists by now, whoever set it up.

    Prefect makes its handlers, one of which sends lines to its server, when it is imported and
    again when a flow run starts; call this after that.
    """
    loggers = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
    for logger in loggers:
        for handler in logger.handlers if isinstance(logger, logging.Logger) else ():
            for present in [one for one in handler.filters if isinstance(one, RedactingFilter)]:
                handler.removeFilter(present)
            handler.addFilter(RedactingFilter(redactor))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    # Else logging itself would print the raw arguments.
    except Exception:
        return f"{record.msg} (its arguments do not fit)"


def _traceback(record: logging.LogRecord) -> str:
    try:
        return "".join(traceback.format_exception(*record.exc_info)).rstrip()  # type: ignore[misc]
    except Exception:
        return "an exception that cannot be shown"


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(text: str) -> str:
    """The text on one line: a break in it would let a sender write log lines of his own."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shown(value: object) -> str:
    """A value as one word, or in quotes where it is none; what is nested, as JSON."""
    if not isinstance(value, str):
        return json.dumps(value, default=str)
    is_word = value.isprintable() and value and not set(value) & set(" \"'=")
    return value if is_word else json.dumps(value)
