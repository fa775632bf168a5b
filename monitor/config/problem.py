"""What is wrong with a configuration: one sentence for each mistake, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from alerts.catalogue import in_language, say

KeyPath = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the key that holds it, a sentence with the culprit and the mend, and its place.

    As text it is English; `said` knows other languages where the sentence does. `line` and `column` count
    from 1; None where there is no such place.
    """

    key: KeyPath
    sentence: str
    file: str = "config.toml"
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.said("en")

    def said(self, language: str) -> str:
        """Key, sentence and place in a language."""
        known = "file" if self.line is None else "line" if self.column is None else "column"
        place = say(language, f"config.place.{known}", file=self.file, line=self.line, column=self.column)
        sentence = f"{in_language(self.sentence, language)}{place}"
        return say(language, "config.at", key=spelled(self.key), said=sentence) if self.key else sentence


class ConfigError(Exception):
    """The configuration cannot be used. `problems` are all its mistakes, in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.said("en"))

    def said(self, language: str) -> str:
        """All mistakes in a language, a line each."""
        return "\n".join(problem.said(language) for problem in self.problems)


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
