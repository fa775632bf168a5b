"""What was brought to us, kept on the disk until it is counted, so that a `kill -9` loses nothing.

A journal is a folder of files, written one after the other, with one entry a line. `append` returns when the
entry is durable; entries that come at the same time share one write and one fsync. A file is never written on
after a restart: its torn last line, if it has one, belongs to an entry that nobody was promised.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

SUFFIX: Final = ".jsonl"
# A file ends after so many bytes, or so much time: what is counted can be removed soon.
LARGEST: Final = 16 * 1024 * 1024
LONGEST: Final = timedelta(minutes=10)
# Bytes of one part of a reading, about.
PART: Final = 4 * 1024 * 1024


@dataclass(frozen=True, order=True)
class Position:
    """A place between two entries: the number of the file, and bytes from its beginning."""

    file: int = 0
    offset: int = 0


@dataclass
class _Group:
    """Entries that are written together."""

    entries: list[bytes] = field(default_factory=list)
    written: bool = False
    error: OSError | None = None


class Journal:
    """The entries of one folder. One process appends, any may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._group = _Group()
        self._gathering, self._writing = Lock(), Lock()
        self._file: BinaryIO | None = None
        self._begun_at: datetime | None = None

    def append(self, entry: bytes, *, now: datetime) -> None:
        """Keep an entry of one line, durably.

        Raises OSError; then it may or may not be there.
        """
        with self._gathering:
            group = self._group
            group.entries.append(entry)
        with self._writing:
            if not group.written:
                with self._gathering:
                    self._group = _Group()
                try:
                    self._write(b"".join(one + b"\n" for one in group.entries), now)
                except OSError as error:
                    group.error = error
                group.written = True
        if group.error is not None:
            raise OSError(group.error.errno, group.error.strerror) from group.error

    def close(self) -> None:
        """Append to a new file from now on."""
        with self._writing:
            self._end_file()

    def read(self, start: Position) -> Iterator[tuple[list[tuple[Position, bytes]], Position]]:
        """Entries after a position in parts, each entry with its place, and the position after the part.

        A line that is being written is left for the next reading.
        """
        files = [file for file in self._files() if file >= start.file]
        for number in files:
            offset = start.offset if number == start.file else 0
            with self._path(number).open("rb") as file:
                file.seek(offset)
                places = []
                for line in file:
                    if not line.endswith(b"\n"):
                        # It is being written: what may come after it by now is its rest, and no entry.
                        break
                    places.append((Position(number, offset), line[:-1]))
                    offset += len(line)
                    if offset - places[0][0].offset >= PART:
                        yield places, Position(number, offset)
                        places = []
                if places:
                    yield places, Position(number, offset)

    def forget(self, before: Position, *, until: datetime) -> None:
        """Remove the files that lie wholly before a position and were last written before that time."""
        if self._begun_at is not None and self._begun_at < until - LONGEST:
            self.close()
        for number in self._files():
            path = self._path(number)
            with suppress(FileNotFoundError):
                if number < before.file and path.stat().st_mtime < until.timestamp():
                    path.unlink()

    def _write(self, lines: bytes, now: datetime) -> None:
        try:
            if self._file is None or self._begun_at is None or now - self._begun_at > LONGEST:
                self._begin_file(now)
            assert self._file is not None  # noqa: S101 - for the type checker
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
            if self._file.tell() > LARGEST:
                self._end_file()
        except OSError:
            # Whatever of it is there stays a torn line at the end of its file.
            self._end_file()
            raise

    def _begin_file(self, now: datetime) -> None:
        self._end_file()
        self.folder.mkdir(parents=True, exist_ok=True)
        # Numbers rise even if the folder is lost: a cursor from before must not lie behind what comes now.
        number = max(int(now.timestamp()), max(self._files(), default=0) + 1)
        # What people complain about is nobody else's business.
        handle = os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file, self._begun_at = os.fdopen(handle, "wb"), now
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _end_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _files(self) -> list[int]:
        stems = [path.stem for path in self.folder.glob(f"*{SUFFIX}")]
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:010}{SUFFIX}"
