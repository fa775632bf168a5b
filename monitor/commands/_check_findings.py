"""What a look at one part of the set-up found, and how several are printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any, Final
from unicodedata import east_asian_width

from monitor.commands._check_words import Words

# Columns of a terminal for the widest weight.
WIDTH: Final = 8


class Weight(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Area(StrEnum):
    """Which part of the set-up was looked at, in the order of printing."""

    CONFIG = "config"
    SOURCES = "sources"
    STORE = "store"
    CHANNELS = "channels"
    TEST = "test"


@dataclass(frozen=True)
class Finding:
    """One sentence about one part.

    Attributes
    ----------
    examples : lines below the sentence
    facts : the same for machines
    unreachable : nothing answers there
    """

    area: Area
    name: str
    weight: Weight
    sentence: str
    examples: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    unreachable: bool = False

    def as_json(self) -> dict[str, Any]:
        """The finding for `--json`."""
        plain = {"area": self.area, "name": self.name, "weight": self.weight, "sentence": self.sentence}
        return {**plain, **self.facts}


def printed(findings: Iterable[Finding], words: Words) -> Iterator[str]:
    """Lines for people: grouped by area, each with its weight in front."""
    shown = list(findings)
    for area, group in groupby(shown, key=lambda finding: finding.area):
        yield words[area]
        for finding in group:
            named = words["named"].format(name=finding.name, said=finding.sentence)
            yield f"  {_padded(words[finding.weight])} {named if finding.name else finding.sentence}"
            yield from (f"  {_padded('')} {example}" for example in finding.examples)
        yield ""
    count = {weight: sum(finding.weight is weight for finding in shown) for weight in Weight}
    if count[Weight.PROBLEM] or count[Weight.WARNING]:
        yield words["counted"].format(problems=count[Weight.PROBLEM], warnings=count[Weight.WARNING])
    else:
        yield words["all_well"]


def _padded(text: str) -> str:
    """The text and as many blanks as a terminal needs; a Chinese character fills two of its columns."""
    columns = sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * (WIDTH - columns)
