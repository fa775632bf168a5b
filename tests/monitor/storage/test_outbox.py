"""Pages in the store, and their deliveries: decided once, tried again, settled once."""

from storing import NOON, signal

from alerts.page import Page, Reason, Told
from connectors.ticket import HOUR, to_us
from monitor.storage.outbox import State

LI, WANG = Told("duty", "Li", "console", "-"), Told("head", "Wang", "email", "wang@example.org", "en")

NOW = to_us(NOON)


def page(key: str = "k", **told) -> Page:
    return Page(key, NOW, Reason.LEVEL_REACHED, level="三级预警", node=("mobile",), told=(LI, WANG), **told)


def test_a_page_is_decided_once_with_a_delivery_for_each_one_told(filled):
    one = signal()
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        decided = page(signals=(one,), muted_by=None, subject=(("odd", "nul \0 half \ud800"),))
        assert tx.outbox.save([decided, decided]) == [decided]
        assert tx.outbox.save([decided]) == []
        assert tx.outbox.page("k") == decided
        assert tx.outbox.page("unknown") is None
        assert [delivery.told for delivery in tx.outbox.deliveries("k")] == [LI, WANG]
        assert tx.signals.find()[0].page_key == "k"


def test_a_signal_belongs_to_the_page_that_told_of_it_first(filled):
    one = signal()
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        tx.outbox.save([page("first", signals=(one,))])
        tx.outbox.save([page("second", signals=(one,))])
        assert tx.signals.find()[0].page_key == "first"


def test_pages_are_listed_in_the_order_of_decisions(filled):
    pages = [Page(key, NOW + i, Reason.TEST) for i, key in enumerate("cab")]
    with filled.writing() as tx:
        tx.outbox.save(pages)
        assert [one.key for one in tx.outbox.pages()] == ["c", "a", "b"]
        assert [one.key for one in tx.outbox.pages(limit=2)] == ["a", "b"]
        assert [one.key for one in tx.outbox.pages(NOW + 1, NOW + 2)] == ["a"]


def test_a_delivery_that_fails_is_tried_again_later_and_then_settled(filled):
    with filled.writing() as tx:
        tx.outbox.save([page()])
        first, second = tx.outbox.due(NOW, limit=10)
        assert tx.outbox.due(NOW, limit=1) == [first]
        assert tx.outbox.due(NOW - 1, limit=10) == []
        tx.outbox.failed(first.id, "429: slow down", next_at=NOW + HOUR)
        assert tx.outbox.due(NOW, limit=10) == [second]
        assert tx.outbox.next_due() == NOW
        tx.outbox.sent(second.id, at=NOW, receipt={"message": "17"})
        assert tx.outbox.next_due() == NOW + HOUR
        tx.outbox.undeliverable(first.id, "no such channel\0", at=NOW + HOUR)
        assert tx.outbox.next_due() is None
        states = {delivery.id: delivery for delivery in tx.outbox.deliveries()}
    assert states[first.id].state is State.UNDELIVERABLE
    assert states[first.id].attempts == 2
    assert states[second.id].receipt == {"message": "17"}
    with filled.reading() as tx:
        figures = {State.PENDING: 0, State.SENT: 1, State.UNDELIVERABLE: 1, State.WITHHELD: 0}
        assert tx.outbox.figures() == figures
        assert len(tx.outbox.deliveries(state=State.SENT)) == 1


def test_an_answer_that_comes_after_the_settlement_changes_nothing(filled):
    with filled.writing() as tx:
        tx.outbox.save([page()])
        [first, _] = tx.outbox.due(NOW, limit=10)
        tx.outbox.sent(first.id, at=NOW)
        tx.outbox.failed(first.id, "late", next_at=NOW + 5)
        assert tx.outbox.deliveries("k")[0].state is State.SENT
