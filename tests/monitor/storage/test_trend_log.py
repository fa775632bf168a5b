"""The trend log in the store: rows, revisions and signatures."""

from dataclasses import replace

import numpy as np
from storing import NOON, SHANGHAI

from connectors.ticket import HOUR, to_us
from monitor.trend.rows import TrendRows

NOW = to_us(NOON)


def trend(counts: list[int], **told) -> TrendRows:
    n = len(counts)
    hours = SHANGHAI.hour(NOW) + HOUR * np.arange(n, dtype=np.int64)
    column = np.array(counts, dtype=np.int64)
    rows = TrendRows(
        hour=hours,
        node=np.full(n, 2, dtype=np.int64),
        count=column,
        previous=np.zeros(n, dtype=np.int64),
        previous_known=np.arange(n) > 0,
        day_to_date=column + 10,
        month_escalated=column * 0,
        complete=np.ones(n, dtype=np.bool_),
    )
    return replace(rows, **told)


def test_a_row_that_says_something_new_is_a_new_revision_and_the_old_one_stays(filled):
    first, later = trend([3, 4, 5]), trend([3, 9, 5])
    hours = first.hour.tolist()
    with filled.writing() as tx:
        assert len(tx.trend.save(first, written_at=1)) == 3
        added = tx.trend.save(later, written_at=2)
        assert (added.rows.hour.tolist(), added.revision.tolist()) == ([hours[1]], [1])
        assert len(tx.trend.save(later, written_at=3)) == 0
        latest = tx.trend.latest(hours)
        assert latest.rows.count.tolist() == [3, 9, 5]
        assert latest.revision.tolist() == [0, 1, 0]
        assert latest.rows.previous_known.tolist() == [False, True, True]
        whole = tx.trend.of_node(2, hours[0], hours[2] + 1, revisions=True)
        assert whole.rows.count.tolist() == [3, 4, 9, 5]
        assert whole.written_at.tolist() == [1, 1, 2, 1]
        assert tx.trend.between(hours[1], hours[2]).rows.day_to_date.tolist() == [19]
        assert len(tx.trend.of_node(1, 0, 2**62)) == 0
        assert len(tx.trend.latest([])) == 0


def test_an_hour_that_became_complete_is_a_new_revision(filled):
    rows = trend([3])
    with filled.writing() as tx:
        tx.trend.save(replace(rows, complete=np.array([False])), written_at=1)
        assert tx.trend.save(rows, written_at=2).revision.tolist() == [1]


def test_hours_are_signed_with_a_remark_and_may_be_signed_again(filled):
    with filled.writing() as tx:
        tx.trend.sign([HOUR, 2 * HOUR], by="Li", remark="read", at=NOW)
        tx.trend.sign([HOUR], by="Wang", remark="really?\0", at=NOW + 1)
        signed = [(s.hour, s.signed_by) for s in tx.trend.signatures(0, 2 * HOUR)]
    assert signed == [(HOUR, "Li"), (HOUR, "Wang")]
