"""A sandbox's credentials are for sandboxes, and real ones are for none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.connection.belonging import (
    require_own_freshbooks,
    require_own_token,
    require_own_twilio,
)
from duebell.domain.failures import ConfigurationError
from duebell.sandbox import credentials
from duebell.settings import Settings, load_settings
from duebell.settings_files import write_sandbox

HERE = "http://127.0.0.1:8585"
REAL_ID = "c0ffee" * 10
REAL_SID = "AC" + "c0ffee" * 5 + "00"
_URLS = ("freshbooks_api_url", "twilio_api_url")


def real(home: Path, **changes: object) -> Settings:
    """The settings of an installation with the real FreshBooks and Twilio."""
    return load_settings(_env_file=None, home=home, **changes)


def by_hand(home: Path) -> Settings:
    """A real installation's directory, pointed at a sandbox by whoever tries something."""
    given = {"freshbooks_client_id": credentials.CLIENT_ID}
    return real(
        home, **dict.fromkeys(_URLS, HERE), **given, twilio_account_sid=credentials.ACCOUNT_SID
    )


def in_sandbox(home: Path) -> Settings:
    """A sandbox's installation."""
    write_sandbox(home, {})
    return real(home, **dict.fromkeys(_URLS, HERE))


def require_own(client_id: str, account_sid: str, settings: Settings) -> list[str]:
    """Why each block is refused."""
    refusals: list[str] = []
    for require, value in (
        (require_own_freshbooks, client_id),
        (require_own_twilio, account_sid),
    ):
        try:
            require(value, settings)
        except ConfigurationError as refusal:
            refusals += refusal.faults
    return refusals


def test_a_real_installation_refuses_a_sandboxs_blocks(tmp_path: Path) -> None:
    """Where a sandbox's Prefect server answers, its credentials are refused with a mend."""
    refusals = require_own(credentials.CLIENT_ID, credentials.ACCOUNT_SID, real(tmp_path))

    assert 2 == len(refusals)
    assert {True} == {"sandbox's credentials" in one for one in refusals}
    assert {True} == {"set PREFECT_API_URL" in one for one in refusals}


@pytest.mark.parametrize("installation", [in_sandbox, by_hand])
def test_a_sandbox_refuses_real_blocks(tmp_path: Path, installation: object) -> None:
    """Real credentials are spent on no sandbox, whoever has pointed at it."""
    assert callable(installation)

    refusals = require_own(REAL_ID, REAL_SID, installation(tmp_path))

    assert 2 == len(refusals)
    assert {True} == {"real credentials" in one for one in refusals}
    assert {True} == {"`duebell up --sandbox`" in one for one in refusals}


def test_everybodys_own_blocks_are_used(tmp_path: Path) -> None:
    """A real installation uses real ones, and whatever leads to a sandbox a sandbox's."""
    sandboxs = (credentials.CLIENT_ID, credentials.ACCOUNT_SID)

    assert [] == require_own(REAL_ID, REAL_SID, real(tmp_path))
    assert [] == require_own(*sandboxs, by_hand(tmp_path))
    assert [] == require_own(*sandboxs, in_sandbox(tmp_path))


def test_a_stand_in_of_ones_own_is_no_sandbox(tmp_path: Path) -> None:
    """Real credentials may go to this machine, where the settings have not the sandbox's."""
    proxied = real(tmp_path, **dict.fromkeys(_URLS, HERE), freshbooks_client_id=REAL_ID)

    assert [] == require_own(REAL_ID, REAL_SID, proxied)
    assert [] != require_own(credentials.CLIENT_ID, credentials.ACCOUNT_SID, proxied)


def test_the_sandboxs_token_begins_no_real_connection(tmp_path: Path) -> None:
    """Wherever it comes from, it does not replace what a real connection has rotated to."""
    with pytest.raises(ConfigurationError) as refusal:
        require_own_token(credentials.REFRESH_TOKEN, real(tmp_path))

    assert "`duebell connect freshbooks`" in str(refusal.value)


def test_tokens_begin_the_connections_they_are_for(tmp_path: Path) -> None:
    """A real token begins a real connection, and the sandbox's one with a sandbox."""
    require_own_token("a-real-token", real(tmp_path))
    require_own_token("", real(tmp_path))
    require_own_token(credentials.REFRESH_TOKEN, by_hand(tmp_path))
