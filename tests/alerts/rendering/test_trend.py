from alerting import NOW, SHANGHAI, trend

from alerts.rendering.moments import Moments
from alerts.rendering.trend import lately, rows, sparkline
from connectors.ticket import to_us

EN = Moments("en", SHANGHAI, to_us(NOW))


def test_an_unknown_hour_is_not_zero():
    assert sparkline(trend(0, None, 10)) == "▁?█"
    assert list(rows(trend(0, None, 10), EN)) == [
        ("12:00", "0"),
        ("13:00", "? unknown"),
        ("14:00", "▇▇▇▇▇▇▇▇▇▇ 10"),
    ]


def test_a_single_ticket_is_seen_beside_a_thousand():
    assert sparkline(trend(0, 1, 1000)) == "▁▂█"


def test_an_hour_that_still_runs_is_marked():
    assert list(rows(trend(31, 4, last="2026-11-22 15:00"), EN))[-1] == ("15:00", "▇ 4 so far")


def test_the_day_is_said_where_it_changes():
    labels = [label for label, _ in rows(trend(1, 2, 3, last="2026-11-22 01:00"), EN)]
    assert labels == ["23:00", "11-22 00:00", "01:00"]


def test_the_latest_counts_stand_beside_the_marks():
    assert lately(trend(5, 12, 43, 31), EN).endswith("  12 → 43 → 31")


def test_no_hours_and_only_unknown_hours_are_drawn():
    assert sparkline(()) == ""
    assert sparkline(trend(None, None)) == "??"
    assert sparkline(trend(0, 0)) == "▁▁"
