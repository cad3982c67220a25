"""The settings of the sandbox: durations, and FreshBooks' behaviours that nobody documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duebell.sandbox import credentials

#: The registered address, and any port and path of this machine, for a program that waits there.
REDIRECT_URIS = " ".join(
    (credentials.REDIRECT_URI, "https://localhost:*", "https://127.0.0.1:*"),
)

#: The settings that are one word of a few.
CHOICES = {
    "callback_times": ("iso", "eastern"),
    "twilio_signs_with": (
        *("auth-token", "second-token", "unknown-token"),
        *("shared-key-sha1", "shared-key-sha256"),
    ),
    "sendgrid_signs": ("well", "wrongly", "not"),
}


class BadSetting(ValueError):
    """A setting that cannot be turned so; the message says why."""


@dataclass
class Tunables:
    """What tests and benchmarks may turn; all durations in seconds.

    ``docs/sandbox.md`` says what each does.
    """

    expires_in: int = 43200
    handshake_first: bool = True
    delivery_tries: int = 4
    retry_seconds: float = 1.0
    delivery_timeout_seconds: float = 10.0
    slow_seconds: float = 2.0
    late_seconds: float = 2.0
    answer_seconds: float = 0.0
    texts_per_second: float = 0.0
    emails_per_second: float = 0.0
    most_at_once: int = 0
    list_delay_seconds: float = 0.0
    tag_delay_seconds: float = 0.0
    next_page_is_link: bool = False
    sent_after_seconds: float = 0.05
    final_after_seconds: float = 0.2
    twilio_account_status: str = "active"
    twilio_number_texts: bool = True
    twilio_inbound_url: str = ""
    twilio_signs_with: str = "auth-token"
    service_fails_later: bool = True
    sendgrid_events_url: str = ""
    sendgrid_signs: str = "well"
    event_batch_seconds: float = 0.05
    second_business: bool = False
    echo_updates: bool = False
    v3_status_honoured: bool = True
    partial_says_overdue: bool = False
    updated_min_kinds: str = "invoice,client,payment,expense"
    deleted_readable: bool = True
    removed_errno: int = 1012
    rate_limit_per_minute: int = 0
    redirect_uris: str = REDIRECT_URIS
    refresh_needs_redirect_uri: bool = False
    resend_repeats: bool = False
    callback_times: str = "iso"
    disable_after_failures: int = 0
    disabled_vanish: bool = False

    def turn(self, settings: dict[str, Any]) -> None:
        """Change some of them, or none at all.

        Raises:
            BadSetting: if one does not exist or cannot have that value.
        """
        unknown = settings.keys() - vars(self).keys()
        if unknown:
            raise BadSetting(f"there is no setting {', '.join(sorted(unknown))}")
        turned = {
            name: _converted(name, getattr(self, name), value) for name, value in settings.items()
        }
        vars(self).update(turned)


def _converted(name: str, current: object, value: object) -> object:
    if isinstance(current, bool) and not isinstance(value, bool):
        raise BadSetting(f"{name} is true or false")
    if name in CHOICES and value not in CHOICES[name]:
        raise BadSetting(f"{name} is {' or '.join(CHOICES[name])}")
    if name == "removed_errno" and value not in (1011, 1012):
        raise BadSetting("removed_errno is 1011 or 1012")
    return type(current)(value)  # type: ignore[call-arg]
