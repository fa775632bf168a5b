"""The trend log as one CSV file for each business day, for `tail -f` and for pandas; the store has the truth.

A row is written after the store has committed it, into the file of its hour's day. What is in the store and
not in the files - the process was killed in between, the disk was full - is added later, and no row twice.
Files that cannot be written are logged once and stop nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from connectors.ticket import DAY, HOUR, at_us, to_us
from connectors.ticket import Path as Node
from connectors.windows import Calendar
from monitor.clock import Clock
from monitor.storage.errors import StoreError
from monitor.storage.store import Store
from monitor.trend.lines import HEADER, Key, keys, lines, written_at
from monitor.trend.rows import TrendLogRows

log: Final = structlog.get_logger()

# A clock that was set back may have stamped rows a little earlier than those before them.
LOOK_BACK: Final = HOUR
# How long files that could not be written are left alone.
RETRY_AFTER: Final = timedelta(minutes=1)
# Stands in the folder while many days are being caught up; where it is found, that was interrupted.
UNFINISHED: Final = ".catching-up"
# A last line is much shorter: five names, which a source may make long, and some numbers.
LONGEST_LINE: Final = 1 << 18


class TrendFiles:
    """Files `trend-2026-05-09.csv` in a folder, each with a header and a line for each row.

    Used by one thread at a time.
    """

    def __init__(
        self, store: Store, *, folder: Path, keep: timedelta, calendar: Calendar, clock: Clock
    ) -> None:
        self._store = store
        self._folder = folder
        self._keep = keep
        self._calendar = calendar
        self._clock = clock
        # Rows may be missing: not looked yet, or the last write failed.
        self._behind = True
        self._failed_at: datetime | None = None
        self._tidied: date | None = None

    def append(self, rows: TrendLogRows, paths: Sequence[Node]) -> None:
        """Write rows that the store has just committed; `paths` are the taxonomy's. Never raises OSError."""
        if len(rows) == 0:
            return
        if self._behind:
            self.catch_up()
            return
        self._behind = True
        try:
            for day, part in self._by_day(rows):
                self._write(day, [line for _, line in lines(part, paths, self._calendar)])
            self._tidy()
        except OSError as error:
            self._failed(error)
        else:
            self._behind = False

    def catch_up(self) -> int:
        """Write the rows that are in the store and not in the files: how many. Never raises OSError.

        To be called at start; afterwards `append` does it where it is needed.
        """
        if self._failed_at is not None and self._clock.now() < self._failed_at + RETRY_AFTER:
            return 0
        self._behind = True
        try:
            written = self._catch_up()
            self._tidy()
        except (OSError, StoreError) as error:
            self._failed(error)
            return 0
        if self._failed_at is not None:
            log.info("trend_files_written", folder=str(self._folder), rows=written)
        self._behind, self._failed_at = False, None
        return written

    def _catch_up(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / UNFINISHED
        since = None if unfinished.exists() else self._written_until()
        unfinished.touch()
        written = 0
        with self._store.reading() as tx:
            paths = tx.nodes.paths()
            for start in self._days():
                end = self._calendar.day_end(start)
                rows = tx.trend.between(start, end, revisions=True, written_from=since)
                if len(rows):
                    written += self._complete(self._date(start), rows, paths)
        unfinished.unlink()
        return written

    def _complete(self, day: date, rows: TrendLogRows, paths: Sequence[Node]) -> int:
        """Write those of a day's rows that its file does not have."""
        there = self._keys(day)
        missing = [line for key, line in lines(rows, paths, self._calendar) if key not in there]
        self._write(day, missing)
        return len(missing)

    def _written_until(self) -> int | None:
        """When the last row in the files was written; None where there is none."""
        found = [written_at(_last_line(file)) for _, file in self._files()]
        latest = max((at for at in found if at is not None), default=None)
        return None if latest is None else latest - LOOK_BACK

    def _by_day(self, rows: TrendLogRows) -> Iterator[tuple[date, TrendLogRows]]:
        """The rows of each day that is kept."""
        days = self._calendar.days(rows.rows.hour)
        for start in np.unique(days).tolist():
            if self._date(start) >= self._first_kept():
                mine = days == start
                yield (
                    self._date(start),
                    TrendLogRows(rows.rows.take(mine), rows.revision[mine], rows.written_at[mine]),
                )

    def _days(self) -> Iterator[int]:
        """Starts of the days that are kept, to today."""
        now = to_us(self._clock.now())
        start = self._calendar.day(now - self._keep // timedelta(microseconds=1))
        while start < now + DAY:
            yield start
            start = self._calendar.day_end(start)

    def _first_kept(self) -> date:
        return (self._clock.now() - self._keep).astimezone(self._calendar.zone).date()

    def _date(self, start: int) -> date:
        # Where the clock goes back over midnight the day's first instant still is of that date.
        return at_us(start).astimezone(self._calendar.zone).date()

    # -- files --------------------------------------------------------------------------------------------

    def _file(self, day: date) -> Path:
        return self._folder / f"trend-{day.isoformat()}.csv"

    def _files(self) -> Iterator[tuple[date, Path]]:
        for file in sorted(self._folder.glob("trend-????-??-??.csv")):
            with suppress(ValueError):
                yield date.fromisoformat(file.stem.removeprefix("trend-")), file

    def _keys(self, day: date) -> set[Key]:
        file = self._file(day)
        if not file.exists():
            return set()
        _mend(file)
        with file.open(encoding="utf-8", errors="replace", newline="") as text:
            return keys(text)

    def _write(self, day: date, new: Sequence[str]) -> None:
        """Add lines; either all of them or none, unless the process is killed."""
        if not new:
            return
        with self._file(day).open("ab", buffering=0) as file:
            size = file.tell()
            text = memoryview(("" if size else HEADER).encode() + "".join(new).encode())
            try:
                while text:
                    text = text[file.write(text) :]
                os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    file.truncate(size)
                raise

    def _tidy(self) -> None:
        """Once a day, remove files that are older than is kept."""
        first = self._first_kept()
        if self._tidied == first:
            return
        for day, file in self._files():
            if day < first:
                file.unlink(missing_ok=True)
                log.info("trend_file_removed", file=str(file))
        self._tidied = first

    def _failed(self, error: Exception) -> None:
        """Say so once, until it works again."""
        if self._failed_at is None:
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            log.error("trend_files_failing", folder=str(self._folder), error=said)
        self._failed_at = self._clock.now()


def _last_line(file: Path) -> str:
    """The last whole line of a file, after what a kill may have left of one has been cut off."""
    _mend(file)
    return _tail(file).rstrip(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace")


def _mend(file: Path) -> None:
    """Cut off a line without an end: the process was killed while it wrote."""
    tail = _tail(file)
    if tail and not tail.endswith(b"\n"):
        os.truncate(file, file.stat().st_size - len(tail.rpartition(b"\n")[2]))


def _tail(file: Path) -> bytes:
    with file.open("rb") as read:
        read.seek(max(0, file.stat().st_size - LONGEST_LINE))
        return read.read()
