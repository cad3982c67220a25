"""No secret and no address leaves the process in a log line, whoever wrote the line."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import httpx
import pytest
import respx

from duebell.log import configure_logging, guard_handlers
from duebell.people.masking import mask_phone
from duebell.redaction import Redactor

CANARIES = {
    "phone": "+12125550101",
    "phone in a URL": "To=%2B12125550101",
    "phone as people write it": "(212) 555-0101",
    "phone with dots": "212.555.0101",
    "bare phone": "2125550101",
    "foreign phone": "07700 900123",
    "spaced phone": "+44 (0)7700 900123",
    "email": "dana@firm.example",
    "email in a URL": "dana%40firm.example",
    "bearer": "Bearer lowercasetoken",
    "basic": "Basic QUMwMDE6aHVudGVyMg==",
    "header": "'Authorization': 'Token abcdef'",
    "header of its own scheme": "Authorization: Token abcdef",
    "password of two words": "'password': 'horse hunter2'",
    "key id": "SK01020304050607080901020304050607",
    "key secret": "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW",
    "refresh token": "0a1b2c3d" * 8,
    "prefixed hex token": "token_" + "0a1b2c3d" * 8,
    "short token in a form": "refresh_token=hunter2&x=1",
    "short token in JSON": '"access_token": "hunter2"',
    "secret in camel case": "clientSecret: hunter2",
    "verifier": "xf8pxDkZfSXuak7S4qaGQBvxArpMvqR",
    "verifier in a pair": "('verifier', 'hunter2')",
    "access token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "SendGrid key": "SG.hunter2hunter2.hunter2hunter2",
    "database password": "postgresql://duebell:hunter2@db/duebell",
    "webhook path": "/webhooks/freshbooks/Ab3_x-9 HTTP/1.1",
}

#: Parts of the canaries that no log may hold.
TELLTALE = re.compile(
    r"555.?0101|5550101|900123|dana|lowercasetoken|QUMw|abcdef|hunter2|0a1b2c3d|aB3dE5|xf8px"
    r"|eyJ|Ab3_x|SK01"
)

INNOCENT = [
    "notify 5f0c1e7a-2b1c-4a3e-9a61-123456789012 done",
    "5f0c1e7a2b1c4a3e9a61123456789012",
    "SM0123456789abcdef0123456789abcdef of AC0123456789abcdef0123456789abcdef",
    "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
    "2026-10-05T12:34:56.123456+00:00, 2026-10-05 12:34:56, 05-10-2026, due 01/02/2026 03:04",
    "took 0.123456789012 s, $1,234,567.50, 1.234.567,89 EUR",
    "error 21610, port 8484, 192.168.100.200:8484, invoice 987654 of 6BApk",
    "basic authentication failed; the token expired; the verifier is unknown",
    mask_phone("+12125550101"),
]


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Leave the process' loggers as they were."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "twilio", "other")}
    filters = {handler: list(handler.filters) for handler in handlers}
    # Our clients silence httpx by a filter of its own, wherever they were imported before.
    httpx_log = logging.getLogger("httpx")
    httpx_filters = list(httpx_log.filters)
    httpx_log.filters.clear()
    yield
    httpx_log.filters[:] = httpx_filters
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    for handler, present in filters.items():
        handler.filters[:] = present
    logging.getLogger("other").handlers.clear()


def a_log(log_format: str = "text") -> tuple[logging.Logger, io.StringIO, Redactor]:
    """A configured logger, what it writes, and its redactor."""
    stream = io.StringIO()
    redactor = configure_logging("json" if log_format == "json" else "text", stream)
    return logging.getLogger("duebell.test"), stream, redactor


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_canaries(canary: str, log_format: str) -> None:
    """No canary survives in a message, an argument, a field or an exception, however nested."""
    log, stream, _ = a_log(log_format)

    log.warning("plain " + canary)  # noqa: G003
    log.warning("argument %s and %r", canary, [canary])
    log.warning("named %(one)s", {"one": canary})
    log.warning("fields", extra={"what": canary, "deep": {"a": [{canary: (canary,)}]}})
    log.warning("does not fit %d", canary)
    try:
        try:
            raise ValueError(canary)
        except ValueError as inner:
            raise ExceptionGroup("all", [KeyError(canary), inner]) from inner
    except ExceptionGroup:
        log.exception("failed", stack_info=True)

    assert "ValueError" in stream.getvalue()
    assert stream.getvalue().count("fields") == 1
    assert not TELLTALE.findall(stream.getvalue())


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_secret_stays(text: str) -> None:
    """Ids, times, amounts and URLs stay readable, or nobody could follow anything up."""
    assert text == Redactor().clean_text(text)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("verifier", "x", "[secret]"),
        ("url_token", "x", "[secret]"),
        ("credentials", {"a": "b"}, "[secret]"),
        ("tokens", 3, 3),
        ("token_generation", 7, 7),
        ("phone", "5550101", "[phone]"),
        ("mobile_phone", 12125550101, "[phone]"),
        ("recipient", "Dana <d@x.example>", "[email]"),
        ("recipient", "+1•••••0101", "+1•••••0101"),
        ("recipient", "", ""),
        ("object_id", "1234567890", "1234567890"),
        ("invoice_number", "2026100500042", "2026100500042"),
        ("object_id", "+12125550101", "[phone]"),
        ("seconds", 0.25, 0.25),
        ("ok", True, True),
        ("token", None, None),
    ],
)
def test_fields_are_judged_by_their_names(name: str, value: object, shown: object) -> None:
    """The name of a field hides what its shape would not, and spares what its shape would hide."""
    assert shown == Redactor().clean_field(name, value)


def test_remembered_secrets_are_hidden_whatever_they_look_like() -> None:
    """A secret that looks like an id is hidden once the process has told it."""
    log, stream, redactor = a_log()
    redactor.remember("0123456789abcdef0123456789abcdef")
    redactor.remember("0123456789abcdef")
    redactor.remember("short")

    log.info("signed with 0123456789abcdef0123456789abcdef, a short word")

    assert stream.getvalue().endswith("signed with [secret], a short word\n")


def test_a_library_cannot_leak() -> None:
    """What httpx logs of a request passes the same filter."""
    _, stream, _ = a_log()
    logging.getLogger("httpx").setLevel(logging.INFO)

    with respx.mock:
        respx.get("https://api.twilio.example/Messages.json").respond(200)
        httpx.get("https://api.twilio.example/Messages.json", params={"To": "+12125550101"})

    assert "HTTP Request: GET https://api.twilio.example/Messages.json?To=[phone]" in (
        stream.getvalue()
    )


def test_handlers_of_others_are_guarded() -> None:
    """A handler that a library set up for itself writes clean lines, too."""
    _, _, redactor = a_log()
    theirs = io.StringIO()
    logging.getLogger("other").addHandler(logging.StreamHandler(theirs))

    guard_handlers(redactor)
    guard_handlers(redactor)
    try:
        raise ValueError("dana@firm.example")
    except ValueError:
        logging.getLogger("other").exception("to %s", "+12125550101")

    assert theirs.getvalue().startswith("to [phone]\nTraceback")
    assert theirs.getvalue().endswith("ValueError: [email]\n")


def test_a_json_line() -> None:
    """A line of JSON has time, level, logger and event, and then the fields."""
    log, stream, _ = a_log("json")

    log.info("signal_recorded", extra={"account_id": "6BApk", "deliveries": 2, "event": "x"})
    line = json.loads(stream.getvalue())

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("at"))
    assert line == {
        "level": "info",
        "logger": "duebell.test",
        "event": "signal_recorded",
        "account_id": "6BApk",
        "deliveries": 2,
        "event_": "x",
    }


def test_json_lines_are_json_whatever_is_logged() -> None:
    """Numbers that JSON lacks, cycles, bytes and objects that cannot show themselves all pass."""

    class Mute:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    cycle: list[object] = []
    cycle.append(cycle)
    log, stream, _ = a_log("json")

    log.info("odd", extra={"nan": float("nan"), "c": cycle, "b": b"\xff", "m": Mute(), "s": {1}})
    line = json.loads(stream.getvalue())

    assert (line["nan"], line["b"], line["m"], line["s"]) == ("nan", "\ufffd", "<Mute>", [1])


def test_a_text_line() -> None:
    """A line of text names its fields, and what a sender wrote never starts a line of its own."""
    log, stream, _ = a_log()

    log.warning("refused\n2026 INFO forged \x1b[2J", extra={"reason": "bad word", "tries": 2})

    line = stream.getvalue().split(" ", 1)[1]
    expected = (
        'WARNING duebell.test refused\\n2026 INFO forged \\x1b[2J reason="bad word" tries=2\n'
    )
    assert expected == line


def test_exceptions_stand_indented_below_their_line() -> None:
    """The text of an exception cannot be taken for another log line either."""
    log, stream, _ = a_log()

    try:
        raise ValueError("a\nb\x1b")
    except ValueError:
        log.exception("failed")

    lines = stream.getvalue().splitlines()
    assert all(line.startswith("  ") for line in lines[1:])
    assert lines[-2:] == ["  ValueError: a", "  b\\x1b"]


def test_configured_twice_writes_once() -> None:
    """Setting logging up again replaces what was set up and doubles no line."""
    _, first, _ = a_log()
    log, second, _ = a_log()

    log.info("once")

    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
