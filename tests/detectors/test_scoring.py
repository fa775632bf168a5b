"""`score_file`: counts in, a score and an alarm for each row out, or a sentence that says what is wrong."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.scoring import CountsError, ScoringOptionError, score_file


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
    assert len(scored(tmp_path, lines, period="hour", timezone="America/New_York")) == 4


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["a,2024-01-01,3", "a,2024-01-02,-1"], 'counts.csv, line 3: count "-1" is negative'),
        (["a,2024-01-01,2.5"], 'line 2: count "2.5" is a fraction'),
        (["a,2024-01-01,"], 'line 2: count "" is no number; leave the row out'),
        (["a,2024-01-01,many"], 'count "many" is no number'),
        (["a,2024-01-01,nan"], 'count "nan" is out of bounds'),
        (["a,2024-01-01,inf"], 'count "inf" is out of bounds'),
        (["a,yesterday,3"], 'line 2: ts "yesterday" is no time'),
        (["a,2024-01-01,3", "b,2024-01-01,3", "a,2024-01-01T00,4"],
         'line 4: series "a" has a count for "2024-01-01T00" already, in line 2'),
        (["a,2024-01-01"], "line 2: 2 fields where the first line names 3"),
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


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    period=st.sampled_from(["hour", "day", "week"]),
    keep=st.floats(0.02, 1.0),
    by_time=st.booleans(),
)
def test_no_row_is_judged_from_later_ones_wherever_the_file_is_cut(
    tmp_path_factory, seed, period, keep, by_time
):
    rng = np.random.default_rng(seed)
    steps = {"hour": 24 * 30, "day": 500, "week": 150}[period]
    first = np.datetime64("2022-11-01", "h" if period == "hour" else "D")
    lines = []
    for k in range(steps):
        for series, mean in (("quiet", 0.3), ("busy", 20.0)):
            burst = 5 if rng.random() < 0.02 else 1
            if k == 0 or rng.random() < 0.97:
                stamp = first + k * (7 if period == "week" else 1)
                lines.append(f"{series},{stamp},{rng.poisson(mean * burst)}")
    lines = lines if by_time else sorted(lines, key=lambda line: line.split(",")[0])
    folder = tmp_path_factory.mktemp("cut")
    whole = scored(folder, lines, period=period)
    cut = max(2, int(len(lines) * keep))
    assert scored(folder, lines[:cut], period=period) == whole[:cut]
