"""Which column holds what: columns of raw values become a batch of ticket versions and quarantined rows.

Whole columns are converted at a time, so that twenty thousand rows cost some tens of milliseconds. Values are
trimmed at both ends, only "" and the configured `empty` values are nothing, and text is kept as it stands. A
row that cannot become a ticket is set aside with its reason and disturbs no other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import count
from typing import Final

import numpy as np

from connectors.rows.judging import Columns, Rows, judged
from connectors.rows.stamps import Stamps
from connectors.rows.values import plain, plains, short, unstorable
from connectors.said import Said, listed, of_source
from connectors.source import Fields, Flag, Quarantined, SourceError, SourceSettings, cause
from connectors.ticket import Bool, Int32, Int64, Objects, Path, TicketBatch, objects

TAG_MARKS: Final = re.compile(r"[;,|、，；]")
NO_TAGS: Final[frozenset[str]] = frozenset()


class Reading:
    """Reads the raw columns of one source by its `[sources.fields]`.

    Attributes
    ----------
    names : the columns that are needed, each once
    """

    def __init__(self, settings: SourceSettings) -> None:
        if settings.fields is None:
            silent = (
                "nothing says which column holds what; add [sources.fields] with id, created_at and category"
            )
            raise SourceError(of_source(settings.name, Said("rows.no_fields", silent)))
        self.settings = settings
        self.fields: Fields = settings.fields
        self.names = tuple(dict.fromkeys(name for _, name in named(self.fields)))
        self.stamps = Stamps(settings.timezone, settings.datetime_format)
        self._nothing = frozenset(("", *settings.empty))

    def digest(self, *others: object) -> str:
        """Stands for all that decides how a raw row is read; a cursor of another digest starts anew."""
        kept = (self.fields, self.settings.timezone.key, self.settings.datetime_format)
        told = (*kept, self.settings.empty, self.settings.levels, *others)
        return blake2b(repr(told).encode(), digest_size=6).hexdigest()

    def require(self, there: Iterable[str], place: str, *, hint: str = "") -> None:
        """Raise SourceError unless all needed columns are there; `hint` says what the place looks like."""
        columns = list(there)
        missing = [(key, name) for key, name in named(self.fields) if name not in set(columns)]
        if missing:
            wanted = listed(Said("rows.for", '"{name}" (for {key})', name=n, key=key) for key, n in missing)
            absent = (
                "{place}{hint} has no column {missing}; it has: {there}. "
                "Change [sources.fields] to name these"
            )
            facts = {"place": place, "hint": hint, "missing": wanted, "there": ", ".join(columns)}
            raise SourceError(
                of_source(self.settings.name, Said("rows.columns", absent, **facts)),
                cause=cause("columns", place=place, missing=", ".join(f'"{name}"' for _, name in missing)),
            )

    def batch(
        self, columns: Mapping[str, Sequence[object]], rows: Rows, now: datetime
    ) -> tuple[TicketBatch, tuple[Quarantined, ...]]:
        """Versions of raw columns of n values each, and the rows that could not become one."""
        fields, bad = self.fields, dict[int, str]()
        texts = {
            name: self.texts(columns[name], name, bad)
            for name in dict.fromkeys((fields.id, fields.complainant, fields.region, fields.channel))
            if name is not None
        }
        category, paths = self.categories(
            [columns[name] for name in fields.category], len(columns[fields.id])
        )
        for name in fields.category:
            self._blame_unstorable(columns[name], name, bad)
        ids = texts[fields.id]
        bad.update(
            (row, f"its id is empty (column {fields.id})") for row, value in enumerate(ids) if value is None
        )

        def text(name: str | None) -> Objects | None:
            return None if name is None else objects(texts[name])

        unjudged = Columns(
            ids=objects(ids),
            created=self.instants(columns[fields.created_at]),
            category=category,
            paths=paths,
            updated=self.instants(columns[fields.updated_at]) if fields.updated_at else None,
            escalated=self.instants(columns[fields.escalated_at]) if fields.escalated_at else None,
            closed=self.instants(columns[fields.closed_at]) if fields.closed_at else None,
            escalating=self._flag(columns, fields.escalated),
            void=self._flag(columns, fields.void),
            complainant=text(fields.complainant),
            tags=self.tagged(columns[fields.tags]) if fields.tags else None,
            text=objects(self.texts(columns[fields.text], fields.text, bad, trim=False))
            if fields.text
            else None,
            region=text(fields.region),
            channel=text(fields.channel),
            bad=bad,
        )
        return self.judge(unjudged, rows, now)

    def judge(
        self, columns: Columns, rows: Rows, now: datetime
    ) -> tuple[TicketBatch, tuple[Quarantined, ...]]:
        """The batch of the good rows of columns that are typed already, and the others with their reasons."""
        return judged(columns, rows, settings=self.settings, explain=self.stamps.explain, now=now)

    def categories(self, columns: Sequence[Sequence[object]], size: int) -> tuple[Int32, tuple[Path, ...]]:
        """(n,) int32 codes into the distinct paths of these columns; a single one may hold lists of names."""
        if not columns:
            return np.zeros(size, dtype=np.int32), ((),)
        if len(columns) == 1:
            raws: Iterable[tuple[object, ...]] = (
                tuple(map(plain, value)) if isinstance(value, list | tuple) else (plain(value),)
                for value in columns[0]
            )
        else:
            raws = zip(*map(plains, columns), strict=True)
        numbers: defaultdict[tuple[object, ...], int] = defaultdict(count().__next__)
        code = np.fromiter(map(numbers.__getitem__, raws), np.int32, size)
        paths: dict[Path, int] = {}
        path_of_raw = [paths.setdefault(self.path(raw), len(paths)) for raw in numbers]
        return np.array(path_of_raw, dtype=np.int32)[code], tuple(paths)

    def path(self, names: Iterable[object]) -> Path:
        """The path of these names, trimmed, up to the first empty one."""
        path: list[str] = []
        for value in names:
            name = plain(value).strip()
            if name in self._nothing:
                break
            path.append(name)
        return tuple(path)

    def flagged(self, values: Sequence[object], flag: Flag) -> Bool:
        """(n,) bool: which values are one of the flag's."""
        yes = frozenset(flag.values)
        return np.array([value.strip() in yes for value in plains(values)], dtype=np.bool_)

    def tags(self, value: object) -> frozenset[str]:
        """The tags of one value: a list, or a text that lists them."""
        parts = value if isinstance(value, list | tuple | set) else TAG_MARKS.split(plain(value))
        return frozenset(tag for part in parts if (tag := plain(part).strip()) not in self._nothing)

    def given(self, value: object) -> bool:
        """Whether this value is something."""
        return value is not None and plain(value).strip() not in self._nothing

    def instants(self, values: Sequence[object]) -> Int64:
        """(n,) int64 instants: NEVER where there is nothing, UNREADABLE where there is no stamp."""
        nothing = self._nothing
        present = [
            None if value is None or (isinstance(value, str) and value.strip() in nothing) else value
            for value in values
        ]
        return self.stamps.read(present)

    def texts(
        self, values: Sequence[object], name: str, bad: dict[int, str], *, trim: bool = True
    ) -> list[str | None]:
        self._blame_unstorable(values, name, bad)
        nothing = self._nothing
        if trim:
            return [None if (text := value.strip()) in nothing else text for value in plains(values)]
        return [None if value.strip() in nothing else value for value in plains(values)]

    def _blame_unstorable(self, values: Sequence[object], name: str, bad: dict[int, str]) -> None:
        texts = plains(values)
        if unstorable("".join(texts)) is None:
            return
        for row, value in enumerate(texts):
            reason = unstorable(value)
            if reason is not None:
                said = Said(
                    "rows.unfit", "{column} is {value}, {why}", column=name, value=short(value), why=reason
                )
                bad.setdefault(row, said)

    def _flag(self, columns: Mapping[str, Sequence[object]], flag: Flag | None) -> Bool | None:
        return None if flag is None else self.flagged(columns[flag.column], flag)

    def tagged(self, values: Sequence[object]) -> Objects:
        """(n,) object, the frozenset of tags of each value."""
        known: dict[str, frozenset[str]] = {"": NO_TAGS}
        column: list[frozenset[str]] = []
        for value, text in zip(values, plains(values), strict=True):
            if text not in known:
                known[text] = self.tags(value)
            column.append(known[text])
        return objects(column)


def named(fields: Fields) -> list[tuple[str, str]]:
    """Pairs of (key of [sources.fields], column that it names), in the order of Fields."""
    pairs: list[tuple[str, str]] = []
    for key in fields.__dataclass_fields__:
        value = getattr(fields, key)
        if isinstance(value, Flag):
            pairs.append((key, value.column))
        elif isinstance(value, tuple):
            pairs.extend((key, name) for name in value)
        elif value is not None:
            pairs.append((key, value))
    return pairs
