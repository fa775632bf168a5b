"""The engine counts and judges by the taxonomy of now, through restarts, and pages nothing twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from live import Live, sqlite
from oracle import OracleRule, OracleTicket

from alerts.silences import Silence
from connectors.ticket import HOUR, to_us
from monitor.storage.recount import recount

DAY = datetime(2026, 5, 9, 2, tzinfo=UTC)
RULES = [OracleRule("volume", "daily_threshold", (1, 2), {"low": 3, "high": 5})]


@pytest.fixture
def live(tmp_path):
    made = Live(sqlite(tmp_path), RULES, zone="Asia/Shanghai", levels=2, sources=["s"], gaps={})
    yield made
    made.store.close()


def tell(live, name, *paths):
    at = DAY + timedelta(minutes=1)
    versions = [
        OracleTicket(source="s", id=f"{name}{n}", created_at=DAY, updated_at=at, path=path)
        for n, path in enumerate(paths)
    ]
    live.arrive(versions, at)
    return versions


def change(live, kind, old=(), new=(), **body):
    moves = {"moves": [[list(old), list(new)]]} if old else {}
    with live.store.writing() as tx:
        tx.taxonomy.ask(kind, {**moves, **body}, author="test", at=1)
    done = live.engine.rearrange(now=to_us(DAY + timedelta(hours=1)))
    live.pages += done.pages
    return done


def fired(live):
    return {(s.node, s.exact, s.level, s.observed, s.revised_to) for s in live.signals()}


def test_a_renamed_node_does_not_fire_again_and_goes_on_counting(live):
    tell(live, "a", *[("A", "x")] * 3)
    assert fired(live) == {(("A",), False, "low", 3, None), (("A", "x"), False, "low", 3, None)}
    done = change(live, "rename", ("A",), ("B",))
    assert (done.moved, done.signals, done.pages) == (3, [], [])
    assert fired(live) == {(("B",), False, "low", 3, None), (("B", "x"), False, "low", 3, None)}
    live.restart()
    tell(live, "b", ("A", "x"), ("B", "x"))
    assert fired(live) == {
        (("B",), False, "low", 3, None),
        (("B", "x"), False, "low", 3, None),
        (("B",), False, "high", 5, None),
        (("B", "x"), False, "high", 5, None),
    }


def test_two_nodes_that_are_one_now_fire_together_and_a_merge_that_is_taken_back_marks_it(live):
    tell(live, "a", ("A", "x"), ("A", "x"), ("B", "y"))
    assert fired(live) == set()
    done = change(live, "merge", ("B",), ("A",))
    assert [signal.node for signal in done.signals] == [("A",)]
    assert len(done.pages) == 1
    change(live, "undo", of=1)
    assert fired(live) == {(("A",), False, "low", 3, 2)}
    with live.store.reading() as tx:
        assert len(recount(tx, live.calendar)) == 0


def test_windows_that_are_over_do_not_fire_when_nodes_are_merged(live):
    old = tell(live, "a", ("A", "x"), ("A", "x"), ("B", "y"))
    with live.store.writing() as tx:
        tx.taxonomy.ask("merge", {"moves": [[["B"], ["A"]]]}, author="test", at=1)
    done = live.engine.rearrange(now=to_us(DAY + timedelta(days=2)))
    assert (done.moved, done.signals) == (1, [])
    # A version that was read before changes nothing, wherever its label is counted now.
    live.arrive([replace(one) for one in old], DAY + timedelta(days=2))
    with live.store.reading() as tx:
        assert len(recount(tx, live.calendar)) == 0
        assert not tx.taxonomy.is_pending()
    assert not live.engine.rearrange(now=to_us(DAY)).changed


def incidents(live):
    with live.store.reading() as tx:
        return {
            (one.id, one.node, str(one.state), len(one.signals), one.merged_into)
            for one in tx.incidents.find()
        }


def test_an_open_incident_and_a_silence_follow_their_node_and_take_what_comes_under_the_old_label(live):
    tell(live, "a", *[("A", "x")] * 3)
    assert incidents(live) == {(1, ("A", "x"), "open", 2, None)}
    with live.store.writing() as tx:
        start = to_us(DAY)
        tx.silences.add(Silence(("A",), start, start + HOUR, "Li", "known"))
    change(live, "rename", ("A",), ("B",))
    assert incidents(live) == {(1, ("B", "x"), "open", 2, None)}
    live.restart()
    pages = len(live.pages)
    tell(live, "b", ("A", "x"), ("B", "x"))
    assert incidents(live) == {(1, ("B", "x"), "open", 4, None)}
    assert {page.incidents for page in live.pages[pages:]} == {(1,)}
    change(live, "undo", of=1)
    assert incidents(live) == {(1, ("A", "x"), "open", 4, None)}
    with live.store.reading() as tx:
        assert [silence.node for silence in tx.silences.open()] == [("A",)]
        known = {stored.signal.identity for stored in tx.signals.find()}
        assert set(tx.incidents.get(1).signals) <= known


def test_two_incidents_of_nodes_that_are_one_now_are_one(live):
    tell(live, "a", *[("A", "x")] * 3)
    tell(live, "b", *[("B", "x")] * 3)
    change(live, "merge", ("B",), ("A",))
    found = incidents(live)
    assert {(id, node, into) for id, node, _, _, into in found} == {
        (1, ("A", "x"), None),
        (2, ("A", "x"), 1),
    }
    assert [one for one in live.pages[-1].signals if one.node == ("B",)] == []
    tell(live, "c", ("B", "x"))
    assert {one.state for one in _open(live)} == {"open"}


def _open(live):
    with live.store.reading() as tx:
        return tx.incidents.find(only_open=True)
