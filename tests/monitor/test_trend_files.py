import csv
import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import structlog.testing
from hypothesis import example, given
from hypothesis import strategies as st

import monitor
from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, to_us
from connectors.windows import Calendar
from monitor.clock import ManualClock
from monitor.storage import Store, StoreBusyError
from monitor.trend import TrendRows
from monitor.trend_files import UNFINISHED, TrendFiles
from monitor.trend_lines import COLUMNS, HEADER, node_text, path_of

SHANGHAI = Calendar(ZoneInfo("Asia/Shanghai"))
NEW_YORK = Calendar(ZoneInfo("America/New_York"))
NOW = datetime(2026, 5, 9, 4, 0, 30, tzinfo=UTC)
NOON = to_us(NOW.replace(second=0))
DAYS = timedelta(days=1)
TREE = Taxonomy(["a", "b"], [("移动业务", "账单")])


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    path = tmp_path_factory.mktemp("trend") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(empty_store, tmp_path):
    shutil.copy(empty_store, tmp_path / "store.db")
    opened = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var" / "trend"


@pytest.fixture
def files(store, folder, clock):
    return trend_files(store, folder, clock)


def trend_files(store, folder, clock, *, calendar=SHANGHAI, keep=90 * DAYS):
    return TrendFiles(store, folder=folder, keep=keep, calendar=calendar, clock=clock)


def rows(*cells):
    """Rows of (hour, node, count, previous); previous None where it is unknown."""
    hour, node, count, previous = zip(*cells, strict=True)
    known = np.array([one is not None for one in previous])
    n = len(cells)
    return TrendRows(
        hour=np.array(hour),
        node=np.array(node),
        count=np.array(count),
        previous=np.array([one or 0 for one in previous]),
        previous_known=known,
        day_to_date=np.array(count) + 100,
        month_escalated=np.full(n, 2),
        complete=known,
    )


def committed(store, taxonomy, *cells, at=NOW):
    """What the store has added of the rows."""
    with store.writing() as tx:
        tx.nodes.save(taxonomy)
        return tx.trend.save(rows(*cells), written_at=to_us(at))


def written(store, files, taxonomy, *cells, at=NOW):
    """The same, written to the files too."""
    files.append(committed(store, taxonomy, *cells, at=at), taxonomy.paths)


def lines_of(folder, day="2026-05-09"):
    with (folder / f"trend-{day}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def keys_of(folder):
    days = [file.stem.removeprefix("trend-") for file in sorted(folder.glob("*.csv"))]
    return [(line["hour"], line["node"], line["revision"]) for day in days for line in lines_of(folder, day)]


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


# -- names that bite -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "*"),
        (("*",), r"\*"),
        (("a", "b"), "a > b"),
        (("a > b",), r"a \> b"),
        (("=cmd|' /C calc'!A0",), "'=cmd|' /C calc'!A0"),
        (("＠SUM(A1)", "x"), "'＠SUM(A1) > x"),
        (("-1",), "'-1"),
        (("'=1",), "''=1"),
        (("a\nb\r",), r"a\U0000000ab\U0000000d"),
        (("a\u2028b\u202ec\0",), r"a\U00002028b\U0000202ec\U00000000"),
        (("back\\slash",), r"back\\slash"),
        (("half \ud800",), r"half \U0000d800"),
        (("全角　空格", "😀"), "全角　空格 > 😀"),
    ],
)
def test_a_node_is_one_cell_that_no_spreadsheet_calculates(path, text):
    assert node_text(path) == text
    assert path_of(text) == path


NAMES = st.text(
    st.sampled_from("ab*'=@+-＝\\>U0 ,\"\n\r\u2028\ud800移") | st.characters(), min_size=1, max_size=8
)


@given(st.lists(NAMES, max_size=5).map(tuple))
@example(("\\", "*"))
@example(("U0000000a",))
@example(("\\U0000000a",))
def test_every_node_can_be_read_back_and_stays_on_one_line(path):
    text = node_text(path)
    assert path_of(text) == path
    assert len(text.splitlines()) <= 1
    assert text[:1] not in "=+-@＝＋－＠\t\r"
    assert text.encode()


def test_hostile_names_stay_one_line_each_in_a_file_and_are_written_once(store, files, folder, clock):
    names = [("=1+1",), ("a,b\nc",), ('"',), ("\ud800\0",), ("x" * 200_000,)]
    taxonomy = Taxonomy(["a"], names)
    written(store, files, taxonomy, *[(NOON - HOUR, i, 1, 1) for i in range(1, 6)])
    assert len((folder / "trend-2026-05-09.csv").read_text(encoding="utf-8").splitlines()) == 6
    assert trend_files(store, folder, clock).catch_up() == 0


# -- kills, full disks -----------------------------------------------------------------------------------


def test_a_kill_between_commit_and_append_is_made_good_at_the_next_start(store, files, folder, clock):
    written(store, files, TREE, (NOON - 2 * HOUR, 2, 3, 1))
    committed(store, TREE, (NOON - HOUR, 2, 4, 3), (NOON - 14 * HOUR, 2, 9, 9), at=clock.now())
    again = trend_files(store, folder, clock)
    assert again.catch_up() == 2
    assert again.catch_up() == 0
    assert len(keys_of(folder)) == len(set(keys_of(folder))) == 3


def test_who_forgets_to_catch_up_loses_nothing(store, files, folder, clock):
    written(store, files, TREE, (NOON - 3 * HOUR, 2, 3, 1))
    committed(store, TREE, (NOON - 2 * HOUR, 2, 4, 3))
    written(store, trend_files(store, folder, clock), TREE, (NOON - HOUR, 2, 4, 4))
    assert len(keys_of(folder)) == len(set(keys_of(folder))) == 3


def test_a_folder_that_was_emptied_is_filled_again(store, files, folder, clock):
    written(store, files, TREE, (NOON - 30 * HOUR, 2, 3, 1), (NOON - HOUR, 2, 3, 1))
    written(store, files, TREE, (NOON - 30 * HOUR, 2, 4, 1))
    whole = sorted(keys_of(folder))
    shutil.rmtree(folder)
    assert trend_files(store, folder, clock).catch_up() == 3
    assert sorted(keys_of(folder)) == whole


@pytest.mark.parametrize("cut", [1, 30, 115, 10_000])
def test_a_line_that_a_kill_tore_is_cut_off_and_written_whole(store, files, folder, clock, cut):
    written(store, files, TREE, (NOON - 2 * HOUR, 2, 3, 1), (NOON - HOUR, 2, 4, 1))
    file = folder / "trend-2026-05-09.csv"
    whole = file.read_bytes()
    os.truncate(file, max(5, len(whole) - cut))
    trend_files(store, folder, clock).catch_up()
    assert file.read_bytes() == whole


def test_an_interrupted_catching_up_begins_anew(store, files, folder, clock, monkeypatch):
    written(store, files, TREE, (NOON - 50 * HOUR, 2, 1, 1), at=NOW - 2 * DAYS)
    # Yesterday's hour was written before the late ticket of the day before it.
    committed(store, TREE, (NOON - 26 * HOUR, 2, 2, 1), at=NOW - DAYS)
    committed(store, TREE, (NOON - 50 * HOUR, 2, 2, 1), at=NOW)
    killed = trend_files(store, folder, clock)
    write, calls = TrendFiles._write, []

    def once(self, day, new):
        if calls:
            raise KeyboardInterrupt
        calls.append(day)
        write(self, day, new)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(TrendFiles, "_write", once)
        killed.catch_up()
    assert (folder / UNFINISHED).exists()
    assert trend_files(store, folder, clock).catch_up() == 1
    assert len(keys_of(folder)) == len(set(keys_of(folder))) == 3
    assert not (folder / UNFINISHED).exists()


@contextmanager
def full_disk(monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        yield


def test_a_full_disk_is_logged_once_stops_nothing_and_loses_nothing(store, files, folder, clock, monkeypatch):
    written(store, files, TREE, (NOON - 5 * HOUR, 2, 1, 1))
    before = (folder / "trend-2026-05-09.csv").read_bytes()
    with structlog.testing.capture_logs() as facts:
        with full_disk(monkeypatch):
            for hour in (4, 3, 2):
                clock.advance(timedelta(minutes=2))
                written(store, files, TREE, (NOON - hour * HOUR, 2, 1, 1), at=clock.now())
        assert (folder / "trend-2026-05-09.csv").read_bytes() == before
        # Not asked again at once: a disk that is full stays so for a while.
        written(store, files, TREE, (NOON - HOUR, 2, 1, 1), at=clock.now())
        assert (folder / "trend-2026-05-09.csv").read_bytes() == before
        clock.advance(timedelta(minutes=2))
        written(store, files, TREE, (NOON, 2, 1, 1), at=clock.now())
    assert [(fact["event"], fact.get("error")) for fact in facts] == [
        ("trend_files_failing", "No space left on device"),
        ("trend_files_written", None),
    ]
    assert len(keys_of(folder)) == len(set(keys_of(folder))) == 6


def test_a_folder_that_cannot_be_made_is_logged_once_and_stops_nothing(store, tmp_path, clock):
    (tmp_path / "file").write_text("")
    files = trend_files(store, tmp_path / "file" / "trend", clock)
    with structlog.testing.capture_logs() as facts:
        for _ in range(3):
            assert files.catch_up() == 0
            written(store, files, TREE, (NOON - HOUR, 2, 1, 1))
            clock.advance(timedelta(minutes=5))
    assert [fact["event"] for fact in facts] == ["trend_files_failing"]


def test_a_store_that_is_busy_at_start_is_asked_again(store, folder, clock, monkeypatch):
    committed(store, TREE, (NOON - HOUR, 2, 1, 1))
    files = trend_files(store, folder, clock)
    with monkeypatch.context() as patch:
        patch.setattr(store, "reading", lambda: (_ for _ in ()).throw(StoreBusyError("locked")))
        assert files.catch_up() == 0
    clock.advance(timedelta(minutes=2))
    assert files.catch_up() == 1


# -- age -------------------------------------------------------------------------------------------------


def test_files_older_than_is_kept_are_removed_and_nothing_else_is(store, folder, clock):
    files = trend_files(store, folder, clock, keep=3 * DAYS)
    folder.mkdir(parents=True)
    for name in (
        "trend-2026-05-05.csv",
        "trend-2026-05-06.csv",
        "trend-2026-13-99.csv",
        "notes.csv",
        "trend-2026-05-01.csv.gz",
    ):
        (folder / name).write_text("kept\n")
    written(store, files, TREE, (NOON - HOUR, 2, 1, 1))
    assert sorted(file.name for file in folder.iterdir()) == [
        "notes.csv",
        "trend-2026-05-01.csv.gz",
        "trend-2026-05-06.csv",
        "trend-2026-05-09.csv",
        "trend-2026-13-99.csv",
    ]
    clock.advance(DAYS)
    written(store, files, TREE, (NOON + 23 * HOUR, 2, 1, 1), at=clock.now())
    assert not (folder / "trend-2026-05-06.csv").exists()


def test_a_row_of_a_day_that_is_no_longer_kept_brings_no_file_back(store, folder, clock):
    files = trend_files(store, folder, clock, keep=3 * DAYS)
    files.catch_up()
    written(store, files, TREE, (NOON - 24 * 5 * HOUR, 2, 1, 1), (NOON - HOUR, 2, 1, 1))
    assert [file.name for file in folder.iterdir()] == ["trend-2026-05-09.csv"]
    assert trend_files(store, folder, clock, keep=3 * DAYS).catch_up() == 0


def test_no_rows_make_no_file(store, files, folder):
    committed(store, TREE, (NOON - HOUR, 2, 1, 1))
    files.append(committed(store, TREE, (NOON - HOUR, 2, 1, 1)), TREE.paths)
    assert not folder.exists()
