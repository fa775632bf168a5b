"""`score_file`: counts in, a score and an alarm for each row out, or a sentence that says what is wrong."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.seasonal.period import PERIODS
from detectors.seasonal.replaying import Following
from monitor.scoring.count_rows import CountsError
from monitor.scoring.score_file import ScoringOptionError, score_file


def scored(folder, lines, **options):
    source, out = Path(folder) / "counts.csv", Path(folder) / "scores.csv"
    source.write_text("series,ts,count\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
    score_file(source, out=out, **({"period": "day", "timezone": "UTC"} | options))
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def days(counts, *, series="a", start="2024-01-01"):
    first = np.datetime64(start)
    return [f"{series},{first + k},{count}" for k, count in enumerate(counts)]


def ordinary(steps, mean=12.0, seed=1):
    return np.random.default_rng(seed).poisson(mean, steps).tolist()


def test_every_row_comes_back_in_its_order_character_for_character(tmp_path):
    lines = days(ordinary(40), series='"a, ""b"""') + days(ordinary(40, seed=2), series=" 投诉")
    lines = [lines[k] for k in np.random.default_rng(3).permutation(len(lines))]
    rows = scored(tmp_path, lines)
    given = list(csv.reader(lines))
    assert [[row["series"], row["ts"]] for row in rows] == [line[:2] for line in given]
    assert all(np.isfinite(float(row["score"])) and row["alarm"] in {"0", "1"} for row in rows)


@pytest.mark.parametrize(
    "name", ["007", "1e5", "NA", "", "a,b", "two\nlines", "two\rlines", "two\r\nlines", 'a "b"']
)
def test_whatever_a_series_is_called_its_rows_are_read_as_they_were(tmp_path, name):
    quoted = '"' + name.replace('"', '""') + '"'
    rows = scored(tmp_path, days([3, 4], series=quoted))
    assert [(row["series"], row["ts"]) for row in rows] == [(name, "2024-01-01"), (name, "2024-01-02")]
    assert {row["alarm"] for row in rows} == {"0"}


def test_scores_are_not_written_over_the_counts(tmp_path):
    counts, also = tmp_path / "counts.csv", tmp_path / "also.csv"
    counts.write_text("series,ts,count\na,2024-01-01,3\n")
    also.symlink_to(counts)
    for out in (counts, also):
        with pytest.raises(ScoringOptionError, match="is the file of the counts itself"):
            score_file(counts, period="day", timezone="UTC", out=out)
    assert counts.read_text() == "series,ts,count\na,2024-01-01,3\n"


def test_the_order_of_the_rows_changes_no_score(tmp_path):
    lines = days(ordinary(80)) + days([*ordinary(79, seed=2), 50], series="b")
    straight = {(row["series"], row["ts"]): row for row in scored(tmp_path, lines)}
    for row in scored(tmp_path, lines[::-1]):
        assert row == straight[row["series"], row["ts"]]


def test_a_surge_raises_an_alarm_and_an_ordinary_day_none(tmp_path):
    rows = scored(tmp_path, days([*ordinary(120), 45]))
    assert rows[-1]["alarm"] == "1"
    assert [row["alarm"] for row in rows[:-1]].count("1") <= 1


@pytest.mark.parametrize(
    ("period", "stamps"),
    [
        ("hour", ["2024-01-01T05", "2024-01-01 06", "2024-01-01T07:00", "2024-01-01 08:00:00"]),
        ("hour", ["2024-01-01T05Z", "2024-01-01T14+08:00", "2024-01-01T07:30:00.5Z"]),
        ("day", ["2024-01-01", "2024-01-02T00:00", "2024-01-03 00"]),
        ("week", ["2024-01-01", "2024-01-08", "2024-W03-1"]),
    ],
)
def test_stamps_may_be_written_in_many_ways(tmp_path, period, stamps):
    rows = scored(tmp_path, [f"a,{ts},3" for ts in stamps], period=period)
    assert [row["ts"] for row in rows] == stamps


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "UTC"])
def test_hours_without_an_offset_pass_both_changes_of_the_clocks(tmp_path, zone):
    hours = np.arange("2024-03-01", "2024-04-20", dtype="datetime64[h]").tolist()
    hours += np.arange("2024-10-25", "2024-11-10", dtype="datetime64[h]").tolist()
    rows = scored(tmp_path, [f"a,{hour:%Y-%m-%dT%H},5" for hour in hours], period="hour", timezone=zone)
    assert len(rows) == len(hours)
    assert not any(int(row["alarm"]) for row in rows)


def test_the_hour_that_is_there_twice_is_two_rows(tmp_path):
    lines = [f"a,2024-11-03T{ts},4" for ts in ("00-04:00", "01-04:00", "01-05:00", "02-05:00")]
    with_offsets = scored(tmp_path, lines, period="hour", timezone="America/New_York")
    assert len(with_offsets) == 4


@pytest.mark.parametrize(
    ("zone", "night"), [("Europe/Berlin", "2024-10-27T02"), ("Australia/Lord_Howe", "2024-04-07T01")]
)
def test_a_file_by_the_clock_on_the_wall_is_judged_as_one_with_offsets(tmp_path, zone, night):
    begin = datetime.fromisoformat(night).replace(tzinfo=ZoneInfo(zone)) - timedelta(days=30)
    hours = [(begin.astimezone(UTC) + timedelta(hours=k)).astimezone(ZoneInfo(zone)) for k in range(1200)]
    counts = [k % 24 // 3 + (40 if hour.isoformat().startswith(night) else 0) for k, hour in enumerate(hours)]
    found = {}
    for form in ("%Y-%m-%dT%H", "%Y-%m-%dT%H:%M%z"):
        lines = [f"a,{hour:{form}},{count}" for hour, count in zip(hours, counts, strict=True)]
        rows = scored(tmp_path, lines, period="hour", timezone=zone)
        assert [row["ts"] for row in rows] == [f"{hour:{form}}" for hour in hours]
        found[form] = [(row["score"], row["alarm"]) for row in rows]
    wall, offsets = found.values()
    assert wall == offsets
    assert sum(alarm == "1" for _, alarm in wall) >= 2


def test_a_third_row_of_an_hour_that_is_there_twice_is_one_too_many(tmp_path):
    with pytest.raises(
        CountsError, match='line 4: series "a" has a count for "2024-10-27T02" already, in line 3'
    ):
        scored(tmp_path, ["a,2024-10-27T02,3"] * 3, period="hour", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["a,2024-01-01,3", "a,2024-01-02,-1"], 'counts.csv, line 3: count "-1" is negative'),
        (["a,2024-01-01,2.5"], 'line 2: count "2.5" is a fraction'),
        (["a,2024-01-01,"], 'line 2: count "" is no number; leave the row out'),
        (["a,2024-01-01,1_0"], 'line 2: count "1_0" is no number'),
        (["a,2024-01-01,many"], 'count "many" is no number'),
        (["a,2024-01-01,nan"], 'count "nan" is out of bounds'),
        (["a,2024-01-01,inf"], 'count "inf" is out of bounds'),
        (["a,yesterday,3"], 'line 2: ts "yesterday" is no time'),
        (["a,2024-01-01,3", "b,2024-01-01,3", "a,2024-01-01T00,4"],
         'line 4: series "a" has a count for "2024-01-01T00" already, in line 2'),
        (["a,2024-01-01"], "line 2: 2 fields where the first line names 3"),
        (["a,2024-01-01,3", "a,0204-01-02,3"],
         'from "0204-01-02" in line 3 to "2024-01-01" in line 2 it is more than 120 years'),
        (["a,0001-01-01T00+08:00,3"], 'line 2: ts "0001-01-01T00+08:00" is out of bounds'),
    ],
)  # fmt: skip
def test_rows_that_are_no_counts_are_named(tmp_path, lines, says):
    with pytest.raises(CountsError) as told:
        scored(tmp_path, lines)
    assert says in str(told.value)


def test_a_file_without_the_columns_is_named(tmp_path):
    source = tmp_path / "other.csv"
    source.write_text("node,when,n\n")
    with pytest.raises(CountsError, match=r'other.csv, line 1: no column "series"'):
        score_file(source, period="day", timezone="UTC", out=tmp_path / "out.csv")


def test_a_column_that_is_there_twice_is_named_and_neither_is_ignored(tmp_path):
    source = tmp_path / "twice.csv"
    source.write_text("series,ts,count,note, count\na,2024-01-01,3,x,4\n")
    with pytest.raises(CountsError, match=r'twice.csv, line 1: there are several columns "count"'):
        score_file(source, period="day", timezone="UTC", out=tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"period": "month"}, 'no period named "month"; there are: hour, day, week'),
        ({"timezone": "Mars/Olympus"}, 'no zone named "Mars/Olympus"'),
        ({"fpr": 0}, "fpr: 0 is no rate"),
        ({"false_pages_per_week": -1}, "false_pages_per_week: -1 is no budget"),
    ],
)
def test_options_that_make_no_sense_are_named(tmp_path, options, says):
    with pytest.raises(ScoringOptionError) as told:
        scored(tmp_path, days([1, 2, 3]), **options)
    assert says in str(told.value)


@pytest.mark.parametrize("period", ["hour", "day", "week"])
@pytest.mark.parametrize(
    "counts",
    [[0] * 60, [1, 2, 3], [7], [10**9] * 60, [0] * 59 + [10**9], [10**9] * 30 + [0] * 30, [10**12] * 9],
)
def test_odd_series_get_a_sane_score(tmp_path, period, counts):
    step = {"hour": "h", "day": "D", "week": "D"}[period]
    first, every = np.datetime64("2024-01-01", step), 7 if period == "week" else 1
    lines = [f"a,{first + every * k},{count}" for k, count in enumerate(counts)]
    found = [float(row["score"]) for row in scored(tmp_path, lines, period=period)]
    assert np.isfinite(found).all()
    if len(set(counts)) == 1:
        assert max(found) < 3


def test_a_file_without_rows_gives_a_file_without_rows(tmp_path):
    assert scored(tmp_path, []) == []


def test_a_smaller_budget_raises_fewer_alarms(tmp_path):
    lines = days([*ordinary(120), 26, 14, 12, 40, 90])
    wide = [row["alarm"] for row in scored(tmp_path, lines, fpr=0.05)]
    narrow = [row["alarm"] for row in scored(tmp_path, lines, false_pages_per_week=0.0001)]
    assert wide.count("1") > narrow.count("1") >= 1


def stamps(period, last, steps):
    """So many steps without a gap."""
    every = np.timedelta64(*{"hour": (1, "h"), "day": (1, "D"), "week": (7, "D")}[period])
    return np.datetime64(last) - every * np.arange(steps)[::-1]


@pytest.mark.parametrize(("period", "steps"), [("hour", 24 * 20), ("day", 150), ("week", 60)])
def test_a_mistyped_year_costs_no_walk_through_an_age_and_changes_nothing_of_today(
    tmp_path, monkeypatch, period, steps
):
    advance, blocks = Following.advance, []
    monkeypatch.setattr(Following, "advance", lambda self: blocks.append(advance(self)))
    at = stamps(period, "2026-11-23", steps)
    today = [f"a,{ts},{count}" for ts, count in zip(at, [*ordinary(steps - 1), 60], strict=True)]
    alone = scored(tmp_path, today, period=period)
    judged = len(blocks)
    rows = scored(tmp_path, ["a,1970-01-05,3", *today, "a,2062-11-20,3"], period=period)
    assert rows[1:-1] == alone
    assert alone[-1]["alarm"] == "1"
    assert (rows[0]["score"], rows[-1]["score"]) == ("0.00000", "0.00000")
    assert len(blocks) - judged == judged + 2


@pytest.mark.parametrize(("gap", "fired"), [(1, "1"), (366, "1"), (8 * 366, "1"), (8 * 366 + 1, "0")])
def test_what_a_series_was_is_known_after_a_gap_but_for_one_of_more_than_eight_years_of_days(
    tmp_path, gap, fired
):
    history = days(ordinary(200), start="2010-01-01")
    surge = f"a,{np.datetime64('2010-01-01') + 199 + gap},200"
    assert scored(tmp_path, [*history, surge])[-1]["alarm"] == fired


def test_a_series_that_begins_anew_beside_one_that_goes_on_is_judged_as_if_alone(tmp_path):
    at = stamps("week", "2026-11-23", 1000)
    rows = [f"a,{ts},{count}" for ts, count in zip(at, ordinary(1000), strict=True)]
    other = [row.replace("a", "b", 1) for row in rows[:60] + rows[-70:]]
    together = scored(tmp_path, rows + other, period="week")
    assert together == scored(tmp_path, rows, period="week") + scored(tmp_path, other, period="week")
    assert together[-70:] == scored(tmp_path, other[60:], period="week")


@st.composite
def files(draw):
    """Period, and rows of series that begin anywhere, with gaps of every length and bursts, each in order of
    time."""
    period = draw(st.sampled_from(["hour", "day", "week"]))
    steps = {"hour": 24 * 12, "day": 160, "week": 60}[period]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    first, every = np.datetime64("2022-10-28", "h" if period == "hour" else "D"), 7 if period == "week" else 1
    series = []
    for name in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, steps - 1))
        there = np.flatnonzero(rng.random(steps - begin) < draw(st.sampled_from([0.7, 0.97, 1.0]))) + begin
        count = rng.poisson(rng.choice([0.3, 20.0]) * np.where(rng.random(len(there)) < 0.03, 5, 1))
        there[: draw(st.integers(0, len(there)))] -= draw(
            st.sampled_from([0, PERIODS[period].longest_gap + 1])
        )
        series.append([f"{name},{first + k * every},{n}" for k, n in zip(there.tolist(), count, strict=True)])
    return period, series


def merged(series, order, random):
    """Rows of all series: one series after the other, by time, or mixed with each in its own order."""
    if order == "by time":
        return sorted((row for rows in series for row in rows), key=lambda row: row.split(",")[1])
    if order == "by series":
        return [row for rows in series for row in rows]
    turns = [k for k, rows in enumerate(series) for _ in rows]
    random.shuffle(turns)
    waiting = [iter(rows) for rows in series]
    return [next(waiting[k]) for k in turns]


@settings(max_examples=30, deadline=None)
@given(
    files(), st.sampled_from(["by series", "by time", "mixed"]), st.randoms(use_true_random=False),
    st.floats(0, 1),
)  # fmt: skip
def test_wherever_a_file_is_cut_nothing_that_was_said_before_changes(
    tmp_path_factory, file, order, random, keep
):
    period, series = file
    lines = merged(series, order, random)
    folder, cut = tmp_path_factory.mktemp("cut"), int(len(lines) * keep)
    options = {"period": period, "timezone": "Europe/Berlin"}
    assert scored(folder, lines[:cut], **options) == scored(folder, lines, **options)[:cut]


@settings(max_examples=10, deadline=None)
@given(files(), st.randoms(use_true_random=False))
def test_what_is_said_of_a_series_is_what_is_said_of_it_alone_in_any_order(tmp_path_factory, file, random):
    period, series = file
    lines = [row for rows in series for row in rows]
    random.shuffle(lines)
    folder, options = tmp_path_factory.mktemp("alone"), {"period": period, "timezone": "Europe/Berlin"}
    together = {(row["series"], row["ts"]): row for row in scored(folder, lines, **options)}
    for rows in series:
        for row in scored(folder, rows, **options):
            assert row == together[row["series"], row["ts"]]


@pytest.mark.parametrize(
    ("zone", "first", "twice"),
    [
        ("Europe/Berlin", "2024-10-20T00", ["2024-10-27T02+02:00", "2024-10-27T02+01:00"]),
        ("Australia/Lord_Howe", "2024-03-30T00", ["2024-04-07T01:45+11:00", "2024-04-07T01:45+10:30"]),
        ("Pacific/Chatham", "2024-03-30T00", ["2024-04-07T03:15+13:45", "2024-04-07T03:15+12:45"]),
    ],
)
def test_an_hour_that_is_there_twice_moves_nothing_where_only_another_series_has_it(
    tmp_path, zone, first, twice
):
    first, counts = np.datetime64(first, "h"), ordinary(24 * 20, mean=5.0)
    rows = [f"a,{first + k},{count}" for k, count in enumerate(counts)]
    options = {"period": "hour", "timezone": zone}
    again = [*rows, *(f"b,{ts},4" for ts in twice)]
    assert scored(tmp_path, again, **options)[: len(rows)] == scored(tmp_path, rows, **options)
