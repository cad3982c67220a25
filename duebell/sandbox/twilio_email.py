"""Twilio Email: send, list, fetch and operations, behind the same HTTP Basic as texts.

https://www.twilio.com/docs/email/api/overview
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from duebell.sandbox.email_lifecycle import EmailLifecycle
from duebell.sandbox.exchange import Answer, Call, json_answer
from duebell.sandbox.faults import Faults
from duebell.sandbox.intake import RETRY_AFTER, Intake
from duebell.sandbox.liquid import LiquidError, render
from duebell.sandbox.saving import Saver
from duebell.sandbox.scenarios import EMAIL_FATES, TWILIO_EMAIL
from duebell.sandbox.state import Email, State
from duebell.sandbox.twilio_access import is_known
from duebell.sandbox.twilio_email_lists import BadFilter, page_of_emails, tags_in
from duebell.sandbox.twilio_email_wire import (
    MOST_BYTES,
    email_wire,
    error_wire,
    faults_in,
    has_error,
    operation_wire,
    problem,
    problem_of_status,
)

#: After this long Twilio forgets an email and its operation.
RETENTION_SECONDS = 7 * 86400

_BASE = ["v1", "Emails"]
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_NOT_FOUND = problem(404, ["The requested resource was not found"])


class TwilioEmail:
    """The Emails resource of one account."""

    def __init__(
        self,
        state: State,
        faults: Faults,
        lifecycle: EmailLifecycle,
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
            TWILIO_EMAIL, state, faults, now, problem_of_status, usual_pause=lambda: RETRY_AFTER
        )
        self._by_operation: defaultdict[str, list[Email]] = defaultdict(list)
        self._by_notification: defaultdict[str, list[Email]] = defaultdict(list)
        self.index_again()

    def index_again(self) -> None:
        """Sort the emails; needed after the state was replaced."""
        self._by_operation.clear()
        self._by_notification.clear()
        for email in self._state.emails.values():
            if email.provider == TWILIO_EMAIL:
                self._index(email)

    def _index(self, email: Email) -> None:
        self._by_operation[email.batch_id].append(email)
        self._by_notification[email.notification_id or ""].append(email)

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/v1``."""
        if not is_known(call):
            self._state.count("twilio-email.refused_credentials")
            return problem(401, [], ((b"www-authenticate", b"Basic"),))
        if call.parts == _BASE and call.method == "POST":
            return await self._create(call)
        if call.parts[:2] != _BASE or call.method != "GET":
            return _NOT_FOUND
        return self._intake.question_fails() or self._look(call, call.parts[2:])

    async def _create(self, call: Call) -> Answer:
        order, rate = call.json(), self._state.tunables.emails_per_second
        return await self._intake.take(_first_recipient(order), rate, lambda: self._take(call))

    def _take(self, call: Call) -> Answer:
        order = call.json()
        faults = faults_in(order)
        if len(call.body) > MOST_BYTES:
            faults.append("The request is larger than 5 MB")
        if faults:
            return self._refuse(faults)
        operation_id, at = self._new_id("operation"), self._now().timestamp()
        try:
            emails = [self._email(order, one, operation_id, at) for one in order["to"]]
        except LiquidError as error:
            return self._refuse([f"Liquid syntax error: {error}"])
        for email in emails:
            self._keep(email)
        where = f"https://comms.twilio.com/v1/Emails/Operations/{operation_id}"
        return json_answer(202, {"operationId": operation_id, "operationLocation": where})

    def _refuse(self, faults: list[str]) -> Answer:
        self._state.count("twilio-email.rejected")
        return problem(400, faults)

    def _email(
        self, order: dict[str, Any], recipient: dict[str, Any], operation_id: str, at: float
    ) -> Email:
        content, variables = order["content"], recipient.get("variables")
        variables = variables if isinstance(variables, dict) else {}
        return Email(
            id=self._new_id("email"),
            provider=TWILIO_EMAIL,
            batch_id=operation_id,
            to=recipient["address"],
            to_name=render(str(recipient.get("name") or ""), variables),
            sender=order["from"]["address"],
            sender_name=render(str(order["from"].get("name") or ""), variables),
            subject=render(content["subject"], variables),
            text=render(str(content.get("text") or ""), variables),
            html=render(content["html"], variables),
            status="QUEUED",
            created=at,
            updated=at,
            labels=dict(order.get("tags", {})),
            headers={},
            fate="",
        )

    def _new_id(self, kind: str) -> str:
        word = "".join(self._rng.choice(_BASE32) for _ in range(25))
        return f"comms_{kind}_{self._rng.randrange(8)}{word}"

    def _keep(self, email: Email) -> None:
        email.fate = self._faults.take(TWILIO_EMAIL, EMAIL_FATES, email.to)
        self._state.emails[email.id] = email
        self._index(email)
        self._state.count("twilio-email.accepted")
        self._saver.note_change()
        self._lifecycle.begin(email)

    def _look(self, call: Call, path: Sequence[str]) -> Answer:
        if path[:1] == ["Operations"]:
            return self._look_at_operations(path[1:])
        if not path:
            return self._list(call)
        self._state.count("twilio-email.fetches")
        email = self._state.emails.get(path[0])
        if len(path) > 1 or email is None or not self._kept([email]):
            return _NOT_FOUND
        return json_answer(200, email_wire(email))

    def _look_at_operations(self, path: Sequence[str]) -> Answer:
        self._state.count("twilio-email.operations")
        pages = {"next": None, "self": None}
        if not path:
            kept = [found for rows in self._by_operation.values() if (found := self._kept(rows))]
            operations = [operation_wire(rows) for rows in reversed(kept)]
            return json_answer(200, {"operations": operations, "pagination": pages})
        emails = self._kept(self._by_operation.get(path[0], []))
        if not emails or path[1:] not in ([], ["Errors"]):
            return _NOT_FOUND
        if not path[1:]:
            return json_answer(200, operation_wire(emails))
        errors = [error_wire(email) for email in emails if has_error(email)]
        return json_answer(200, {"errors": errors, "pagination": pages})

    def _list(self, call: Call) -> Answer:
        self._state.count("twilio-email.lists")
        tunables, at = self._state.tunables, self._now().timestamp()
        try:
            emails = self._kept(self._candidates(call.query()))[::-1]
            page = page_of_emails(
                call,
                emails,
                at - tunables.tag_delay_seconds,
                next_is_link=tunables.next_page_is_link,
            )
        except BadFilter as name:
            return problem(400, [f"Invalid value provided for parameter '{name}'"])
        return json_answer(200, page)

    def _candidates(self, query: dict[str, str]) -> list[Email]:
        if "operationId" in query:
            return self._by_operation.get(query["operationId"], [])
        if nid := tags_in(query).get("nid"):
            return self._by_notification.get(nid, [])
        return [email for emails in self._by_operation.values() for email in emails]

    def _kept(self, emails: list[Email]) -> list[Email]:
        oldest = self._now().timestamp() - RETENTION_SECONDS
        found = (email for email in emails if email.provider == TWILIO_EMAIL)
        return [email for email in found if email.created >= oldest]


def _first_recipient(order: dict[str, Any]) -> str:
    match order:
        case {"to": [{"address": str(address)}, *_]}:
            return address
    return ""
