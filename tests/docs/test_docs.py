"""The documentation names everything there is, and nothing that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route
from typer.main import get_command

from duebell.cli.app import app as command_line
from duebell.ledger.ledger import Ledger, utc_now
from duebell.ledger.queries import LISTED
from duebell.ledger.sealing import open_sealer
from duebell.metrics import Metrics
from duebell.settings import PREFIX, Settings, load_settings
from duebell.web.app import create_app
from duebell.wording.template_files import shipped_templates
from tests.docs.exposed import exposed_metrics

ROOT = Path(__file__).parents[2]
COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text()
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text()
MONITORING_PAGE = (ROOT / "docs" / "monitoring.md").read_text()
HTTP_PAGE = (ROOT / "docs" / "http.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()

FIELDS = Settings.model_fields


def commands(command: Any, name: str = "duebell") -> Iterator[tuple[str, Any]]:
    """Every command of the command line by the words that call it."""
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield name, command
        return
    for word, subcommand in subcommands.items():
        yield from commands(subcommand, f"{name} {word}")


COMMANDS = dict(commands(get_command(command_line)))


def section(name: str) -> str:
    """The part of the page under the command's own heading."""
    return COMMANDS_PAGE.partition(f"### `{name}`\n")[2].partition("\n##")[0]


def default_in_words(field: str) -> str:
    """A setting's default as it is written in an environment file."""
    default = FIELDS[field].default
    return "" if default is None or default == () else str(default)


# -- commands


def test_every_command_that_a_shipped_template_names_is_there() -> None:
    """Whoever is told to type something finds that it works."""
    files = shipped_templates().rglob("*.j2")
    sources = (re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8")) for file in files)
    named = {
        match[0].strip()
        for source in sources
        for match in re.finditer(r"\bduebell [a-z]+( [a-z]+)*", source)
    }

    assert "duebell notifications show" in named
    assert [] == [one for one in named if not any(one.startswith(name) for name in COMMANDS)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    """A command has a heading with text under it, and a help text."""
    assert section(name).strip()
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """Each option of a command stands under its heading, and has a help text."""
    options = [one for one in COMMANDS[name].params if one.name != "help"]

    for option in options:
        assert option.help, f"{name} {option.opts[0]} has no help"
        if option.param_type_name == "option":
            assert f"`{option.opts[0]}`" in section(name)


def test_no_heading_is_left_over() -> None:
    """Every command that the page names exists."""
    headings = re.findall(r"^### `(.+)`$", COMMANDS_PAGE, re.MULTILINE)

    assert sorted(COMMANDS) == sorted(headings)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_documented_option_is_left_over(name: str) -> None:
    """Every option in the table of a command exists."""
    documented = re.findall(r"^\| `(--[a-z-]+)` \|", section(name), re.MULTILINE)

    existing = {opt for one in COMMANDS[name].params for opt in one.opts}
    assert set() == set(documented) - existing


def test_the_listed_fields_are_documented() -> None:
    """The page names all fields of ``notifications list --json``, in their order."""
    promise = section("duebell notifications list").partition("Each object")[2]
    named = re.findall(r"`([a-z_]+)`", promise.partition("\n\n")[0])

    assert list(LISTED) == named


# -- settings


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_documented(field: str) -> None:
    """A setting has a row with its default and its meaning."""
    name = f"{PREFIX}{field.upper()}"
    row = re.search(rf"^\| `{name}` \| (.+?) \| (.+) \|$", SETTINGS_PAGE, re.MULTILINE)

    assert row is not None
    default = default_in_words(field)
    assert (f"`{default}`" if default else "unset") == row[1]


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_in_the_example(field: str) -> None:
    """``.env.example`` has each setting with its default, switched off."""
    line = f"# {PREFIX}{field.upper()}={default_in_words(field)}"

    assert line in EXAMPLE.splitlines()


@pytest.mark.parametrize("page", [SETTINGS_PAGE, EXAMPLE])
def test_no_setting_is_left_over(page: str) -> None:
    """Both name only settings that exist."""
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", page))

    assert {f"{PREFIX}{field.upper()}" for field in FIELDS} == named


def test_the_example_is_the_default(tmp_path: Path) -> None:
    """Taking the # off every line that has a value changes nothing."""
    lines = re.findall(rf"^# ({PREFIX}\w+=.+)$", EXAMPLE, re.MULTILINE)
    path = tmp_path / ".env"
    path.write_text("\n".join(lines))

    assert load_settings(_env_file=None) == load_settings(_env_file=path)


# -- HTTP


def test_every_address_is_documented(tmp_path: Path) -> None:
    """The page has a row for each address that the application serves, and no other."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'duebell.db'}", open_sealer(tmp_path, None))
    app = create_app(ledger, load_settings(_env_file=None), Metrics(), now=utc_now)
    ledger.close()
    routes = [route for route in app.routes if isinstance(route, Route)]
    served = {(method, route.path) for route in routes for method in route.methods or ()}

    documented = set(re.findall(r"^\| `([A-Z]+) (/\S*)` \|", HTTP_PAGE, re.MULTILINE))

    assert documented == {(method, path) for method, path in served if method != "HEAD"}


def test_every_metric_is_documented() -> None:
    """The page of monitoring has a row for each metric, and no other."""
    documented = re.findall(r"^\| `(duebell_\w+)` \|", MONITORING_PAGE, re.MULTILINE)

    assert exposed_metrics() == set(documented)
    assert len(set(documented)) == len(documented)
