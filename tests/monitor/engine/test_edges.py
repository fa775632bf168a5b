"""The edges of the rules, one line each, on the live engine; the brute force is asked too."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from engine import signal_record
from histories import NEW_YORK, SHANGHAI, at, burst, later, ticket
from live import Live, sqlite
from oracle import OracleRule, OracleTicket, run

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
VOLUME = OracleRule("volume", "daily_threshold", thresholds={"high": 100})
LADDER = OracleRule("volume", "daily_threshold", thresholds={"low": 60, "high": 100})
ESCALATED = OracleRule("escalated", "monthly_escalation", thresholds={"high": 5})
HOURS = OracleRule("hours", "hour_over_hour", level="low")

NOON = at("2026-05-09T12:00")


@dataclass(frozen=True)
class Fires:
    """A signal that is to fire: its window's local start and length, its count, what it was revised to."""

    start: str
    length: timedelta
    observed: int
    revised_to: int | None = None
    level: str = "high"
    late: timedelta = timedelta(0)


def crowd(number: int, start: datetime, prefix: str = "t") -> list[OracleTicket]:
    """So many tickets: most of them at once, the last ones a second apart, so that one crosses alone."""
    together = [ticket(f"{prefix}{n}", start) for n in range(number - 3)]
    return together + burst(3, start + timedelta(seconds=1), prefix=f"{prefix}last")


def escalations(*stamps: str, zone: str = SHANGHAI) -> list[OracleTicket]:
    """A ticket escalated at each of these local times, created an hour before."""
    return [
        ticket(f"e{n}", at(text, zone) - HOUR, escalated_at=at(text, zone), updated_at=at(text, zone))
        for n, text in enumerate(stamps)
    ]


def hours(*counts: int, zone: str = SHANGHAI, start: str = "2026-05-09T10:00") -> list[OracleTicket]:
    """So many tickets in hours one after another, after one long before that makes them known."""
    first = at(start, zone)
    opener = ticket("opener", first - 5 * HOUR, "b")
    return [opener] + [
        ticket(f"h{n}-{i}", first + n * HOUR) for n, count in enumerate(counts) for i in range(count)
    ]


def moved(
    versions: Sequence[OracleTicket], index: int, when: datetime, path: str = "b"
) -> list[OracleTicket]:
    """The same, and one of them is put into another category then."""
    return [*versions, later(versions[index], when, path=(path,))]


CASES = {
    "99 tickets on one day are silence": (VOLUME, crowd(99, NOON), []),
    "100 tickets on one day fire": (VOLUME, crowd(100, NOON), [Fires("2026-05-09T00:00", DAY, 100)]),
    "101 tickets on one day fire once, at the hundredth": (
        VOLUME,
        crowd(101, NOON),
        [Fires("2026-05-09T00:00", DAY, 100)],
    ),
    "a ladder fires at each of its steps": (
        LADDER,
        crowd(100, NOON),
        [Fires("2026-05-09T00:00", DAY, 60, level="low"), Fires("2026-05-09T00:00", DAY, 100)],
    ),
    "99 before midnight in Shanghai and one after it are silence": (
        VOLUME,
        [*crowd(99, at("2026-05-09T23:00")), ticket("after", at("2026-05-10T00:00"))],
        [],
    ),
    "the hundredth in the last second before midnight fires": (
        VOLUME,
        [*crowd(99, at("2026-05-09T23:00")), ticket("last", at("2026-05-09T23:59:59"))],
        [Fires("2026-05-09T00:00", DAY, 100)],
    ),
    "a day of Shanghai is not a day of UTC": (
        VOLUME,
        [*crowd(97, at("2026-05-09T07:30")), *burst(3, at("2026-05-09T08:30"), prefix="u")],
        [Fires("2026-05-09T00:00", DAY, 100)],
    ),
    "the hundredth that is seen the day after fires late": (
        VOLUME,
        [*crowd(99, NOON), ticket("seen late", NOON, updated_at=at("2026-05-10T09:00"))],
        [Fires("2026-05-09T00:00", DAY, 100, late=9 * HOUR)],
    ),
    "a ticket that leaves before the crossing does not count": (
        VOLUME,
        [
            *moved([*crowd(98, NOON), ticket("u", NOON + HOUR)], 0, NOON + 30 * MINUTE),
            ticket("late", NOON + 2 * HOUR),
        ],
        [],
    ),
    "a ticket that leaves before the crossing and is replaced fires with the hundredth": (
        VOLUME,
        moved(crowd(99, NOON), 0, NOON + 30 * MINUTE) + crowd(3, NOON + HOUR, prefix="u")[:2],
        [Fires("2026-05-09T00:00", DAY, 100)],
    ),
    "tickets that leave after the crossing revise it": (
        VOLUME,
        moved(moved(crowd(100, NOON), 0, NOON + HOUR), 1, NOON + HOUR),
        [Fires("2026-05-09T00:00", DAY, 100, revised_to=98)],
    ),
    "a ticket that leaves and comes back leaves the signal as it was": (
        VOLUME,
        moved(moved(crowd(100, NOON), 0, NOON + HOUR), 0, NOON + 2 * HOUR, path="a"),
        [Fires("2026-05-09T00:00", DAY, 100)],
    ),
    "a voided ticket does not count": (
        VOLUME,
        [*crowd(100, NOON), later(crowd(100, NOON)[0], NOON + timedelta(seconds=2), void=True)],
        [],
    ),
    "four escalations in one month are silence": (
        ESCALATED,
        escalations("2026-05-01T10:00", "2026-05-08T10:00", "2026-05-15T10:00", "2026-05-31T10:00"),
        [],
    ),
    "the fifth in the last second of May fires": (
        ESCALATED,
        escalations(*["2026-05-01T10:00"] * 4, "2026-05-31T23:59:59"),
        [Fires("2026-05-01T00:00", 31 * DAY, 5)],
    ),
    "the fifth in the first second of June does not": (
        ESCALATED,
        escalations(*["2026-05-01T10:00"] * 4, "2026-06-01T00:00"),
        [],
    ),
    "five within a leap February fire": (
        ESCALATED,
        escalations(*["2028-02-01T00:00"] * 4, "2028-02-29T23:59:59"),
        [Fires("2028-02-01T00:00", 29 * DAY, 5)],
    ),
    "an escalation dated last month counts there, late": (
        ESCALATED,
        [
            *escalations(*["2026-05-20T10:00"] * 4),
            ticket(
                "x",
                at("2026-05-30T10:00"),
                escalated_at=at("2026-05-31T10:00"),
                updated_at=at("2026-06-02T10:00"),
            ),
        ],
        [Fires("2026-05-01T00:00", 31 * DAY, 5, late=34 * HOUR)],
    ),
    "a ticket of May that is escalated in June counts in June": (
        ESCALATED,
        [
            *escalations(*["2026-06-02T10:00"] * 4),
            ticket(
                "x",
                at("2026-05-30T10:00"),
                escalated_at=at("2026-06-03T10:00"),
                updated_at=at("2026-06-03T10:00"),
            ),
        ],
        [Fires("2026-06-01T00:00", 30 * DAY, 5)],
    ),
    "0 -> 16 fires": (HOURS, hours(0, 16), [Fires("2026-05-09T11:00", HOUR, 16, level="low")]),
    "2 -> 4 is silence": (HOURS, hours(2, 4), []),
    "0 -> 0 is silence": (HOURS, hours(0, 0, 1), []),
    "10 -> 30 is too likely by chance": (HOURS, hours(5, 10, 30, 30), []),
    "10 -> 31 fires": (HOURS, hours(5, 10, 31), [Fires("2026-05-09T12:00", HOUR, 31, level="low")]),
    "an hour before midnight is compared with the hour after it": (
        HOURS,
        hours(1, 20, start="2026-05-09T23:00"),
        [Fires("2026-05-10T00:00", HOUR, 20, level="low")],
    ),
    "an hour fires late when the hour before it loses tickets": (
        HOURS,
        [*hours(5, 10, 30), later(hours(5, 10)[6], at("2026-05-09T15:00"), path=("b",))],
        [Fires("2026-05-09T12:00", HOUR, 30, level="low", late=2 * HOUR)],
    ),
    "an hour fires late when a ticket of it comes late": (
        HOURS,
        [*hours(0, 9), ticket("late", at("2026-05-09T11:30"), updated_at=at("2026-05-09T15:00"))],
        [Fires("2026-05-09T11:00", HOUR, 10, level="low", late=3 * HOUR)],
    ),
}
"""In Shanghai."""

IN_NEW_YORK = {
    "a day of 23 hours is one day": (
        VOLUME,
        [
            *crowd(50, at("2026-03-08T00:00", NEW_YORK)),
            *crowd(50, at("2026-03-08T23:58", NEW_YORK), prefix="u"),
        ],
        [Fires("2026-03-08T00:00", 23 * HOUR, 100)],
    ),
    "a day of 23 hours takes nothing from the next": (
        VOLUME,
        [
            *crowd(50, at("2026-03-08T23:58", NEW_YORK)),
            *crowd(50, at("2026-03-09T00:00", NEW_YORK), prefix="u"),
        ],
        [],
    ),
    "a day of 25 hours is one day": (
        VOLUME,
        [
            *crowd(50, at("2026-11-01T00:00", NEW_YORK)),
            *crowd(50, at("2026-11-01T23:58", NEW_YORK), prefix="u"),
        ],
        [Fires("2026-11-01T00:00", 25 * HOUR, 100)],
    ),
    "a day of 25 hours takes nothing from the next": (
        VOLUME,
        [
            *crowd(50, at("2026-11-01T23:58", NEW_YORK)),
            *crowd(50, at("2026-11-02T00:00", NEW_YORK), prefix="u"),
        ],
        [],
    ),
    "the hour that comes twice is two hours": (
        HOURS,
        hours(2, 20, zone=NEW_YORK, start="2026-11-01T01:00"),
        [Fires("2026-11-01T01:00", HOUR, 20, level="low")],
    ),
    "the hour after the one that is left out is compared with the one before it": (
        HOURS,
        hours(2, 20, zone=NEW_YORK, start="2026-03-08T01:00"),
        [Fires("2026-03-08T03:00", HOUR, 20, level="low")],
    ),
    "a month with a change of clocks is one month": (
        ESCALATED,
        escalations(*["2026-11-01T00:00"] * 4, "2026-11-30T23:59:59", zone=NEW_YORK),
        [Fires("2026-11-01T00:00", 30 * DAY + HOUR, 5)],
    ),
}


def live_of(folder: Path, rules: Sequence[OracleRule], zone: str) -> Live:
    return Live(sqlite(folder), rules, zone=zone, levels=1, sources=["s"], gaps={})


@pytest.mark.parametrize(
    ("zone", "rule", "versions", "fires"),
    [
        pytest.param(zone, *case, id=name.replace(" ", "-"))
        for zone, cases in ((SHANGHAI, CASES), (NEW_YORK, IN_NEW_YORK))
        for name, case in cases.items()
    ],
)
def test_edges_fire_as_they_should(
    zone: str, rule: OracleRule, versions: list[OracleTicket], fires: list[Fires], tmp_path: Path
) -> None:
    live = live_of(tmp_path, [rule], zone)
    live.run(versions)
    live.finish(versions)
    found = [signal_record(signal) for signal in live.signals()]
    place = ZoneInfo(zone)
    assert [
        Fires(
            start=one["window_start"].astimezone(place).strftime("%Y-%m-%dT%H:%M"),
            length=one["window_end"] - one["window_start"],
            observed=one["observed"],
            revised_to=one["revised_to"],
            level=one["level"],
            late=timedelta(seconds=one["late_seconds"]),
        )
        for one in found
    ] == fires
    expected = run(versions, [rule], zone=zone, levels_of_taxonomy=1, gaps={}, sources=["s"])
    assert [(one["window_start"], one["crossed_at"]) for one in found] == [
        (one["window_start"], one["crossed_at"]) for one in expected.signals
    ]
    paged = [signal.identity for page in live.pages for signal in page.signals]
    assert paged == [signal.identity for signal in live.signals()]
    live.store.close()


def test_a_bulk_import_of_last_year_is_one_page_and_every_signal_is_listed(tmp_path: Path) -> None:
    live = live_of(tmp_path, [VOLUME, ESCALATED], SHANGHAI)
    live.reach(NOON)
    old = [
        one
        for day in range(7)
        for one in burst(120, at("2025-05-09T12:00") + day * DAY, updated_at=NOON, prefix=f"d{day}-")
    ]
    live.arrive(old[:500], NOON, imported=500)
    assert live.pages == []
    live.arrive(old[500:], NOON, imported=len(old))
    live.reach(NOON + MINUTE)
    [page] = live.pages
    # Its level tells nobody here.
    assert page.fact("source") == "s"
    assert len(page.signals) == len(live.signals()) == 7
    live.store.close()


def test_a_category_of_no_name_and_one_of_its_own_are_groups_too(tmp_path: Path) -> None:
    live = live_of(tmp_path, [VOLUME], SHANGHAI)
    versions = [replace(one, path=()) for one in crowd(100, NOON)]
    live.run(versions)
    [signal] = live.signals()
    assert (signal.node, signal.exact) == ((), True)
    live.store.close()
