"""What following leaves alone: steps while midnight is fitted, other rules, a state that cannot be read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from followed import NOON, LiveSurge, nothing
from live import sqlite
from process import PATIENCE
from surging import DAY, HOUR, MINUTE, TODAY, before, weeks

from connectors.ticket import to_us
from detectors.followers.model import Modeller
from detectors.following import Moment
from detectors.signal import Signal


def test_the_fit_of_midnight_holds_up_no_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    world = weeks(7, days=15)
    world.ordinary(TODAY, TODAY + HOUR)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.import_history(before(versions, TODAY))
    now, late = TODAY + DAY + MINUTE, replace(versions[-1], id="late", updated_at=TODAY + DAY)
    live.reach(TODAY + DAY - MINUTE)
    fitted, model = [], Modeller.model

    def fit(self: Any, hour: int, moment: Moment) -> Any:
        taking = Thread(target=live.arrive, args=([late], now))
        taking.start()
        taking.join(PATIENCE)
        fitted.append((hour, taking.is_alive()))
        return model(self, hour, moment)

    monkeypatch.setattr(Modeller, "model", fit)
    live.reach(now)
    assert fitted == [(to_us(TODAY + DAY), False)], "a ticket waited for the fit, or it was fitted in a step"


def test_what_an_import_changes_meanwhile_is_fitted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    world = weeks(7, days=15)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.import_history(before(versions, TODAY))
    live.restart()
    fitted, model = 0, Modeller.model

    def fit(self: Any, hour: int, moment: Moment) -> Any:
        nonlocal fitted
        fitted += 1
        found = model(self, hour, moment)
        if fitted == 1:
            old = replace(versions[-1], id="old", created_at=TODAY - 3 * DAY)
            live.arrive([old], TODAY + MINUTE, imported=1)
        return found

    monkeypatch.setattr(Modeller, "model", fit)
    live.reach(TODAY + 2 * MINUTE)
    live.reach(TODAY + 3 * MINUTE)
    assert fitted == 2


class Failing:
    """A rule whose follower cannot go on."""

    def judge(self, step: object) -> list[Signal]:
        del step
        return []

    def standing(self, signals: Sequence[Signal], *_: object) -> list[int | None]:
        return [None for _ in signals]

    def follower(self) -> Any:
        return self

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: object) -> None:
        del state

    def close(self, hour: int, moment: object) -> list[Signal]:
        raise ZeroDivisionError(hour, moment)

    look = close


def test_a_rule_that_fails_holds_up_neither_the_hours_nor_the_other_rules(tmp_path: Path):
    world = weeks(1, days=20)
    world.surge(NOON + 20 * MINUTE, "a/x", 14, 20 * MINUTE)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.rules = replace(live.rules, detectors={"failing": Failing(), **live.rules.detectors})
    live.restart()
    live.import_history(before(versions, TODAY))
    live.live_through(versions, NOON + 2 * HOUR, nothing)
    assert [signal.node for signal in live.signals()] == [("a", "x")]
    with live.store.reading() as tx:
        assert tx.facts.closed_until() == to_us(NOON + 2 * HOUR)


def test_a_state_that_cannot_be_read_is_dropped(tmp_path: Path):
    world = weeks(1, days=20)
    world.surge(NOON + 20 * MINUTE, "a/x", 14, 20 * MINUTE)
    versions = world.in_order()
    live = LiveSurge(sqlite(tmp_path))
    live.import_history(before(versions, TODAY))
    with live.store.writing() as tx:
        tx.facts.save("follower surge", '{"open": [{"node": ["a"], "of": "another program"}]}')
    live.restart()
    live.live_through(versions, NOON + HOUR, nothing)
    assert [signal.node for signal in live.signals()] == [("a", "x")]
