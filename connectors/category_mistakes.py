"""What is wrong with the entries of a category table, each with its line: too deep, there twice, or alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.labels import Entry, form
from connectors.said import Said
from connectors.ticket import Path


def mistakes_of(entries: Sequence[Entry], levels: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Paths too deep, nodes and codes that are there twice, and names that two siblings share."""
    lines: dict[Path, int] = {}
    codes: dict[str, Entry] = {}
    for entry in entries:
        told = " > ".join(entry.path)
        if len(entry.path) > len(levels):
            deep = "{node} has {given} levels, and the taxonomy has {most}: {levels}"
            facts = {"given": str(len(entry.path)), "most": str(len(levels)), "levels": ", ".join(levels)}
            yield entry.line, Said("table.deep", deep, node=told, **facts)
        if entry.path in lines:
            again = "{node} is on line {line} already; leave one of the two"
            yield entry.line, Said("table.twice", again, node=told, line=str(lines[entry.path]))
        elif entry.code and form(entry.code) in codes:
            other = codes[form(entry.code)]
            shared = "code {code} is that of line {line} too; a code names one node"
            yield entry.line, Said("table.code_twice", shared, code=entry.code, line=str(other.line))
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
                alike = (
                    "{node} and {other} (line {line}) are the same but for width, case, spaces or "
                    "traditional signs; make them one, with the other name as its alias"
                )
                facts = {"node": " > ".join(node), "other": " > ".join(other), "line": str(line)}
                yield entry.line, Said("table.alike", alike, **facts)
                break
    for entry in entries:
        for alias in entry.aliases:
            other, line = owner.setdefault((entry.path[:-1], form(alias)), (entry.path, entry.line))
            if other != entry.path:
                means = "alias {alias} means {other} (line {line}) too; leave it to one of the two"
                facts = {"alias": alias, "other": " > ".join(other), "line": str(line)}
                yield entry.line, Said("table.alias_twice", means, **facts)
