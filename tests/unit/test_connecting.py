"""Choosing the businesses of a connection, and seeing what was not granted."""

from __future__ import annotations

import pytest

from duebell.connection.connecting import chosen_by_id, chosen_by_number, in_words, missing_scopes
from duebell.domain.books import Business
from duebell.domain.failures import ConfigurationError

FIRMS = tuple(
    Business(account_id, str(number), f"Firm {number}", "America/Chicago", "")
    for number, account_id in enumerate(("6BApk", "7CBql", "9XyZw"), start=1)
)


@pytest.mark.parametrize(
    ("answer", "accounts"),
    [
        ("1", ("6BApk",)),
        ("1,3", ("6BApk", "9XyZw")),
        (" 3 , 1 ", ("9XyZw", "6BApk")),
        ("2 3", ("7CBql", "9XyZw")),
        ("2,2", ("7CBql",)),
        ("all", ("6BApk", "7CBql", "9XyZw")),
        ("ALL ", ("6BApk", "7CBql", "9XyZw")),
    ],
)
def test_numbers_choose(answer: str, accounts: tuple[str, ...]) -> None:
    """Numbers choose their businesses, in any writing, each once; ``all`` chooses all."""
    assert accounts == chosen_by_number(answer, FIRMS)


@pytest.mark.parametrize("answer", ["", " ", "0", "4", "1,4", "-1", "6BApk", "1 all", "²", "1.5"])
def test_what_is_no_choice_is_asked_again(answer: str) -> None:
    """A number that is not there, and anything else, chooses nothing."""
    assert None is chosen_by_number(answer, FIRMS)


def test_accounts_are_chosen_by_their_ids() -> None:
    """Named accounts are taken as named, each once."""
    assert ("9XyZw", "6BApk") == chosen_by_id(["9XyZw", "6BApk", "9XyZw"], FIRMS)


def test_an_account_that_is_not_there_is_told() -> None:
    """An id that the user does not have is named, together with those there are."""
    with pytest.raises(ConfigurationError) as refusal:
        chosen_by_id(["6BApk", "6bapk"], FIRMS)

    (fault,) = refusal.value.faults
    assert "no business with 6bapk" in fault
    assert all(in_words(firm) in fault for firm in FIRMS)


@pytest.mark.parametrize(
    ("granted", "missing"),
    [("a b c", []), ("c b", ["a"]), ("x", ["a", "b"]), ("", [])],
)
def test_missing_scopes_are_seen(granted: str, missing: list[str]) -> None:
    """What was needed and is not among what was granted is named; without word, nothing is."""
    assert missing == missing_scopes(["a", "b"], granted)
