"""SendGrid's mail/send, behind a bearer token.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Call, Header, json_answer
from duebell.sandbox.faults import Faults
from duebell.sandbox.intake import TOO_LARGE, Intake
from duebell.sandbox.saving import Saver
from duebell.sandbox.scenarios import EVENT_FATES, EVENTS, SENDGRID
from duebell.sandbox.sendgrid_lifecycle import ACCEPTED, SendGridLifecycle
from duebell.sandbox.sendgrid_wire import MOST_BYTES, error_of_status, errors, find_fault
from duebell.sandbox.state import Email, State

_SEND = ["v3", "mail", "send"]
_SCOPES = ["v3", "scopes"]
_NOT_FOUND = errors(404, "not found", None)


class SendGrid:
    """The part of SendGrid's Web API that sends."""

    def __init__(
        self,
        state: State,
        faults: Faults,
        lifecycle: SendGridLifecycle,
        saver: Saver,
        now: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self._state = state
        self._faults = faults
        self._lifecycle = lifecycle
        self._saver = saver
        self._now = now
        self._rng = rng
        self._intake = Intake(
            SENDGRID, state, faults, now, error_of_status, self._reset_headers, self._reset_headers
        )

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/v3``."""
        if call.header(b"authorization") != f"Bearer {credentials.SENDGRID_API_KEY}":
            self._state.count("sendgrid.refused_credentials")
            return error_of_status(401, "", ())
        if call.parts == _SCOPES and call.method == "GET":
            self._state.count("sendgrid.scopes")
            return json_answer(200, {"scopes": ["mail.send", "scopes.read"]})
        if call.parts == _SEND and call.method == "POST":
            return await self._send(call)
        return _NOT_FOUND

    async def _send(self, call: Call) -> Answer:
        rate = self._state.tunables.emails_per_second
        whom = _first_recipient(call.json())
        return await self._intake.take(whom, rate, lambda: self._take(call))

    def _take(self, call: Call) -> Answer:
        if len(call.body) > MOST_BYTES:
            return TOO_LARGE
        order = call.json()
        if fault := find_fault(order):
            self._state.count(f"sendgrid.rejected.{fault[0]}")
            return errors(*fault)
        if _is_sandbox_mode(order):
            return Answer(200, b"")
        message_id = base64.urlsafe_b64encode(self._rng.randbytes(16)).decode().rstrip("=")
        for place, (one, recipient) in enumerate(_recipients(order)):
            self._keep(self._email(order, one, recipient, message_id, place))
        return Answer(202, b"", ((b"x-message-id", message_id.encode()),))

    def _email(
        self,
        order: dict[str, Any],
        one: dict[str, Any],
        recipient: dict[str, Any],
        message_id: str,
        place: int,
    ) -> Email:
        at, values = (
            self._now().timestamp(),
            {row["type"]: row["value"] for row in order["content"]},
        )
        return Email(
            id=f"{message_id}-{place}",
            provider=SENDGRID,
            batch_id=message_id,
            to=recipient["email"],
            to_name=str(recipient.get("name") or ""),
            sender=order["from"]["email"],
            sender_name=str(order["from"].get("name") or ""),
            subject=str(one.get("subject") or order["subject"]),
            text=values.get("text/plain", ""),
            html=values.get("text/html", ""),
            status=ACCEPTED,
            created=at,
            updated=at,
            labels={**(order.get("custom_args") or {}), **(one.get("custom_args") or {})},
            headers={**(order.get("headers") or {}), **(one.get("headers") or {})},
            fate="",
        )

    def _keep(self, email: Email) -> None:
        reason = self._state.unmailable.get(email.to.lower())
        if reason is None:
            fate, code = self._faults.take_coded(SENDGRID, EVENT_FATES, email.to)
        else:
            fate, code = "dropped", reason
        email.fate, email.fate_code = fate, code
        email.telling = self._faults.take_each(SENDGRID, EVENTS, email.to)
        self._state.emails[email.id] = email
        self._state.count("sendgrid.accepted")
        self._saver.note_change()
        self._lifecycle.begin(email)

    def _reset_headers(self) -> tuple[Header, ...]:
        reset = str(int(self._now().timestamp()) + 1).encode()
        limits = ((b"x-ratelimit-limit", b"600"), (b"x-ratelimit-remaining", b"0"))
        return (*limits, (b"x-ratelimit-reset", reset))


def _recipients(order: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(one, recipient) for one in order["personalizations"] for recipient in one["to"]]


def _first_recipient(order: dict[str, Any]) -> str:
    match order:
        case {"personalizations": [{"to": [{"email": str(address)}, *_]}, *_]}:
            return address
    return ""


def _is_sandbox_mode(order: dict[str, Any]) -> bool:
    match order:
        case {"mail_settings": {"sandbox_mode": {"enable": True}}}:
            return True
    return False
