"""A folder into which csv files are dropped."""

from datetime import timedelta
from pathlib import Path

from conformance import FILES
from reading import NOW, drop, row, settings, table

from connectors.csv import Options, Source


class World:
    many = 45_000  # versions that come in more than one part
    without = FILES

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "drop"
        self.folder.mkdir()
        self.now = NOW

    def source(self) -> Source:
        return Source(settings("csv"), Options(path=self.folder))

    def tell(self, numbers) -> None:
        self._drop(table(row(n, minute=n % 900) for n in numbers))

    def move(self, number, name) -> None:
        self._drop(table([row(number, minute=number % 900 + 1, a=name)]))

    def spoil(self) -> None:
        self._drop(table(["T9,soon,soon,A,B\n"]))

    def lose(self) -> None:
        self.folder.rename(self.folder.with_name("gone"))

    def _drop(self, text: str) -> None:
        self.now += timedelta(minutes=5)
        drop(self.folder / f"{len(list(self.folder.iterdir())):04d}.csv", text)
