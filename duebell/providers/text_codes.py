"""Twilio's codes for texts, as data. Their pages: https://www.twilio.com/docs/api/errors."""

from __future__ import annotations

from duebell.providers.code_rows import (
    AN_HOUR,
    COMPLIANCE,
    DAYTIME_EVERYWHERE,
    EIGHT_HOURS,
    HALF_AN_HOUR,
    PACIFIC_MIDNIGHT,
    RATE,
    RECIPIENT,
    SOON,
    TEMPORARY,
    UNKNOWN,
    Row,
    later,
    mend,
    reword,
    row,
    stop,
)

_ACCOUNT = (
    stop(
        "20003 20005 20006",
        "Twilio does not accept the key, or the account is suspended: see Twilio's Console.",
    ),
    stop("20008", "This is a test key of Twilio, which sends nothing: enter a live one."),
    stop("20404", "Twilio does not know the account: check DUEBELL_TWILIO_ACCOUNT_SID."),
    stop("30002", "The Twilio account was suspended while the text waited: see its Console."),
    stop("30037", "Sending is switched off for the Twilio account: see Twilio's Console."),
    mend("21608", "A trial account may only text verified numbers: upgrade it at Twilio."),
    mend(
        "21408",
        "The account may not text this country: allow it in Twilio's Console (Geo Permissions).",
    ),
    stop("21609", "Twilio cannot use the address for its reports: check DUEBELL_PUBLIC_URL."),
    mend("11200", "Twilio could not reach Duebell with a report: check DUEBELL_PUBLIC_URL."),
)

_SENDERS = (
    stop(
        "21212 21601 21606 21607 21616 21657 21659 21660 21661 21709",
        "The sender's number or name cannot send texts: check DUEBELL_TWILIO_FROM.",
    ),
    stop("21603", "No sender is set for texts: set DUEBELL_TWILIO_FROM or a Messaging Service."),
    stop(
        "21701 21702 21704 21705",
        "The Messaging Service is missing, unavailable or empty: see Twilio's Console.",
    ),
    mend(
        "21703",
        "No sender of the Messaging Service can reach this number: add one for its country.",
    ),
    stop(
        "30034",
        "The sender's number is not registered for texting: register it in Twilio's Console.",
    ),
    stop("30032", "The toll-free number is not verified: verify it in Twilio's Console."),
    stop("30033", "The registered texting campaign is suspended: see Twilio's Console."),
    stop(
        "30035",
        "The sender's registration is not finished yet: it can send once Twilio has set it up.",
    ),
    # 30024 also comes where the recipient's number was just ported, or gets no texts at all.
    mend(
        "30018 30024 30040 30041 30042",
        "The sender may not text this country or carrier yet: register it in Twilio's Console.",
    ),
)

_CONTENT = (
    reword("21602 21619", "The text was empty: mend the template."),
    mend("21604", "The text named no recipient; please report this."),
    reword("21605 21617 30019", "The text is too long: shorten the template."),
    reword(
        "21618 21620 21623 21654 21655 21656",
        "Twilio refuses the content of the text: mend the template.",
    ),
    mend("21624", "Twilio refuses how long the text may wait; please report this."),
    reword(
        "30007",
        "A carrier filtered the text as spam: reword the template, never send the same again.",
    ),
    mend("30010", "A price limit of the Twilio account stopped the text: see its Console."),
    reword("30620", "Twilio finds the text does not fit its declared purpose: reword it."),
    mend("35111 35114 35117 35118", "Twilio cannot send the text at the time it was given."),
    mend("30400 30404 30409", "The text could not be changed or cancelled at Twilio."),
    reword("63016", "This channel only takes messages that follow an approved template."),
)

_RECIPIENTS = (
    row(RECIPIENT, "21211", "The phone number is not valid: correct it where it is entered."),
    row(
        RECIPIENT, "21265", "The number is a short code, which gets no texts: enter another number."
    ),
    row(RECIPIENT, "21266", "The recipient's number is the sender's own: enter another number."),
    row(
        RECIPIENT, "21612", "The sender cannot reach this number: reach the recipient another way."
    ),
    row(
        RECIPIENT,
        "21614 21635 30006",
        "The number is a landline or gets no texts: ask for a mobile number.",
    ),
    row(RECIPIENT, "30005", "The number is unknown or no longer in use: ask for the current one."),
    # Among its causes are opt-outs that only the carrier knows of, and many that are none.
    row(RECIPIENT, "30004", "The recipient or the carrier blocks these texts: use another way."),
    row(RECIPIENT, "63024", "The recipient cannot be reached on this channel: use another way."),
    row(
        COMPLIANCE,
        "21610 30630 63033",
        "The recipient has opted out (STOP): nothing is texted there until they write START.",
    ),
    # No opt-out, but what follows is the same: never text the number again.
    row(
        COMPLIANCE,
        "30640",
        "Twilio warns that this recipient is known to sue over texts: nothing is texted there.",
    ),
)

_TWILIO_LATER = (
    later(RATE, SOON, "20429", "Twilio had too many requests at once and did not take this one."),
    later(
        RATE,
        SOON,
        "21611 30001",
        "Too many texts were waiting at Twilio, so this one was not sent.",
    ),
    later(
        RATE,
        SOON,
        "14107",
        "Too many replies went between two numbers: see whether two machines are talking.",
    ),
    later(RATE, SOON, "30022", "The carrier took no more texts from the sender just then."),
    later(
        RATE,
        PACIFIC_MIDNIGHT,
        "30023 30027",
        "The day's limit at T-Mobile was reached; it ends at midnight, Pacific time.",
    ),
    later(
        RATE,
        EIGHT_HOURS,
        "30454 63038 63018",
        "The Twilio account's limit for one day was reached.",
    ),
    later(
        RATE,
        HALF_AN_HOUR,
        "30450",
        "Twilio blocks texts to this number for half an hour because it suspects abuse.",
    ),
    later(
        RATE,
        HALF_AN_HOUR,
        "30453 30485",
        "Twilio holds texts back while it reviews the account: see Twilio's Console.",
    ),
    later(
        RATE,
        DAYTIME_EVERYWHERE,
        "30610 30615",
        "It was too late or too early in the recipient's day, so Twilio did not send the text.",
    ),
    later(TEMPORARY, SOON, "20503", "Twilio was unavailable for the moment."),
    later(TEMPORARY, SOON, "20504 30500", "Twilio failed inside and did not send the text."),
    later(
        TEMPORARY,
        AN_HOUR,
        "30003",
        "The phone was switched off or out of reach.",
    ),
    later(TEMPORARY, SOON, "30017", "The carrier was overloaded and did not deliver the message."),
    later(TEMPORARY, SOON, "30036", "The text waited too long at Twilio and was not sent."),
    later(
        TEMPORARY,
        SOON,
        "30047",
        "Twilio could not put the text off to a permitted hour and did not send it.",
    ),
)

_IN_DOUBT = (
    row(UNKNOWN, "20500", "Twilio failed inside; the text may have been sent."),
    row(
        UNKNOWN,
        "30008",
        "The carrier gave no reason; the text may have arrived. Ask the recipient before "
        "a second one.",
    ),
    row(
        UNKNOWN,
        "30410",
        "The carrier answered too late; the text may have come. Ask the recipient before "
        "a second one.",
    ),
    row(
        UNKNOWN,
        "30025 30026",
        "The day's limit at T-Mobile is close; the text itself may have arrived.",
    ),
)

#: The table, in the order in which it is documented.
TEXT_CODES: dict[str, tuple[Row, ...]] = {
    "The account at Twilio": _ACCOUNT,
    "The sender of texts": _SENDERS,
    "The text": _CONTENT,
    "The recipient of a text": _RECIPIENTS,
    "Texts for which it was too early or too much": _TWILIO_LATER,
    "Texts whose fate is open": _IN_DOUBT,
}
