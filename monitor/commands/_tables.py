"""Calm tables for a terminal: columns line up also where names are Chinese and take two columns a sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.rendering.widths import clean, clip, pad, width

GAP: Final = "  "
# A single endless label must not push everything after it off the screen.
WIDEST: Final = 72


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what stands above it, and whether its cells are numbers that line up at the right."""

    title: str
    right: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, indent: str = "") -> Iterator[str]:
    """Lines of a table: titles, a thin rule, rows. A column in which nothing stands is left out."""
    cells = [[clip(clean(cell), WIDEST) for cell in row] for row in rows]
    used = [i for i in range(len(columns)) if any(row[i] for row in cells)]
    titles = [column.title for column in columns]
    widths = {i: max(width(titles[i]), *(width(row[i]) for row in cells)) for i in used}

    def line(row: Sequence[str]) -> str:
        return indent + GAP.join(_fit(row[i], widths[i], right=columns[i].right) for i in used)

    yield line(titles).rstrip()
    yield indent + GAP.join("─" * widths[i] for i in used)
    for row in cells:
        yield line(row).rstrip()


def facts(rows: Sequence[tuple[str, str]], *, indent: str = "") -> Iterator[str]:
    """Lines of a label and what it says; a second line of the same fact has an empty label."""
    column = max((width(label) for label, _ in rows), default=0)
    for label, text in rows:
        yield f"{indent}{pad(label, column)}{GAP}{clean(text)}".rstrip()


def _fit(text: str, columns: int, *, right: bool) -> str:
    return " " * (columns - width(text)) + text if right else pad(text, columns)
