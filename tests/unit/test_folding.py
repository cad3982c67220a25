"""Repetitions of a story in one line, and nothing else left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from duebell.explaining.folding import folded
from duebell.explaining.happenings import Happening, Kind

NOON = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
PAID = "nothing: the invoice is paid"


def heard(minute: int, object_id: str = "42") -> Happening:
    """A webhook; the minute is the number of its signal, too."""
    text = f"heard by webhook that invoice {object_id} was changed"
    at = NOON + timedelta(minutes=minute)
    return Happening(at, Kind.HEARD, minute, text, {"object_id": object_id}, look=minute)


def nothing(minute: int, object_id: str = "42", same: str | None = PAID) -> Happening:
    """What the look because of this webhook came to."""
    at = NOON + timedelta(minutes=minute)
    details = {"object_id": object_id}
    return Happening(at, Kind.DECIDED, minute, same or "told", details, same, look=minute)


def looks(*minutes: int, object_id: str = "42") -> list[Happening]:
    """Looks that come to the same nothing."""
    return [one for at in minutes for one in (heard(at, object_id), nothing(at, object_id))]


def texts(happenings: list[Happening]) -> list[str]:
    """The lines of a story that is folded."""
    return [one.text for one in folded(sorted(happenings, key=lambda one: one.order))]


def test_looks_that_come_to_the_same_are_one() -> None:
    """Of four equal looks the first is told, with how often and until when the same came again."""
    lines = texts(looks(0, 1, 2, 3))

    assert [heard(0).text, f"{PAID}; 3 more times until 2026-11-14 12:03 UTC"] == lines


def test_a_single_repetition_is_once_more() -> None:
    """Two equal looks read as words, not as a count."""
    assert f"{PAID}; once more at 2026-11-14 12:01 UTC" == texts(looks(0, 1))[1]


def test_another_reason_is_told() -> None:
    """A look that comes to something else stands for itself, and what follows begins anew."""
    lines = texts([*looks(0), heard(1), nothing(1, same="nothing: it is disputed"), *looks(2)])

    expected = [PAID, "nothing: it is disputed", PAID]
    assert expected == [line for line in lines if line.startswith("nothing")]


def test_what_is_told_is_never_folded() -> None:
    """Decisions from which a message comes are all told."""
    lines = texts([one for at in (0, 1) for one in (heard(at), nothing(at, same=None))])

    assert 2 == lines.count("told")


def test_something_in_between_is_not_passed_over() -> None:
    """A pause between two equal looks stays between them."""
    pause = Happening(NOON + timedelta(minutes=1), Kind.PAUSE, 1, "paused")

    lines = texts([*looks(0), pause, *looks(2)])

    assert [heard(0).text, PAID, "paused", heard(2).text, PAID] == lines


def test_records_are_folded_each_for_itself() -> None:
    """Equal looks at two records in turn become one line for each record."""
    lines = texts([*looks(0, 2), *looks(1, 3, object_id="43")])

    assert 2 == sum(line.startswith("heard") for line in lines)
    assert 2 == sum("once more" in line for line in lines)


def test_what_is_heard_and_not_decided_is_told() -> None:
    """A signal that waits is a line of its own."""
    assert [heard(0).text, PAID, heard(1).text] == texts([*looks(0), heard(1)])
