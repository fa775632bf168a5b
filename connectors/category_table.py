"""The company's category table: a CSV file becomes entries, or all that is wrong with it, line by line.

Three shapes are understood, by their header:

* a column for each level, named as the configured levels, `level1`, `level2`.. or `category`, `category2`..;
* `path`, the names in one cell: `Broadband > Router > No signal`;
* `name` and `parent`, which names another row by its code, or by its name.

`code` and `aliases` (several are divided by `;` or `|`) may stand beside each. Other columns are not read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final

from connectors.category_mistakes import mistakes_of
from connectors.csv_reader import csv_reader
from connectors.files.saved import decoded
from connectors.labels import Entry
from connectors.said import Said

SHOWN: Final = 20
"""Mistakes that one error names; the rest is counted."""
_LEVEL: Final = re.compile(r"level\s*(\d+)|category(\d*)", re.IGNORECASE)
_DIVIDED: Final = re.compile(r"[;|；]")
_ARROW: Final = re.compile(r"\s*>\s*")

Row = tuple[int, dict[str, str]]


class TableError(ValueError):
    """A table that cannot be used: a sentence for each mistake, with its line and mend.

    Attributes
    ----------
    problems : all of them
    shown : the first, and how many more there are; the message is these
    """

    def __init__(self, problems: Sequence[str]) -> None:
        more = len(problems) - SHOWN
        rest = [Said("table.more", "... and {more} more", more=str(more))] if more > 0 else []
        self.problems = tuple(problems)
        self.shown = (*problems[:SHOWN], *rest)
        super().__init__("\n".join(self.shown))

    @classmethod
    def of(cls, sentence: str, *, file: str, line: int | None = None) -> TableError:
        """A single mistake."""
        return cls([in_table(file, line, sentence)])


def in_table(file: str, line: int | None, sentence: str) -> Said:
    """A sentence about a file, or one of its lines."""
    if line is None:
        return Said("table.in_file", "{file}: {said}", file=file, said=sentence)
    return Said("table.in_line", "{file}, line {line}: {said}", file=file, line=str(line), said=sentence)


@dataclass(frozen=True)
class CategoryTable:
    """Entries in the order of the file, and the columns that were not looked at."""

    entries: tuple[Entry, ...]
    ignored: tuple[str, ...] = ()


def read_table(file: FilePath, levels: Sequence[str]) -> CategoryTable:
    """The table in a file, UTF-8 or GB18030. Raises TableError, also where the file cannot be read."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        closed = Said("table.closed", "cannot be read ({detail})", detail=str(error.strerror))
        raise TableError.of(closed, file=str(file)) from error
    try:
        text = decoded(raw)
    except UnicodeDecodeError as error:
        encoded = "neither UTF-8 nor GB18030 from byte {byte} on; save it as UTF-8"
        raise TableError.of(Said("table.encoding", encoded, byte=str(error.start)), file=str(file)) from error
    return parse_table(text, name=str(file), levels=levels)


def parse_table(text: str, *, name: str, levels: Sequence[str]) -> CategoryTable:
    """The table in a text; `name` is what errors call it. Raises TableError with every mistake."""
    header, rows = _rows(text, name)
    shape = _Shape.of(header, levels, name)
    problems: list[tuple[int, str]] = []
    entries = [*(_below_parents if shape.parents else _in_columns)(rows, shape, problems)]
    problems += mistakes_of(entries, levels)
    if problems:
        raise TableError([in_table(name, line, sentence) for line, sentence in sorted(problems)])
    if not entries:
        none = Said("table.none", "holds no category; a row for each is needed below the header")
        raise TableError.of(none, file=name)
    return CategoryTable(tuple(entries), shape.ignored)


@dataclass(frozen=True)
class _Shape:
    """Which columns hold the path, and which were not looked at."""

    columns: tuple[str, ...]
    parents: bool
    ignored: tuple[str, ...]

    @classmethod
    def of(cls, header: Sequence[str], levels: Sequence[str], name: str) -> _Shape:
        twice = sorted({column for column in header if column and header.count(column) > 1})
        if twice:
            both = Said("table.column_twice", "column {column} is there twice; rename one", column=twice[0])
            raise TableError.of(both, file=name, line=1)
        plain = {column.casefold(): column for column in header}
        numbered = sorted(
            (int(found[1] or found[2] or 1), column)
            for column in header
            if (found := _LEVEL.fullmatch(column)) is not None
        )
        if any(level in header for level in levels):
            columns = tuple(level for level in levels if level in header)
            if columns != tuple(levels[: len(columns)]):
                missing = next(level for level in levels if level not in header)
                gap = Said("table.gap", "no column {column}, but one of a level below it", column=missing)
                raise TableError.of(gap, file=name, line=1)
        elif numbered:
            columns = tuple(column for _, column in numbered)
        elif "path" in plain:
            columns = (plain["path"],)
        elif {"name", "parent"} <= plain.keys():
            columns = (plain["name"], plain["parent"])
        else:
            shapeless = (
                "no column says where a category stands; the columns are: {columns}. Needed is one for each "
                "level ({levels}, or level1 level2 ..), or path, or name and parent"
            )
            facts = {"columns": ", ".join(header), "levels": " ".join(levels)}
            raise TableError.of(Said("table.shapeless", shapeless, **facts), file=name, line=1)
        used = {*columns, plain.get("code"), plain.get("aliases")}
        ignored = tuple(column for column in header if column and column not in used)
        return cls(columns, columns[-1].casefold() == "parent", ignored)


def _in_columns(rows: Sequence[Row], shape: _Shape, problems: list[tuple[int, str]]) -> Iterator[Entry]:
    one_cell = [column.casefold() for column in shape.columns] == ["path"]
    for line, row in rows:
        cells = _ARROW.split(row[shape.columns[0]]) if one_cell else [row[c] for c in shape.columns]
        names = [cell.strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if not names:
            problems.append((line, Said("table.nameless", "names no category; fill the row, or take it out")))
        elif "" in names:
            hole = "level {level} is empty, and a level below it is not; fill it"
            problems.append((line, Said("table.hole", hole, level=str(names.index("") + 1))))
        else:
            yield Entry(tuple(names), _code(row), _aliases(row), line)


def _below_parents(rows: Sequence[Row], shape: _Shape, problems: list[tuple[int, str]]) -> Iterator[Entry]:
    name, parent = shape.columns
    parents = _Parents(rows, name=name)
    above: dict[int, int | None] = {}
    for i, (line, row) in enumerate(rows):
        if not row[name]:
            empty = "column {column} is empty; fill it, or take the row out"
            problems.append((line, Said("table.empty_cell", empty, column=name)))
            continue
        try:
            above[i] = parents.find(row[parent])
        except LookupError as error:
            problems.append((line, error.args[0]))
    told: set[int] = set()
    for i in above:
        line, row = rows[i]
        chain = [i]
        while (up := above.get(chain[-1])) is not None and up not in chain:
            chain.append(up)
        if up is None:
            if all(j in above for j in chain):
                yield Entry(tuple(rows[j][1][name] for j in reversed(chain)), _code(row), _aliases(row), line)
        elif up not in told:
            circle = chain[chain.index(up) :]
            told.update(circle)
            names = " > ".join(rows[j][1][name] for j in reversed((*circle, up)))
            lines = sorted(rows[j][0] for j in circle)
            facts = {"names": names, "lines": ", ".join(map(str, lines))}
            cycle = "a cycle: {names} (lines {lines}); correct the parent of one"
            problems.append((lines[0], Said("table.cycle", cycle, **facts)))


class _Parents:
    """Finds the row that a parent column names."""

    def __init__(self, rows: Sequence[Row], *, name: str) -> None:
        self._rows = rows
        self._by_code = {code: i for i, (_, row) in enumerate(rows) if (code := _code(row))}
        self._by_name: dict[str, list[int]] = {}
        for i, (_, row) in enumerate(rows):
            self._by_name.setdefault(row[name], []).append(i)

    def find(self, parent: str) -> int | None:
        """Number of the row; None at the top. Raises LookupError, with a sentence."""
        if not parent:
            return None
        if parent in self._by_code:
            return self._by_code[parent]
        named = self._by_name.get(parent, [])
        if not named:
            absent = "parent {parent} is no row of the table; add it, or correct the name"
            raise LookupError(Said("table.no_parent", absent, parent=parent))
        if len(named) > 1:
            lines = ", ".join(str(self._rows[i][0]) for i in named)
            several = "parent {parent} may be any of lines {lines}; name it by its code"
            raise LookupError(Said("table.several_parents", several, parent=parent, lines=lines))
        return named[0]


def _code(row: dict[str, str]) -> str | None:
    return row.get("code") or None


def _aliases(row: dict[str, str]) -> tuple[str, ...]:
    names = (name.strip() for name in _DIVIDED.split(row.get("aliases", "")))
    return tuple(dict.fromkeys(name for name in names if name))


def _rows(text: str, name: str) -> tuple[list[str], list[Row]]:
    """Header, and each row that is not blank with its line, by column; code and aliases in lower case."""
    lines = csv_reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [column.strip() for column in next(lines, [])]
        header = [c.casefold() if c.casefold() in {"code", "aliases"} else c for c in header]
        found: list[Row] = []
        for row in lines:
            if len(row) > len(header):
                wide = "{given} fields, but the header names {named}; a name with a comma needs quotes"
                said = Said("table.wide", wide, given=str(len(row)), named=str(len(header)))
                raise TableError.of(said, file=name, line=lines.line_num)
            cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
            if any(cells):
                found.append((lines.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        no_csv = Said("table.no_csv", "not CSV ({detail}); is a quote missing?", detail=str(error))
        raise TableError.of(no_csv, file=name, line=lines.line_num) from error
    if not any(header):
        empty = Said("table.empty", "is empty; a header line and a row for each category are needed")
        raise TableError.of(empty, file=name)
    return header, found
