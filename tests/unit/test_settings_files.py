"""The files that settings are read from, and a sandbox's own among them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.settings import load_settings
from duebell.settings_files import (
    is_sandbox,
    sandbox_values,
    settings_files,
    write_sandbox,
)

SANDBOX = "http://127.0.0.1:18585"
REAL = "https://books.example"


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, and nothing of this machine's environment."""
    for name in [name for name in os.environ if name.startswith("DUEBELL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def a_sandbox(home: Path, **changes: str) -> Path:
    """A sandbox's data directory."""
    values = {
        "DUEBELL_FRESHBOOKS_API_URL": SANDBOX,
        "DUEBELL_FRESHBOOKS_AUTH_URL": SANDBOX,
        "DUEBELL_TWILIO_API_URL": SANDBOX,
        "DUEBELL_TWILIO_EMAIL_URL": SANDBOX,
        "DUEBELL_SENDGRID_API_URL": SANDBOX,
        "DUEBELL_DATABASE_URL": "sqlite:////tmp/sandbox.db",
    }
    write_sandbox(home, {**values, **changes})
    return home


def write_env(**values: str) -> None:
    """Write ``.env``."""
    lines = [f"DUEBELL_{name}={value}\n" for name, value in values.items()]
    Path(".env").write_text("".join(lines), encoding="utf-8")


def faults() -> tuple[str, ...]:
    """Why the settings cannot be read."""
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    return refusal.value.faults


def test_a_sandbox_wins_over_the_real_settings(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its data directory, a command comes to the sandbox whatever ``.env`` says."""
    write_env(FRESHBOOKS_API_URL=REAL, TWILIO_API_URL=REAL, DATABASE_URL="postgresql://db.example")
    monkeypatch.setenv("DUEBELL_HOME", str(a_sandbox(directory / "box")))

    settings = load_settings()

    assert {SANDBOX} == {settings.freshbooks_api_url, settings.twilio_api_url}
    assert ("sqlite:////tmp/sandbox.db", True) == (settings.database_url, settings.is_sandbox)


def test_the_data_directory_may_be_named_in_the_file(directory: Path) -> None:
    """Also where ``.env`` itself names the sandbox's data directory, the sandbox is meant."""
    a_sandbox(directory / "box")
    write_env(HOME="box", FRESHBOOKS_API_URL=REAL)

    assert SANDBOX == load_settings().freshbooks_api_url


def test_the_environment_wins_over_the_sandbox(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set for a single command counts, also beside a sandbox."""
    a_sandbox(directory / "box", DUEBELL_PORT="18484", DUEBELL_CONFIG="/its/duebell.toml")
    monkeypatch.setenv("DUEBELL_HOME", "box")
    monkeypatch.setenv("DUEBELL_CONFIG", "/new.toml")
    monkeypatch.setenv("DUEBELL_TWILIO_API_URL", "http://localhost:9")

    settings = load_settings()

    assert (18484, Path("/new.toml")) == (settings.port, settings.config)
    assert "http://localhost:9" == settings.twilio_api_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DUEBELL_FRESHBOOKS_API_URL", REAL),
        ("DUEBELL_FRESHBOOKS_AUTH_URL", "https://127.books.example"),
        ("DUEBELL_TWILIO_API_URL", "https://api.twilio.example"),
        ("DUEBELL_TWILIO_EMAIL_URL", "https://comms.twilio.example"),
        ("DUEBELL_SENDGRID_API_URL", "https://api.sendgrid.example"),
        ("duebell_twilio_api_url", "https://api.twilio.example"),
        ("DUEBELL_DATABASE_URL", "postgresql://db.example/real"),
    ],
)
def test_the_environment_leads_nobody_out_of_the_sandbox(
    directory: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """An address of the real systems in the environment is refused, with the setting's name."""
    a_sandbox(directory / "box")
    monkeypatch.setenv("DUEBELL_HOME", "box")
    monkeypatch.setenv(name, value)

    (fault,) = faults()

    assert fault.startswith(f"{name.upper()}: leads out of the sandbox")


@pytest.mark.parametrize("move", [shutil.copytree, shutil.move])
def test_a_copy_of_a_sandbox_is_not_taken_for_it(
    directory: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[[Path, Path], object]
) -> None:
    """A directory that was copied or moved leads nobody to the first one, and says the mend."""
    move(a_sandbox(directory / "box"), directory / "a copy")
    monkeypatch.setenv("DUEBELL_HOME", "a copy")

    (fault,) = faults()

    assert f"sandbox.env is about the sandbox in {directory / 'box'}" in fault
    assert "`DUEBELL_HOME='a copy' duebell up --sandbox`" in fault


def test_a_sandbox_may_be_reached_by_another_path(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to its directory leads to the same sandbox."""
    (directory / "link").symlink_to(a_sandbox(directory / "box"))
    monkeypatch.setenv("DUEBELL_HOME", "link")

    assert load_settings().is_sandbox


@pytest.mark.parametrize("value", ["/a dir/it's", 'a "b" \\ c\\', "#1", "", "+12125550100"])
def test_any_value_comes_back(directory: Path, value: str) -> None:
    """Whatever a path may hold is read as it was written."""
    write_sandbox(directory, {"DUEBELL_CONFIG": value})

    found: Mapping[str, str] = sandbox_values(directory)

    assert {"DUEBELL_CONFIG": value} == found


def test_nobody_else_reads_it(directory: Path) -> None:
    """The file is its owner's alone, also when it is written anew over a careless one."""
    a_sandbox(directory)
    (directory / "sandbox.env").chmod(0o644)

    a_sandbox(directory)

    assert 0o600 == (directory / "sandbox.env").stat().st_mode & 0o777
    assert ["sandbox.env"] == [one.name for one in directory.iterdir()]


def test_without_a_sandbox_there_is_one_file(directory: Path) -> None:
    """A usual data directory has no say, and is no sandbox."""
    assert ((Path(".env"),), False) == (settings_files(directory), is_sandbox(directory))
    assert {} == sandbox_values(directory)


def test_a_file_of_another_encoding_is_told(directory: Path) -> None:
    """A ``.env`` that is not UTF-8 is a fault in a sentence."""
    (directory / ".env").write_bytes(b"DUEBELL_HOME=caf\xe9\n")

    assert ("The file .env is not UTF-8: save it as that.",) == faults()
