"""Which line of which file a row of the trend log becomes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from trending import NOON, TREE, lines_of, trend_files, written

import monitor
from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, to_us
from connectors.windows import Calendar
from monitor.clock import ManualClock
from monitor.trend.lines import COLUMNS, HEADER

NEW_YORK = Calendar(ZoneInfo("America/New_York"))


def test_each_row_is_a_line_in_the_file_of_its_hours_business_day(store, files, folder):
    written(
        store,
        files,
        TREE,
        (NOON - HOUR, 0, 16, 4),
        (NOON - HOUR, 2, 3, None),
        (NOON - 12 * HOUR, 2, 0, 0),
    )
    text = (folder / "trend-2026-05-09.csv").read_text(encoding="utf-8")
    assert text == (
        "hour,node,depth,count,previous,change,ratio,day_to_date,month_escalated,complete,revision,written_at\n"
        "2026-05-09T00:00:00+08:00,移动业务 > 账单,2,0,0,0,,100,2,true,0,2026-05-09T12:00:30+08:00\n"
        "2026-05-09T11:00:00+08:00,*,0,16,4,12,3,116,2,true,0,2026-05-09T12:00:30+08:00\n"
        "2026-05-09T11:00:00+08:00,移动业务 > 账单,2,3,,,,103,2,false,0,2026-05-09T12:00:30+08:00\n"
    )
    assert [file.name for file in folder.iterdir()] == ["trend-2026-05-09.csv"]


def test_later_rows_and_revisions_are_added_below_and_the_header_stands_once(store, files, folder, clock):
    written(store, files, TREE, (NOON - 2 * HOUR, 2, 3, 1))
    before = (folder / "trend-2026-05-09.csv").read_bytes()
    clock.advance(timedelta(hours=1))
    written(store, files, TREE, (NOON - HOUR, 2, 4, 3), (NOON - 2 * HOUR, 2, 5, 1), at=clock.now())
    after = (folder / "trend-2026-05-09.csv").read_bytes()
    assert after.startswith(before)
    assert after.count(b"hour,node") == 1
    assert [(line["hour"][11:16], line["count"], line["revision"]) for line in lines_of(folder)] == [
        ("10:00", "3", "0"),
        ("10:00", "5", "1"),
        ("11:00", "4", "0"),
    ]


def test_a_late_ticket_of_yesterday_is_written_to_yesterdays_file(store, files, folder):
    written(store, files, TREE, (NOON - 13 * HOUR, 2, 3, 1), (NOON - HOUR, 2, 3, 1))
    assert len(lines_of(folder, "2026-05-08")) == len(lines_of(folder, "2026-05-09")) == 1


def test_pandas_reads_a_file_well(store, files, folder):
    taxonomy = Taxonomy(["a", "b"], [(), ("N/A", 'a, "b"')])
    written(
        store,
        files,
        taxonomy,
        (NOON - HOUR, 2, 3, 0),
        (NOON - HOUR, 0, 1234, None),
        (NOON - 2 * HOUR, 1, 5, 4),
    )
    frame = pd.read_csv(
        folder / "trend-2026-05-09.csv",
        keep_default_na=False,
        na_values={"previous": "", "change": "", "ratio": ""},
        parse_dates=["hour", "written_at"],
    )
    assert tuple(frame.columns) == COLUMNS
    assert frame["node"].tolist() == ["N/A", "*", 'N/A > a, "b"']
    assert frame["count"].tolist() == [5, 1234, 3]
    assert frame["complete"].tolist() == [True, False, True]
    assert frame["previous"].isna().tolist() == [False, True, False]
    assert frame["ratio"].tolist()[0] == 0.25
    assert frame["hour"].iloc[0] == pd.Timestamp("2026-05-09T10:00+08:00")


def test_both_hours_of_a_day_of_25_hours_have_lines_of_their_own(store, folder):
    clock = ManualClock(datetime(2026, 11, 2, tzinfo=UTC))
    files = trend_files(store, folder, clock, calendar=NEW_YORK)
    first = to_us(datetime(2026, 11, 1, 5, tzinfo=UTC))
    midnight = to_us(datetime(2026, 11, 1, 4, tzinfo=UTC))
    last = to_us(datetime(2026, 11, 2, 4, tzinfo=UTC))
    committed_rows = [(hour, 0, 1, 1) for hour in (midnight, first, first + HOUR, last)]
    written(store, files, TREE, *committed_rows, at=clock.now())
    assert [line["hour"] for line in lines_of(folder, "2026-11-01")] == [
        "2026-11-01T00:00:00-04:00",
        "2026-11-01T01:00:00-04:00",
        "2026-11-01T01:00:00-05:00",
        "2026-11-01T23:00:00-05:00",
    ]


@pytest.mark.parametrize(
    ("counts", "ratio"),
    [
        ((2, 4), "-0.5"),
        ((412, 398), "0.0352"),
        ((123_457, 1), "123456"),
        ((5, 5), "0"),
        ((1, 0), ""),
        ((1, None), ""),
    ],
)
def test_a_ratio_is_a_plain_number_or_nothing(store, files, folder, counts, ratio):
    written(store, files, TREE, (NOON - HOUR, 2, *counts))
    assert lines_of(folder)[0]["ratio"] == ratio


def test_the_documentation_shows_the_columns_there_are():
    text = (Path(monitor.__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert HEADER in text
    for column in COLUMNS:
        assert f"`{column}`" in text
