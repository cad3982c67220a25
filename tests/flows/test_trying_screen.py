"""What a replay writes at the terminal and into files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from deployments.progress_line import ProgressLine
from deployments.trying_screen import Report, Screen
from duebell.domain.local_times import LocalTimes
from duebell.replaying.comparing import Difference, differences
from duebell.replaying.messages import Words
from duebell.replaying.replay import Progress
from duebell.replaying.totals import Price, Totals
from tests.unit.replaying.scenes import ACME, AT, DANA, FACT, RULE, a_message, told

Capture = pytest.CaptureFixture[str]

PRICE = Price(Decimal("0.0083"), "USD")
TITLE = {"new": "new.toml", "since": "2026-03-01", "until": "2026-03-31"}
IN_UTC = LocalTimes()
LATER = a_message(leaves_at=AT + timedelta(hours=17), held="quiet hours")
OTHER_WORDS = a_message(words=Words("Hello\nAcme", segments=3))


def shown(
    *found: Difference,
    as_json: bool = False,
    limit: int = 10,
    price: Price | None = PRICE,
    times: LocalTimes = IN_UTC,
) -> None:
    """Write a report with these differences."""
    totals = Totals()
    for one in found:
        totals.add(*([side] if side else [] for side in (one.before, one.after)))
        totals.note(one)
    with Screen(as_json, limit) as screen:
        for one in found:
            screen.take(one)
        screen.write(Report(TITLE, totals, ["Brakes are left out."], price, times=times))


def more(count: int = 1) -> list[Difference]:
    """So many people who hear more."""
    return [*differences(FACT, told(), told(a_message(DANA)), "INV-1", "Acme\nLtd")] * count


def less() -> Difference:
    """Somebody who hears less."""
    (one,) = differences(FACT, told(a_message()), told(), "INV-1", "Acme")
    return one


def words() -> Difference:
    """Somebody who hears it in other words."""
    (one,) = differences(FACT, told(a_message()), told(OTHER_WORDS), "INV-1", "Acme")
    return one


def moved() -> Difference:
    """Somebody who hears it later."""
    (one,) = differences(FACT, told(a_message()), told(LATER), "INV-1", "Acme")
    return one


def test_totals_come_first(capsys: Capture) -> None:
    """The first table says how much either rulebook tells by rule and in all, and what it costs."""
    shown(*more(2), words())

    out = capsys.readouterr().out
    head, _, rest = out.partition("Hear more: 2")
    assert "3 facts. Nothing was sent." in head
    everything = " ".join(head.splitlines()[-2].split())
    assert "all 1 → 3 (+2) 0 1 → 5 (+4) 0.0083 → 0.0415 (+0.0332)" == everything
    assert "Hear less: nobody" in rest


def test_without_a_price_nothing_has_a_cost(capsys: Capture) -> None:
    """Money is shown only where somebody said what a segment costs."""
    shown(less(), price=None)

    assert "USD" not in capsys.readouterr().out


def test_people_are_shown_masked_with_the_reason(capsys: Capture) -> None:
    """A row has the time, the event, the number, the name, the masked address and the reason."""
    shown(*more(), less())

    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if "+1•••••0102" in line)
    assert "2026-03-02 15:00" in row
    assert "Acme Ltd" in row
    assert "no rule tells client of invoice.create" in out
    assert ACME.address not in out
    assert DANA.address not in out


def test_it_fits_a_narrow_screen(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 80 columns no line is longer, and numbers, addresses and reasons are whole."""
    monkeypatch.setenv("COLUMNS", "80")

    shown(*more(), less(), words(), moved())

    out = capsys.readouterr().out
    assert 80 >= max(map(len, out.splitlines()))
    for part in (
        "INV-1",
        "+1•••••0102",
        "invoice.create",
        "no rule tells client of invoice.create",
    ):
        assert part in out


def test_times_are_those_of_the_business(capsys: Capture) -> None:
    """When a fact was decided about, and when a message leaves, is said on the firm's clock."""
    times = LocalTimes({FACT.occurrence.account_id: ZoneInfo("America/New_York")})

    shown(*more(), moved(), times=times)

    out = capsys.readouterr().out
    assert "2026-03-02 10:00 EST" in out
    assert "+ sms to +1•••••0101 at 2026-03-03 03:00 EST, held by quiet hours" in out


def test_both_texts_are_shown(capsys: Capture) -> None:
    """Other words stand under each other, line by line."""
    shown(words())

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert ["- Invoice INV-1", "+ Hello", "+ Acme"] == [
        line for line in lines if line in ("- Invoice INV-1", "+ Hello", "+ Acme")
    ]


def test_a_message_that_moves_says_when_and_why(capsys: Capture) -> None:
    """What is held is shown under its own title with the moment at which it leaves."""
    shown(moved())

    out = capsys.readouterr().out
    assert "another time: 1" in out
    assert "+ sms to +1•••••0101 at 2026-03-03 08:00 UTC, held by quiet hours" in out


def test_a_page_that_changes_is_said(capsys: Capture) -> None:
    """Where both texts are alike, it is said in what else they differ."""
    other = a_message(rule=replace(RULE, template="other"))
    (one,) = differences(FACT, told(a_message()), told(other))

    shown(one)

    assert "the page or the template is another" in capsys.readouterr().out


def test_the_limit_is_for_each_kind(capsys: Capture) -> None:
    """More than the limit are counted and not shown, and it is said how to see them."""
    shown(*more(5), less(), limit=2)

    out = capsys.readouterr().out
    assert (2, 1) == (out.count("+1•••••0102"), out.count("+1•••••0101"))
    assert "These are the first 2; --limit shows more." in out


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_has_everything(capsys: Capture, count: int) -> None:
    """Whatever the limit is, one object has all differences and no address."""
    shown(*more(count), as_json=True, limit=1)

    out = capsys.readouterr().out
    document = json.loads(out)
    assert ["more"] * count == [one["changes"][0] for one in document["differences"]]
    assert (count, {"before": 0, "after": count}) == (
        document["facts"],
        {side: document["totals"][side]["messages"] for side in ("before", "after")},
    )
    assert "new.toml" == document["new"]
    assert DANA.address not in out


def test_json_has_both_sides(capsys: Capture) -> None:
    """A difference has both messages with their words, and the cost of all is exact."""
    shown(words(), as_json=True)

    document = json.loads(capsys.readouterr().out)
    (one,) = document["differences"]
    assert ("Invoice INV-1", "Hello\nAcme") == (one["before"]["text"], one["after"]["text"])
    assert ("+1•••••0101", True) == (one["after"]["recipient"], one["is_recorded"])
    assert ("0.0166", "USD") == (
        document["totals"]["difference"]["cost"],
        document["totals"]["currency"],
    )


def test_progress_is_a_line_now_and_then(capsys: Capture) -> None:
    """Where there is no terminal, a line is written every few seconds, on stderr alone."""
    moments = iter([0.0, 0.0, 3.0, 6.0, 6.0])

    with ProgressLine(now=lambda: next(moments)) as line:
        for number in range(3):
            line.show(Progress(number / 4, number, 0))

    written = capsys.readouterr()
    assert "" == written.out
    assert ["  0%", " 50%"] == [one[:4] for one in written.err.splitlines()]
