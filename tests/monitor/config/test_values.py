"""How values are written in config.toml, and what they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.options import Secret, option
from monitor.config.near import nearest
from monitor.config.problem import spelled
from monitor.config.reader import Reader
from monitor.config.values import RefusedError, Scope, duration, instant, secret, spelled_duration, url

HERE = Scope(Path("/etc/complaints"), ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1w", timedelta(weeks=1)),
        ("250ms", timedelta(milliseconds=250)),
        ("1h30m", timedelta(hours=1.5)),
        ("0.5h", timedelta(minutes=30)),
        (" 0s ", timedelta()),
    ],
)
def test_a_length_of_time_has_a_unit(written, length):
    assert duration(written, HERE) == length


@pytest.mark.parametrize("written", ["30", 30, "", "s", "-5m", "5 m", "5y", "1e9h", True, "9" * 20 + "w"])
def test_what_is_no_length_of_time_is_refused(written):
    with pytest.raises(RefusedError):
        duration(written, HERE)


@given(st.integers(0, 10**9).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_length_of_time_is_read_as_it_is_spelled(length):
    assert duration(spelled_duration(length), HERE) == length


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-01T06:00", datetime(2026, 2, 28, 22, tzinfo=UTC)),
        ("2026-03-01 06:00", datetime(2026, 2, 28, 22, tzinfo=UTC)),
        ("2026-03-01T06:00Z", datetime(2026, 3, 1, 6, tzinfo=UTC)),
        ("2026-03-01T06:00+01:00", datetime(2026, 3, 1, 5, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        (date(2026, 3, 1), datetime(2026, 2, 28, 16, tzinfo=UTC)),
        (datetime.fromisoformat("2026-03-01T06:00"), datetime(2026, 2, 28, 22, tzinfo=UTC)),
        (datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 3, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_stamp_without_a_zone_is_read_in_the_zone_around_it(written, at):
    assert instant(written, HERE) == at


@pytest.mark.parametrize("written", ["1 March", 20260301, "", "2026-13-01", "0001-01-01", True])
def test_what_is_no_stamp_is_refused(written):
    with pytest.raises(RefusedError):
        instant(written, HERE)


def test_a_stamp_that_occurs_twice_is_its_first_occurrence():
    scope = Scope(HERE.folder, ZoneInfo("America/New_York"))
    assert instant("2026-11-01T01:30", scope) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///var/c.db", "sqlite:////etc/complaints/var/c.db"),
        ("sqlite+pysqlite:///c.db", "sqlite+pysqlite:////etc/complaints/c.db"),
        ("sqlite:////var/lib/c.db", "sqlite:////var/lib/c.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+psycopg://monitor@db.example.com/complaints", None),
        ("https://slack.com/api/", None),
        ("mysql+pymysql://db.example.com:3306/x", None),
    ],
)
def test_only_the_file_of_a_relative_sqlite_address_moves(written, meant):
    assert url(written, HERE) == (meant or written)


def test_a_relative_secret_file_begins_at_the_config_files_folder():
    assert secret("file:secrets/token", HERE) == Secret("file:/etc/complaints/secrets/token")
    assert secret("file:/run/secrets/token", HERE) == Secret("file:/run/secrets/token")


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    width: int = option(1, doc="", at_least=1)


@dataclass(frozen=True)
class Everything:
    """A field of every type that options may have."""

    text: str = option(doc="")
    from_: str = option(doc="")
    renamed: str = option(doc="", key="is")
    number: float = option(doc="")
    on: bool = option(doc="")
    day: date = option(doc="")
    at: time = option(doc="")
    folder: Path = option(Path("var"), doc="")
    zone: ZoneInfo | None = option(None, doc="")
    choice: Literal["a", "b"] = option("a", doc="")
    colour: Colour = option(Colour.RED, doc="")
    pair: tuple[str, int] = option(("x", 1), doc="")
    names: frozenset[str] = option(frozenset(), doc="")
    address: Secret | str = option("plain", doc="")
    one_or_more: str | tuple[str, ...] = option((), doc="")
    inner: Inner = option(doc="", factory=Inner)
    by_name: Mapping[str, Inner] = option(doc="", factory=dict)
    limits: Mapping[str, int] = option(doc="", factory=dict, at_most=9)
    nested: tuple[tuple[str, ...], ...] = option((), doc="")


GIVEN = {"text": "t", "from": "f", "is": "i", "number": 2, "on": True, "day": date(2026, 3, 1), "at": "22:30"}


def read(**more):
    reader = Reader(HERE)
    return reader.table(Everything, {**GIVEN, **more}, ("it",)), [str(p) for p in reader.problems]


def test_every_type_is_read():
    made, problems = read(
        zone="UTC",
        choice="b",
        colour="red",
        pair=["y", 2],
        names=["n"],
        address="env:ADDRESS",
        one_or_more=["p", "q"],
        inner={"width": 3},
        by_name={"x": {"width": 4}},
        nested=[["a", "b"], []],
    )
    assert problems == []
    assert (made.from_, made.renamed, made.number, made.at) == ("f", "i", 2.0, time(22, 30))
    assert made.folder == Path("/etc/complaints/var")
    assert made.address == Secret("env:ADDRESS")
    assert (made.pair, made.names, made.one_or_more) == (("y", 2), {"n"}, ("p", "q"))
    assert (made.inner, made.by_name) == (Inner(3), {"x": Inner(4)})
    assert made.nested == (("a", "b"), ())


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("number", float("inf"), "it.number: a number is expected, and this is inf"),
        ("on", "true", 'it.on: true or false, without quotes, is expected, and this is "true"'),
        ("day", "soon", 'it.day: a date is expected, like "2026-03-01", and this is "soon"'),
        ("at", 22, 'it.at: a time of day is expected, like "22:30", and this is 22'),
        ("folder", 1, "it.folder: a path in quotes is expected, and this is 1"),
        ("zone", 8, 'it.zone: a time zone in quotes is expected, like "Asia/Shanghai", and this is 8'),
        ("colour", "rde", 'it.colour: one of "red" is expected, and this is "rde"; did you mean "red"?'),
        ("pair", ["y"], "it.pair: a list of 2 is expected, and this one has 1"),
        ("inner", 3, "it.inner: a table is expected, and this is 3"),
        ("inner", {"width": 0}, "it.inner.width: at least 1 is expected, and this is 0"),
        (
            "by_name",
            {"三": {"width": True}},
            'it.by_name."三".width: a whole number is expected, and this is true',
        ),
        ("limits", {"a": 10}, "it.limits.a: at most 9 is expected, and this is 10"),
        ("limits", [1], "it.limits: a table, like { name = value }, is expected, and this is a list"),
        ("nested", [["a"], "b"], 'it.nested[1]: a list in [ ] is expected, and this is "b"; write ["b"]'),
        ("text", 5, 'it.text: text in quotes is expected, and this is 5; write "5"'),
    ],
)
def test_what_does_not_fit_is_told(key, value, sentence):
    made, problems = read(**{key: value})
    assert problems == [f"{sentence} (config.toml)"]
    del made


def test_a_missing_key_is_told_by_the_name_it_has_in_the_file():
    reader = Reader(HERE)
    assert reader.table(Everything, {}, ()) is None
    assert [spelled(problem.key) for problem in reader.problems] == list(GIVEN)


def test_a_long_value_is_told_by_its_beginning():
    _, (problem,) = read(on="x" * 1000)
    assert len(problem) < 160


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("thresholdss", ["thresholds", "depths"], "thresholds"),
        ("ASIA/SHANGHAI", ["Asia/Shanghai"], "Asia/Shanghai"),
        ("三级预计", ["一级预警", "三级预警"], "三级预警"),
        ("qqq", ["thresholds"], None),
    ],
)
def test_the_nearest_name_is_the_one_that_was_meant(written, known, meant):
    assert nearest(written, known) == meant
