"""The files that a replay leaves: signals, trend rows, pages, rows set aside and a summary.

They are written beside their places and take them at the very end, the summary last: a replay that was killed
leaves no half file, and where there is a summary.json, the others belong to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO

from alerts.catalogue import Sentence
from connectors.source import Quarantined

SIGNALS: Final = "signals.jsonl"
TREND: Final = "trend.jsonl"
NOTIFICATIONS: Final = "notifications.jsonl"
QUARANTINE: Final = "quarantine.jsonl"
SUMMARY: Final = "summary.json"

DIFF: Final = "diff.jsonl"

# In this order the files take their places. The diff is there when two configurations are compared.
FILES: Final = (SIGNALS, TREND, NOTIFICATIONS, QUARANTINE, DIFF, SUMMARY)
UNFINISHED: Final = ".part"


class OutputError(Exception):
    """The folder cannot be written. The message is a sentence with the mend."""


class ReplayFiles:
    """The files of one replay in a folder, which is made; they appear with `publish`, or not at all."""

    def __init__(self, folder: Path, *, diff: bool = False) -> None:
        self.folder = folder
        self._names = tuple(name for name in FILES if diff or name != DIFF)
        self._open: dict[str, TextIO] = {}

    def __enter__(self) -> Self:
        """Open all files, so that a folder that cannot be written is told before the work begins."""
        try:
            with self._told():
                self.folder.mkdir(parents=True, exist_ok=True)
                for name in self._names:
                    # JSON knows half a surrogate pair as an escape, UTF-8 does not know it at all.
                    self._open[name] = self._part(name).open(
                        "w", encoding="utf-8", errors="backslashreplace", newline="\n"
                    )
        except OutputError:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def records(self, name: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Add records to a file, one a line: how many."""
        texts = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        self.texts(name, texts)
        return len(texts)

    def texts(self, name: str, texts: Iterable[str]) -> None:
        """Add finished lines to a file."""
        with self._told():
            self._open[name].writelines(texts)

    def set_aside(self, rows: Iterable[Quarantined]) -> int:
        """Add rows that could not become tickets: how many."""
        return self.records(
            QUARANTINE,
            (
                {"source": row.source, "place": row.place, "reason": row.reason, "row": row.row}
                for row in rows
            ),
        )

    def publish(self, summary: Mapping[str, Any]) -> None:
        """All files are whole: they take the places of those of an earlier replay."""
        with self._told():
            self._open[SUMMARY].write(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
            for stream in self._open.values():
                stream.close()
            (self.folder / SUMMARY).unlink(missing_ok=True)
            for name in FILES:
                if name in self._names:
                    self._part(name).replace(self.folder / name)
                else:
                    (self.folder / name).unlink(missing_ok=True)

    def _discard(self) -> None:
        """Take away what was not published."""
        for name, stream in self._open.items():
            with suppress(OSError):
                stream.close()
            with suppress(OSError):
                self._part(name).unlink(missing_ok=True)

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}{UNFINISHED}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the operating system says about the folder comes out as a sentence."""
        try:
            yield
        except OSError as error:
            facts = {"folder": str(self.folder), "detail": error.strerror or str(error)}
            raise OutputError(Sentence("refused.no_output", **facts)) from error
