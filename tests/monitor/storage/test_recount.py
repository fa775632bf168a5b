"""A count that went wrong is found, named and put right."""

from datetime import timedelta

from sqlalchemy import text
from storing import KOLKATA, NOON, SHANGHAI, fed, plain_recount, stored_counts, ticket

from connectors.ticket import to_us
from monitor.storage.recount import mend, recount

TICKETS = [
    ticket("1", escalated_at=NOON),
    ticket("2", path=("net",)),
    ticket("3", path=()),
    ticket("4", void=True, escalated_at=NOON),
    ticket("5", escalated_at=NOON + timedelta(hours=30)),
]


def test_counts_that_are_right_have_no_differences(store):
    fed(store, *TICKETS)
    with store.reading() as tx:
        told: list[int] = []
        assert len(recount(tx, SHANGHAI, progress=told.append)) == 0
    assert told == [4]


def test_a_tampered_count_is_named_and_mended(store):
    fed(store, *TICKETS)
    hour = SHANGHAI.hour(to_us(NOON))
    with store.writing() as tx:
        tx.connection.execute(text("UPDATE counts SET tickets = 7 WHERE node_id = 3"))
        tx.connection.execute(text("DELETE FROM counts WHERE node_id = 0"))
        tx.connection.execute(
            text("INSERT INTO counts (hour, node_id, tickets, escalated) VALUES (:hour, 1, 0, 2)"),
            {"hour": hour},
        )
        tx.connection.execute(text("UPDATE counts SET escalated = 5, tickets = 5 WHERE node_id = 2"))
    with store.writing() as tx:
        differences = recount(tx, SHANGHAI)
        paths = tx.nodes.paths()
        assert told(differences, paths) == [
            ("2026-05-09T12:00:00+08:00", (), (0, 0), (1, 0)),
            ("2026-05-09T12:00:00+08:00", ("mobile",), (0, 2), (0, 0)),
            ("2026-05-09T12:00:00+08:00", ("mobile", "bill"), (5, 5), (2, 1)),
            ("2026-05-09T12:00:00+08:00", ("net",), (7, 0), (1, 0)),
            ("2026-05-10T18:00:00+08:00", ("mobile", "bill"), (5, 5), (0, 1)),
        ]
        mend(tx, SHANGHAI, differences)
    assert stored_counts(store) == plain_recount(TICKETS)
    with store.reading() as tx:
        assert len(recount(tx, SHANGHAI)) == 0


def told(differences, paths):
    """Hour, node, and (tickets, escalated) as stored and as recounted, of each cell."""
    cells = zip(
        map(SHANGHAI.iso, differences.hour.tolist()),
        (paths[node] for node in differences.node.tolist()),
        differences.stored.values(),
        differences.recounted.values(),
        strict=True,
    )
    return list(cells)


def test_a_new_business_zone_is_a_recount_in_its_hours(store):
    fed(store, *TICKETS)
    with store.writing() as tx:
        tx.facts.save_cut("Asia/Shanghai", ["business"])
        old = tx.facts.cut()
        mend(tx, KOLKATA, recount(tx, KOLKATA))
        tx.facts.save_cut("Asia/Kolkata", ["business"])
        assert "cut in the zone Asia/Shanghai" in old.differs(tx.facts.cut())
        assert old.differs(old) is None
    assert stored_counts(store) == plain_recount(TICKETS, KOLKATA)


def test_an_empty_store_has_nothing_to_recount(store):
    with store.writing() as tx:
        differences = recount(tx, SHANGHAI)
        mend(tx, SHANGHAI, differences)
    assert len(differences) == 0
