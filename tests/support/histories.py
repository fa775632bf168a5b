"""Ticket histories: small ones by hand, and random ones that like to sit on edges.

The random ones have few nodes, counts near the thresholds, and stamps at the seams of time: the last
second of an hour, day and month, and both ends of a change of clocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from oracle import OracleResult, OracleRule, OracleTicket, run

SHANGHAI, NEW_YORK, KOLKATA = "Asia/Shanghai", "America/New_York", "Asia/Kolkata"
ZONES = (SHANGHAI, NEW_YORK, KOLKATA)

SEAMS = {
    SHANGHAI: ("2026-03-01T00:00", "2026-05-09T00:00", "2026-05-09T10:00", "2027-01-01T00:00"),
    NEW_YORK: (
        "2026-03-08T02:00",
        "2026-03-09T00:00",
        "2026-11-01T01:00",
        "2026-11-01T00:00",
        "2026-12-01T00:00",
    ),
    KOLKATA: ("2026-05-01T00:00", "2026-05-09T05:30", "2028-02-29T23:00"),
}
"""Local moments at which something ends: an hour, a day, a month, a year, an offset."""


@dataclass(frozen=True)
class History:
    """Versions in order of arrival, with the configuration they are judged under."""

    versions: list[OracleTicket]
    rules: list[OracleRule]
    zone: str
    levels: int
    sources: list[str]
    gaps: dict[str, list[tuple[datetime, datetime]]]

    def run(self) -> OracleResult:
        return run(
            self.versions,
            self.rules,
            zone=self.zone,
            levels_of_taxonomy=self.levels,
            gaps=self.gaps,
            sources=self.sources,
        )


# By hand


def at(text: str, zone: str = SHANGHAI) -> datetime:
    """A local stamp as UTC: `at("2026-05-09T23:59:59")`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ticket(
    id: str,
    created_at: datetime,
    path: str | Sequence[str] = "a",
    *,
    updated_at: datetime | None = None,
    source: str = "s",
    escalated_at: datetime | None = None,
    closed_at: datetime | None = None,
    void: bool = False,
    tags: Sequence[str] = (),
    complainant: str | None = None,
) -> OracleTicket:
    """A version; the path may be written `"a/b"`, and `""` is no category."""
    names = path.split("/") if isinstance(path, str) and path else path
    return OracleTicket(
        source=source,
        id=id,
        created_at=created_at,
        updated_at=created_at if updated_at is None else updated_at,
        path=tuple(names),
        escalated_at=escalated_at,
        closed_at=closed_at,
        void=void,
        tags=frozenset(tags),
        complainant=complainant,
    )


def burst(
    number: int,
    start: datetime,
    path: str | Sequence[str] = "a",
    *,
    step: timedelta = timedelta(seconds=1),
    prefix: str = "t",
    source: str = "s",
    updated_at: datetime | None = None,
) -> list[OracleTicket]:
    """So many tickets of one path, one after another."""
    return [
        ticket(f"{prefix}{n}", start + n * step, path, source=source, updated_at=updated_at)
        for n in range(number)
    ]


def later(version: OracleTicket, updated_at: datetime, **changes: object) -> OracleTicket:
    """The next version of the same ticket."""
    return replace(version, updated_at=updated_at, **changes)  # type: ignore[arg-type]


# By chance. What is drawn from is made once: making and checking it took longer than drawing.

NUDGES = tuple(
    timedelta(seconds=s) for s in (0, -1, 1, -60, 60, -1800, 1799, 1800, -3600, -3601, 3599, 3600, 3601, 7200)
)
SPANS = tuple(
    timedelta(days=d, hours=h)
    for d, h in ((0, 0), (0, 0), (0, 0), (0, -1), (0, 1), (0, 2), (0, 23), (0, 24), (0, 25), (-1, 0), (2, 0))
)
MONTHS = tuple(timedelta(days=d) for d in (28, 29, 30, 31, 32))


@cache
def moments(zone: str, seam: str, *, months: bool = False) -> st.SearchStrategy[datetime]:
    """UTC moments that cluster around one seam of a zone, some of them about a month later."""
    base = at(seam, zone)
    spans = st.sampled_from(SPANS)
    if months:
        spans = st.one_of(spans, spans, st.sampled_from(MONTHS))
    return st.builds(lambda span, nudge: base + span + nudge, spans, st.sampled_from(NUDGES))


@cache
def paths(levels: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Paths of few names; full ones are likelier than short ones and none at all."""
    names = st.sampled_from("ab")
    *shorter, full = [st.tuples(*([names] * depth)) for depth in range(levels + 1)]
    short = st.integers(0, levels).flatmap([*shorter, full].__getitem__)
    return st.one_of(full, full, short)


@cache
def rules_for(levels: int) -> st.SearchStrategy[list[OracleRule]]:
    """All seven kinds, with thresholds so low that a handful of tickets crosses them."""
    depths = st.none() | st.sets(st.integers(0, levels), min_size=1).map(lambda d: tuple(sorted(d)))
    small = st.integers(1, 4)
    ladder = small.map(lambda n: {"low": n}) | st.tuples(small, small).map(
        lambda pair: {"low": min(pair), "high": max(pair)}
    )

    def build(
        where: list[tuple[int, ...] | None],
        ladders: list[dict[str, int]],
        factor: float,
        min_count: int,
        alpha: float,
    ) -> list[OracleRule]:
        return [
            OracleRule("day", "daily_threshold", where[0], ladders[0]),
            OracleRule("month", "monthly_escalation", where[1], ladders[1]),
            OracleRule(
                "hour",
                "hour_over_hour",
                where[2],
                factor=factor,
                min_count=min_count,
                alpha=alpha,
                level="low",
            ),
            OracleRule("people", "distinct_complainants", where[3], ladders[2]),
            OracleRule("again", "repeat_after_close", thresholds=ladders[3]),
            OracleRule("overdue", "overdue", level="high"),
            OracleRule("tagged", "tagged", level="high", tags=frozenset({"regulator", "media"})),
        ]

    return st.builds(
        build,
        st.lists(depths, min_size=4, max_size=4),
        st.lists(ladder, min_size=4, max_size=4),
        st.sampled_from([1.0, 1.5, 2.0, 2.1, 3.0]),
        st.integers(1, 4),
        st.sampled_from([0.5, 0.25, 0.125, 0.0625, 0.05, 0.2]),
    )


@cache
def ends(zone: str, seam: str) -> st.SearchStrategy[datetime | timedelta | None]:
    """When a ticket was closed, if it was: a moment, or so long after it was created."""
    near, far = moments(zone, seam), moments(zone, seam, months=True)
    return st.none() | near | far | st.just(timedelta(seconds=1))


@cache
def perhaps(far: st.SearchStrategy[datetime]) -> st.SearchStrategy[datetime | None]:
    """One of these, or none."""
    return st.none() | far


@cache
def gaps_about(zone: str, seam: str) -> st.SearchStrategy[list[tuple[datetime, datetime]]]:
    """Up to two spans of missing time."""
    span = st.tuples(moments(zone, seam), st.sampled_from([1, 60, 3600, 3601, 7200])).map(
        lambda pair: (pair[0], pair[0] + timedelta(seconds=pair[1]))
    )
    return st.lists(span, max_size=2)


seldom = st.sampled_from([False, False, False, True])
mostly = st.sampled_from([True, True, True, False])
changes_of_a_ticket = st.lists(
    st.sampled_from(["path", "cell", "void", "void", "closed", "escalated", "tags", "person", "nothing"]),
    max_size=3,
)
first_tags = st.frozensets(st.sampled_from(["regulator", "media", "noise"]), max_size=1)
later_tags = st.frozensets(st.sampled_from(["regulator", "noise"]), max_size=2)
crowds = st.sampled_from([(None, "", "x", "y", "y", "z"), ("x", "x", "x", "y")])
orders = st.sampled_from(["time", "ticket", "shuffled"])


@st.composite
def ticket_versions(
    draw: st.DrawFn,
    identity: tuple[str, str],
    cells: list[tuple[tuple[str, ...], datetime]],
    zone: str,
    seam: str,
    *,
    people: tuple[str | None, ...] = (None, "", "x", "y", "y", "z"),
) -> list[OracleTicket]:
    """One ticket's versions, oldest first: moved, voided, closed, re-opened, escalated in hindsight."""
    levels = max(len(path) for path, _ in cells)
    near, far = moments(zone, seam), moments(zone, seam, months=True)
    source, id = identity
    of_cells, of_people = st.sampled_from(cells), st.sampled_from(people)
    path, created_at = draw(of_cells)

    def closed() -> datetime | None:
        end = draw(ends(zone, seam))
        return created_at + end if isinstance(end, timedelta) else end

    version = OracleTicket(
        source=source,
        id=id,
        created_at=created_at,
        updated_at=created_at if draw(st.booleans()) else draw(near),
        path=path,
        escalated_at=draw(perhaps(far)),
        closed_at=closed(),
        void=draw(seldom),
        tags=draw(first_tags),
        complainant=draw(of_people),
    )
    versions = [version]
    for kind in draw(changes_of_a_ticket):
        same_time = draw(seldom)
        changes: dict[str, object] = {"updated_at": version.updated_at if same_time else draw(far)}
        if kind == "path":
            changes["path"] = draw(paths(levels))
        elif kind == "cell":
            changes["path"], changes["created_at"] = draw(of_cells)
        elif kind == "void":
            changes["void"] = not version.void
        elif kind == "closed":
            changes["closed_at"] = closed()
        elif kind == "escalated":
            changes["escalated_at"] = draw(perhaps(far))
        elif kind == "tags":
            changes["tags"] = draw(later_tags)
        elif kind == "person":
            changes["complainant"] = draw(of_people)
        version = replace(version, **changes)  # type: ignore[arg-type]
        versions.append(version)
    return versions


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    zone: str | None = None,
    levels: int | None = None,
    max_tickets: int = 14,
    max_sources: int = 2,
) -> History:
    """A history in some order of arrival: by time, as the tickets come, or shuffled."""
    place = zone or draw(st.sampled_from(ZONES))
    seam = draw(st.sampled_from(SEAMS[place]))
    deep = levels or draw(st.integers(1, 3))
    sources = ["s", "other"][: draw(st.integers(1, max_sources))]
    near = moments(place, seam)
    cells = draw(st.lists(st.tuples(paths(deep), near), min_size=1, max_size=4))
    if draw(mostly):
        # A ticket long before, so that the hours about the seam are known ones.
        openers = [ticket("first", at(seam, place) - timedelta(days=2), "a", source=name) for name in sources]
    else:
        openers = []
    names = draw(st.lists(st.sampled_from(sources), min_size=1, max_size=max_tickets))
    people = draw(crowds)
    versions = openers + [
        version
        for number, name in enumerate(names)
        for version in draw(ticket_versions((name, str(number)), cells, place, seam, people=people))
    ]
    order = draw(orders)
    if order == "time":
        versions.sort(key=lambda version: version.updated_at)
    elif order == "shuffled":
        versions = draw(st.permutations(versions))
    gaps = {name: draw(gaps_about(place, seam)) if draw(seldom) else [] for name in sources}
    return History(versions, draw(rules_for(deep)), place, deep, sources, gaps)
