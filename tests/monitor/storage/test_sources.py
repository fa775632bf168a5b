"""What the store knows of sources: progress, failures, blind times, and rows that were set aside."""

from dataclasses import replace

from connectors.source import Quarantined
from monitor.storage.sources import BlindTime


def test_progress_never_goes_back_and_ends_a_failure(filled):
    with filled.writing() as tx:
        desk = tx.sources.id("desk")
        assert (desk, tx.sources.id("web"), tx.sources.id("desk")) == (0, 1, 0)
        tx.sources.progress(desk, polled_at=5, cursor="a", complete_to=50, first_created=7)
        tx.sources.failed(desk, "no route", at=6, next_at=60)
        tx.sources.failed(desk, "no route", at=8, next_at=80)
        failing = tx.sources.all()[0]
        tx.sources.progress(desk, polled_at=9, complete_to=40, first_created=9)
        state = tx.sources.all()[0]
    assert (failing.failures, failing.failing_since, failing.next_at) == (2, 6, 80)
    assert (state.cursor, state.complete_to, state.first_created) == ("a", 50, 7)
    assert (state.failures, state.failing_since, state.last_error, state.polled_at) == (0, None, None, 9)


def test_blind_time_has_a_start_and_at_last_an_end(filled):
    with filled.writing() as tx:
        desk = tx.sources.id("desk")
        tx.sources.blind(desk, 100)
        tx.sources.blind(desk, 150)
        assert tx.sources.blind_times() == [BlindTime("desk", 100, None)]
        assert tx.sources.all()[0].blind_since == 100
        tx.sources.sees(desk, 200)
        tx.sources.sees(desk, 300)
        assert tx.sources.blind_times() == [BlindTime("desk", 100, 200)]
        assert tx.sources.all()[0].blind_since is None
        assert tx.sources.blind_times(start=200) == []
        tx.sources.blind(desk, 100)
        assert tx.sources.blind_times(start=200) == [BlindTime("desk", 100, None)]


def test_a_bad_row_is_counted_once_however_often_it_is_read(filled):
    row = Quarantined("desk", "file.csv, line 7", "no id", "a\0;b", "k")
    with filled.writing() as tx:
        assert tx.quarantine.add([row, row, replace(row, key="k2")], seen=5) == 2
        assert tx.quarantine.add([replace(row, reason="still no id")], seen=6) == 0
        assert tx.quarantine.add([], seen=7) == 0
        [last, _] = tx.quarantine.rows("desk")
        assert (last.times, last.first_seen, last.last_seen, last.row.reason) == (3, 5, 6, "still no id")
        assert tx.quarantine.rows("web") == []
        assert len(tx.quarantine.rows(limit=1)) == 1
        [summary] = tx.quarantine.summary()
        assert (summary.source, summary.rows, summary.last_seen) == ("desk", 2, 6)
