"""Kills, full disks and a store that is busy: no line is lost, and none is written twice."""

import os
import shutil
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog.testing
from trending import DAYS, NOON, NOW, TREE, committed, lines_of, trend_files, written

from connectors.ticket import HOUR
from monitor.daemon.trend_files import UNFINISHED, TrendFiles
from monitor.storage import StoreBusyError


def keys_of(folder):
    days = [file.stem.removeprefix("trend-") for file in sorted(folder.glob("*.csv"))]
    return [(line["hour"], line["node"], line["revision"]) for day in days for line in lines_of(folder, day)]


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
