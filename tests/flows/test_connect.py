"""``duebell connect freshbooks`` with a browser and without, up to the block and the ledger."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from blocks import FreshBooksCredentials
from duebell.domain.connections import StoredPair
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import Sealer, open_sealer
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tasks.runtime import BLOCK_NAME
from tests.flows.checking import clean_environment, settings_in_words
from tests.flows.commands import Told, run_duebell
from tests.flows.consenting import Command, come_back, decide
from tests.flows.installation import forget_blocks, run
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.flow

BOTH = [credentials.ACCOUNT_ID, credentials.SECOND_ACCOUNT_ID]
SCOPES = "user:profile:read user:invoices:read user:clients:read"
REFRESH_TOKEN = "DUEBELL_FRESHBOOKS_REFRESH_TOKEN"
RULEBOOK = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"
"""


@dataclass(frozen=True)
class Place:
    """A directory with a ledger, whose installation was never connected."""

    path: Path
    environment: dict[str, str]
    begun: list[Command] = field(default_factory=list)

    def command(self, *options: str, at_terminal: bool = False) -> Command:
        """Start the command; it ends with the test."""
        command = Command(self.path, self.environment, *options, at_terminal=at_terminal)
        self.begun.append(command)
        return command

    def run(self, text: str, *options: str) -> Told:
        """Run the command with something on its standard input."""
        arguments = ("connect", "freshbooks", "--paste", *options)
        return run_duebell(self.path, self.environment, *arguments, typed=text)

    def pair(self) -> StoredPair | None:
        """What the ledger has."""
        ledger, sealer = self._open()
        try:
            return run(LedgerTokens(ledger, sealer, utc_now).read())
        finally:
            ledger.close()

    def seed(self, token: str) -> bool:
        """Do what a worker does that starts with this token in its credentials."""
        ledger, _ = self._open()
        try:
            return run(ledger.seed_connection(token))
        finally:
            ledger.close()

    def _open(self) -> tuple[Ledger, Sealer]:
        sealer = open_sealer(self.path / ".duebell", None)
        return Ledger(f"sqlite:///{self.path / '.duebell' / 'duebell.db'}", sealer), sealer


@pytest.fixture
def place(
    tmp_path: Path, migrated_file: Path, sandbox: SandboxControl, prefect_api: str
) -> Iterator[Place]:
    """A place whose app comes back to this machine, with nothing in Prefect's blocks."""
    home = tmp_path / ".duebell"
    home.mkdir()
    shutil.copy(migrated_file, home / "duebell.db")
    (tmp_path / "duebell.toml").write_text(RULEBOOK)
    settings = settings_in_words(sandbox.base_url) | {
        "PREFECT_API_URL": prefect_api,
        "DUEBELL_FRESHBOOKS_REDIRECT_URI": f"https://localhost:{free_port()}/callback",
    }
    del settings[REFRESH_TOKEN]
    run(forget_blocks())
    place = Place(tmp_path, clean_environment(**settings))
    yield place
    for command in place.begun:
        command.end()
    run(forget_blocks())


def block() -> FreshBooksCredentials | None:
    """What Prefect has."""

    async def load() -> FreshBooksCredentials | None:
        try:
            return await FreshBooksCredentials.aload(BLOCK_NAME)
        except ValueError:
            return None

    return run(load())


def token_in(found: FreshBooksCredentials | None) -> str:
    """The refresh token in a block."""
    assert found is not None
    return found.refresh_token.get_secret_value()


# -- with a browser


def test_the_browser_connects(place: Place, sandbox: SandboxControl) -> None:
    """A person who agrees has the pair in the ledger and the block in Prefect, and reads so."""
    command = place.command()

    page = come_back(decide(command.address()))

    code, pair, saved = command.wait(), place.pair(), block()
    assert (0, 200) == (code, page.status_code), command.said
    assert pair is not None
    assert sandbox.credentials()["refresh_token"] == pair.refresh == token_in(saved)
    assert saved is not None
    assert [credentials.ACCOUNT_ID] == saved.account_ids
    assert f"{credentials.BUSINESS_NAME} ({credentials.ACCOUNT_ID})" in command.said
    assert "`duebell check`" in command.said


def test_the_least_scopes_are_asked_for(place: Place, sandbox: SandboxControl) -> None:
    """What the rulebook needs is asked for and granted, and no more; the ledger knows it."""
    command = place.command()
    address = command.address()

    come_back(decide(address))

    command.wait()
    pair = place.pair()
    assert pair is not None
    assert [SCOPES] == parse_qs(urlsplit(address).query)["scope"]
    assert sorted(SCOPES.split()) == sorted(pair.scope.split())


def test_nothing_secret_is_shown(place: Place, sandbox: SandboxControl) -> None:
    """Neither the code nor a token nor the app's secret gets on the screen."""
    command = place.command()
    back = decide(command.address())
    come_back(back)
    command.wait()

    pair = place.pair()

    assert pair is not None
    assert pair.access is not None
    (used,) = parse_qs(urlsplit(back).query)["code"]
    secrets = (used, pair.access, pair.refresh, credentials.CLIENT_SECRET)
    assert [] == [secret for secret in secrets if secret in command.said]


def test_a_wrong_state_is_refused(place: Place, sandbox: SandboxControl) -> None:
    """An answer to another request is told and takes no effect; the right one still counts."""
    command = place.command()
    back = decide(command.address())

    refused = come_back(back.replace("state=", "state=x"))
    command.wait_for("another request")
    before = place.pair()
    come_back(back)

    assert (400, None, 0) == (refused.status_code, before, command.wait())


def test_nobody_agrees(place: Place, sandbox: SandboxControl) -> None:
    """A press on "Deny" ends it with a sentence, and nothing is stored."""
    command = place.command()

    come_back(decide(command.address(), "deny"))

    assert (1, None, None) == (command.wait(), place.pair(), block())
    assert "nobody agreed" in command.said


def test_a_second_connection_replaces_the_first(place: Place, sandbox: SandboxControl) -> None:
    """Connecting again takes the app from the block, and leaves a pair that works."""
    first = place.command()
    come_back(decide(first.address()))
    first.wait()
    del place.environment["DUEBELL_FRESHBOOKS_CLIENT_ID"]
    del place.environment["DUEBELL_FRESHBOOKS_CLIENT_SECRET"]

    second = place.command()
    come_back(decide(second.address()))

    code, pair = second.wait(), place.pair()
    assert pair is not None
    assert (0, 2) == (code, pair.generation), second.said
    assert sandbox.credentials()["refresh_token"] == pair.refresh == token_in(block())


# -- by hand


def test_a_code_may_be_given_by_a_program(place: Place, sandbox: SandboxControl) -> None:
    """With --paste and --json nothing is listened for, and stdout is one JSON object."""
    done = place.run(sandbox.create_code(), "--json")

    pair = place.pair()
    assert pair is not None
    assert pair.expires_at is not None
    told = done.json
    assert (0, True, False) == (done.code, told["connected"], told["worker_has_it"])
    assert [credentials.ACCOUNT_ID] == told["accounts"]
    assert pair.expires_at.isoformat() == told["expires_at"]
    assert credentials.BUSINESS_NAME in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "input ended"), ("no sense\n", "There is no code"), ("c0de" * 16, "no good any more")],
)
def test_what_is_no_code_is_told(
    place: Place, sandbox: SandboxControl, text: str, words: str
) -> None:
    """No input, no code, and a code that FreshBooks does not take end it in one sentence."""
    done = place.run(text)

    assert (1, None) == (done.code, place.pair())
    assert words in done.err
    assert 1 == len(done.err.splitlines())


def test_at_a_terminal_either_way_works(place: Place, sandbox: SandboxControl) -> None:
    """While it listens, the address may be pasted as well; a wrong line is asked for again."""
    command = place.command(at_terminal=True)
    back = decide(command.address())

    command.type("what do you mean?")
    command.wait_for("Paste the whole address")
    command.type(back)

    assert (0, True) == (command.wait(), place.pair() is not None), command.said


def test_a_taken_port_leaves_pasting(place: Place, sandbox: SandboxControl) -> None:
    """Where something else listens at the redirect URI, the address is asked for instead."""
    first = place.command()
    back_to_first = decide(first.address())
    second = place.command(at_terminal=True)

    second.wait_for("Nothing can listen")
    second.type(decide(second.address()))

    assert 0 == second.wait(), second.said
    first.interrupt()
    assert "code=" in back_to_first


def test_a_used_code_is_asked_for_anew(place: Place, sandbox: SandboxControl) -> None:
    """A person whose code has run out gets another address, and connects with that."""
    command = place.command("--paste", at_terminal=True)
    command.address()
    command.type("c0de" * 16)
    command.wait_for("Once more")

    command.type(decide(command.address(2)))

    assert (0, True) == (command.wait(), place.pair() is not None), command.said


def test_what_is_missing_is_asked_for(place: Place, sandbox: SandboxControl) -> None:
    """At a terminal the app is asked for; its secret is not shown, and the block has it all."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "REDIRECT_URI"):
        del place.environment[f"DUEBELL_FRESHBOOKS_{name}"]
    command = place.command("--paste", at_terminal=True)

    command.wait_for("Client id:")
    command.type(credentials.CLIENT_ID)
    command.wait_for("Client secret")
    command.type(credentials.CLIENT_SECRET)
    command.wait_for("Redirect URI:")
    command.type(credentials.REDIRECT_URI)
    command.type(decide(command.address()))

    code, saved = command.wait(), block()
    assert saved is not None
    assert (0, credentials.REDIRECT_URI) == (code, saved.redirect_uri), command.said
    assert credentials.CLIENT_SECRET == saved.client_secret.get_secret_value()
    assert credentials.CLIENT_SECRET not in command.said


# -- several businesses


def test_businesses_are_chosen(place: Place, sandbox: SandboxControl) -> None:
    """With several businesses a person chooses by number; a wrong number is asked again."""
    sandbox.change_settings(second_business=True)
    command = place.command(at_terminal=True)
    come_back(decide(command.address()))

    command.wait_for("Which of them?")
    command.type("3")
    command.wait_for("Answer with numbers up to 2")
    command.type("2")

    code, saved = command.wait(), block()
    assert saved is not None
    assert (0, [credentials.SECOND_ACCOUNT_ID]) == (code, saved.account_ids), command.said


@pytest.mark.parametrize("accounts", [BOTH, BOTH[1:]])
def test_businesses_are_named_by_a_program(
    place: Place, sandbox: SandboxControl, accounts: list[str]
) -> None:
    """Accounts that are named are those that the block has."""
    sandbox.change_settings(second_business=True)
    named = [part for one in accounts for part in ("--account", one)]

    done = place.run(sandbox.create_code(), *named)

    saved = block()
    assert saved is not None
    assert (0, accounts) == (done.code, saved.account_ids), done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [([], "--account"), (["--account", "nobodys"], "no business with nobodys")],
)
def test_without_a_choice_the_pair_is_kept(
    place: Place, sandbox: SandboxControl, options: list[str], words: str
) -> None:
    """Where nobody can be asked, or a wrong account is named, the pair is not lost for it."""
    sandbox.change_settings(second_business=True)

    done = place.run(sandbox.create_code(), *options)

    pair = place.pair()
    assert pair is not None
    assert (3, None, True) == (done.code, block(), words in done.err), done.err
    assert sandbox.credentials()["refresh_token"] == pair.refresh


def test_a_crash_before_the_block_is_saved_loses_nothing(
    place: Place, sandbox: SandboxControl
) -> None:
    """Killed between the ledger and the block, the pair is there, and an older block's token
    does not replace it when the next worker starts.
    """
    old = "01de" * 16
    place.environment[REFRESH_TOKEN] = old
    sandbox.change_settings(second_business=True)
    command = place.command(at_terminal=True)
    come_back(decide(command.address()))
    command.wait_for("Which of them?")

    command.kill()

    is_seeded, pair = place.seed(old), place.pair()
    assert pair is not None
    assert (False, None) == (is_seeded, block())
    assert sandbox.credentials()["refresh_token"] == pair.refresh


# -- before anybody is asked


def test_what_is_missing_is_told_without_a_terminal(place: Place, sandbox: SandboxControl) -> None:
    """A program is told every missing value of the app in a sentence, and no address."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "REDIRECT_URI"):
        del place.environment[f"DUEBELL_FRESHBOOKS_{name}"]

    done = place.run("")

    lines = done.err.splitlines()
    assert (3, "", 3) == (done.code, done.out, len(lines))
    assert all("is missing: set it to" in line for line in lines)


def test_a_redirect_uri_that_cannot_be_registered_is_told(
    place: Place, sandbox: SandboxControl
) -> None:
    """A redirect URI that FreshBooks would not take is refused before the browser is."""
    place.environment["DUEBELL_FRESHBOOKS_REDIRECT_URI"] = "http://localhost:8765/callback"

    done = place.run("")

    assert (3, "") == (done.code, done.out)
    assert "https://" in done.err


def test_without_prefect_nobody_is_asked(place: Place, sandbox: SandboxControl) -> None:
    """Where the block could not be saved, that is said before the browser is opened."""
    place.environment["PREFECT_API_URL"] = f"http://127.0.0.1:{free_port()}/api"

    done = place.run(sandbox.create_code())

    assert (3, "", None) == (done.code, done.out, place.pair())
    assert "`duebell up`" in done.err
    assert "PREFECT_API_URL" in done.err


def test_ctrl_c_ends_it(place: Place, sandbox: SandboxControl) -> None:
    """A person who changes their mind leaves no trace, and sees no traceback."""
    command = place.command()
    command.address()

    code = command.interrupt()

    assert (1, None, None) == (code, place.pair(), block())
    assert "Traceback" not in command.said
