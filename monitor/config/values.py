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
    """The value cannot be taken; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a value stands: the folder of relative paths and the zone of stamps without one."""

    folder: Path
    zone: ZoneInfo


def text(value: object, _: Scope) -> str:
    """Text, as it stands."""
    if isinstance(value, str):
        return value
    mend = f'; write "{value}"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
    raise RefusedError(f"text in quotes is expected, and this is {quoted(value)}{mend}")


def whole_number(value: object, _: Scope) -> int:
    """A whole number; true and false are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise RefusedError(f"a whole number is expected, and this is {quoted(value)}{_unquote(value)}")


def number(value: object, _: Scope) -> float:
    """A finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    raise RefusedError(f"a number is expected, and this is {quoted(value)}{_unquote(value)}")


def yes_or_no(value: object, _: Scope) -> bool:
    """`true` or `false`, without quotes."""
    if isinstance(value, bool):
        return value
    raise RefusedError(f"true or false, without quotes, is expected, and this is {quoted(value)}")


def duration(value: object, _: Scope) -> timedelta:
    """A length of time with its unit: "30s", "5m", "2h", "1d", "1w", or several, "1h30m"."""
    if isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        parts = _PART.findall(value)
        try:
            return sum((float(count) * _UNITS[unit] for count, unit in parts), timedelta())
        except OverflowError:
            raise RefusedError(f"{quoted(value)} is longer than can be counted") from None
    raise RefusedError(
        'a length of time with its unit is expected, like "30s", "5m", "2h", "1d" or "1w", '
        f"and this is {quoted(value)}"
    )


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
            raise RefusedError(
                f'a date and time is expected, like "2026-03-01T06:00", and this is {quoted(value)}'
            ) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise RefusedError(
            f'a date and time is expected, like "2026-03-01T06:00", and this is {quoted(value)}'
        )
    try:
        return (value if value.tzinfo else value.replace(tzinfo=scope.zone)).astimezone(UTC)
    except OverflowError:
        raise RefusedError(f"{quoted(value)} is outside the years that can be counted") from None


def day(value: object, _: Scope) -> date:
    """A calendar date."""
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise RefusedError(f'a date is expected, like "2026-03-01", and this is {quoted(value)}')


def time_of_day(value: object, _: Scope) -> time:
    """A time on the clock."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = time.fromisoformat(value.strip())
    if isinstance(value, time) and value.tzinfo is None:
        return value
    raise RefusedError(f'a time of day is expected, like "22:30", and this is {quoted(value)}')


def path(value: object, scope: Scope) -> Path:
    """A path, a relative one from the config file's folder; `~` is the home folder."""
    if isinstance(value, str) and value.strip() and "\0" not in value:
        try:
            return scope.folder / Path(value).expanduser()
        except RuntimeError:
            raise RefusedError(
                f"{quoted(value)} names a home folder that is not known; write the whole path"
            ) from None
    raise RefusedError(f"a path in quotes is expected, and this is {quoted(value)}")


def zone(value: object, _: Scope) -> ZoneInfo:
    """A time zone by its name in the zone database."""
    if not isinstance(value, str):
        raise RefusedError(
            f'a time zone in quotes is expected, like "Asia/Shanghai", and this is {quoted(value)}'
        )
    with suppress(LookupError, OSError, ValueError):  # ZoneInfo's three ways to know no such name
        return ZoneInfo(value)
    known = available_timezones()
    if not known:
        raise RefusedError(
            f"no time zone {quoted(value)}, nor any other, on this machine; install the package tzdata"
        )
    near = _OTHER_NAMES.get(value.strip().casefold()) or _city(value, known) or nearest(value, sorted(known))
    raise RefusedError(
        f"no time zone named {quoted(value)}"
        + (f'; did you mean "{near}"?' if near else '; write a name like "Asia/Shanghai" or "UTC"')
    )


def secret(value: object, scope: Scope) -> Secret:
    """A reference to a secret. What stands there instead is never repeated: it may be the secret."""
    expected = 'a secret is given by reference, as "env:NAME" or "file:PATH", and never written into the file'
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
        raise RefusedError(
            "the address holds a password in plain; put the whole address into an environment variable "
            'or a file, and write "env:NAME" or "file:PATH"'
        )
    relative = _SQLITE.fullmatch(value)
    return f"{relative[1]}{scope.folder / relative[2]}" if relative else value


def _city(name: str, known: set[str]) -> str | None:
    """The zone whose last part this is: "shanghai" is Asia/Shanghai."""
    city = name.strip().casefold().replace(" ", "_").rpartition("/")[2]
    return min((zone for zone in known if zone.casefold().rpartition("/")[2] == city), default=None)


def _unquote(value: object) -> str:
    return (
        "; leave out the quotes" if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) else ""
    )


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
