"""Each row of the ledger as one line that a person understands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from duebell.domain.brakes import BrakeStatus
from duebell.domain.consent import Source
from duebell.domain.decisions import Verdict
from duebell.domain.provider_names import provider_name
from duebell.domain.rules import Channel
from duebell.domain.sentences import as_part
from duebell.domain.signals import Signal, SignalSource
from duebell.explaining.happenings import Happening, Kind, Row
from duebell.explaining.legend import Legend, rung_words
from duebell.explaining.own_events import own_words
from duebell.explaining.times import minute
from duebell.people.masking import mask
from duebell.people.safe_mode import diversion

_HOW: Mapping[str, str] = {
    SignalSource.WEBHOOK: "heard by webhook that",
    SignalSource.POLL: "a poll found that",
    SignalSource.BACKFILL: "a backfill asked about this:",
    SignalSource.OWN: "Duebell noticed:",
}
_WHAT: Mapping[str, str] = {
    "create": "was made",
    "update": "was changed",
    "delete": "was deleted",
    "sendByEmail": "was sent by email",
    "due": "is soon due",
    "overdue": "is overdue",
}
_NOUNS: Mapping[str, str] = {"bill_vendor": "vendor"}
_VERDICTS: Mapping[str, str] = {
    Verdict.PLANNED: "to be sent",
    Verdict.HELD: "held",
    Verdict.MERGED: "nothing more",
    Verdict.REPEATED: "nothing new",
    Verdict.SKIPPED: "nothing",
    Verdict.SUPPRESSED: "nothing",
}
_SOURCES: Mapping[str, str] = {
    Source.STOP: "the person answered STOP",
    Source.PROVIDER: "the provider refuses it",
    Source.BOUNCE: "nothing can arrive there",
    Source.COMPLAINT: "the person wants no more of them",
    Source.HAND: "the firm left it out",
}
_OUTCOMES: Mapping[str | None, str] = {
    "accepted": "took it",
    "rejected": "refused it",
    "unknown": "gave no answer",
    "absent": "gave no answer, and asked later had nothing of it",
    None: "has not answered yet",
}


def heard(row: Row, number: str | None) -> Happening:
    """That Duebell had a reason to look; ``number`` is the invoice's or bill's."""
    noun, _, verb = row["event"].partition(".")
    name = number if number and noun in ("invoice", "bill") else row["object_id"]
    what = f"{_NOUNS.get(noun, noun)} {name} {_WHAT.get(verb, verb)}"
    what = own_words(Signal(row["account_id"], row["event"], row["object_id"])) or what
    how = _HOW.get(row["source"], "heard that")
    if verb in ("due", "overdue") and row["source"] == SignalSource.POLL:
        how = "the calendar says that"
    often = f" ({row['deliveries']} times)" if row["deliveries"] > 1 else ""
    details = _some(row, "event", "source", "account_id", "object_id", "deliveries", "status")
    text = f"{how} {what}{often}"
    return Happening(row["received_at"], Kind.HEARD, row["id"], text, details, look=row["id"])


def decided(row: Row, notification: Row | None, legend: Legend, news: str) -> Happening:
    """A decision, with the message that came of it; ``news`` is what is new in its facts."""
    line = _decision(row, notification, legend)
    is_nothing = row["verdict"] != Verdict.PLANNED
    details = _some(
        row,
        *("event", "account_id", "object_id", "verdict", "reason", "rule", "audience"),
        *("occurrence", "rulebook", "facts", "notification_id"),
    )
    same = line if is_nothing else None
    at, look, text = row["at"], row["signal_id"], f"{line}{news}"
    plan = line if notification is not None else None
    return Happening(at, Kind.DECIDED, row["id"], text, details, same, look, plan)


def _decision(row: Row, notification: Row | None, legend: Legend) -> str:
    verdict = _VERDICTS.get(row["verdict"], row["verdict"])
    reason = as_part(legend.text(row["reason"], row["rulebook"]))
    rule = legend.rule(row["rule"]) if row["rule"] else ""
    by = "" if not rule or row["rule"] in row["reason"] else f" ({rule})"
    if notification is not None:
        return f"{legend.message(notification)}: {verdict}, {reason}{by}"
    rung = rung_words(row["occurrence"])
    whom = ", ".join(filter(None, (legend.audience(row), rung)))
    return f"{verdict}{f' for {whom}' if whom else ''}: {reason}{by}"


def attempted(row: Row, notification: Row, message: str) -> Happening:
    """A call to the provider; by the channel of this call, which a fallback may have changed."""
    provider = provider_name(row["provider"])
    to = mask(row["channel"], row["recipient"])
    # Only the last attempt is known to have been diverted; safe mode may have ended before it.
    diverted = row["recipient"] == notification["diverted_to"] and diverted_to(notification)
    text = f"{message}: attempt {row['number']} to {diverted or to}; {_answer(row, provider)}"
    details = _some(row, "notification_id", "number", "outcome", "provider_id", "error_code")
    details |= {"recipient": to, "is_diverted": bool(diverted)}
    return Happening(row["started_at"], Kind.ATTEMPT, row["id"], text, details)


def _answer(row: Row, provider: str) -> str:
    """What came of a call."""
    outcome, sid, reason = row["outcome"], row["provider_id"], row["reason"]
    why = f": {reason}" if reason else ""
    if outcome == "not_sent" and row["error_code"]:  # it was reached, and said so itself
        return f"{provider} did not take it{why}"
    if outcome == "not_sent":
        return f"nothing was sent{why}" if reason else f"{provider} was not reached"
    if outcome == "absent":
        return f"{provider} {_OUTCOMES[outcome]}"
    named = f" as {sid}" if sid else ""
    if outcome == "unknown" and sid:  # found there later, by its report or by asking
        named = f" at first; it is {sid} there"
        why = ""
    return f"{provider} {_OUTCOMES.get(outcome, str(outcome))}{named}{why}"


def diverted_to(notification: Row) -> str:
    """Where safe mode has sent a message instead of to its recipient; empty where it has not."""
    if not notification["diverted_to"]:
        return ""
    channel = notification["channel"]
    shown = (mask(channel, notification[name]) for name in ("diverted_to", "recipient"))
    return diversion(channel, *shown)


def reported(
    row: Row, notification: Row, message: str, why: str, provider: str | None
) -> Happening:
    """A word of the provider of an attempt about a message."""
    name = provider or notification["provider"]
    provider = provider_name(name)
    asked = ", asked," if row["asked"] else ""
    code = f" (error {row['error_code']})" if row["error_code"] else ""
    because = f": {why}" if why else ""
    text = f"{message}: {provider}{asked} says {row['raw_status']}{code}{because}"
    details = _some(row, "provider_id", "raw_status", "error_code", "asked")
    details["notification_id"] = notification["id"]
    return Happening(row["received_at"], Kind.REPORT, row["id"], text, details)


def paused(row: Row, pause: Row, legend: Legend) -> Happening:
    """That somebody paused a client or an invoice, or ended that."""
    name = legend.record(pause["kind"], pause["object_id"])
    text = f"{row['actor']} paused {name} until {row['to_status']}"
    if row["action"] != "paused":
        text = f"{row['actor']} let {name} hear again"
    elif row["from_status"]:
        text += f" instead of {row['from_status']}"
    details = {"actor": row["actor"], "action": row["action"], "until": pause["until"]}
    return Happening(row["at"], Kind.PAUSE, row["id"], text, details)


def opted(row: Row, suppression: Row, *, is_latest: bool) -> Happening:
    """That an address must not be used any more, or may be again."""
    address = mask(suppression["channel"], suppression["address"])
    noun = "texts" if suppression["channel"] == Channel.SMS else "emails"
    why = _SOURCES.get(row["reason"], row["reason"])
    why = as_part(suppression["reason"] if is_latest else why)
    text = f"no {noun} to {address} any more: {why} ({row['actor']})"
    if row["action"] == "lifted":
        text = f"{noun} to {address} are allowed again ({row['actor']})"
    details = {"actor": row["actor"], "action": row["action"], "recipient": address}
    return Happening(row["at"], Kind.OPT_OUT, row["id"], text, details)


def braked(row: Row, held: Sequence[Row], legend: Legend) -> Iterator[Happening]:
    """That a brake holds these messages, and how it ended.

    It may have engaged because of others, before there were these.
    """
    details = {"brake": row["id"], "reason": row["reason"]}
    messages = ", ".join(map(legend.message, held))
    at = max(row["engaged_at"], min(one["created_at"] for one in held))
    engaged = "engaged" if at == row["engaged_at"] else f"(engaged {minute(row['engaged_at'])})"
    text = f"brake {row['id']} {engaged}: {row['reason']}; it holds {messages}"
    yield Happening(at, Kind.BRAKE, row["id"], text, details)
    if row["ended_at"] is not None:
        verb = "released" if row["status"] == BrakeStatus.RELEASED else "dropped"
        text = f"{row['ended_by']} {verb} what brake {row['id']} held"
        yield Happening(row["ended_at"], Kind.BRAKE, row["id"], text, details)


def _some(row: Row, *names: str) -> dict[str, object]:
    return {name: row[name] for name in names}
