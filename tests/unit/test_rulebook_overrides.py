"""What is different for one client or one vendor, and every fault that this may have."""

from __future__ import annotations

import pytest

from duebell.domain.rules import Override
from tests.unit.rulebook_texts import LISTS, book_of, faults_of

CLIENT = """
[client."12345"]
to = "list:approvers"
also = ["client", "client.contacts", "+12125550100", "dana@firm.example"]
silence = ["invoice.create", "payment.create"]
tags = ["vip", "slow"]
language = "fr-CA"
sms = "+12125550144"
email = "ap@acme.example"
"""


def faults_in(line: str, who: str = 'client."12345"') -> list[str]:
    """What is wrong with an override of this one line; the line is always the fourth."""
    faults = faults_of(f"{LISTS}[{who}]\n{line}\n")

    assert {"4: "} >= {fault[:3] for fault in faults}
    return [fault.removeprefix("4: ") for fault in faults]


def test_everything_is_read() -> None:
    """What the file says of a client is what the override says."""
    expected = Override(
        to=("list:approvers",),
        also=("client", "client.contacts", "+12125550100", "dana@firm.example"),
        silence=frozenset({"invoice.create", "payment.create"}),
        tags=frozenset({"vip", "slow"}),
        language="fr-CA",
        sms="+12125550144",
        email="ap@acme.example",
    )

    assert {"12345": expected} == dict(book_of(LISTS + CLIENT).clients)


def test_vendors_have_the_same_keys() -> None:
    """Vendors are told apart from clients, also those of the same id."""
    book = book_of('[vendor.12345]\nalso = "vendor"\n[client.12345]\ntags = "vip"\n')

    assert {"12345": Override(also=("vendor",))} == dict(book.vendors)
    assert {"12345": Override(tags=frozenset({"vip"}))} == dict(book.clients)


def test_an_override_may_be_of_one_account() -> None:
    """The same id of two accounts is two clients."""
    book = book_of('[client."6BApk/7"]\nsilence = true\n[client.7]\ntags = ["vip"]\n')

    assert book.client("6BApk", "7").silences("invoice.create")
    assert not book.client("other", "7").silences("invoice.create")


def test_everything_may_be_silenced() -> None:
    """``true`` is every event there is, and every one there will be."""
    (override,) = book_of("[client.1]\nsilence = true\n").clients.values()

    assert override.silences("expense.create")
    assert override.silences("not.known.yet")


def test_what_overrides_name_is_an_audience() -> None:
    """People whom an override alone names are looked up as well."""
    audiences = book_of(LISTS + CLIENT).audiences

    assert {"list:approvers", "client.contacts", "+12125550100"} <= audiences


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("tag = 'vip'", "unknown key `tag` in {}; did you mean `tags`?"),
        (
            "to = 'list:aprovers'",
            "`to` in {}: there is no list `aprovers`; did you mean `approvers`?",
        ),
        (
            "to = 'vendor'",
            (
                "`to` in {}: a client's override is about no vendor;"
                " write `client`, `client.contacts`, a list or a number"
            ),
        ),
        (
            "also = ['client', 'client']",
            "`also` in {}: the same audience is named twice; take one of them out",
        ),
        ("also = []", "`also` in {}: it is empty; write something, or take it out"),
        (
            "silence = ['invoice.crate']",
            (
                "`silence` in {}: there is no event type `invoice.crate`;"
                " did you mean `invoice.create`?"
            ),
        ),
        (
            "silence = 'bill.create'",
            (
                "`silence` in {}: `bill.create` is about no client, so this silences nothing;"
                " take it out"
            ),
        ),
        (
            "silence = 'webhook.silent'",
            (
                "`silence` in {}: `webhook.silent` is about no client, so this silences nothing;"
                " take it out"
            ),
        ),
        ("silence = false", "`silence` in {}: `false` silences nothing; take it out"),
        ("silence = []", "`silence` in {}: it is empty; write something, or take it out"),
        ("tags = ['']", "`tags` in {}: it is empty; write something, or take it out"),
        (
            "language = 'xx'",
            "`language` in {}: there is no language `xx`; write a code such as `fr` or `fr-ca`",
        ),
        (
            "language = 'French'",
            "`language` in {}: there is no language `French`; did you mean `fr`?",
        ),
        (
            "sms = '+1 212 555 0144'",
            "`sms` in {}: write the number without spaces and signs, `+12125550144`",
        ),
        (
            "sms = '+1212'",
            "`sms` in {}: the number is too short; write it like `+12125550100`",
        ),
        ("sms = 12125550144", '`sms` in {} must be text; write it in quotes, `sms = "..."`'),
        (
            "email = 'ap@acme..example'",
            "`email` in {}: the address is not an email address; write it like `dana@firm.example`",
        ),
    ],
)
def test_what_is_wrong_with_an_override(line: str, fault: str) -> None:
    """Each fault is told with its line, whose it is, and the mend."""
    assert [fault.format('[client."12345"]')] == faults_in(line)


def test_a_vendor_has_no_client() -> None:
    """What a vendor cannot have is refused for vendors."""
    fault = (
        '`to` in [vendor."1563"]: a vendor\'s override is about no client;'
        " write `vendor`, a list or a number"
    )

    assert [fault] == faults_in("to = 'client.contacts'", "vendor.1563")


def test_events_that_may_be_silenced_are_listed() -> None:
    """Where nothing is near to the word, those that the client has are named."""
    (fault,) = faults_in("silence = ['*']")

    assert "`invoice.create`" in fault
    assert fault.endswith("`expense.create`, or `silence = true` for all")
    assert "bill" not in fault


@pytest.mark.parametrize(
    "id_", ['"Acme"', '"6BApk/"', '"/7"', '"6BApk/x"', '"1 "', '"a/b/7"', '""']
)
def test_an_id_that_is_none(id_: str) -> None:
    """Overrides are found by FreshBooks' ids, which are digits, maybe with their account."""
    faults = faults_of(f"[client.{id_}]\nsilence = true\n")

    shown = id_.strip('"')
    mend = "write FreshBooks' digits, `12345`, or `ACCOUNT/12345`"
    assert [f'1: [client."{shown}"]: `{shown}` is no id; {mend}'] == faults


def test_an_override_that_changes_nothing() -> None:
    """A table without a key is somebody's unfinished thought."""
    (fault,) = faults_of("[client.1]\n[client.2]\nsilence = true\n")

    assert '1: [client."1"] changes nothing; write what is different, or take it out' == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("client = 5\n", "1: `client` must be a table;"),
        ("[vendor]\n1563 = 'silent'\n", '2: [vendor."1563"] must be a table;'),
        ("[[client.5]]\nsilence = true\n", "1: this heading belongs in single brackets;"),
    ],
)
def test_overrides_that_are_no_tables(text: str, fault: str) -> None:
    """What stands in the place of a table is told with the way to write it."""
    (found,) = faults_of(text)

    assert found.startswith(fault)
