"""Files dropped into a folder: when each is complete, and where reading goes on.

A file is complete when its size and time have not changed for `settle`. It is then read to its end, also a
last row without newline, which is read again if the file grows. A file that was read before and has grown is
read on from where reading ended if nothing before that place has changed, and from its start otherwise. One
that is appended to without pause is read up to its last whole row.

The cursor remembers the files: an unchanged one is not read again, a deleted one is forgotten. Files that
appear together are read in the order of their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from connectors.files.folder import Folder, Look
from connectors.files.lines import DamagedFileError, Position, fingerprint, packed
from connectors.files.progress import Known, Progress, Wait
from connectors.rows.judging import quarantined
from connectors.said import Said, alternatives, of_error, of_source, together
from connectors.source import Poll, Quarantined, SourceError
from connectors.ticket import MICROSECOND, TicketBatch
from connectors.ticket import Path as CategoryPath

# Versions of one Poll, gathered over small files.
ENOUGH: Final = 20_000

# A new file that has been growing for this long is a log that is appended to, and no file being dropped.
PATIENCE: Final = timedelta(minutes=1) // MICROSECOND

# Files whose beginning `examine` reads: the last ones by name.
EXAMINED: Final = 3


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a file, and the place right after them."""

    batch: TicketBatch
    quarantined: tuple[Quarantined, ...]
    position: Position


class Format(Protocol):
    """A way of writing tickets into files."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Ends of the names of such files in a folder."""
        ...

    @property
    def appendable(self) -> bool:
        """Rows may be appended to a file, and reading may begin between two of them."""
        ...

    @property
    def digest(self) -> str:
        """Stands for all that decides how a row is read; when it changes, everything is read anew."""
        ...

    def read(self, path: Path, start: Position, *, final: bool, now: datetime) -> Iterator[Part]:
        """The rows from `start` to the end; if not `final`, to the last whole row.

        Raises SourceError where the file is not as configured, DamagedFileError after what could be read.
        """
        ...


class Files:
    """The files of one source."""

    def __init__(self, name: str, path: Path, settle: timedelta, *, form: Format) -> None:
        self.name = name
        self.folder = Folder(name, path, form.suffixes)
        self.settle = settle
        self.form = form

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        """As TicketSource.poll; files that cannot be read are told in one SourceError after all others."""
        return self._read(Progress.of(cursor, self.form.digest), now, self.settle)

    def history(self, now: datetime) -> Iterator[Poll]:
        """As TicketSource.history; every file is taken for complete."""
        return self._read(Progress(self.form.digest), now, timedelta(0))

    def examine(self, now: datetime) -> list[str]:
        """As TicketSource.examine."""
        try:
            looks = self.folder.look()
        except SourceError as error:
            return [of_error(error)]
        wrong: list[str] = []
        for look in looks[-EXAMINED:]:
            try:
                part = next(self.form.read(look.path, Position(), final=True, now=now), None)
            except (SourceError, DamagedFileError, OSError) as error:
                wrong.append(self._problem(look, error))
                continue
            if part is not None and part.quarantined:
                first, bad = part.quarantined[0], len(part.quarantined)
                some = "{bad} of the first {rows} rows of {file} are quarantined; {place}: {reason}"
                facts = {"bad": f"{bad:,}", "rows": f"{bad + len(part.batch):,}", "file": look.key}
                said = Said("files.quarantined", some, **facts, place=first.place, reason=first.reason)
                wrong.append(of_source(self.name, said))
        others = self.folder.overlooked()
        if others:
            unread = "{n} files in {folder} are not read, as their names do not end in {suffixes}: {files}"
            facts = {"n": str(len(others)), "folder": str(self.folder.path)}
            files, suffixes = ", ".join(others[:EXAMINED]), alternatives(self.form.suffixes)
            said = Said("files.overlooked", unread, **facts, files=files, suffixes=suffixes)
            wrong.append(of_source(self.name, said))
        return wrong

    def _read(self, progress: Progress, now: datetime, settle: timedelta) -> Iterator[Poll]:
        looks = self.folder.look()
        progress.forget(looks)
        gathered = Gathered(self.name)
        problems: list[str] = []
        whole = True
        for look in looks:
            before, start = progress.known.get(look.key), Position()
            if before is not None and before.done and before.same(look):
                problems += [before.problem] if before.problem else []
                continue
            try:
                start, final = self._start(look, before), progress.complete(look, now, settle)
                if not final and not self._is_log(look, start, progress.waits[look.key]):
                    whole = False
                    continue
                for part in self.form.read(look.path, start, final=final, now=now):
                    if gathered.rows >= ENOUGH:
                        yield gathered.poll(progress.cursor(), None)
                    start = part.position
                    progress.known[look.key] = Known(look.size, look.mtime, start.offset, start.line)
                    gathered.add(part)
                progress.known[look.key] = self._read_to(look, start, final=final)
                whole = whole and (final or start.offset >= look.size)
            except FileNotFoundError:
                progress.known.pop(
                    look.key, None
                )  # renamed or deleted since; under a new name it is a new file
            except DamagedFileError as error:
                problems.append(self._problem(look, error))
                # Reading it again brings nothing until it changes.
                damaged = Known(
                    look.size, look.mtime, start.offset, start.line, done=True, problem=problems[-1]
                )
                progress.known[look.key] = damaged
                row = f"{look.key}, {look.size} bytes, from line {start.line}"
                gathered.bad.append(
                    quarantined(self.name, f"{look.key}, line {start.line}", of_error(error), row)
                )
            except (SourceError, OSError) as error:
                problems.append(self._problem(look, error))
        yield gathered.poll(progress.cursor(), now - settle if whole and not problems else None)
        if problems:
            raise SourceError(together(problems))

    def _start(self, look: Look, before: Known | None) -> Position:
        """Where to begin: after what was read already, if that is unchanged."""
        if before is None:
            return Position()
        if before.same(look):
            return before.position
        unchanged = (
            before.digest != ""
            and look.size >= before.size
            and not (look.size == before.size and before.done)
            and fingerprint(look.path, before.offset) == before.digest
        )
        return before.position if unchanged else Position()

    def _is_log(self, look: Look, start: Position, wait: Wait) -> bool:
        """Whether rows may be read although the file is changing: it is appended to."""
        growing = start.offset > 0 or wait.same_since - wait.since >= PATIENCE
        return growing and self.form.appendable and not packed(look.path)

    def _read_to(self, look: Look, end: Position, *, final: bool) -> Known:
        grows = self.form.appendable and not packed(look.path)
        digest = fingerprint(look.path, end.offset) if grows else ""
        done = final or end.offset >= look.size
        return Known(look.size, look.mtime, end.offset, end.line, digest, done)

    def _problem(self, look: Look, error: SourceError | DamagedFileError | OSError) -> str:
        if isinstance(error, SourceError):
            return of_error(error)
        system = isinstance(error, OSError) and error.strerror
        broken = "{file} cannot be read to its end: {reason}; drop it again whole"
        said = Said("files.broken", broken, file=look.key, reason=system or of_error(error))
        return of_source(self.name, said)


class Gathered:
    """Parts of files, gathered until they are enough for one Poll."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.batches: list[TicketBatch] = []
        self.bad: list[Quarantined] = []

    @property
    def rows(self) -> int:
        """Rows gathered, good and bad."""
        return sum(map(len, self.batches)) + len(self.bad)

    def add(self, part: Part) -> None:
        if len(part.batch):
            self.batches.append(part.batch)
        self.bad += part.quarantined

    def poll(self, cursor: str, complete_to: datetime | None) -> Poll:
        """What was gathered; begins anew."""
        batch = joined(self.batches) if self.batches else TicketBatch.empty(self.source)
        poll = Poll(batch, tuple(self.bad), cursor, complete_to)
        self.batches, self.bad = [], []
        return poll


def joined(batches: Sequence[TicketBatch]) -> TicketBatch:
    """One batch of several of the same source and columns, in order."""
    first = batches[0]
    if len(batches) == 1:
        return first
    paths: dict[CategoryPath, int] = {}
    codes = []
    for batch in batches:
        number = [paths.setdefault(path, len(paths)) for path in batch.paths]
        codes.append(np.array(number, dtype=np.int32)[batch.category])

    def column(name: str) -> Any:
        parts = [getattr(batch, name) for batch in batches]
        return None if parts[0] is None else np.concatenate(parts)

    names = ("ids", "created", "updated", "escalated", "closed", "void")
    optional = ("complainant", "tags", "text", "region", "channel")
    columns = {name: column(name) for name in names + optional}
    return TicketBatch(source=first.source, category=np.concatenate(codes), paths=tuple(paths), **columns)
