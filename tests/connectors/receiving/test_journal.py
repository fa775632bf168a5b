"""The journal keeps what it promised: over a torn write, a full disk and `kill -9`."""

import io
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from reading import NOW

from connectors.receiving.journal import Journal, Position


@pytest.fixture
def opened(tmp_path):
    journals = []

    def open_journal():
        journals.append(Journal(tmp_path))
        return journals[-1]

    yield open_journal
    for journal in journals:
        journal.close()


def entries(journal, start=Position()):  # noqa: B008 - a frozen value
    return [line for lines, _ in journal.read(start) for _, line in lines]


def test_what_is_appended_is_read_from_any_position_on(opened):
    journal = opened()
    for n in range(3):
        journal.append(b"%d" % n, now=NOW)
    journal.close()
    journal.append(b"3", now=NOW)
    places = [place for lines, _ in journal.read(Position()) for place, _ in lines]
    assert [entries(journal, place) for place in places] == [
        [b"0", b"1", b"2", b"3"],
        [b"1", b"2", b"3"],
        [b"2", b"3"],
        [b"3"],
    ]
    *_, (_, end) = journal.read(Position())
    assert entries(journal, end) == []


def test_a_torn_line_is_left_out_and_never_written_on(opened, tmp_path):
    journal = opened()
    journal.append(b"whole", now=NOW)
    (file,) = tmp_path.iterdir()
    with file.open("ab") as torn:
        torn.write(b"to")
    again = opened()
    assert entries(again) == [b"whole"]
    again.append(b"next", now=NOW)
    assert entries(again) == [b"whole", b"next"]


def test_a_line_that_is_being_written_is_read_whole_the_next_time(opened, tmp_path, monkeypatch):
    journal = opened()
    journal.append(b"first", now=NOW)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"first\nsecond\nthird\n")
    with monkeypatch.context() as patched:
        patched.setattr(
            Path, "open", lambda *_: io.BufferedReader(Growing(b"first\nsec", b"", b"ond\nthird\n"))
        )
        ((lines, end),) = journal.read(Position())
    assert [line for _, line in lines] == [b"first"]
    assert entries(journal, end) == [b"second", b"third"]


class Growing(io.RawIOBase):
    """A file that others write: what each look at its end finds, b"" where nothing is new."""

    def __init__(self, *found):
        self._found = list(found)

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        return offset

    def readinto(self, buffer):
        found = self._found.pop(0) if self._found else b""
        buffer[: len(found)] = found
        return len(found)


def test_where_the_folder_is_lost_reading_goes_on_with_what_comes_after(opened, tmp_path):
    journal = opened()
    for n in range(3):
        journal.append(b"%d" % n, now=NOW)
        journal.close()
    *_, (_, end) = journal.read(Position())
    for file in tmp_path.iterdir():
        file.unlink()
    journal = opened()
    journal.append(b"3", now=NOW + timedelta(minutes=1))
    assert entries(journal, end) == [b"3"]


def test_a_disk_that_is_full_is_told_to_everybody_who_waits(opened, monkeypatch):
    journal = opened()
    told, begun = [], threading.Barrier(4)

    def full(handle):
        raise OSError(28, "No space left on device")

    def bring(entry):
        begun.wait()
        try:
            journal.append(entry, now=NOW)
        except OSError as error:
            told.append(error.strerror)

    monkeypatch.setattr(os, "fsync", full)
    threads = [threading.Thread(target=bring, args=(b"%d" % n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["No space left on device"] * 4
    monkeypatch.undo()
    journal.append(b"better", now=NOW)
    assert entries(journal)[-1] == b"better"


def test_a_new_file_begins_after_some_time_so_that_the_old_one_can_go(opened, tmp_path):
    journal = opened()
    journal.append(b"a", now=NOW)
    journal.append(b"b", now=NOW + timedelta(minutes=11))
    assert len(list(tmp_path.iterdir())) == 2


PROMISES = """
import sys, threading
from datetime import datetime, UTC
from itertools import count
from pathlib import Path
from connectors.receiving.journal import Journal

journal, say = Journal(Path(sys.argv[1])), threading.Lock()

def bring(thread):
    for n in count():
        entry = f"{sys.argv[2]}-{thread}-{n}"
        journal.append(entry.encode(), now=datetime.now(UTC))
        with say:
            print(entry, flush=True)

for thread in range(4):
    threading.Thread(target=bring, args=(thread,), daemon=True).start()
threading.Event().wait()
"""


@pytest.mark.parametrize("after", [1, 40, 150])
def test_kill_9_loses_nothing_that_was_promised(tmp_path, after):
    promised = []
    for life in range(2):
        command = [sys.executable, "-c", PROMISES, str(tmp_path), str(life)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            promised += [process.stdout.readline().strip() for _ in range(after)]
            process.kill()
            promised += [line.strip() for line in process.stdout if line.endswith("\n")]
    kept = [line.decode() for line in entries(Journal(tmp_path))]
    assert len(kept) == len(set(kept))
    assert set(promised) <= set(kept)
    assert all(entry.count("-") == 2 for entry in kept)
