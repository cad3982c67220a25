"""Twilio's Messages: create, fetch and list, behind HTTP Basic.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import base64
import operator
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from duebell.sandbox import credentials
from duebell.sandbox.exchange import (
    Answer,
    Call,
    DropConnection,
    Header,
    NoAnswer,
    html_answer,
    json_answer,
)
from duebell.sandbox.faults import AFTER_ACCEPT, BEFORE_ACCEPT, FATES, TWILIO, Faults
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import State, Text
from duebell.sandbox.twilio_account import answer_about_account
from duebell.sandbox.twilio_lifecycle import Lifecycle
from duebell.sandbox.twilio_wire import OPTED_OUT, error_answer, find_fault, text_wire

#: Both ends are included. Texts that were not sent yet have no date and so fall out.
_DATE_FILTERS: dict[str, Callable[[str, str], bool]] = {
    "DateSent": operator.eq,
    "DateSent<": operator.le,
    "DateSent>": operator.ge,
}

DEFAULT_ROWS = 50
MOST_ROWS = 1000


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


_WITH_AUTH_TOKEN = _basic(credentials.ACCOUNT_SID, credentials.AUTH_TOKEN)
_GOOD_CREDENTIALS = frozenset(
    {_basic(credentials.API_KEY_SID, credentials.API_KEY_SECRET), _WITH_AUTH_TOKEN}
)
_COLLECTION = ["2010-04-01", "Accounts", credentials.ACCOUNT_SID, "Messages.json"]
_ITEM = [*_COLLECTION[:3], "Messages"]
_NOT_FOUND = error_answer(404, 20404, "The requested resource was not found")
_INTERNAL = error_answer(500, 20500, "An internal server error has occurred")


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
        self._by_recipient: defaultdict[str, list[Text]] = defaultdict(list)
        self.index_again()

    def index_again(self) -> None:
        """Sort the texts by recipient; needed after the state was replaced."""
        self._by_recipient.clear()
        for text in self._state.texts.values():
            self._by_recipient[text.to].append(text)

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/2010-04-01``."""
        if call.header(b"authorization") not in _GOOD_CREDENTIALS:
            self._state.count("twilio.refused_credentials")
            return error_answer(401, 20003, "Authenticate", (b"www-authenticate", b"Basic"))
        has_auth_token = call.header(b"authorization") == _WITH_AUTH_TOKEN
        about = answer_about_account(self._state, call, has_auth_token=has_auth_token)
        if about is not None:
            return about
        if call.parts == _COLLECTION:
            return self._create(call) if call.method == "POST" else self._list(call)
        if call.parts[:4] == _ITEM and len(call.parts) == 5 and call.method == "GET":
            self._state.count("twilio.fetches")
            text = self._state.texts.get(call.parts[4].removesuffix(".json"))
            return _NOT_FOUND if text is None else json_answer(200, text_wire(text))
        return _NOT_FOUND

    def _create(self, call: Call) -> Answer:
        self._state.count("twilio.creates")
        form = call.form()
        recipient = form.get("To", "")
        fault = self._faults.take(TWILIO, BEFORE_ACCEPT, recipient)
        if fault:
            return self._refuse(fault)
        found = find_fault(form) or (OPTED_OUT if recipient in self._state.opted_out else None)
        if found is not None:
            self._state.count(f"twilio.rejected.{found[0]}")
            return error_answer(400, *found)
        answer = json_answer(201, text_wire(self._accept(form)), *self._request_headers())
        return self._spoil(answer, self._faults.take(TWILIO, AFTER_ACCEPT, recipient))

    def _refuse(self, fault: str) -> Answer:
        if fault == "drop-before-accept":
            raise DropConnection
        if fault == "500-before-accept":
            return _INTERNAL
        self._state.count("twilio.429s")
        pause: tuple[Header, ...] = ((b"retry-after", b"1"),)
        headers = pause if fault == "429-retry-after" else ()
        return error_answer(429, 20429, "Too Many Requests", *headers)

    @staticmethod
    def _spoil(answer: Answer, fault: str) -> Answer:
        if fault == "drop-after-accept":
            raise DropConnection
        if fault == "no-answer":
            raise NoAnswer
        if fault == "500-after-accept":
            return _INTERNAL
        if fault == "502-html-after-accept":
            return html_answer(502, "502 Bad Gateway")
        return answer

    def _accept(self, form: dict[str, str]) -> Text:
        at, service = self._now().timestamp(), form.get("MessagingServiceSid")
        callback_url = form.get("StatusCallback", "")
        text = Text(
            sid=f"SM{self._rng.getrandbits(128):032x}",
            to=form["To"],
            sender=form.get("From"),
            service=service,
            body=form["Body"],
            status="accepted" if service else "queued",
            created=at,
            updated=at,
            sent=None,
            callback_url=callback_url,
            notification_id=_notification_id(callback_url),
            fate=self._faults.take(TWILIO, FATES, form["To"]),
        )
        self._state.texts[text.sid] = text
        self._by_recipient[text.to].append(text)
        self._state.count("twilio.accepted")
        self._saver.note_change()
        self._lifecycle.begin(text)
        return text

    def _request_headers(self) -> tuple[Header, ...]:
        request_id = f"RQ{self._rng.getrandbits(128):032x}".encode()
        return ((b"twilio-request-id", request_id), (b"twilio-concurrent-requests", b"1"))

    def _list(self, call: Call) -> Answer:
        self._state.count("twilio.lists")
        query = call.query()
        if "To" in query:
            rows = self._by_recipient.get(query["To"], [])[::-1]
        else:
            rows = list(self._state.texts.values())[::-1]
        rows = [text for text in rows if _is_wanted(text, query)]
        token = query.get("PageToken", "").removeprefix("PA")
        first = next((place + 1 for place, row in enumerate(rows) if row.sid == token), 0)
        size = _page_size(query.get("PageSize", ""))
        return json_answer(200, _envelope(call, query, rows[first : first + size + 1], size))


def _notification_id(callback_url: str) -> str | None:
    if not callback_url:
        return None
    return parse_qs(urlsplit(callback_url).query).get("n", [None])[0]


def _page_size(word: str) -> int:
    return max(1, min(int(word), MOST_ROWS)) if word.isdecimal() else DEFAULT_ROWS


def _is_wanted(text: Text, query: dict[str, str]) -> bool:
    # Filters that Twilio does not know (Status, DateCreated, ...) are ignored, not refused.
    if query.get("From", text.sender) != text.sender:
        return False
    for name, fits in _DATE_FILTERS.items():
        asked = query.get(name)
        if asked and (text.sent is None or not fits(_moment(text.sent, asked), asked)):
            return False
    return True


def _moment(sent: float, asked: str) -> str:
    # A day is compared with the day, a time with the time; both are written in GMT.
    return datetime.fromtimestamp(sent, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")[: len(asked)]


def _envelope(
    call: Call, query: dict[str, str], rows_and_one: list[Text], size: int
) -> dict[str, object]:
    rows = rows_and_one[:size]
    number = int(query.get("Page", "0")) if query.get("Page", "0").isdecimal() else 0
    kept = {name: value for name, value in query.items() if name not in ("Page", "PageToken")}
    kept["PageSize"] = str(size)
    following = None
    if len(rows_and_one) > size:
        where = {**kept, "Page": str(number + 1), "PageToken": f"PA{rows[-1].sid}"}
        following = f"{call.path}?{urlencode(where)}"
    return {
        "messages": [text_wire(text) for text in rows],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(len(rows) - 1, 0),
        "uri": f"{call.path}?{urlencode({**kept, 'Page': str(number)})}",
        "first_page_uri": f"{call.path}?{urlencode({**kept, 'Page': '0'})}",
        "next_page_uri": following,
        "previous_page_uri": None,
    }
