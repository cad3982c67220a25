"""The codes of SendGrid and Twilio Email, which mostly are words or HTTP statuses, as data."""

from __future__ import annotations

from duebell.providers.code_rows import (
    AN_HOUR,
    COMPLIANCE,
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

_SENDGRID = (
    row(
        RECIPIENT,
        "sg.bounce",
        "The recipient's mail server refuses the address for good: ask for the current one.",
    ),
    later(
        TEMPORARY,
        AN_HOUR,
        "sg.blocked",
        "The recipient's mail server did not want this email, or not now.",
    ),
    row(
        RECIPIENT,
        "sg.dropped.bounced",
        "Not sent: emails to it came back. Correct it, or remove it from SendGrid's "
        "Bounces list too.",
    ),
    row(
        RECIPIENT,
        "sg.dropped.invalid",
        "Not sent: no valid address. Correct it, or remove it from SendGrid's Invalid "
        "Emails list too.",
    ),
    row(
        COMPLIANCE,
        "sg.dropped.unsubscribed",
        "Not sent: the address is on SendGrid's Unsubscribes list. Nothing more is emailed there.",
    ),
    row(
        COMPLIANCE,
        "sg.dropped.spam_report",
        "Not sent: the address is on SendGrid's Spam Reports list. Nothing more is emailed there.",
    ),
    reword("sg.dropped.spam_content", "Not sent: SendGrid takes it for spam. Reword the template."),
    mend("sg.dropped", "SendGrid did not send the email: see its Activity page for the reason."),
    row(
        COMPLIANCE,
        "sg.spamreport",
        "The recipient reported an email as spam: nothing more is emailed there.",
    ),
    row(
        COMPLIANCE,
        "sg.unsubscribe",
        "The recipient has unsubscribed: nothing more is emailed there.",
    ),
    reword(
        "sg.http.400 sg.http.413 sg.http.415 sg.http.422",
        "SendGrid refuses the content of the email: mend the template.",
    ),
    stop("sg.http.401", "SendGrid does not accept the key: check DUEBELL_SENDGRID_API_KEY."),
    stop(
        "sg.http.403",
        "SendGrid refuses the sender's address or blocks the account for a while: see SendGrid.",
    ),
    stop(
        "sg.http.404 sg.http.405 sg.http.406",
        "This is not SendGrid's address for sending: check DUEBELL_SENDGRID_API_URL.",
    ),
    stop("sg.http.451", "The account sends from another region: check DUEBELL_SENDGRID_API_URL."),
    later(
        RATE, SOON, "sg.http.429", "SendGrid asks to send more slowly and did not take this one."
    ),
    later(TEMPORARY, SOON, "sg.http.503", "SendGrid was unavailable for the moment."),
    row(
        UNKNOWN,
        "sg.http.408 sg.http.500 sg.http.502 sg.http.504",
        "SendGrid failed inside; the email may have been sent.",
    ),
)

_TWILIO_EMAIL = (
    # No reason is given: one full mailbox must not cost the address.
    row(
        TEMPORARY,
        "email.undelivered",
        "The recipient's mail server did not take the email; Twilio does not say why.",
    ),
    mend("email.failed", "Twilio could not send the email: see Twilio's Console for the reason."),
    mend("email.canceled", "The email was cancelled at Twilio before it went out."),
    reword(
        "email.http.400 email.http.413 email.http.415 email.http.422",
        "Twilio refuses the content of the email: mend the template.",
    ),
    stop(
        "email.http.401 email.http.403",
        "Twilio does not accept the key for emails: check it in Twilio's Console.",
    ),
    stop(
        "email.http.404 email.http.405 email.http.406",
        "This is not Twilio's address for emails: check DUEBELL_TWILIO_EMAIL_URL.",
    ),
    later(
        RATE, SOON, "email.http.429", "Twilio asks to send more slowly and did not take this one."
    ),
    later(TEMPORARY, SOON, "email.http.503", "Twilio's emails were unavailable for the moment."),
    row(
        UNKNOWN,
        "email.http.408 email.http.500 email.http.502 email.http.504",
        "Twilio failed inside; the email may have been sent.",
    ),
)

#: The table, in the order in which it is documented.
EMAIL_CODES: dict[str, tuple[Row, ...]] = {
    "Emails through SendGrid": _SENDGRID,
    "Emails through Twilio": _TWILIO_EMAIL,
}
