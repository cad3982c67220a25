"""The hash chain: whole whatever writes at the same time or dies, and broken by any change."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from duebell.ledger import audit, audit_chain
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_gone import removal
from duebell.ledger.engine import MIGRATIONS, open_engine, upgrade
from duebell.ledger.ledger import Ledger
from tests.integration.ledger.conftest import OpenLedger
from tests.integration.ledger.tampering import tamper, verified
from tests.ledger_scenes import START, accepted, column, planned, run

BEGUN = AuditRecord("duebell", "begun", "thing", "1")
DIGEST = "1:8e8f256dd8891cb671a6cea2c6f1a2a2ba7278c4879806836e28613dea33cbfe"
LINK = "d71c7a81720e930db3a95d1aff1a6b86f56193e11e4cbe8cf52614547fd2120c"
ADDED = (
    "insert into audit_records (at, actor, action, entity, entity_id)"
    " values ('2026-03-02 15:00:00', 'cli:lee', 'paid', 'thing', '2')"
)
DECIDED = (
    "insert into decisions (at, account_id, event, object_id, verdict, reason, facts) values"
    " ('2026-03-02 15:00:00.5', 'a1', 'invoice.create', '42', 'planned', 'a rule', '{\"a\": 1.50}')"
)


class PowerCut(Exception):
    """Something ends the transaction before its commit."""


def add(ledger: Ledger, record: AuditRecord) -> None:
    """Append one record in a transaction of its own."""
    run(ledger.write(lambda c: audit.append(c, [record], START)))


def four_rows(ledger: Ledger) -> None:
    """A chain of four links: a planned notification, its decision, and two records more."""
    planned(ledger)
    for name in ("first", "second"):
        add(ledger, AuditRecord("cli:dana", name, "thing", "1", reason="because"))


def test_every_row_has_its_link(ledger: Ledger, ledger_url: str) -> None:
    """What the ledger's own verbs write is linked row by row, decisions as well, and is whole."""
    accepted(ledger)

    verdict = verified(ledger_url)

    [records] = column(ledger, "select count(*) from audit_records")
    [decisions] = column(ledger, "select count(*) from decisions")
    assert (True, records + decisions) == (verdict.is_whole, verdict.links)
    assert decisions > 0
    assert ["audit", "decision"] == column(
        ledger, "select distinct source from audit_chain order by source"
    )


@pytest.mark.parametrize("change", ["at = 'noon'", "detail = '{'"])
def test_a_row_that_cannot_be_read_any_more_shows(
    open_ledger: OpenLedger, sqlite_url: str, change: str
) -> None:
    """A value that is none of its column's kind, as SQLite takes it, is told as an edit."""
    four_rows(open_ledger(sqlite_url))

    tamper(sqlite_url, f"update audit_records set {change} where action = 'first'")  # noqa: S608

    assert "cannot be read any more" in (verified(sqlite_url).fault or "")


def test_an_empty_chain_is_whole(ledger_url: str) -> None:
    """A ledger in which nothing happened has no links and no fault."""
    verdict = verified(ledger_url)

    assert (True, 0) == (verdict.is_whole, verdict.links)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update audit_records set actor = 'cli:lee' where action = 'first'", "was edited"),
        (
            "update audit_records set at = '2026-03-02 15:00:01+00' where action = 'second'",
            "edited",
        ),
        ("update audit_records set reason = null where action = 'first'", "was edited"),
        ("update audit_records set detail = '{\"a\": 1}' where action = 'first'", "was edited"),
        ("update decisions set verdict = 'skipped'", "of 2026-03-02 15:00 UTC, about"),
        ('update decisions set facts = \'{"outstanding": "11.00"}\'', "was edited"),
        ("delete from audit_records where action = 'first'", "is missing: it was removed"),
        ("delete from decisions", "(link 2) is missing: it was removed"),
        ("delete from audit_chain where position = 3", "link 3 is missing before link 4"),
        ("delete from audit_chain where position = 1", "link 1 is missing before link 2"),
        ("delete from audit_chain where position = 4", "has 3 links and had 4"),
        ("update audit_head set position = 3", "the chain ends with link 3, and otherwise than"),
        ("update audit_head set position = 9", "has 4 links and had 9"),
        (
            "update audit_chain set link = 'x' where position = 2",
            "does not follow from the one before",
        ),
        ("update audit_chain set source = 'audit', row_id = 99 where position = 2", "Link 2"),
        ("update audit_chain set erased_at = '2026-03-02 15:00:00' where position = 3", "whole"),
        (ADDED, "has no link: it was added"),
    ],
)
def test_a_change_shows_where_it_is(
    ledger: Ledger, ledger_url: str, statement: str, told: str
) -> None:
    """Whatever is edited, removed or put in behind the ledger's back is told with its place."""
    four_rows(ledger)

    tamper(ledger_url, statement)

    fault = verified(ledger_url).fault
    assert told in (fault or "whole")


@pytest.mark.parametrize(
    ("statement", "heads", "is_proved"),
    [
        ("update decisions set verdict = 'skipped'", {}, True),
        ("delete from audit_chain where position = 3", {}, True),
        (ADDED, {}, False),
        ("update audit_head set position = 3", {}, False),
        ("select 1", {2: "0" * 64}, False),
    ],
)
def test_only_a_fault_at_its_own_link_proves_what_is_before(
    ledger: Ledger, ledger_url: str, statement: str, heads: dict[int, str], is_proved: bool
) -> None:
    """Of a chain that was made anew, or that is wrong as a whole, no part is called sound."""
    four_rows(ledger)

    tamper(ledger_url, statement)

    assert is_proved is verified(ledger_url, heads).is_sound_before


def test_rows_that_changed_places_show(ledger: Ledger, ledger_url: str) -> None:
    """Two links whose rows were exchanged do not follow any more."""
    four_rows(ledger)

    tamper(
        ledger_url,
        "update audit_chain set row_id = -1 where position = 3",
        "update audit_chain set row_id = (select row_id from audit_chain where position = 4) - 1"
        " where position = 4",
        "update audit_chain set row_id = (select row_id from audit_chain where position = 4) + 1"
        " where position = 3",
    )

    assert "put in another order" in (verified(ledger_url).fault or "")


def test_a_row_that_is_marked_erased_and_removed_shows(ledger: Ledger, ledger_url: str) -> None:
    """Saying that retention removed a row does not help where no record of retention tells it."""
    four_rows(ledger)

    tamper(
        ledger_url,
        "update audit_chain set erased_at = '2026-03-02 15:00:00' where position = 3",
        "delete from audit_records where action = 'first'",
    )

    assert "no record of retention" in (verified(ledger_url).fault or "")


@pytest.mark.parametrize(
    ("row", "days", "told"),
    [
        (1, 2, "retention removes from the beginning alone"),
        (0, 0, "too young for retention"),
        (0, None, "too young for retention"),
        (0, 2, "whole"),
    ],
)
def test_a_forged_record_of_retention_shows(
    ledger: Ledger, ledger_url: str, row: int, days: int | None, told: str
) -> None:
    """No single row can be taken out by saying that retention did, and no young one."""
    four_rows(ledger)
    id_ = column(ledger, "select id from audit_records order by id")[row]
    detail = removal("audit", [id_], START - timedelta(days=days or 0))
    if days is None:
        del detail["before"]
    tamper(
        ledger_url,
        "update audit_chain set erased_at = '2026-03-02 15:00:00'"  # noqa: S608
        f" where source = 'audit' and row_id = {id_}",
        f"delete from audit_records where id = {id_}",  # noqa: S608
    )

    add(ledger, AuditRecord("duebell", "removed", "retention", "audit", detail=detail))

    assert told in (verified(ledger_url).fault or "whole")


def test_a_cut_tail_shows_by_an_exported_head(ledger: Ledger, ledger_url: str) -> None:
    """Where the end is removed with the head moved back, only a head kept elsewhere tells it."""
    four_rows(ledger)
    head = verified(ledger_url).head

    tamper(
        ledger_url,
        "delete from audit_records where action = 'second'",
        "delete from audit_chain where position = 4",
        "update audit_head set position = 3, link ="
        " (select link from audit_chain where position = 3)",
    )

    assert verified(ledger_url).is_whole
    assert "has 3 links and had 4" in (verified(ledger_url, {4: head.link}).fault or "")


def test_a_chain_that_was_made_anew_shows_by_an_exported_head(
    ledger: Ledger, ledger_url: str
) -> None:
    """A head that was exported tells a chain in which everything fits but was written later."""
    four_rows(ledger)

    verdict = verified(ledger_url, {2: "0" * 64})

    assert "Link 2 is not the one that was exported" in (verdict.fault or "")


def test_heads_that_agree_are_counted(ledger: Ledger, ledger_url: str) -> None:
    """Every exported head that the chain meets is counted."""
    four_rows(ledger)
    head = verified(ledger_url).head

    assert 1 == verified(ledger_url, {head.position: head.link}).heads


def test_a_transaction_that_dies_leaves_no_gap(ledger: Ledger, ledger_url: str) -> None:
    """Neither rows nor links stay of what was rolled back, and the next one follows at once."""
    four_rows(ledger)

    def append_and_fail(connection: Connection) -> None:
        audit.append(connection, [BEGUN], START)
        raise PowerCut

    with pytest.raises(PowerCut):
        run(ledger.write(append_and_fail))
    add(ledger, BEGUN)

    verdict = verified(ledger_url)
    assert (True, 5) == (verdict.is_whole, verdict.links)


def test_where_no_link_can_be_made_nothing_is_written(ledger: Ledger, ledger_url: str) -> None:
    """A link that the database refuses takes the whole transaction with it."""
    four_rows(ledger)
    tamper(ledger_url, "update audit_head set position = 1")

    with pytest.raises(DBAPIError):
        add(ledger, BEGUN)

    assert [] == column(ledger, "select id from audit_records where action = 'begun'")


def test_rows_are_written_through_our_engines_alone(sqlite_url: str) -> None:
    """A connection that keeps no chain is refused, so that no row can be without a link."""
    engine = create_engine(sqlite_url)

    with pytest.raises(RuntimeError, match="no chain"), engine.begin() as connection:
        audit.append(connection, [BEGUN], START)

    engine.dispose()


def test_writers_at_the_same_time_make_one_chain(ledger_url: str) -> None:
    """Four writers with engines of their own leave one chain without gaps and without forks."""
    faults: list[BaseException] = []
    start = threading.Barrier(4)

    def write_many(number: int) -> None:
        engine = open_engine(ledger_url)
        start.wait()
        try:
            for count in range(25):
                with engine.begin() as connection:
                    for part in "ab":
                        record = AuditRecord(f"w{number}", f"{count}{part}", "thing", "1")
                        audit.append(connection, [record, record], START)
        except Exception as error:
            faults.append(error)
        engine.dispose()

    threads = [threading.Thread(target=write_many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    verdict = verified(ledger_url)
    assert [] == faults
    assert (True, 400) == (verdict.is_whole, verdict.links)


def test_the_database_keeps_the_chain(ledger: Ledger, ledger_url: str) -> None:
    """Decisions and links are as append-only as audit records, for the database itself."""
    four_rows(ledger)
    refused = []

    for statement in (
        "update decisions set verdict = 'skipped'",
        "delete from decisions",
        "update audit_chain set digest = 'x'",
        "delete from audit_chain",
    ):
        engine = open_engine(ledger_url)
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()
        refused.append(statement)

    assert (4, True) == (len(refused), verified(ledger_url).is_whole)


def test_a_digest_is_the_same_for_ever() -> None:
    """The exact form of a digest and of a link is what old chains were made with."""
    row = {"id": 7, "at": START, "actor": "cli:dàna", "reason": None, "detail": {"b": 1, "a": "x"}}

    digest = audit_chain.digest_of(row)

    link = audit_chain.link_of(audit_chain.BEGINNING, 1, "audit", 7, digest)
    assert DIGEST == digest
    assert LINK == link


def test_what_was_there_before_is_linked(empty_url: str) -> None:
    """An upgrade of a ledger without a chain links all of its rows, in the order of their ids."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = empty_url
    command.upgrade(config, "0004")
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        for number in range(3):
            connection.execute(text(ADDED.replace("'2')", f"'{number}')")))
        connection.execute(text(DECIDED))
    engine.dispose()

    upgrade(empty_url)

    verdict = verified(empty_url)
    assert (None, 4) == (verdict.fault, verdict.links)
