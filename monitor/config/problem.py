"""What is wrong with a configuration: one sentence for each mistake, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the key that holds it, a sentence with the culprit and the mend, and its place.

    `line` and `column` count from 1; None where there is no such place.
    """

    key: KeyPath
    sentence: str
    file: str = "config.toml"
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        subject = f"{spelled(self.key)}: " if self.key else ""
        place = [self.file]
        if self.line is not None:
            place.append(f"line {self.line}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{subject}{self.sentence} ({', '.join(place)})"


class ConfigError(Exception):
    """The configuration cannot be used. `problems` are all its mistakes, in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def spelled(key: KeyPath) -> str:
    """A key path as people write it: `rules[2].thresholds."三级预警"`. Lists count from 0."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        name = part if _BARE_KEY.fullmatch(part) else f'"{part}"'
        text += f".{name}" if text else name
    return text
