"""The lines of a file from some place on: unpacked, counted, and held back while the file is being written.

Offsets count the bytes of the unpacked content. A part of a file is recognised by its fingerprint, so that
reading goes on where it ended only while everything before that place is unchanged.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

from connectors.said import Said

GZIP_MAGIC: Final = b"\x1f\x8b"
DAMAGES: Final = (EOFError, gzip.BadGzipFile, zlib.error)

# A fingerprint reads all of up to 64 MiB (0.1 s), and this many blocks, evenly spread, of what is longer.
BLOCK: Final = 64 * 1024
BLOCKS: Final = 1024


class DamagedFileError(Exception):
    """The file ends before it should; what could be read has been yielded."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two rows: bytes before it, and the number of the line that follows, from 1."""

    offset: int = 0
    line: int = 1


class Lines:
    """Raw lines of an open file. Those that were taken and not yet accepted can be put back.

    At an end that is not final, a last line without newline is held back: more of it may come.

    Attributes
    ----------
    position : where the first line of `taken` begins
    taken : lines that were given out since the last `accept`
    ended : the last iteration reached the end
    damage : what is wrong with the file, found on the way
    """

    def __init__(self, file: BinaryIO, start: Position, *, final: bool) -> None:
        self.position = start
        self._open: Position | None = None
        self.taken: list[bytes] = []
        self.ended = False
        self.damage: str | None = None
        self._final = final
        self._file = file
        self._back: deque[bytes] = deque()

    @property
    def final(self) -> bool:
        """Nothing may follow the end, so that an open row there is a bad one."""
        return self._final and self.damage is None

    @property
    def unterminated(self) -> bool:
        """The last line taken has no newline: it is the end of the file, and may grow."""
        return bool(self.taken) and not self.taken[-1].endswith(b"\n")

    def __iter__(self) -> Iterator[bytes]:
        self.ended = False
        take = self.taken.append
        while self._back:
            line = self._back.popleft()
            take(line)
            yield line
        try:
            for line in self._file:
                if not self._final and not line.endswith(b"\n"):
                    break
                take(line)
                yield line
        except DAMAGES as error:
            self.damage = _sentence(error)
        self.ended = True

    def put_back(self, keep: int) -> bool:
        """Give out all lines after the first `keep` of `taken` once more; say whether there were any."""
        again = self.taken[keep:]
        del self.taken[keep:]
        self._back.extendleft(reversed(again))
        return bool(again)

    @property
    def resume(self) -> Position:
        """Where to begin if the file grows: at the first row that may have been an open one."""
        return self._open or self.position

    def mark_open(self, count: int) -> None:
        """The row after the first `count` lines of `taken` reaches to the end, and may be closed later."""
        self._open = self._open or self._after(count)

    def accept(self, count: int) -> None:
        """The first `count` lines of `taken` are done with."""
        self.position = self._after(count)
        del self.taken[:count]

    def _after(self, count: int) -> Position:
        read = sum(map(len, self.taken[:count]))
        return Position(self.position.offset + read, self.position.line + count)


@contextmanager
def opened(path: Path, encoding: str = "utf-8") -> Iterator[BinaryIO]:
    """The content of a file, unpacked; in an encoding whose newline is no single byte, as utf-8."""
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == GZIP_MAGIC
        file: BinaryIO = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw
        try:
            if ascii_newlines(encoding):
                yield file
            else:
                yield io.BytesIO(file.read().decode(encoding, "replace").encode())
        except DAMAGES as error:
            raise DamagedFileError(_sentence(error)) from error


def packed(path: Path) -> bool:
    """Whether the file is compressed by gzip, whatever its name says."""
    with path.open("rb") as file:
        return file.read(2) == GZIP_MAGIC


def ascii_newlines(encoding: str) -> bool:
    """Whether lines of this encoding end where the byte 10 is (utf-16 and utf-32: no)."""
    return (
        "\n".encode(encoding).endswith(b"\n")
        and len("\n\n".encode(encoding)) - len("\n".encode(encoding)) == 1
    )


def fingerprint(path: Path, end: int) -> str:
    """Stands for the first `end` bytes of a file; "" when there are fewer."""
    digest = blake2b(digest_size=8)
    step = max(BLOCK, end // BLOCKS)
    with path.open("rb") as file:
        for start in (*range(0, end, step), max(0, end - BLOCK)):
            file.seek(start)
            block = file.read(min(BLOCK, end - start))
            if len(block) < min(BLOCK, end - start):
                return ""
            digest.update(block)
    return digest.hexdigest()


def _sentence(error: Exception) -> str:
    if isinstance(error, EOFError):
        return Said("files.cut", "it ends in the middle of its compressed content")
    return Said("files.damaged", "its compressed content is damaged ({detail})", detail=str(error))
