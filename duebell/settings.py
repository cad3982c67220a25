"""Settings: environment variables with the prefix ``DUEBELL_``, or the same names in ``.env``.

In a sandbox's data directory those of its ``sandbox.env`` win over ``.env``.

Every field is documented in ``docs/settings.md`` and ``.env.example``; a test keeps it so.
"""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from duebell.domain.failures import ConfigurationError
from duebell.domain.ladder import LadderHours, MissedRungs
from duebell.domain.rules import SafeMode
from duebell.settings_faults import sentence
from duebell.settings_files import (
    ENV_FILE,
    PREFIX,
    is_sandbox,
    settings_files,
    telling_unreadable,
    ways_out,
)

__all__ = ["PREFIX", "Settings", "load_settings", "read_settings"]


class Settings(BaseSettings):
    """How this installation runs. Seconds are seconds; URLs have no trailing slash."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    home: Path = Path(".duebell")
    database_url: str | None = None
    config: Path = Path("duebell.toml")
    templates: Path | None = None
    public_url: str = "http://127.0.0.1:8484"
    bind_host: str = "127.0.0.1"
    port: int = Field(default=8484, ge=0, le=65535)
    secret_key: SecretStr | None = None

    freshbooks_api_url: str = "https://api.freshbooks.com"
    freshbooks_auth_url: str = "https://auth.freshbooks.com"
    twilio_api_url: str = "https://api.twilio.com"
    twilio_email_url: str = "https://comms.twilio.com"
    sendgrid_api_url: str = "https://api.sendgrid.com"
    email_transport: Literal["twilio", "sendgrid"] = "twilio"

    poll_seconds: float = Field(default=300, gt=0)
    reconcile_seconds: float = Field(default=120, gt=0)
    upkeep_seconds: float = Field(default=900, gt=0)
    unknown_grace_seconds: float = Field(default=60, gt=0)
    unknown_policy: Literal["resend", "park"] = "resend"
    sms_per_second: float = Field(default=10, gt=0)
    email_per_second: float = Field(default=10, gt=0)
    max_sends_per_run: int = Field(default=500, ge=1)
    max_sends_per_hour: int = Field(default=2000, ge=1)
    safe_phone: str | None = None
    safe_email: str | None = None
    ladder_hours: str = "09:00-20:00"
    missed_rungs: MissedRungs = MissedRungs.LATEST
    retention_days: int = Field(default=400, ge=1)
    history_days: int | None = Field(default=None, ge=1)
    log_format: Literal["text", "json"] = "text"

    freshbooks_client_id: str | None = None
    freshbooks_client_secret: SecretStr | None = None
    freshbooks_redirect_uri: str | None = None
    freshbooks_refresh_token: SecretStr | None = None
    freshbooks_account_ids: Annotated[tuple[str, ...], NoDecode] = ()

    twilio_account_sid: str | None = None
    twilio_api_key_sid: str | None = None
    twilio_api_key_secret: SecretStr | None = None
    twilio_auth_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    twilio_from: str | None = None
    twilio_messaging_service_sid: str | None = None
    twilio_email_from: str | None = None

    sendgrid_api_key: SecretStr | None = None
    sendgrid_webhook_key: str | None = None
    sendgrid_email_from: str | None = None

    @field_validator("freshbooks_account_ids", "twilio_auth_tokens", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("history_days", mode="before")
    @classmethod
    def _never(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator(
        *("public_url", "freshbooks_api_url", "freshbooks_auth_url"),
        *("twilio_api_url", "twilio_email_url", "sendgrid_api_url"),
    )
    @classmethod
    def _absolute_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must be an absolute URL that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("safe_phone")
    @classmethod
    def _e164(cls, value: str | None) -> str | None:
        if value and re.fullmatch(r"\+[1-9][0-9]{6,14}", value) is None:
            raise ValueError("must be a number with + and its country code, like +12125550100")
        return value or None

    @field_validator("safe_email", "twilio_email_from", "sendgrid_email_from")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) is None:
            raise ValueError("must be an email address, like test@firm.example")
        return value or None

    @field_validator("ladder_hours")
    @classmethod
    def _two_times(cls, value: str) -> str:
        _read_hours(value)
        return value

    @property
    def ladder_window(self) -> LadderHours:
        """Between which times of day rungs of the ladder may be told."""
        return _read_hours(self.ladder_hours)

    @property
    def is_sandbox(self) -> bool:
        """Whether this is a sandbox's installation, from which nothing real is reached."""
        return is_sandbox(self.home)

    @property
    def safe_mode(self) -> SafeMode | None:
        """Where everything goes in safe mode; None where the rulebook decides about it."""
        if not (self.safe_phone or self.safe_email):
            return None
        return SafeMode(self.safe_phone or "", self.safe_email or "")

    @property
    def sealing_key(self) -> str | None:
        """The key that seals secrets in the ledger; None where it is in a file in HOME."""
        return self.secret_key.get_secret_value() if self.secret_key else None

    @property
    def ledger_url(self) -> str:
        """The SQLAlchemy URL of the ledger."""
        if self.database_url is None:
            return f"sqlite:///{self.home.absolute() / 'duebell.db'}"
        for scheme in ("postgresql://", "postgres://"):
            if self.database_url.startswith(scheme):
                return "postgresql+psycopg://" + self.database_url.removeprefix(scheme)
        return self.database_url


def _read_hours(value: str) -> LadderHours:
    begin, dash, end = value.partition("-")
    try:
        hours = LadderHours(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))
    except ValueError:
        dash = ""
    if not dash or hours.begin.tzinfo or hours.end.tzinfo or hours.begin >= hours.end:
        raise ValueError("must be two times of one day, like 09:00-20:00")
    return hours


def load_settings(**overrides: object) -> Settings:
    """Read the settings; ``_env_file`` names another file, or None for none.

    Raises:
        ConfigurationError: with one sentence for every setting that is wrong.
    """
    if "_env_file" in overrides:
        return _read(**overrides)
    home = overrides.get("home")
    files = settings_files(home if isinstance(home, Path) else None)
    settings = _read(_env_file=files, **overrides)
    if settings.is_sandbox and (ways := ways_out(settings.home, settings.model_dump())):
        raise ConfigurationError(ways)
    return settings


def _read(**values: object) -> Settings:
    try:
        with telling_unreadable():
            return Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigurationError([_sentence(fault) for fault in error.errors()]) from None


def read_settings(**overrides: object) -> tuple[Settings, list[str]]:
    """The settings, with the default for each that is wrong, and a sentence about each of those.

    For whoever tells all faults at once, those that follow from other settings among them.
    """
    try:
        return load_settings(**overrides), []
    except ConfigurationError as error:
        faults = list(error.faults)
    wrong = [name for name in Settings.model_fields if _is_about(name, faults)]
    defaults = {name: Settings.model_fields[name].default for name in wrong}
    return load_settings(**{**overrides, **defaults}), faults


def _sentence(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else "?"
    field = Settings.model_fields.get(name)
    return f"{_variable(name)}: {sentence(fault, field.default if field else None)}"


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _is_about(name: str, faults: list[str]) -> bool:
    return any(fault.startswith(f"{_variable(name)}:") for fault in faults)
