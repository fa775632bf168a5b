"""Signals in the store: once each, found by what people ask for, revised and never taken away."""

from dataclasses import replace

import pytest
from storing import NOON, signal

from alerts.page import Page, Reason
from connectors.ticket import DAY, NEVER, to_us

NOW = to_us(NOON)


def test_a_signal_is_stored_once_and_comes_back_as_it_was(filled):
    odd = signal(
        ("mobile", "bill"),
        exact=True,
        created_at=NEVER,
        subject=(("source", "desk"), ("id", "7\0")),
        detail={"expected": 3.5, "focus": ["mobile"], "解释": None},
    )
    plain = signal(("net",))
    with filled.writing() as tx:
        assert tx.signals.save([odd, plain, odd], fired_at=NOW) == [odd, plain]
        again = replace(plain, observed=250)
        assert tx.signals.save([again], fired_at=NOW + 1) == []
        stored = {one.signal.node: one for one in tx.signals.find()}
    assert stored[("mobile", "bill")].signal == odd
    assert (stored[("net",)].signal, stored[("net",)].fired_at) == (plain, NOW)


def test_a_revised_signal_stays_and_says_so(filled):
    one = signal()
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        tx.signals.revise({one.identity: 97})
        assert tx.signals.find()[0].signal == one.revised(97)
        tx.signals.revise({one.identity: None})
        assert tx.signals.find()[0].signal == one


def test_signals_are_found_by_what_people_ask_for(filled):
    early, late = (
        signal(("net",), crossed_at=NOW),
        signal(("mobile",), crossed_at=NOW + 5, rule="other", level="一级"),
    )
    with filled.writing() as tx:
        tx.signals.save([late, early], fired_at=NOW)

        def found(**wanted):
            return [one.signal for one in tx.signals.find(**wanted)]

        assert found() == [early, late]
        assert found(limit=1) == [late]
        assert found(rule="other") == [late]
        assert found(node=("net",)) == [early]
        assert found(level="一级") == [late]
        assert found(start=NOW + 1) == [late]
        assert found(end=NOW + 5) == [early]
        assert found(node=("unknown",)) == []
        assert tx.signals.number() == 2


def test_a_signal_is_open_from_its_crossing_to_a_day_after_its_window(filled):
    one = signal()
    closes = one.window_end + DAY
    cases = [(NOW - 1, 0), (NOW, 1), (closes - 1, 1), (closes, 0)]
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        assert [(at, len(tx.signals.open(at, at + 1))) for at, _ in cases] == cases
        assert len(tx.signals.overlapping(one.window_start, one.window_start + 1)) == 1
        assert tx.signals.overlapping(one.window_end, one.window_end + 1) == []


def test_a_signal_of_an_unknown_node_is_a_mistake_of_the_program(filled):
    with pytest.raises(KeyError), filled.writing() as tx:
        tx.signals.save([signal(("never", "stored"))], fired_at=NOW)


def test_signals_of_an_import_wait_until_a_page_folds_them(filled):
    one, other = signal(("net",)), signal(("mobile",))
    with filled.writing() as tx:
        tx.signals.save([one, other], fired_at=NOW, awaiting="desk")
        assert len(tx.signals.awaiting("desk")) == 2
        assert tx.signals.awaiting("web") == []
        assert tx.signals.unpaged(NOW) == []
        tx.outbox.save([Page("k", NOW, Reason.BULK_IMPORT, signals=(one,))])
        assert [waiting.signal for waiting in tx.signals.awaiting("desk")] == [other]
        assert [stored.signal for stored in tx.signals.find() if stored.page_key == "k"] == [one]
