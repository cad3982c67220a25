"""Every key of the rulebook and the table that it belongs to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

TABLES = ("business", "brakes", "escalation", "safe_mode", "lists", "rule", "client", "vendor")

NEEDED = ("on", "to", "channel", "template")
#: What somebody may write there.
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {"on": "invoice.create", "to": "client", "channel": "sms", "template": "invoice_created"}
)
RULE = (*NEEDED, "days", "fallback", "when", "urgent", "max_segments")
AMOUNTS = ("min_amount", "max_amount", "min_outstanding", "max_outstanding")
CONDITIONS = (
    *AMOUNTS,
    *("currency", "client", "vendor", "account", "tag"),
    *("min_days_past_due", "max_days_past_due", "first_time"),
)
BUSINESS = (
    *("time_zone", "currency", "country", "quiet_hours", "holidays", "budget"),
    "freshbooks_reminders",
)
QUIET_HOURS = ("from", "to", "days", "channels")
BUDGET = ("day", "week")
BRAKES = ("per_run", "per_hour", "share_of_clients")
ESCALATION = ("after_hours", "failures")
SAFE_MODE = ("sms", "email")
PERSON = ("name", "sms", "email", "language")
OVERRIDE = ("to", "also", "silence", "tags", "language", "sms", "email")
#: Keys whose value is a list, or may be one.
LISTED = frozenset({"days", "channels", "also", "silence", "tags", "tag", "currency", "account"})

#: What people call a key before they have seen its word → the words that it may be.
_MEANT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("event", "trigger"), ("on",)),
        **dict.fromkeys(("audience", "recipient", "recipients", "who"), ("to",)),
        **dict.fromkeys(("phone", "mobile", "cell", "number", "tel", "telephone"), ("sms",)),
        **dict.fromkeys(("mail", "e-mail", "address"), ("email",)),
        **dict.fromkeys(("message", "wording"), ("template",)),
        **dict.fromkeys(("condition", "conditions", "if", "only"), ("when",)),
    }
)


def meant_by(word: str, known: Collection[str]) -> str:
    """The key of a table that a word of somebody's own stands for; empty where it is for none."""
    small = word.casefold()
    if small in known:
        return small
    return next((one for one in _MEANT.get(small, ()) if one in known), "")


#: A table as faults name it → its keys, and how somebody writes one of them there. The tables
#: whose keys are told from others most surely come first.
_PLACES: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "[[rule]]": (RULE, "it belongs in a `[[rule]]`"),
        "[business]": (BUSINESS, "it belongs below `[business]`"),
        "`when`": (CONDITIONS, "it is a condition: write `when = {{ {key} = ... }}` in the rule"),
        "`quiet_hours`": (
            QUIET_HOURS,
            "it belongs in `quiet_hours = {{ {key} = ... }}` below `[business]`",
        ),
        "`budget`": (BUDGET, "it belongs in `budget = {{ {key} = ... }}` below `[business]`"),
        "[brakes]": (BRAKES, "it belongs below `[brakes]`"),
        "[escalation]": (ESCALATION, "it belongs below `[escalation]`"),
        "an override": (OVERRIDE, 'it belongs below `[client."ID"]` or `[vendor."ID"]`'),
        "a list": (PERSON, "it belongs to a person in `[lists]`, or below `[safe_mode]`"),
    }
)
#: The tables in which a key is looked for first, by the table in which it stands.
_NEAREST: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"[business]": ("`quiet_hours`", "`budget`"), "[[rule]]": ("`when`",)}
)
#: What stands in a rule, where another word was meant.
_INSTEAD: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("[[rule]]", "sms"): 'write `channel = "sms"`',
        ("[[rule]]", "email"): 'write `channel = "email"`',
        ("[[rule]]", "list"): 'write `to = "list:NAME"`',
        ("[[rule]]", "from"): "quiet hours belong in `quiet_hours = { from = ... }` below"
        " `[business]`; the sender is a setting",
    }
)


def place_of(key: str, title: str) -> str:
    """Where a key belongs that stands in another table; empty where there is no such key."""
    if instead := _INSTEAD.get((title, key)):
        return instead
    if key in TABLES and title:
        heading = {"rule": "[[rule]]", "client": '[client."ID"]', "vendor": '[vendor."ID"]'}
        return f"it is a table of its own: write `{heading.get(key, f'[{key}]')}`"
    order = dict.fromkeys([*_NEAREST.get(title, ()), *_PLACES])
    for place in order:
        keys, mend = _PLACES[place]
        if key in keys:
            above = ", above `[rule.when]`" if (place, title) == ("[[rule]]", "`when`") else ""
            return f"{mend.format(key=key)}{above}"
    return ""
