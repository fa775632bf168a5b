"""Who is on call: rotations by the local clock, people who stand in, and gaps, found in advance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.incident_plan import Override, Rotation, Schedule

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Gap:
    """Time [start, end) in which nobody is on call; aware."""

    start: datetime
    end: datetime


def on_call(
    schedule: Schedule, at: datetime, *, zone: ZoneInfo, overrides: Iterable[Override] = ()
) -> tuple[str, ...]:
    """Contacts on call at an aware instant: whoever stands in, or else each rotation's turn."""
    standing_in = [one.contact for one in (*overrides, *schedule.overrides) if one.from_ <= at < one.to]
    if standing_in:
        return tuple(dict.fromkeys(standing_in))
    turns = (_turn(rotation, at, zone) for rotation in schedule.rotations)
    return tuple(dict.fromkeys(contact for contact in turns if contact is not None))


def gaps(
    schedule: Schedule,
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo,
    overrides: Sequence[Override] = (),
) -> list[Gap]:
    """Times of [start, end) in which nobody is on call."""
    edges = sorted(
        {start, *(edge for edge in _edges(schedule, start, end, zone, overrides) if start < edge < end)}
    )
    found: list[Gap] = []
    for begin, until in zip(edges, [*edges[1:], end], strict=True):
        if on_call(schedule, begin, zone=zone, overrides=overrides):
            continue
        if found and found[-1].end == begin:
            found[-1] = Gap(found[-1].start, until)
        else:
            found.append(Gap(begin, until))
    return found


def _turn(rotation: Rotation, at: datetime, zone: ZoneInfo) -> str | None:
    """Whose turn it is, None outside the rotation's days and hours. Turns change by the local clock."""
    first = rotation.from_.astimezone(zone).replace(tzinfo=None)
    local = at.astimezone(zone).replace(tzinfo=None)
    if not rotation.contacts or at < rotation.from_ or not _holds(rotation, local):
        return None
    turn: int = (local - first) // rotation.every
    return rotation.contacts[turn % len(rotation.contacts)]


def _holds(rotation: Rotation, local: datetime) -> bool:
    start, end, now = rotation.start or time(), rotation.end or time(), local.time()
    if start < end:
        return start <= now < end and _on(rotation, local)
    # Over midnight, or all day where both are midnight: the morning belongs to the day before.
    return (now >= start and _on(rotation, local)) or (now < end and _on(rotation, local - DAY))


def _on(rotation: Rotation, local: datetime) -> bool:
    return not rotation.days or WEEKDAYS[local.weekday()] in rotation.days


def _edges(
    schedule: Schedule, start: datetime, end: datetime, zone: ZoneInfo, overrides: Sequence[Override]
) -> Iterator[datetime]:
    """Every instant at which the answer may change."""
    for one in (*overrides, *schedule.overrides):
        yield from (one.from_, one.to)
    clocks = {time()}
    for rotation in schedule.rotations:
        yield rotation.from_
        clocks |= {rotation.start or time(), rotation.end or time()}
    day = start.astimezone(zone).date() - DAY
    while day <= end.astimezone(zone).date():
        yield from (datetime.combine(day, clock, zone).astimezone(UTC) for clock in clocks)
        day += DAY
