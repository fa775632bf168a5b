"""Reads TOML tables into frozen dataclasses and keeps every mistake it meets.

What it returns in spite of a mistake stands on defaults, good enough to look for further mistakes and for
nothing else: whoever asked looks at `problems` first.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

from alerts.catalogue import Sentence
from connectors.options import OptionError, Secret
from connectors.said import of_error
from monitor.config.keys import Key, keys_of
from monitor.config.kinds import Family, UnknownKindError, load_kind
from monitor.config.near import guess, quoted
from monitor.config.problem import KeyPath, Problem
from monitor.config.values import PLAIN, RefusedError, Scope, spelled_duration, url

T = TypeVar("T")


class _Invalid:
    """Stands for a value that could not be read."""


INVALID: Final = _Invalid()


class Reader:
    """Reads values in one scope and keeps what is wrong with them in `problems`."""

    def __init__(self, scope: Scope, problems: list[Problem] | None = None) -> None:
        self.scope = scope
        self.problems: list[Problem] = [] if problems is None else problems

    def inside(self, scope: Scope) -> Reader:
        """A reader of another folder or zone that keeps its mistakes in the same list."""
        return Reader(scope, self.problems)

    def wrong(self, at: KeyPath, sentence: str) -> None:
        """Keep a mistake, unless the same one is kept already."""
        problem = Problem(at, sentence)
        if problem not in self.problems:
            self.problems.append(problem)

    def keep(self, findings: Iterable[tuple[KeyPath, str]]) -> None:
        """Keep what a check has found."""
        for at, sentence in findings:
            self.wrong(at, sentence)

    def options_kind(self, family: Family, row: Mapping[str, object], at: KeyPath) -> type[Any] | None:
        """The dataclass of the keys that the row's `kind` has of its own; None where it names none."""
        kind = row.get("kind")
        if not isinstance(kind, str):
            return None  # the settings say that it is missing, or no text
        try:
            return load_kind(family, kind).options
        except UnknownKindError as error:
            self.wrong((*at, "kind"), error.sentence)
            return None

    def table(
        self, kind: type[T], given: object, at: KeyPath, *, preset: Mapping[str, object] | None = None
    ) -> T | None:
        """One table as one dataclass; None where a mistake leaves nothing to build it from."""
        if not isinstance(given, Mapping):
            self.wrong(at, Sentence("config.table", given=quoted(given)))
            return None
        preset = preset or {}
        self.unknown_keys(given, at, (key.name for key in keys_of(kind) if key.field not in preset))
        return self.part(kind, given, at, preset=preset)

    def part(
        self,
        kind: type[T],
        given: Mapping[str, object],
        at: KeyPath,
        *,
        preset: Mapping[str, object] | None = None,
    ) -> T | None:
        """The keys of one dataclass from a table that holds others too. `preset` are fields, not keys."""
        known_before = len(self.problems)
        values: dict[str, object] = dict(preset or {})
        for key in keys_of(kind):
            if key.field in values:
                continue
            value = self._field(key, given, at)
            if value is INVALID and key.required:
                values[key.field] = INVALID
            elif value is not INVALID:
                values[key.field] = value
        if INVALID in values.values():
            return None
        try:
            return kind(**values)
        except (ValueError, TypeError) as error:  # what the dataclass itself checks
            if len(self.problems) == known_before:
                self.wrong(*_subject(error, at, (key.name for key in keys_of(kind))))
            return None

    def tables(self, kind: type[T], given: object, at: KeyPath) -> tuple[T, ...]:
        """A list of tables as dataclasses; those that cannot be built are left out."""
        read = (self.table(kind, row, (*at, i)) for i, row in self.rows(given, at))
        return tuple(row for row in read if row is not None)

    def rows(self, given: object, at: KeyPath) -> list[tuple[int, Mapping[str, object]]]:
        """The tables of a list of tables, with their indices."""
        if not isinstance(given, list):
            self.wrong(at, Sentence("config.tables", name=str(at[-1])))
            return []
        for i, row in enumerate(given):
            if not isinstance(row, dict):
                self.wrong((*at, i), Sentence("config.table", given=quoted(row)))
        return [(i, row) for i, row in enumerate(given) if isinstance(row, dict)]

    def unknown_keys(self, given: Iterable[str], at: KeyPath, known: Iterable[str]) -> None:
        """Keep a mistake for each key that is not known."""
        names = list(known)
        for name in given:
            if name not in names:
                hint = guess(name, names) or Sentence("config.keys", known=tuple(sorted(names)))
                self.wrong((*at, name), Sentence("config.no_key", hint=hint))

    def value(self, kind: Any, given: object, at: KeyPath) -> Any:
        """A value of any type that options may have; INVALID where it cannot be read."""
        origin = get_origin(kind)
        if origin in {Union, UnionType}:
            return self.value(_member(kind, given), given, at)
        if origin is Literal:
            return self._choice(get_args(kind), given, at)
        if origin in {tuple, frozenset}:
            return self._list(kind, given, at)
        if origin is not None:
            return self._mapping(kind, given, at)
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind not in PLAIN:
            made: object = self.table(kind, given, at)
            return INVALID if made is None else made
        return self._plain(kind, given, at)

    def _field(self, key: Key, given: Mapping[str, object], at: KeyPath) -> Any:
        here = (*at, key.name)
        if key.name not in given:
            if key.required:
                self.wrong(here, _missing(key))
                return INVALID
            return self._default(key)
        value = self.value(key.type, given[key.name], here)
        if isinstance(value, str) and _is_address(key.name):
            try:
                value = url(value, self.scope)
            except RefusedError as refused:
                self.wrong(here, refused.sentence)
                return INVALID
        return value if self._within_bounds(key, value, here) else INVALID

    def _default(self, key: Key) -> Any:
        """The default; a relative path stands in the config file's folder like one that is written there."""
        if isinstance(key.default, Path):
            return self.scope.folder / key.default
        if isinstance(key.default, str) and _is_address(key.name):
            return url(key.default, self.scope)
        return key.default

    def _plain(self, kind: Any, given: object, at: KeyPath) -> Any:
        if isinstance(kind, type) and issubclass(kind, Enum):
            name = self._choice([member.value for member in kind], given, at)
            return INVALID if name is INVALID else kind(name)
        convert = PLAIN.get(kind)
        if convert is None:  # Any, object: somebody else's module looks at it
            return given
        try:
            return convert(given, self.scope)
        except RefusedError as refused:
            self.wrong(at, refused.sentence)
            return INVALID

    def _choice(self, choices: Collection[Any], given: object, at: KeyPath) -> Any:
        if given in choices:
            return given
        hint = guess(given, [str(choice) for choice in choices]) if isinstance(given, str) else ""
        offered = tuple(quoted(choice) for choice in choices)
        self.wrong(at, Sentence("config.choice", offered=offered, given=quoted(given), hint=hint))
        return INVALID

    def _list(self, kind: Any, given: object, at: KeyPath) -> Any:
        if not isinstance(given, list):
            self.wrong(at, Sentence("config.list", given=quoted(given), hint=_in_brackets(given)))
            return INVALID
        types = get_args(kind)
        open_ended = get_origin(kind) is frozenset or types[-1] is Ellipsis
        if not open_ended and len(given) != len(types):
            self.wrong(at, Sentence("config.list_of", wanted=len(types), given=len(given)))
            return INVALID
        each = [types[0]] * len(given) if open_ended else types
        read = [self.value(each[i], item, (*at, i)) for i, item in enumerate(given)]
        if INVALID in read:
            return INVALID
        return frozenset(read) if get_origin(kind) is frozenset else tuple(read)

    def _mapping(self, kind: Any, given: object, at: KeyPath) -> Any:
        if not isinstance(given, dict):
            self.wrong(at, Sentence("config.mapping", given=quoted(given)))
            return INVALID
        _, item = get_args(kind)
        read = {name: self.value(item, value, (*at, name)) for name, value in given.items()}
        return INVALID if INVALID in read.values() else read

    def _within_bounds(self, key: Key, value: Any, at: KeyPath) -> bool:
        items = (
            enumerate(value)
            if isinstance(value, tuple)
            else value.items()
            if isinstance(value, dict)
            else None
        )
        if items is not None:
            within = [self._within_bounds(key, item, (*at, place)) for place, item in items]
            return all(within)
        number: object = value.total_seconds() if isinstance(value, timedelta) else value
        if not isinstance(number, int | float) or isinstance(number, bool):
            return True
        spell = _seconds if isinstance(value, timedelta) else _number
        for bound, broken_by, word in (
            (key.at_least, operator.lt, "at_least"),
            (key.above, operator.le, "above"),
            (key.at_most, operator.gt, "at_most"),
        ):
            if bound is not None and broken_by(number, bound):
                self.wrong(at, Sentence(f"config.{word}", bound=spell(bound), given=spell(number)))
                return False
        return True


def _subject(error: Exception, at: KeyPath, keys: Iterable[str]) -> tuple[KeyPath, str]:
    """What a dataclass says of itself: "delimiter: ..." is about that key, anything else about the table."""
    if isinstance(error, OptionError):
        return (*at, error.key), error.sentence
    said = of_error(error)
    name, _, sentence = said.partition(": ")
    return ((*at, name), sentence) if sentence and name in set(keys) else (at, said)


def _missing(key: Key) -> Sentence:
    return Sentence("config.missing_doc", doc=key.doc) if key.doc else Sentence("config.missing")


def _member(kind: Any, given: object) -> Any:
    """The member of a union that a value is meant for, by its shape and, for a secret, by how it begins."""
    members = [member for member in get_args(kind) if member is not NoneType]
    if Secret in members and isinstance(given, str) and given.startswith(("env:", "file:")):
        return Secret
    others = [member for member in members if member is not Secret] or members
    fitting = [member for member in others if _has_shape(member, given)]
    return (fitting or others)[0]


def _has_shape(kind: Any, given: object) -> bool:
    origin = get_origin(kind)
    if isinstance(given, list):
        return origin in {tuple, frozenset}
    if isinstance(given, dict):
        return dataclasses.is_dataclass(kind) or (origin is not None and issubclass(origin, Mapping))
    if isinstance(given, bool | int | float):
        return kind is type(given) or (kind is float and isinstance(given, int))
    return (
        kind not in {bool, int, float}
        and origin not in {tuple, frozenset}
        and not dataclasses.is_dataclass(kind)
    )


def _seconds(seconds: float) -> str:
    return f'"{spelled_duration(timedelta(seconds=seconds))}"'


def _number(value: float) -> str:
    return f"{value:.12g}"


def _is_address(name: str) -> bool:
    return name == "url" or name.endswith("_url")


def _in_brackets(given: object) -> str:
    plain = isinstance(given, str | int | float)
    return Sentence("config.in_brackets", given=quoted(given)) if plain else ""
