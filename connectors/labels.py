"""Which node of the company's category table does a source's label mean?

A label is a category as a source tells it: one name for each column. It is walked down the table, name by
name. A name means the child that is called so; else the one whose name or alias is the same but for width
(Ａ and A), case, spaces and traditional signs (網絡 and 网络); else, where only one node below has it, a code
or an alias from further down. What is left over keeps its own names below the last node that was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from connectors.ticket import Path

# Labels repeat: each is compared once.
REMEMBERED: Final = 65_536

# How a whole path stands in one cell: A > B, A/B or a backslash; A - B is a name too often.
_DIVIDED: Final = re.compile(r"\s*[>/\\＞／]\s*")


@dataclass(frozen=True)
class Entry:
    """One row of a category table.

    Attributes
    ----------
    path : names from the outermost level to the node's own
    code : what the ticket system calls the node, unique in the table; None where the table has no codes
    aliases : other names of the node, in its place or anywhere
    line : of the file
    """

    path: Path
    code: str | None = None
    aliases: tuple[str, ...] = ()
    line: int = 0


@lru_cache(REMEMBERED)
def form(name: str) -> str:
    """A name as it is compared: half-width, lower case, simplified signs, without spaces.

    Example
    -------
    >>> form("ＷｉＦｉ 故障") == form("wifi故障") == form("WIFI故障")
    True
    """
    if name.isascii():
        return "".join(name.lower().split())
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return plain if plain.isascii() else str(_simplifier().convert(plain))


@cache
def _simplifier() -> Any:
    from opencc import OpenCC  # its dictionaries are read only where there are signs to simplify

    return OpenCC("t2s")


class Labels:
    """The table, ready to be asked. Without entries every label means itself.

    Example
    -------
    >>> labels = Labels([Entry(("Broadband", "Router"), code="B1", aliases=("CPE",)), Entry(("TV",))])
    >>> labels.match(("broadband ", "cpe"))
    (('Broadband', 'Router'), 2)
    >>> labels.match(("B1",))
    (('Broadband', 'Router'), 1)
    >>> labels.match(("TV", "remote control"))
    (('TV', 'remote control'), 1)
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(entries)
        self._nodes: set[Path] = {()}
        self._children: dict[tuple[Path, str], Path] = {}
        self._anywhere: dict[str, list[Path]] = {}
        for entry in self.entries:
            for depth in range(1, len(entry.path) + 1):
                self._nodes.add(entry.path[:depth])
        for node in self._nodes - {()}:
            self._children[node[:-1], form(node[-1])] = node
        for entry in self.entries:
            for name in entry.aliases:
                self._children.setdefault((entry.path[:-1], form(name)), entry.path)
            for name in {form(name) for name in (entry.code or "", *entry.aliases)} - {""}:
                self._anywhere.setdefault(name, []).append(entry.path)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __contains__(self, path: Path) -> bool:
        return path in self._nodes

    def match(self, label: Path) -> tuple[Path, int]:
        """The path that a label means, and how many of its names the table knows."""
        if label in self._nodes:
            return label, len(label)
        found, depth = self._walk(label)
        if depth == 0 and len(label) == 1:
            # A source may tell the whole path in one cell. Names hold such marks too, so all must be known.
            names = tuple(name for name in _DIVIDED.split(label[0]) if name)
            whole, known = self._walk(names)
            if len(names) > 1 and known == len(names):
                return whole, 1
        return found, depth

    def _walk(self, names: Path) -> tuple[Path, int]:
        found: Path = ()
        for depth, name in enumerate(names):
            step = self._step(found, name)
            if step is None:
                return found + names[depth:], depth
            found = step
        return found, len(names)

    def _step(self, node: Path, name: str) -> Path | None:
        if (*node, name) in self._nodes:
            return (*node, name)
        plain = form(name)
        child = self._children.get((node, plain))
        if child is not None:
            return child
        below = [path for path in self._anywhere.get(plain, ()) if path[: len(node)] == node]
        return below[0] if len(below) == 1 and below[0] != node else None
