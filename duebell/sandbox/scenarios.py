"""The names of what can be made to go wrong, and what each does."""

from __future__ import annotations

TWILIO = "twilio"
FRESHBOOKS = "freshbooks"
TWILIO_EMAIL = "twilio-email"
SENDGRID = "sendgrid"

_BEFORE_ACCEPT = {
    "429": "refuses the {it}: too many requests",
    "429-retry-after": "the same, with Retry-After: 1",
    "401": "refuses the credentials, though they are good",
    "refused": "refuses the {it} with status 400{and_its_code}",
    "503-bare": "answers 503 without Retry-After; nothing was accepted",
    "503-retry-after": "the same, with Retry-After: 1",
    "500-before-accept": "answers 500; nothing was accepted",
    "drop-before-accept": "closes the connection; nothing was accepted",
}
_SENDGRIDS_OWN = {
    "429-retry-after": "the same, with X-RateLimit-Reset a second ahead, and no Retry-After",
    "403": "forbids to send, as after too many bad requests",
    "413": "refuses the email with an HTML page: too large",
}
_AFTER_ACCEPT = {
    "500-after-accept": "accepts the {it}, then answers 500",
    "502-html-after-accept": "accepts the {it}, then answers an HTML page with status 502",
    "no-answer": "accepts the {it}, then never answers",
    "drop-after-accept": "accepts the {it}, then closes the connection",
    "unreadable-answer": "accepts the {it}, then answers well, but without its id",
    "slow-answer": "accepts the {it}, then takes slow_seconds to say so; reports overtake it",
}
_CALLBACKS = {
    "callbacks-lost": "the text fares as ever, but no status callback is sent",
    "callbacks-doubled": "sends every status callback twice",
    "callbacks-reordered": "sends the callback for the final status before the one for sent",
    "callbacks-late": "sends every status callback late_seconds later",
}
_BODIES = {
    "smart-encoded": "keeps the body with plain letters for typographic ones",
    "trial-prefix": "keeps the body behind the words of a trial account",
}
_TEXT_FATES = {
    "undelivered": "the text ends as undelivered with error 30003, or another code",
    "failed": "the text fails before it is sent, with error 30001, or another code",
    "expired": "the text fails with error 30036: it waited longer than its ValidityPeriod",
    "stays-queued": "nothing more becomes of the text",
    "stays-sent": "the text is sent, and the carrier never says more",
    "partially-delivered": "the text ends as partially_delivered, a word that nobody explains",
    "read": "the text is delivered, then read",
    "new-word": "the text is sent, and then has a status that nobody knows",
    "contradicted": "the text is told as delivered, then as undelivered, which is true",
}
_EMAIL_FATES = {
    "undelivered": "the email ends as UNDELIVERED",
    "failed": "the email ends as FAILED without being sent",
    "canceled": "the email ends as CANCELED",
    "stays-queued": "nothing more becomes of the email",
    "stays-sent": "the email is sent, and nothing more is heard",
    "opened": "the email is delivered, then opened",
    "new-word": "the email is sent, and then has a status that nobody knows",
}
_EVENT_FATES = {
    "bounce": "the receiver's server refuses the email for good; its address is suppressed",
    "bounce-async": "the email is delivered, then bounces in an event without sg_message_id",
    "bounce-bare": "the same without custom_args too, so that only the address is known",
    "blocked": "the receiver's server refuses this email; the next one is tried",
    "dropped": "SendGrid drops the email: Bounced Address, or another reason in code",
    "deferred": "the receiver's server puts the email off once, then takes it",
    "spamreport": "the email is delivered, then reported as spam; its address is suppressed",
    "unsubscribe": "the email is delivered, then answered with unsubscribe, and suppressed",
    "group-unsubscribe": "the same for a group of mails",
    "opened": "the email is delivered, then opened and clicked",
    "stays-processed": "nothing more becomes of the email",
    "stays-deferred": "the email is put off, and nothing more is heard",
}
_EVENTS = {
    "events-lost": "the email fares as ever, but no event is posted",
    "events-doubled": "every event comes twice in its batch, and once more in a batch of its own",
    "events-reordered": "posts the event for the end before the ones that came first",
    "events-late": "posts every event late_seconds later",
    "events-strange": "puts an unknown event, one of somebody else's and a broken one beside each",
}
_FRESHBOOKS = {
    "token-answer-lost": "rotates the refresh token, then closes the connection",
    "token-502": "answers a request for tokens with an HTML page, and rotates nothing",
    "401-once": "refuses a good access token (once, unless count says otherwise)",
    "429": "refuses a call: too many requests, with Retry-After: 1",
    "429-bare": "the same, without Retry-After",
    "500": "answers a call with an HTML page with status 500",
    "502": "the same with status 502",
    "503": "the same with status 503",
    "200-error": "answers a call for records with status 200 and an error in it",
    "dated-errors": "gives errors about records the shape of dated versions",
    "slow": "takes slow_seconds for a call",
    "account-inactive": "refuses an account's calls with 403 and errno 1042",
    "no-bills": "refuses bills and bill vendors, as on a plan without them",
    "rows-shift": "deletes the first row of a list before a page after the first is read",
    "rows-appear": "puts another row before the first, before a page after the first is read",
    "deliveries-doubled": "sends every delivery twice, at once",
    "deliveries-late": "sends a delivery late_seconds later; those behind it overtake it",
    "deliveries-lost": "sends no delivery; it is recorded as lost",
}
_QUESTIONS = {"questions-fail": "answers questions about {it}s with status 500"}


def _about(thing: str, code: str, *tables: dict[str, str]) -> dict[str, str]:
    both = {name: words for table in tables for name, words in table.items()}
    return {name: words.format(it=thing, and_its_code=code) for name, words in both.items()}


#: provider -> scenario -> what it does. ``docs/sandbox.md`` shows the same table. A name that
#: several providers have means the first one's, unless told.
SCENARIOS: dict[str, dict[str, str]] = {
    TWILIO: _about(
        "text",
        " and error 21606, or another code",
        *(_BEFORE_ACCEPT, _AFTER_ACCEPT, _QUESTIONS, _CALLBACKS, _BODIES, _TEXT_FATES),
    ),
    FRESHBOOKS: _FRESHBOOKS,
    TWILIO_EMAIL: _about("email", "", _BEFORE_ACCEPT, _AFTER_ACCEPT, _QUESTIONS, _EMAIL_FATES),
    SENDGRID: _about(
        "email",
        "",
        *(_BEFORE_ACCEPT, _SENDGRIDS_OWN),
        *(_AFTER_ACCEPT, _EVENTS, _EVENT_FATES),
    ),
}

#: Decided before anything is kept, after it, and while it is.
BEFORE_ACCEPT = frozenset(_BEFORE_ACCEPT) | frozenset(_SENDGRIDS_OWN)
AFTER_ACCEPT = frozenset(_AFTER_ACCEPT)
QUESTIONS = frozenset(_QUESTIONS)
CALLBACKS = tuple(_CALLBACKS)
BODIES = tuple(_BODIES)
TEXT_FATES = frozenset(_TEXT_FATES)
EMAIL_FATES = frozenset(_EMAIL_FATES)
EVENT_FATES = frozenset(_EVENT_FATES)
EVENTS = tuple(_EVENTS)

#: To which a code can be given, and what it is a number or a word of.
CODED = frozenset(
    {(TWILIO, name) for name in ("refused", "failed", "undelivered")} | {(SENDGRID, "dropped")}
)
