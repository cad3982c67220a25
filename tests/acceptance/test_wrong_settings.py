"""``duebell up`` with wrong settings: all faults at once, in plain words, and nothing started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from duebell.sandbox import credentials
from tests.flows.checking import clean_environment
from tests.flows.commands import Told, run_duebell
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.acceptance

CONFIGURATION = 3
#: Brought by `duebell connect freshbooks`, which needs a running Prefect server; or only needed
#: where a rule sends emails.
OTHERS = ("DUEBELL_FRESHBOOKS_REFRESH_TOKEN", "DUEBELL_TWILIO_EMAIL_FROM", "DUEBELL_SENDGRID_")
GIVEN = {
    name: value for name, value in credentials.as_settings().items() if not name.startswith(OTHERS)
}
RIGHT = {"DUEBELL_PUBLIC_URL": "https://duebell.example", **GIVEN}
#: Without one of these nothing can work; each is named by the sentence about it.
NEEDED = [name for name in RIGHT if name != "DUEBELL_PUBLIC_URL"]


def up(directory: Path, **environment: str) -> Told:
    """Run ``duebell up`` in a directory until it ends by itself."""
    ports = {"DUEBELL_PORT": str(free_port()), "PREFECT_SERVER_API_PORT": str(free_port())}
    return run_duebell(directory, clean_environment(**{**ports, **environment}), "up")


def test_everything_missing_is_told_at_once(tmp_path: Path) -> None:
    """With nothing set, each missing value is named in a sentence; nothing starts."""
    ended = up(tmp_path)

    lines = ended.err.splitlines()
    assert CONFIGURATION == ended.code
    assert [] == [name for name in RIGHT if not any(name in line for line in lines)]
    assert len(RIGHT) == len(lines), ended.err
    assert all(line.endswith(".") for line in lines)
    assert [] == list(tmp_path.rglob("*.log"))


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Values of the wrong shape, a taken port and a wrong rulebook are told together."""
    (tmp_path / "duebell.toml").write_text('[[rule]]\non = "invoice.eaten"\n')
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        ended = up(
            tmp_path,
            **{
                **RIGHT,
                "DUEBELL_PORT": port,
                "DUEBELL_PUBLIC_URL": "http://127.0.0.1:8484",
                "DUEBELL_TWILIO_ACCOUNT_SID": "AC123",
                "DUEBELL_TWILIO_FROM": "Duebell Ltd",
            },
        )

    words = (port, "DUEBELL_PUBLIC_URL", "duebell.toml", "TWILIO_ACCOUNT_SID", "TWILIO_FROM")
    assert CONFIGURATION == ended.code
    assert [] == [word for word in words if word not in ended.err]
    assert "Traceback" not in ended.err
    assert [] == list(tmp_path.rglob("*.log"))


def test_what_cannot_be_read_does_not_hide_the_rest(tmp_path: Path) -> None:
    """A setting that is no number is told together with what is missing."""
    ended = up(tmp_path, DUEBELL_SMS_PER_SECOND="fast", DUEBELL_TWILIO_ACCOUNT_SID="AC123")

    assert CONFIGURATION == ended.code
    assert "DUEBELL_SMS_PER_SECOND" in ended.err
    assert [] == [name for name in NEEDED if name not in ended.err]


@pytest.mark.parametrize("name", NEEDED)
def test_each_missing_value_is_told_alone(tmp_path: Path, name: str) -> None:
    """One missing value is one sentence that names it."""
    rest = {key: value for key, value in RIGHT.items() if key != name}

    ended = up(tmp_path, **rest)

    (line,) = ended.err.splitlines()
    assert (CONFIGURATION, True) == (ended.code, name in line)
