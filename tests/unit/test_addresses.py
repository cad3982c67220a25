"""Addresses as people type them, compared and shown."""

from __future__ import annotations

import pytest

from duebell.domain.rules import Channel
from duebell.people.addresses import NoAddress, read_address
from duebell.people.comparable import comparable
from duebell.people.masking import mask


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Firm.example", "ann@firm.example"),
        (" ann@firm.example ", "ann@firm.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("re\u0301ne@firm.example", "réne@firm.example"),
    ],
)
def test_emails_that_are_one_compare_as_one(one: str, other: str) -> None:
    """Case, blanks, the two spellings of an accent and of a domain make no other person."""
    assert comparable("email", one) == comparable("email", other)


@pytest.mark.parametrize("other", ["bob@firm.example", "ann@other.example", "ann+x@firm.example"])
def test_emails_of_two_people_stay_two(other: str) -> None:
    """What may be somebody else's mailbox is not taken for the same."""
    assert comparable("email", "ann@firm.example") != comparable("email", other)


@pytest.mark.parametrize("typed", ["x@xn--\u00e9.example", "x@xn--.example", "nonsense"])
def test_what_cannot_be_read_is_compared_as_it_is(typed: str) -> None:
    """A domain or an address that makes no sense is no reason to fail."""
    assert typed == comparable("email", typed)


@pytest.mark.parametrize(
    ("channel", "typed", "read"),
    [
        (Channel.SMS, "+1 (212) 555-0101", "+12125550101"),
        (Channel.SMS, "+44 (0)20 7946 0958", "+442079460958"),
        (Channel.EMAIL, " Ann@Firm.example", "ann@firm.example"),
    ],
)
def test_typed_addresses_are_read(channel: Channel, typed: str, read: str) -> None:
    """However a person writes a complete address, it is the one that messages go to."""
    assert read == read_address(channel, typed)


@pytest.mark.parametrize(
    ("country", "typed", "read"),
    [
        ("United States", "(212) 555-0101", "+12125550101"),
        ("US", "12125550101", "+12125550101"),
        ("Canada", "00442079460958", "+442079460958"),
        ("United Kingdom", "020 7946 0958", "+442079460958"),
        ("Germany", "+1 212 555 0101", "+12125550101"),
    ],
)
def test_numbers_are_read_with_their_country(country: str, typed: str, read: str) -> None:
    """A number without ``+`` is one of the country; ``+`` and ``00`` win over it."""
    assert read == read_address(Channel.SMS, typed, country)


@pytest.mark.parametrize(
    ("channel", "typed", "said"),
    [
        (Channel.SMS, "555-0101", "the area code is missing"),
        (Channel.SMS, "212 555 01011111", "no phone number in the country US has so many digits"),
        (Channel.SMS, "1-800-FLOWERS", "a number has no letters"),
        (Channel.SMS, "ann@firm.example", "the channel of those is `email`"),
        (Channel.SMS, "", "this is no phone number: write it with + and its country code"),
        (Channel.EMAIL, "212 555 0101", "the channel of those is `sms`"),
        (Channel.EMAIL, "ann", "write it like ann@acme.example"),
    ],
)
def test_what_is_no_address_says_how_one_is_written(
    channel: Channel, typed: str, said: str
) -> None:
    """Each fault comes with its mend."""
    with pytest.raises(NoAddress, match=said.replace("+", r"\+")):
        read_address(channel, typed, "United States")


@pytest.mark.parametrize(
    ("channel", "typed"),
    [
        (Channel.SMS, "212 555 0101"),
        (Channel.SMS, "+1212555"),
        (Channel.SMS, "+12125550101 x5"),
        (Channel.SMS, "ann@firm.example"),
        (Channel.EMAIL, "+12125550101"),
        (Channel.EMAIL, "ann@firm"),
        (Channel.EMAIL, "ann bob@firm.example"),
    ],
)
def test_what_is_no_address_is_refused(channel: Channel, typed: str) -> None:
    """An incomplete number or another channel's address would never match anybody."""
    with pytest.raises(NoAddress):
        read_address(channel, typed)


def test_addresses_are_masked_by_channel() -> None:
    """A number shows its last digits, an email address its domain."""
    shown = [mask("sms", "+12125550101"), mask("email", "ann@firm.example")]

    assert ["+1•••••0101", "a•••••@firm.example"] == shown
