"""What the sample's customers complain of: a tree of five levels, and what is said at each of its leaves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from connectors.ticket import Path

INDENT: Final = 2

# The leaf at which the first surge strikes: a network failure, which everyone can imagine.
FAILURE: Final = ("移动业务", "5G套餐", "使用", "网络质量", "无信号")


@dataclass(frozen=True)
class Complaint:
    """A leaf of the tree: its path, how often it is complained of, and in which words."""

    path: Path
    weight: int
    chinese: str
    english: str


@cache
def complaints() -> tuple[Complaint, ...]:
    """All leaves, in the order of complaints.txt."""
    path: list[str] = []
    leaves: list[Complaint] = []
    text = files("connectors.telecom").joinpath("complaints.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        depth = (len(line) - len(line.lstrip())) // INDENT
        name, *rest = (part.strip() for part in line.split("|"))
        path[depth:] = [name]
        if rest:
            weight, chinese, english = rest
            leaves.append(Complaint(tuple(path), int(weight), chinese, english))
    return tuple(leaves)
