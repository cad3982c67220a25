"""Twilio's Messages: create, fetch and list, behind HTTP Basic.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Call, Header, json_answer
from duebell.sandbox.faults import Faults
from duebell.sandbox.intake import Intake
from duebell.sandbox.saving import Saver
from duebell.sandbox.scenarios import BODIES, CALLBACKS, TEXT_FATES, TWILIO
from duebell.sandbox.state import State, Text
from duebell.sandbox.twilio_access import has_auth_token, is_known
from duebell.sandbox.twilio_account import answer_about_account
from duebell.sandbox.twilio_bodies import altered
from duebell.sandbox.twilio_lifecycle import Lifecycle
from duebell.sandbox.twilio_lists import page_of_texts
from duebell.sandbox.twilio_wire import (
    OPTED_OUT,
    error_answer,
    error_of_status,
    fault_of_recipient,
    find_fault,
    text_wire,
)

_COLLECTION = ["2010-04-01", "Accounts", credentials.ACCOUNT_SID, "Messages.json"]
_ITEM = [*_COLLECTION[:3], "Messages"]
_NOT_FOUND = error_answer(404, 20404, "The requested resource was not found")


class TwilioMessages:
    """The Messages resource of one account."""

    def __init__(
        self,
        state: State,
        faults: Faults,
        lifecycle: Lifecycle,
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
        self._intake = Intake(TWILIO, state, faults, now, error_of_status)
        self._by_recipient: defaultdict[str, list[Text]] = defaultdict(list)
        self.index_again()

    def index_again(self) -> None:
        """Sort the texts by recipient; needed after the state was replaced."""
        self._by_recipient.clear()
        for text in self._state.texts.values():
            self._by_recipient[text.to].append(text)

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/2010-04-01``."""
        if not is_known(call):
            self._state.count("twilio.refused_credentials")
            return error_answer(401, 20003, "Authenticate", (b"www-authenticate", b"Basic"))
        about = answer_about_account(self._state, call, has_auth_token=has_auth_token(call))
        if about is not None:
            return about
        if call.parts == _COLLECTION:
            return await self._create(call) if call.method == "POST" else self._list(call)
        if call.parts[:4] == _ITEM and len(call.parts) == 5 and call.method == "GET":
            return self._fetch(call.parts[4].removesuffix(".json"))
        return _NOT_FOUND

    async def _create(self, call: Call) -> Answer:
        form = call.form()
        rate = self._state.tunables.texts_per_second
        return await self._intake.take(form.get("To", ""), rate, lambda: self._take(form))

    def _take(self, form: dict[str, str]) -> Answer:
        found, later = find_fault(form), None
        if found is None:
            later = self._fault_of_recipient(form["To"])
            # With a Messaging Service Twilio looks at the recipient only after it has accepted.
            if not (form.get("MessagingServiceSid") and self._state.tunables.service_fails_later):
                found = later
        if found is not None:
            self._state.count(f"twilio.rejected.{found[0]}")
            return error_answer(400, *found)
        text = self._accept(form, 0 if later is None else later[0])
        return json_answer(201, text_wire(text), *self._request_headers())

    def _fault_of_recipient(self, recipient: str) -> tuple[int, str] | None:
        return OPTED_OUT if recipient in self._state.opted_out else fault_of_recipient(recipient)

    def _accept(self, form: dict[str, str], fails_with: int) -> Text:
        at, service, to = self._now().timestamp(), form.get("MessagingServiceSid"), form["To"]
        callback_url = form.get("StatusCallback", "")
        fate, code = self._faults.take_coded(TWILIO, TEXT_FATES, to)
        period = form.get("ValidityPeriod")
        text = Text(
            sid=f"SM{self._rng.getrandbits(128):032x}",
            to=to,
            sender=form.get("From"),
            service=service,
            body=altered(form["Body"], self._faults.take_each(TWILIO, BODIES, to)),
            status="accepted" if service else "queued",
            created=at,
            updated=at,
            sent=None,
            callback_url=callback_url,
            notification_id=_notification_id(callback_url),
            fate="failed" if fails_with else fate,
            fate_code=fails_with or (int(code) if code else None),
            telling=self._faults.take_each(TWILIO, CALLBACKS, to),
            valid_for=int(period) if period else None,
        )
        self._keep(text)
        self._lifecycle.begin(text)
        return text

    def _keep(self, text: Text) -> None:
        self._state.texts[text.sid] = text
        self._by_recipient[text.to].append(text)
        self._state.count("twilio.accepted")
        self._saver.note_change()

    def _request_headers(self) -> tuple[Header, ...]:
        request_id = f"RQ{self._rng.getrandbits(128):032x}".encode()
        at_once = str(self._intake.at_once).encode()
        return ((b"twilio-request-id", request_id), (b"twilio-concurrent-requests", at_once))

    def _fetch(self, sid: str) -> Answer:
        self._state.count("twilio.fetches")
        text = self._state.texts.get(sid)
        answer = _NOT_FOUND if text is None else json_answer(200, text_wire(text))
        return self._intake.question_fails() or answer

    def _list(self, call: Call) -> Answer:
        self._state.count("twilio.lists")
        wanted = call.query().get("To")
        texts = self._state.texts.values() if wanted is None else self._by_recipient.get(wanted, [])
        before = self._now().timestamp() - self._state.tunables.list_delay_seconds
        page = page_of_texts(call, reversed(list(texts)), before)
        return self._intake.question_fails() or json_answer(200, page)


def _notification_id(callback_url: str) -> str | None:
    if not callback_url:
        return None
    return parse_qs(urlsplit(callback_url).query).get("n", [None])[0]
