"""How one plain TOML value becomes a Python value: text, number, duration, zone, path, secret and so on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from alerts.catalogue import Sentence
from connectors.options import Secret
from monitor.config.near import nearest, quoted

_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/)(?!:memory:)(?!file:)(.+)", re.DOTALL)
_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/@:\s]*:[^@\s]+@", re.IGNORECASE)

# What people write for the zones of this monitor's first users, and what the zone database calls it.
_OTHER_NAMES: Final = {
    "beijing": "Asia/Shanghai",
    "asia/beijing": "Asia/Shanghai",
    "china": "Asia/Shanghai",
    "cst": "Asia/Shanghai",
    "utc+8": "Asia/Shanghai",
    "utc+08:00": "Asia/Shanghai",
    "gmt+8": "Asia/Shanghai",
    "+08:00": "Asia/Shanghai",
    "hongkong": "Asia/Hong_Kong",
}


class RefusedError(ValueError):
    """The value cannot be taken; `sentence` says what was expected."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a value stands: the folder of relative paths and the zone of stamps without one."""

    folder: Path
    zone: ZoneInfo


def text(value: object, _: Scope) -> str:
    """Text, as it stands."""
    if isinstance(value, str):
        return value
    number_ = isinstance(value, int | float) and not isinstance(value, bool)
    mend = Sentence("config.value.in_quotes", given=str(value)) if number_ else ""
    raise RefusedError(Sentence("config.value.text", given=quoted(value), mend=mend))


def whole_number(value: object, _: Scope) -> int:
    """A whole number; true and false are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise RefusedError(Sentence("config.value.whole", given=quoted(value), mend=_unquote(value)))


def number(value: object, _: Scope) -> float:
    """A finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    raise RefusedError(Sentence("config.value.number", given=quoted(value), mend=_unquote(value)))


def yes_or_no(value: object, _: Scope) -> bool:
    """`true` or `false`, without quotes."""
    if isinstance(value, bool):
        return value
    raise RefusedError(Sentence("config.value.bool", given=quoted(value)))


def duration(value: object, _: Scope) -> timedelta:
    """A length of time with its unit: "30s", "5m", "2h", "1d", "1w", or several, "1h30m"."""
    if isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        parts = _PART.findall(value)
        try:
            return sum((float(count) * _UNITS[unit] for count, unit in parts), timedelta())
        except OverflowError:
            raise RefusedError(Sentence("config.value.endless", given=quoted(value))) from None
    raise RefusedError(Sentence("config.value.duration", given=quoted(value)))


def spelled_duration(length: timedelta) -> str:
    """A length of time as it is written in config.toml, in the largest unit up to days that divides it."""
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(length, _UNITS[unit])
        if count and not rest:
            return f"{count}{unit}"
    return f"{length / _UNITS['ms']:.15g}ms" if length else "0s"


def instant(value: object, scope: Scope) -> datetime:
    """A date and time in ISO 8601, in the scope's zone unless it names its own; aware, in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise RefusedError(Sentence("config.value.instant", given=quoted(value))) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise RefusedError(Sentence("config.value.instant", given=quoted(value)))
    try:
        return (value if value.tzinfo else value.replace(tzinfo=scope.zone)).astimezone(UTC)
    except OverflowError:
        raise RefusedError(Sentence("config.value.years", given=quoted(value))) from None


def day(value: object, _: Scope) -> date:
    """A calendar date."""
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise RefusedError(Sentence("config.value.day", given=quoted(value)))


def time_of_day(value: object, _: Scope) -> time:
    """A time on the clock."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = time.fromisoformat(value.strip())
    if isinstance(value, time) and value.tzinfo is None:
        return value
    raise RefusedError(Sentence("config.value.time", given=quoted(value)))


def path(value: object, scope: Scope) -> Path:
    """A path, a relative one from the config file's folder; `~` is the home folder."""
    if isinstance(value, str) and value.strip() and "\0" not in value:
        try:
            return scope.folder / Path(value).expanduser()
        except RuntimeError:
            raise RefusedError(Sentence("config.value.home", given=quoted(value))) from None
    raise RefusedError(Sentence("config.value.path", given=quoted(value)))


def zone(value: object, _: Scope) -> ZoneInfo:
    """A time zone by its name in the zone database."""
    if not isinstance(value, str):
        raise RefusedError(Sentence("config.value.zone", given=quoted(value)))
    with suppress(LookupError, OSError, ValueError):  # ZoneInfo's three ways to know no such name
        return ZoneInfo(value)
    known = available_timezones()
    if not known:
        raise RefusedError(Sentence("config.value.no_zones", given=quoted(value)))
    near = _OTHER_NAMES.get(value.strip().casefold()) or _city(value, known) or nearest(value, sorted(known))
    mend = Sentence("config.near", near=near) if near else Sentence("config.value.zone_like")
    raise RefusedError(Sentence("config.value.no_zone", given=quoted(value), mend=mend))


def secret(value: object, scope: Scope) -> Secret:
    """A reference to a secret. What stands there instead is never repeated: it may be the secret."""
    expected = Sentence("config.value.secret")
    if not isinstance(value, str):
        raise RefusedError(expected)
    try:
        given = Secret(value)
    except ValueError:
        raise RefusedError(expected) from None
    kind, _, rest = given.reference.partition(":")
    return given if kind == "env" else Secret(f"file:{scope.folder / Path(rest)}")


def url(value: str, scope: Scope) -> str:
    """A database's address: SQLite's relative file from the config file's folder, and no password in it."""
    if _PASSWORD.match(value):
        raise RefusedError(Sentence("config.value.password"))
    relative = _SQLITE.fullmatch(value)
    return f"{relative[1]}{scope.folder / relative[2]}" if relative else value


def _city(name: str, known: set[str]) -> str | None:
    """The zone whose last part this is: "shanghai" is Asia/Shanghai."""
    city = name.strip().casefold().replace(" ", "_").rpartition("/")[2]
    return min((zone for zone in known if zone.casefold().rpartition("/")[2] == city), default=None)


def _unquote(value: object) -> str:
    number_ = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    return Sentence("config.value.no_quotes") if number_ else ""


PLAIN: Final[Mapping[type, Callable[[object, Scope], object]]] = {
    str: text,
    int: whole_number,
    float: number,
    bool: yes_or_no,
    timedelta: duration,
    datetime: instant,
    date: day,
    time: time_of_day,
    Path: path,
    ZoneInfo: zone,
    Secret: secret,
}
