"""Email addresses are read without network, and shown to nobody."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from duebell.people.emails import EmailAddress, Unusable, normalize_email

NONE = "is not an email address"
CONTROL = "has a line break or another control character in it"

#: What breaks readers of addresses: signs with a meaning, and characters that look like others.
_PIECES = [*"ab@@..,;<>\"  '-_+()[]\\:/%\u200b\u202eüß\u0130\u0661\u3002\ufb00\ud800\x00\n"]
PIECES = [*_PIECES, ".com", "xn--", "@x.com", "Ann <"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ann@acme.example", "ann@acme.example"),
        ("  ann@acme.test\n", "ann@acme.test"),
        ("Ann.Lee+due@ACME.example", "ann.lee+due@acme.example"),
        ("o'neil@acme.example", "o'neil@acme.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@acme\u3002example", "ann@acme.example"),
        ("Ann <ann@acme.example>", "ann@acme.example"),
        ("<ann@acme.example>", "ann@acme.example"),
        ('"Shumway, Ann" <ann@acme.example>', "ann@acme.example"),
        ("Ann (Accounts) < ann@acme.example >", "ann@acme.example"),
    ],
)
def test_addresses_as_people_write_them(raw: str, expected: str) -> None:
    """Names, blanks, upper case and domains in any script lead to one plain address."""
    assert EmailAddress(expected) == normalize_email(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ann@acme.example, bob@acme.example", "ann@acme.example"),
        ("ann@acme.example;bob@acme.example", "ann@acme.example"),
        ("n/a; bob@acme.example", "bob@acme.example"),
        (", ,ann@acme.example,", "ann@acme.example"),
        ("Ann <ann@acme.example>, Bob <bob@acme.example>", "ann@acme.example"),
        ('"Lee; Ann" <ann@acme.example>; bob@acme.example', "ann@acme.example"),
    ],
)
def test_of_several_addresses_the_first_usable_is_taken(raw: str, expected: str) -> None:
    """A field with several addresses is no reason to write to nobody, nor to all of them."""
    assert EmailAddress(expected) == normalize_email(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "is missing"),
        (" \n", "is missing"),
        ("ann", NONE),
        ("@acme.example", NONE),
        ("ann@", NONE),
        (";,", NONE),
        ("ann@@acme.example", NONE),
        ("ann..lee@acme.example", NONE),
        ("ann lee@acme.example", NONE),
        ("ann@acme.example bob@acme.example", NONE),
        ("Ann ann@acme.example", NONE),
        ("ann@acme.example.", NONE),
        ("ann@-acme.example", NONE),
        ("ann@[192.0.2.1]", NONE),
        ('"ann lee"@acme.example', NONE),
        ("Ann <ann@acme.example> <bob@acme.example>", NONE),
        ("ann@acme\u202e.example", NONE),
        ("ann, bob", NONE),
        ("ann@acme", "has an incomplete domain"),
        ("ann@localhost", "has a domain that receives no mail"),
        ("ann@firm.invalid", "has a domain that receives no mail"),
        ("ann@printer.local", "has a domain that receives no mail"),
        ("änn@acme.example", "has characters before the @ that not every mail server takes"),
        ("ann@acme.example\nBcc: bob@acme.example", CONTROL),
        ("ann@acme.example\r\n\r\nbody", CONTROL),
        ("ann\t@acme.example", CONTROL),
        ("ann\x00@acme.example", CONTROL),
        ("ann@acme.example\u2028bob@acme.example", CONTROL),
        ("a" * 65 + "@acme.example", "is too long"),
        ("ann@" + "acme." * 50 + "example", "is too long"),
        ("ann@" + ("ü" * 20 + ".") * 9 + "example", NONE),
        ("a" * 5000, "is too long"),
    ],
)
def test_what_is_no_address_is_told(raw: str, reason: str) -> None:
    """What nobody can write to gives the reason in plain words."""
    assert Unusable(reason) == normalize_email(raw)


def test_an_address_does_not_show_itself() -> None:
    """The representation of an address, which logs and errors print, is without the address."""
    shown = repr(normalize_email("ann@acme.example"))

    assert "ann" not in shown


def test_whatever_is_taken_is_safe_in_a_header() -> None:
    """Of 20,000 garbled fields, what is taken is plain ASCII, and reads as itself again."""
    chance = random.Random(7)
    raws = {"".join(chance.choices(PIECES, k=chance.randint(3, 14))) for _ in range(20_000)}

    taken = [one.address for one in map(normalize_email, raws) if isinstance(one, EmailAddress)]

    assert len(taken) > 10
    for address in taken:
        assert address.isascii()
        assert not set(address) & set(' ,;<>"\r\n\t\x00')
        assert EmailAddress(address) == normalize_email(address)


def test_nothing_is_asked_over_the_network() -> None:
    """An address is read with all sockets shut, and without a library for name servers."""
    program = (
        "import socket, sys\n"
        "def shut(*args, **kwargs): raise OSError('the network is shut')\n"
        "socket.socket = socket.getaddrinfo = shut\n"
        "from duebell.people.emails import normalize_email\n"
        "assert 'email_validator' not in sys.modules\n"
        "print(normalize_email('ann@acme.com').address, 'dns' in sys.modules)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ("ann@acme.com False\n", "") == (done.stdout, done.stderr)
