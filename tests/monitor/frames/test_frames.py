"""Counts, trend, signals and expectations as frames, on both databases."""

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lived import BILL, NET, WRONG, lived
from storing import LEVELS, NOON, fed, plain_recount, versions

from connectors.ticket import DAY, HOUR, to_us
from connectors.windows import Calendar
from monitor import frames
from monitor.storage import Store, StoreError

ZONE = "datetime64[us, Asia/Shanghai]"


def cells(frame, per="hour"):
    """What stands in the cells that are not empty."""
    filled = frame[(frame["count"] > 0) | (frame["escalated"] > 0)]
    return {(at, node): n for at, node, n in zip(filled[per], filled["node"], filled["count"], strict=True)}


def at(hours):
    return pd.Timestamp(NOON + timedelta(hours=hours)).tz_convert("Asia/Shanghai")


# Counts


def test_everything_is_counted_hour_by_hour_and_an_empty_hour_has_a_row(kept):
    frame = frames.counts(kept)
    assert frame["count"].tolist() == [3, 3, 0, 1]
    assert frame["hour"].tolist() == [at(0), at(1), at(2), at(3)]
    assert frame["node"].tolist() == ["*"] * 4


def test_the_types_are_those_that_are_promised(kept):
    told = {
        "hour": ZONE,
        "node": "category",
        "depth": "int64",
        "count": "int64",
        "escalated": "int64",
        "known": "bool",
    }
    for frame in (
        frames.counts(kept),
        frames.counts(kept, depth=3),
        frames.counts(kept, start="2030-01-01"),
        frames.counts(kept, depth=1, end="2001-01-01"),
    ):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == told


def test_the_hour_of_the_first_ticket_is_not_known_and_the_others_are(kept):
    assert frames.counts(kept)["known"].tolist() == [False, True, True, True]


def test_a_node_counts_with_everything_below_it_however_it_is_named(kept):
    for node in ("mobile > bill", ["mobile > bill"], BILL, [BILL], "mobile>bill"):
        assert frames.counts(kept, node)["count"].tolist() == [2, 3, 0, 1]
    assert frames.counts(kept, WRONG)["count"].tolist() == [1, 3, 0, 0]


def test_a_list_asks_for_several_nodes_also_for_one_inside_another(kept):
    frame = frames.counts(kept, ["net", "*", BILL])
    assert frame.groupby("node", observed=True)["count"].sum().to_dict() == {
        "*": 7,
        "mobile > bill": 6,
        "net": 1,
    }
    assert len(frame) == 12


def test_a_depth_asks_for_all_its_nodes_and_leaves_empty_hours_out(kept):
    frame = frames.counts(kept, depth=1)
    assert cells(frame) == {
        (at(0), "mobile"): 2,
        (at(1), "mobile"): 3,
        (at(3), "mobile"): 1,
        (at(0), "net"): 1,
    }
    assert frame["node"].tolist() == ["mobile"] * 3 + ["net"]
    assert cells(frames.counts(kept, "net", depth=1)) == {(at(0), "net"): 1}
    assert frames.counts(kept, "net", depth=2).empty


def test_hours_can_be_cut_out_and_the_end_is_not_included(kept):
    frame = frames.counts(kept, start="2026-05-09T13:00", end=datetime(2026, 5, 9, 7, tzinfo=ZoneInfo("UTC")))
    assert frame["hour"].tolist() == [at(1), at(2)]


def test_a_day_is_known_when_all_of_it_is(address):
    lived(address, *((BILL, hours) for hours in range(60)))
    frame = frames.counts(address, per="day")
    assert frame["count"].tolist() == [12, 24, 24]
    assert frame["known"].tolist() == [False, True, True]
    assert frames.counts(address, per="day", end="2026-05-11T12:00")["known"].tolist() == [False, True, False]


def test_weeks_begin_on_monday_and_months_on_the_first(address):
    lived(address, *((BILL, 24 * day) for day in range(40)))
    weeks = frames.counts(address, per="week")
    assert set(weeks["week"].dt.day_name()) == {"Monday"}
    assert weeks["count"].tolist()[:2] == [2, 7]
    assert frames.counts(address, per="month")["count"].tolist() == [23, 17]


def test_a_day_of_25_hours_has_25_rows(tmp_path):
    zone = Calendar(ZoneInfo("America/New_York"))
    address = f"sqlite:///{tmp_path}/a.db"
    # From 2026-10-31 on, every hour for three days.
    hours = (datetime(2026, 10, 31, 4, tzinfo=NOON.tzinfo) - NOON) // timedelta(hours=1)
    lived(address, *((BILL, hours + hour) for hour in range(73)), calendar=zone)
    by_day = frames.counts(address).groupby(lambda i: i // 24)["count"].sum()
    assert by_day.sum() == 73
    assert frames.counts(address, per="day")["count"].tolist() == [24, 25, 24]
    assert frames.expected(address)["hour"].is_unique


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(tickets=st.lists(versions(), min_size=1, max_size=12))
def test_counts_are_what_a_plain_recount_says(tmp_path_factory, tickets):
    address = f"sqlite:///{tmp_path_factory.mktemp('s')}/a.db"
    store = Store.open(address)
    fed(store, *tickets)
    with store.writing() as tx:
        tx.facts.save_cut("Asia/Shanghai", LEVELS)
    store.close()
    counted, escalated = plain_recount(tickets)
    for depth in range(len(LEVELS) + 1):
        frame = frames.counts(address, depth=depth)
        for column, plain in (("count", counted), ("escalated", escalated)):
            wanted = Counter()
            for (hour, path), n in plain.items():
                if len(path) >= depth and n:
                    wanted[hour, " > ".join(path[:depth]) or "*"] += n
            found = {
                (to_us(hour.to_pydatetime()), node): n
                for hour, node, n in zip(frame["hour"], frame["node"], frame[column], strict=True)
                if n
            }
            assert found == dict(wanted)


# Signals and the trend log


def test_signals_are_told_with_what_their_detector_adds(kept):
    frame = frames.signals(kept)
    assert frame["node"].tolist() == ["mobile > bill", "mobile > bill > wrong"]
    assert frame["crossed_at"].tolist() == [at(1), at(2)]
    assert frame["revised_to"].tolist()[0] == 97
    assert frame["revised_to"].isna().tolist() == [False, True]
    surge = frame.iloc[1]
    assert (surge["expected"], surge["score"], surge["focus"]) == (1.5, 4.25, "mobile > bill")
    assert surge["explanation"] == {"children": []}
    assert frame["focus"].isna().tolist() == [True, False]
    assert frames.signals(kept, rule="surge")["node"].tolist() == ["mobile > bill > wrong"]
    assert len(frames.signals(kept, BILL)) == 1
    assert len(frames.signals(kept, start="2026-05-09T14:00")) == 1


def test_no_signals_are_a_frame_of_the_same_types(kept):
    some, none = frames.signals(kept), frames.signals(kept, rule="no such rule")
    assert none.empty
    assert none.dtypes.astype(str).to_dict() == some.dtypes.astype(str).to_dict()
    stamps = ["window_start", "window_end", "crossed_at", "created_at", "fired_at", "detected_at"]
    assert {str(none[name].dtype) for name in stamps} == {ZONE}


def test_the_trend_log_has_missing_values_where_the_hour_before_is_unknown(kept):
    frame = frames.trend(kept)
    assert frame["count"].tolist() == [3, 3, 0, 1]
    assert frame["previous"].isna().tolist() == [True, True, False, False]
    assert frame["change"].tolist()[2:] == [-3, 1]
    assert frame["ratio"].tolist()[2] == -1.0
    assert np.isnan(frame["ratio"].tolist()[3])
    below = frames.trend(kept, "mobile", below=True)
    assert set(below["node"]) == {"mobile", "mobile > bill", "mobile > bill > wrong"}
    assert below["hour"].is_monotonic_increasing
    assert str(below["change"].dtype) == str(below["previous"].dtype) == "Int64"


# Expectations


def test_a_surge_stands_out_of_what_is_expected_and_a_gap_is_no_zero(tmp_path):
    address = f"sqlite:///{tmp_path}/a.db"
    quiet = [(BILL, hour) for hour in range(14 * 24) for _ in range(6)]
    lived(address, *quiet, *[(BILL, 13 * 24 + 5)] * 30)
    store = Store.open(address)
    with store.writing() as tx:
        desk = tx.sources.id("desk")
        tx.sources.blind(desk, to_us(NOON) + 300 * HOUR)
        tx.sources.sees(desk, to_us(NOON) + 301 * HOUR)
    store.close()
    frame = frames.expected(address, BILL, coverage=0.9)
    assert frame["score"].idxmax() == 13 * 24 + 5
    assert frame["score"].max() > 4
    ordinary = frame[100:290]
    assert (ordinary["count"].between(ordinary["lower"], ordinary["upper"])).all()
    assert ordinary["expected"].between(5, 7).all()
    assert frame["count"].isna().sum() == 2  # the first hour, and the blind one
    assert frame["score"].isna().sum() == 2
    part = frames.expected(address, BILL, start="2026-05-22T12:00", coverage=0.9)
    pd.testing.assert_frame_equal(part, frame[13 * 24 :].reset_index(drop=True))


@pytest.mark.parametrize("per", ["hour", "day", "week"])
def test_a_baseline_of_times_to_come_is_empty(tmp_path, per):
    lived(f"sqlite:///{tmp_path}/a.db", (BILL, 0), (BILL, 5))
    config = tmp_path / "config.toml"
    config.write_text(
        """
timezone = "Asia/Shanghai"
store = { url = "sqlite:///a.db" }
taxonomy = { levels = ["business", "product", "stage"] }
detection = { country = "CN" }
[[sources]]
name = "desk"
kind = "csv"
path = "desk.csv"
fields = { id = "id", created_at = "created" }
""",
        "utf-8",
    )
    whole = frames.expected(config, BILL, per=per)
    none = frames.expected(config, BILL, per=per, start="2036-01-01")
    assert len(none) == 0 < len(whole)
    assert none.dtypes.map(str).tolist() == whole.dtypes.map(str).tolist()


def test_a_moment_may_be_a_text_a_date_or_an_instant_of_numpy(kept):
    day = frames.counts(kept, start="2026-05-09", end="2026-05-10")
    assert len(day)
    for start in (
        date(2026, 5, 9),
        np.datetime64("2026-05-09", "ns"),
        pd.Timestamp("2026-05-09"),
    ):
        pd.testing.assert_frame_equal(frames.counts(kept, start=start, end=date(2026, 5, 10)), day)


# What cannot be read


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (
            lambda where: frames.counts(where, "mobil"),
            'no ticket so far has the category "mobil"; did you mean "mobile"',
        ),
        (lambda where: frames.counts(where, "qqqq"), "depth=1"),
        (lambda where: frames.counts(where, start="soon"), '"soon" is no time'),
        (lambda where: frames.counts(where, start=5), '"5" is no time'),
        (lambda where: frames.counts(where, start="2026-05-09", end="2026-05-09"), "is not after start"),
        (lambda where: frames.counts(where, depth=4), "the tree has the depths 0 to 3"),
        (lambda where: frames.counts(where, per="year"), 'no period "year"'),
        (lambda where: frames.expected(where, per="month"), 'no period "month" for a baseline'),
        (lambda where: frames.expected(where, coverage=95), "lies between 0 and 1"),
        (lambda where: frames.expected(where, [BILL, NET]), "a baseline is of one node"),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(kept, ask, told):
    with pytest.raises(ValueError, match=r".") as refused:
        ask(kept)
    assert told in str(refused.value)


def test_an_empty_store_is_a_sentence(address):
    Store.open(address).close()
    with pytest.raises(StoreError, match="nothing has been counted yet"):
        frames.counts(address)


def test_a_configuration_names_the_store_and_its_gaps(tmp_path):
    lived(f"sqlite:///{tmp_path}/a.db", (BILL, 0), (BILL, 5), (NET, 5))
    (tmp_path / "config.toml").write_text(
        """
timezone = "Asia/Shanghai"
store = { url = "sqlite:///a.db" }
taxonomy = { levels = ["business", "product", "stage"] }
[[sources]]
name = "desk"
kind = "csv"
path = "desk.csv"
gaps = [{ from = "2026-05-09T14:30", to = "2026-05-09T15:00" }]
fields = { id = "id", created_at = "created" }
""",
        "utf-8",
    )
    known = [False, True, False, True, True, True]
    assert frames.counts(tmp_path / "config.toml")["known"].tolist() == known
    assert frames.counts(str(tmp_path / "config.toml"))["known"].tolist() == known
    assert frames.counts(f"sqlite:///{tmp_path}/a.db")["known"].tolist() == [False, *[True] * 5]


def test_hours_that_are_not_closed_are_not_known(kept):
    store = Store.open(kept)
    with store.writing() as tx:
        tx.facts.close_hours(to_us(NOON) + 2 * HOUR)
    store.close()
    assert frames.counts(kept)["known"].tolist() == [False, True, False, False]


def test_closed_hours_without_tickets_are_told_too(kept):
    store = Store.open(kept)
    with store.writing() as tx:
        tx.facts.close_hours(to_us(NOON) + DAY)
    store.close()
    assert len(frames.counts(kept)) == 24
