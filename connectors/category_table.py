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

from connectors.labels import Entry, form
from connectors.ticket import Path

ENCODINGS: Final = ("utf-8-sig", "gb18030")
SHOWN: Final = 20
"""Mistakes that one error names; the rest is counted."""
_LEVEL: Final = re.compile(r"level\s*(\d+)|category(\d*)", re.IGNORECASE)
_DIVIDED: Final = re.compile(r"[;|；]")
_ARROW: Final = re.compile(r"\s*>\s*")

Row = tuple[int, dict[str, str]]


class TableError(ValueError):
    """A table that cannot be used: a sentence for each mistake, with its line and mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = len(problems) - SHOWN
        shown = [*problems[:SHOWN], *([f"... and {more} more"] if more > 0 else [])]
        super().__init__("\n".join(shown))
        self.problems = tuple(problems)

    @classmethod
    def of(cls, sentence: str) -> TableError:
        """A single mistake."""
        return cls([sentence])


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
        raise TableError.of(f"{file}: cannot be read ({error.strerror})") from error
    return parse_table(_decoded(file, raw), name=str(file), levels=levels)


def parse_table(text: str, *, name: str, levels: Sequence[str]) -> CategoryTable:
    """The table in a text; `name` is what errors call it. Raises TableError with every mistake."""
    header, rows = _rows(text, name)
    shape = _Shape.of(header, levels, name)
    problems: list[tuple[int, str]] = []
    entries = [*(_below_parents if shape.parents else _in_columns)(rows, shape, problems)]
    problems += _mistakes(entries, levels)
    if problems:
        raise TableError([f"{name}, line {line}: {sentence}" for line, sentence in sorted(problems)])
    if not entries:
        raise TableError.of(f"{name}: holds no category; a row for each is needed below the header")
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
            raise TableError.of(f"{name}, line 1: column {twice[0]} is there twice; rename one")
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
                raise TableError.of(f"{name}, line 1: no column {missing}, but one of a level below it")
        elif numbered:
            columns = tuple(column for _, column in numbered)
        elif "path" in plain:
            columns = (plain["path"],)
        elif {"name", "parent"} <= plain.keys():
            columns = (plain["name"], plain["parent"])
        else:
            wanted = " ".join(levels)
            raise TableError.of(
                f"{name}, line 1: no column says where a category stands; the columns are: "
                f"{', '.join(header)}. Needed is one for each level ({wanted}, or level1 level2 ..), "
                "or path, or name and parent"
            )
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
            problems.append((line, "names no category; fill the row, or take it out"))
        elif "" in names:
            place = names.index("") + 1
            problems.append((line, f"level {place} is empty, and a level below it is not; fill it"))
        else:
            yield Entry(tuple(names), _code(row), _aliases(row), line)


def _below_parents(rows: Sequence[Row], shape: _Shape, problems: list[tuple[int, str]]) -> Iterator[Entry]:
    name, parent = shape.columns
    parents = _Parents(rows, name=name)
    above: dict[int, int | None] = {}
    for i, (line, row) in enumerate(rows):
        if not row[name]:
            problems.append((line, f"column {name} is empty; fill it, or take the row out"))
            continue
        try:
            above[i] = parents.find(row[parent])
        except LookupError as error:
            problems.append((line, str(error)))
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
            where = ", ".join(map(str, lines))
            problems.append((lines[0], f"a cycle: {names} (lines {where}); correct the parent of one"))


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
            raise LookupError(f"parent {parent} is no row of the table; add it, or correct the name")
        if len(named) > 1:
            lines = ", ".join(str(self._rows[i][0]) for i in named)
            raise LookupError(f"parent {parent} may be any of lines {lines}; name it by its code")
        return named[0]


def _mistakes(entries: Sequence[Entry], levels: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Paths too deep, nodes and codes that are there twice, and names that two siblings share."""
    lines: dict[Path, int] = {}
    codes: dict[str, Entry] = {}
    for entry in entries:
        told = " > ".join(entry.path)
        if len(entry.path) > len(levels):
            names = ", ".join(levels)
            deep = f"{told} has {len(entry.path)} levels, and the taxonomy has {len(levels)}: {names}"
            yield entry.line, deep
        if entry.path in lines:
            yield entry.line, f"{told} is on line {lines[entry.path]} already; leave one of the two"
        elif entry.code and form(entry.code) in codes:
            other = codes[form(entry.code)]
            yield entry.line, f"code {entry.code} is that of line {other.line} too; a code names one node"
        lines.setdefault(entry.path, entry.line)
        if entry.code:
            codes.setdefault(form(entry.code), entry)
    yield from _twins(entries)


def _twins(entries: Sequence[Entry]) -> Iterator[tuple[int, str]]:
    """Siblings that labels could not tell apart, by name or alias."""
    owner: dict[tuple[Path, str], tuple[Path, int]] = {}
    for entry in entries:
        for depth in range(1, len(entry.path) + 1):
            node = entry.path[:depth]
            other, line = owner.setdefault((node[:-1], form(node[-1])), (node, entry.line))
            if other != node:
                both = f"{' > '.join(node)} and {' > '.join(other)} (line {line})"
                same = "are the same but for width, case, spaces or traditional signs"
                yield entry.line, f"{both} {same}; make them one, with the other name as its alias"
                break
    for entry in entries:
        for alias in entry.aliases:
            other, line = owner.setdefault((entry.path[:-1], form(alias)), (entry.path, entry.line))
            if other != entry.path:
                means = f"alias {alias} means {' > '.join(other)} (line {line}) too"
                yield entry.line, f"{means}; leave it to one of the two"


def _code(row: dict[str, str]) -> str | None:
    return row.get("code") or None


def _aliases(row: dict[str, str]) -> tuple[str, ...]:
    names = (name.strip() for name in _DIVIDED.split(row.get("aliases", "")))
    return tuple(dict.fromkeys(name for name in names if name))


def _rows(text: str, name: str) -> tuple[list[str], list[Row]]:
    """Header, and each row that is not blank with its line, by column; code and aliases in lower case."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [column.strip() for column in next(lines, [])]
        header = [c.casefold() if c.casefold() in {"code", "aliases"} else c for c in header]
        found: list[Row] = []
        for row in lines:
            if len(row) > len(header):
                raise TableError.of(
                    f"{name}, line {lines.line_num}: {len(row)} fields, but the header names "
                    f"{len(header)}; a name with a comma needs quotes"
                )
            cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
            if any(cells):
                found.append((lines.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        raise TableError.of(
            f"{name}, line {lines.line_num}: not CSV ({error}); is a quote missing?"
        ) from error
    if not any(header):
        raise TableError.of(f"{name}: is empty; a header line and a row for each category are needed")
    return header, found


def _decoded(file: FilePath, raw: bytes) -> str:
    place = 0
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            place = error.start
    raise TableError.of(f"{file}: neither UTF-8 nor GB18030 from byte {place} on; save it as UTF-8")
