"""A first ticket dated decades ago makes decades of hours known; those without tickets cost nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from histories import SHANGHAI, at, burst, ticket
from live import Live, sqlite
from oracle import OracleRule
from surging import DAY

from detectors.signal import Signal
from detectors.step import Step
from monitor.engine import trend_writing

HOURS = OracleRule("hours", "hour_over_hour", level="low")


class Spy:
    """A rule that fires nothing, and notes how many hours each step has it judge."""

    def __init__(self) -> None:
        self.judged: list[int] = []

    def judge(self, step: Step) -> list[Signal]:
        self.judged.append(len(step.hours))
        return []

    def standing(self, *_: object) -> list[int | None]:
        return []


def test_a_ticket_of_1990_that_arrives_late_has_only_hours_with_tickets_judged_again(
    tmp_path: Path, monkeypatch: Any
):
    live = Live(sqlite(tmp_path), [HOURS], zone=SHANGHAI, levels=2, sources=["s"], gaps={})
    spy = Spy()
    live.rules = replace(live.rules, detectors={**live.rules.detectors, "spy": spy})
    live.restart()
    live.run([*burst(40, at("2026-05-09T10:00")), ticket("next day", at("2026-05-10T10:00"))])
    live.reach(at("2026-05-10T12:00"))
    assert not live.signals()
    spy.judged.clear()
    written = list[int]()
    monkeypatch.setattr(
        trend_writing,
        "_rows",
        lambda *args, rows=trend_writing._rows, **also: (written.append(len(args[3])), rows(*args, **also))[
            1
        ],  # type: ignore[func-returns-value]
    )
    live.arrive(
        [ticket("typo", at("1990-02-03T04:05"), updated_at=at("2026-05-10T12:01"))], at("2026-05-10T12:01")
    )
    # The hour from ten and the one after it are known now, and the first of them jumps.
    assert [signal.observed for signal in live.signals()] == [40]
    assert max(spy.judged) <= 6
    assert sum(written) < 24 + 6


@pytest.mark.parametrize("date", ["1899-12-30T00:00", "1969-12-31T23:00"])
@pytest.mark.parametrize("late", [False, True])
def test_a_ticket_from_before_1970_is_counted_and_logged_in_its_hour(tmp_path: Path, date: str, late: bool):
    live = Live(sqlite(tmp_path), [HOURS], zone=SHANGHAI, levels=2, sources=["s"], gaps={})
    now = at("2026-05-10T12:00")
    typo = ticket("typo", at(date), "a/x", updated_at=now)
    rest = [ticket(f"t{n}", at("2026-05-09T10:00"), "b") for n in range(3)]
    for versions in [rest, [typo]] if late else [[*rest, typo]]:
        live.arrive(versions, now)
        live.reach(now)
    rows = {
        (tuple(row["node"]), row["count"]) for row in live.trend() if row["hour"] < at("1971-01-01T00:00")
    }
    assert rows == {(node, count) for node in ((), ("a",), ("a", "x")) for count in (0, 1)}
    assert live.trend()[-1]["hour"] > now - DAY * 2
