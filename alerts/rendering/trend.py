"""The last hours of a node as a line of marks and as rows. An unknown hour is never drawn as zero."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from alerts.catalogue import say
from alerts.page import TrendHour
from alerts.rendering.moments import Moments
from connectors.ticket import HOUR

MARKS: Final = "▁▂▃▄▅▆▇█"
UNKNOWN: Final = "?"
BAR: Final = "▇"
BAR_WIDTH: Final = 10


def sparkline(trend: tuple[TrendHour, ...]) -> str:
    """One mark an hour, from the lowest at zero to the highest at the peak; ? where unknown."""
    peak = peak_of(trend)
    return "".join(
        UNKNOWN if one.count is None else MARKS[_scaled(one.count, peak, len(MARKS) - 1)] for one in trend
    )


def rows(trend: tuple[TrendHour, ...], moments: Moments) -> Iterator[tuple[str, str]]:
    """(hour, bar and count); the day is said where it changes, an hour that still runs is marked so."""
    peak = peak_of(trend)
    before: TrendHour | None = None
    for one in trend:
        day = moments.local(one.hour).date()
        label = moments.clock(one.hour)
        if before is not None and day != moments.local(before.hour).date():
            label = f"{day:%m-%d} {label}"
        yield label, _bar(one, peak, moments)
        before = one


def lately(trend: tuple[TrendHour, ...], moments: Moments) -> str:
    """The line of marks and the last three counts: ▁▂▅█ 12 → 31 → 43."""
    last = " → ".join(_count(one, moments) for one in trend[-3:])
    return f"{sparkline(trend)}  {last}"


def peak_of(trend: tuple[TrendHour, ...]) -> int:
    """The highest known count."""
    return max((one.count for one in trend if one.count is not None), default=0)


def rising(trend: tuple[TrendHour, ...]) -> bool:
    """Each of the last known hours has at least as many tickets as the one before."""
    known = [one.count for one in trend if one.count is not None]
    return all(a <= b for a, b in pairwise(known[-3:]))


def _bar(one: TrendHour, peak: int, moments: Moments) -> str:
    if one.count is None:
        return _count(one, moments)
    length = _scaled(one.count, peak, BAR_WIDTH)
    return f"{BAR * length} {_count(one, moments)}".strip()


def _count(one: TrendHour, moments: Moments) -> str:
    if one.count is None:
        return f"{UNKNOWN} {say(moments.language, 'body.unknown')}"
    if one.hour + HOUR > moments.now:
        return f"{one.count:,} {say(moments.language, 'body.so_far')}"
    return f"{one.count:,}"


def _scaled(count: int, peak: int, steps: int) -> int:
    """0 for none, at least 1 for any, `steps` at the peak."""
    return 0 if count <= 0 else max(1, round(count * steps / peak))
