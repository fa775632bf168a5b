"""A folder into which parquet files are dropped."""

# ruff: noqa: DTZ001 - readings of a source's clock have no zone

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conformance import FILES
from reading import NOW, settings, touch

from connectors.parquet import Options, Source

pa = pytest.importorskip("pyarrow", reason="pyarrow is in the extra `columnar`")
parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra `columnar`")


class World:
    many = 45_000
    without = FILES

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "drop"
        self.folder.mkdir()
        self.now = NOW

    def source(self) -> Source:
        return Source(settings("parquet"), Options(path=self.folder, batch_rows=10_000))

    def tell(self, numbers) -> None:
        stamps = [datetime(2026, 3, 1) + timedelta(minutes=n % 900) for n in numbers]
        self._drop(list(numbers), stamps)

    def move(self, number, name) -> None:
        self._drop([number], [datetime(2026, 3, 1) + timedelta(minutes=number % 900 + 1)], a=name)

    def spoil(self) -> None:
        self._drop([9], [datetime(2027, 1, 1)])

    def lose(self) -> None:
        self.folder.rename(self.folder.with_name("gone"))

    def _drop(self, ids, stamps, a="A") -> None:
        self.now += timedelta(minutes=5)
        file = self.folder / f"{len(list(self.folder.iterdir())):04d}.parquet"
        columns = {
            "id": ids,
            "created": stamps,
            "updated": stamps,
            "a": [a] * len(ids),
            "b": ["B"] * len(ids),
        }
        parquet.write_table(pa.table(columns), file, row_group_size=10_000)
        touch(file, NOW - timedelta(minutes=1))
