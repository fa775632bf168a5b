"""What the store knows of itself, what rules ask it for, and what it says while it is empty."""

from dataclasses import replace
from datetime import timedelta

from storing import NOON, SHANGHAI, fed, feed, ticket

from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, NEVER, to_us

NOW = to_us(NOON)


def test_what_the_store_knows_of_itself_survives(filled):
    with filled.writing() as tx:
        assert (tx.facts.cut(), tx.facts.closed_until()) == (None, None)
        tx.facts.save_cut("Asia/Shanghai", ["业务", "product"])
        tx.facts.close_hours(NOW)
        tx.facts.seal(10)
        tx.facts.seal(5)
    with filled.reading() as tx:
        assert tx.facts.closed_until() == NOW
        assert tx.facts.sealed_until() == 10
        cut = tx.facts.cut()
    assert cut.levels == ("业务", "product")
    assert "of the levels 业务, product" in cut.differs(replace(cut, levels=("a",)))


def test_tickets_are_asked_for_by_what_rules_need(store):
    base = ticket("1", complainant="h", closed_at=NOON + timedelta(hours=2))
    rows = [
        base,
        replace(base, id="2", created_at=NOON + timedelta(hours=1), closed_at=None, escalated_at=NOON),
        replace(base, id="3", path=("net",), complainant=None),
        replace(base, id="4", void=True),
        replace(base, id="5", complainant="other", created_at=NOON + timedelta(hours=1)),
    ]
    taxonomy = Taxonomy(["a", "b"])
    with store.writing() as tx:
        feed(tx, taxonomy, rows[:4])
    with store.writing() as tx:
        feed(tx, taxonomy, rows[4:], seen=NOON + timedelta(hours=5))
    bill = taxonomy.find(("mobile", "bill"))
    with store.reading() as tx:
        reads = tx.ticket_reads

        def ids(found):
            return [row.id for row in found]

        assert ids(reads.created(NOW, NOW + 1)) == ["1", "3"]
        assert ids(reads.open(NOW, NOW + 2 * HOUR, at=NOW + 3 * HOUR)) == ["2"]
        assert ids(reads.open(NOW, NOW + 2 * HOUR, at=NOW + HOUR)) == ["1", "3", "2", "5"]
        assert ids(reads.of_complainant("h", bill)) == ["1", "2"]
        node, who, number = reads.complainants(NOW, NOW + 2 * HOUR)
        assert sorted(zip(node.tolist(), who.tolist(), number.tolist(), strict=True)) == [
            (bill, "h", 2),
            (bill, "other", 1),
        ]
        assert reads.last_seen([bill], NOW, NOW + 2 * HOUR) == (NOW + 5 * HOUR, NOW + HOUR)
        assert reads.last_seen([bill], NOW, NOW + 1, by="escalated") == (NOW, NOW + HOUR)
        assert reads.last_seen([], NOW, NOW + 1) is None
        assert reads.ticket("desk", "4") is None
        assert reads.ticket("desk", "1").closed == NOW + 2 * HOUR
        assert len(reads.complainants(0, 1)[0]) == 0
        counted = tx.counts.leaf("tickets", SHANGHAI.hour(NOW), SHANGHAI.hour(NOW) + 2 * HOUR)
        assert dict(zip(*(column.tolist() for column in counted), strict=True)) == {
            bill: 3,
            taxonomy.find(("net",)): 1,
        }


def test_an_empty_store_answers_everything_with_nothing(store):
    with store.reading() as tx:
        assert tx.nodes.paths() == []
        assert tx.counts.span() is None
        assert len(tx.counts.leaf("escalated", 0, NEVER)[0]) == 0
        assert tx.signals.find() == tx.outbox.pages() == tx.sources.all() == tx.quarantine.summary() == []


def test_a_new_store_takes_its_first_ticket_at_once(store):
    assert fed(store, ticket())[0].versions.known == 0
