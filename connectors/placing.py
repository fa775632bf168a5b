"""Where does everybody's text belong? The production placement on plain CSV files: `complaint-monitor place`.

A, the labelled texts, has the columns `text,category[,category2..]`; B has `text`; C gets `text`, A's
category columns, `confidence` and `cluster`, one row per row of B in B's order, texts unchanged. An emerging
cluster is named in `cluster` alone: `category..` always hold the likeliest path that is sure enough.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from connectors.clustering.emerging import Emerging, Text, part_of
from connectors.clustering.judge import Placement
from connectors.clustering.placer import Placer
from connectors.csv_reader import csv_reader
from connectors.files.saved import decoded
from connectors.said import Said

_LEVEL: Final = re.compile(r"category([2-9]|[1-9]\d+)?")
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)  # rows of a file have no time: they count as one moment


class PlacingError(ValueError):
    """A file that cannot be used: which, where, and how to mend it."""


def place_file(labelled: Path, texts: Path, out: Path, *, min_confidence: float = 0.0) -> None:
    """Place every text of the file `texts` as the file `labelled` teaches, and write `out`.

    Raises PlacingError (a ValueError) when a file or `min_confidence` cannot be used.
    """
    if not 0 <= min_confidence <= 1:  # also refuses nan
        range_ = "--min-confidence {given}: a probability between 0 and 1 is needed"
        raise PlacingError(Said("placing.confidence", range_, given=str(min_confidence)))
    known, paths, levels = _labelled(labelled)
    unknown = _texts(texts)
    placer = Placer.fit(known, paths)
    placements = placer.place(unknown, sure=min_confidence)
    clusters = clusters_of(placer, unknown, placements)
    rows = (
        [
            text,
            *(placed.path[level] if level < len(placed.path) else "" for level in range(len(levels))),
            f"{math.floor(placed.confidence * 1e6) / 1e6:.6f}",
            cluster,
        ]
        for text, placed, cluster in zip(unknown, placements, clusters, strict=True)
    )
    _write(out, ["text", *levels, "confidence", "cluster"], rows)


def _labelled(file: Path) -> tuple[list[str], list[tuple[str, ...]], list[str]]:
    """Texts, paths, and the category columns' names; rows without text or category teach nothing."""
    header, rows = _read(file)
    levels = [name for name in header if _LEVEL.fullmatch(name)]
    levels.sort(key=lambda name: int(name.removeprefix("category") or 1))
    for name in ("text", "category"):
        if name not in header:
            absent = (
                "{file}, line 1: no column '{column}'; the columns are: {there}. "
                "Labelled texts need the columns text,category[,category2..]"
            )
            facts = {"file": str(file), "column": name, "there": ", ".join(header)}
            raise PlacingError(Said("placing.no_column", absent, **facts))
    found_texts, found_paths = [], []
    for row in rows:
        path = [row[header.index(name)].strip() for name in levels]
        path = path[: path.index("")] if "" in path else path
        text = row[header.index("text")]
        if text.strip() and path:
            found_texts.append(text)
            found_paths.append(tuple(path))
    if not found_texts:
        nothing = "{file}: not one row has both a text and a category, so there is nothing to learn from"
        raise PlacingError(Said("placing.nothing", nothing, file=str(file)))
    return found_texts, found_paths, levels


def _texts(file: Path) -> list[str]:
    header, rows = _read(file)
    if "text" not in header:
        absent = (
            "{file}, line 1: no column 'text'; the columns are: {there}. Name the one with the texts 'text'"
        )
        raise PlacingError(Said("placing.no_text", absent, file=str(file), there=", ".join(header)))
    place = header.index("text")
    return [row[place] for row in rows]


def clusters_of(placer: Placer, texts: Sequence[str], placements: Sequence[Placement]) -> list[str]:
    """The name of each text's emerging cluster, empty where it is in none."""
    emerging = Emerging(placer.rarity)
    groups: list[int | None] = []
    into: dict[int, int] = {}
    for text, placed in zip(texts, placements, strict=True):
        if placed.vector is None:
            groups.append(None)
            continue
        seen = emerging.observe(Text(text, placed.vector, placed.near, placed.known, _NO_TIME))
        into |= dict.fromkeys(seen.absorbed, seen.group)
        groups.append(seen.group)
    names = {number: group.name for number, group in emerging.emerged().items()}
    return ["" if group is None else names.get(part_of(into, group), "") for group in groups]


def _read(file: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file, every row as long as the header."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        facts = {"file": str(file), "detail": str(error.strerror)}
        raise PlacingError(Said("placing.closed", "{file}: cannot be read ({detail})", **facts)) from error
    try:
        text = decoded(raw)
    except UnicodeDecodeError as error:
        encoded = "{file}: neither UTF-8 nor GB18030 from byte {byte} on; save it as UTF-8"
        facts = {"file": str(file), "byte": str(error.start)}
        raise PlacingError(Said("placing.encoding", encoded, **facts)) from error
    lines = csv_reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        rows = []
        for row in lines:
            if len(row) > len(header):
                wide = (
                    "{file}, line {line}: {given} fields, but the header names {named}; "
                    "a text with a comma needs quotes"
                )
                facts = {"given": str(len(row)), "named": str(len(header)), "line": str(lines.line_num)}
                raise PlacingError(Said("placing.wide", wide, file=str(file), **facts))
            if row:  # csv gives [] for an empty line; a row with an empty text is [""] or longer
                rows.append(row + [""] * (len(header) - len(row)))
    except csv.Error as error:
        no_csv = "{file}, line {line}: not CSV ({detail}); is a quote missing?"
        facts = {"file": str(file), "line": str(lines.line_num), "detail": str(error)}
        raise PlacingError(Said("placing.no_csv", no_csv, **facts)) from error
    if not header:
        empty = "{file}: is empty; at least a header line with the column names is needed"
        raise PlacingError(Said("placing.empty", empty, file=str(file)))
    return header, rows


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write under another name first, so that nobody reads half a file."""
    part = file.with_name(file.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows(rows)
        part.replace(file)
    except OSError as error:
        facts = {"file": str(file), "detail": str(error.strerror)}
        raise PlacingError(
            Said("placing.unwritten", "{file}: cannot be written ({detail})", **facts)
        ) from error
