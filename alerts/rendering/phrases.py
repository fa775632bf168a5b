"""How a node and a signal are said in a few words."""

from __future__ import annotations

from typing import Final

from alerts.catalogue import say
from alerts.rendering.moments import Moments
from alerts.rendering.widths import clean, clip, width
from connectors.ticket import HOUR, MINUTE, NEVER, Path
from detectors.signal import Signal

ARROW: Final = " > "
# A lock screen shows about sixty columns of a message, in which a Chinese character takes two.
LOCK_SCREEN: Final = 60
# No name is longer than this on a page, so that one endless label cannot push the count away.
LONGEST_NAME: Final = 60
LONGEST_LABEL: Final = 24
LEAST_ROOM: Final = 12
# From here on an expectation is said without its decimal, and with its first one down to there.
WHOLE: Final = 10
TENTH: Final = 0.1
# Windows from two hours up to a day are said in halves of an hour; shorter ones in minutes.
LEAST_HALVES, MOST_HALVES = 4, 48

# Kinds that judge an hour when it is over, so that only a real delay is late.
BY_THE_HOUR: Final = frozenset({"hour_over_hour", "seasonal_surge", "silence"})

# Kinds that tell what was expected.
BESIDE_EXPECTED: Final = {"seasonal_surge": "surge", "silence": "silence", "river": "surge"}

# Kinds that say their measure in words of their own; all others count tickets.
_MEASURES: Final = {
    "monthly_escalation": "escalated",
    "distinct_complainants": "complainants",
    "repeat_after_close": "repeats",
    "overdue": "overdue",
    "tagged": "tagged",
}


def whole_path(node: Path, language: str, *, exact: bool = False) -> str:
    """The node's path, 移动业务 > 5G套餐; with a word where only what stands exactly there is meant."""
    if not node:
        return say(language, "node.uncategorised" if exact else "node.everything")
    path = ARROW.join(clip(clean(name), LONGEST_NAME) for name in node)
    return say(language, "node.unspecified", path=path) if exact else path


def last_names(node: Path, language: str, *, room: int, exact: bool = False) -> str:
    """The end of the path that fits into `room` columns: at least the last name, cut where it must be.

    Where even that is too much, the body alone says that only what stands exactly there is meant.
    """
    if not node:
        return whole_path(node, language, exact=exact)
    for shown in (node[-2:], node[-1:]):
        text = whole_path(shown, language, exact=exact)
        if width(text) <= room:
            return text
    return clip(whole_path(node[-1:], language), max(room, LEAST_ROOM))


def place_of(signal: Signal, language: str, *, room: int | None = None) -> str:
    """Where a signal fired: its node, as `whole_path` or `last_names` says it, or the source it is about."""
    if signal.kind == "silence" and "source" in signal.detail:
        source = clip(clean(str(signal.detail["source"])), LONGEST_LABEL)
        return say(language, "node.source", source=source)
    if room is None:
        return whole_path(signal.node, language, exact=signal.exact)
    return last_names(signal.node, language, room=room, exact=signal.exact)


def counted(signal: Signal, moments: Moments) -> str:
    """The count against its threshold, in its window, as a headline says it."""
    key = f"count.{signal.kind}"
    facts = _facts(signal, moments)
    if signal.kind == "hour_over_hour" and "previous" in facts:
        key = "count.hour_over_hour_previous"
    elif signal.kind not in {*_MEASURES, "daily_threshold", "hour_over_hour", *BESIDE_EXPECTED}:
        key = "count.other"
    if "change" in facts:
        return say(moments.language, "count.shift", **facts)
    if signal.kind in BESIDE_EXPECTED:
        return say(moments.language, key, last=_last(signal, moments), **facts)
    window = moments.window(signal.window_start, signal.window_end)
    return say(moments.language, key, window=window, **facts)


def measured(signal: Signal, moments: Moments) -> str:
    """The count against its threshold as a sentence, with what became of it since."""
    facts = _facts(signal, moments)
    if signal.kind == "hour_over_hour":
        key = "hour_usual" if "usual" in facts else "hour_previous" if "previous" in facts else "hour"
    elif signal.kind in _MEASURES:
        key = _MEASURES[signal.kind]
    elif "change" in facts:
        key = "shift"
    elif signal.kind in BESIDE_EXPECTED:
        key, facts = BESIDE_EXPECTED[signal.kind], {**facts, "last": _last(signal, moments)}
    else:
        key = "over" if signal.observed > signal.threshold else "tickets"
    text = say(moments.language, f"measured.{key}", excess=signal.observed - signal.threshold, **facts)
    if signal.revised_to is None:
        return text
    return say(moments.language, "measured.revised", text=text, now=signal.revised_to)


def window(signal: Signal, moments: Moments) -> str:
    """The time in which it was counted: the minutes before it was found, or whole hours, days or a month."""
    if isinstance(signal.detail.get("minutes"), int):
        return moments.window_in_full(signal.crossed_at - lasting(signal), signal.crossed_at)
    return moments.window_in_full(signal.window_start, signal.window_end)


def crossed(signal: Signal, moments: Moments) -> str:
    """When the threshold was reached, by a ticket created when, and how late."""
    text = moments.date_time(signal.crossed_at)
    if signal.created_at != NEVER:
        at = moments.date_time(signal.crossed_at)
        text = say(moments.language, "body.crossed_created", at=at, created=moments.near(signal.created_at))
    if is_late(signal):
        text = say(moments.language, "body.crossed_late", text=text, late=moments.span(signal.late_us))
    return text


def is_late(signal: Signal) -> bool:
    """Its window was over for long when it fired."""
    return signal.late_us > (HOUR if signal.kind in BY_THE_HOUR else 0)


def lasting(signal: Signal) -> int:
    """Microseconds of the window that a statistical rule counted in, to where it had come when it fired."""
    minutes, hours = signal.detail.get("minutes"), signal.detail.get("hours")
    if isinstance(minutes, int):
        return minutes * MINUTE
    whole, so_far = (hours or 1) * HOUR, signal.crossed_at - signal.window_start
    return so_far if 0 < so_far < whole else whole


def _last(signal: Signal, moments: Moments) -> str:
    """How long that window is, in days where days or weeks are judged: one of 23 hours is a day too."""
    days = signal.detail.get("days")
    if isinstance(days, int):
        return say(moments.language, "time.days", n=days)
    lasted = lasting(signal)
    halves = round(2 * lasted / HOUR)
    # Two and a half hours are neither two nor three.
    if LEAST_HALVES <= halves < MOST_HALVES and halves % 2:
        return say(moments.language, "time.hours", n=halves / 2)
    return moments.span(halves * HOUR // 2 if halves >= LEAST_HALVES else lasted)


def _said(number: float) -> str:
    """A number that is not whole, in as many places as it is worth."""
    if 0 <= number < TENTH / 2:
        return f"<{TENTH}"
    return f"{number:,.0f}" if number >= WHOLE else f"{number:,.1f}"


def _facts(signal: Signal, moments: Moments) -> dict[str, object]:
    subject = dict(signal.subject)
    facts: dict[str, object] = {
        "n": signal.observed,
        "threshold": signal.threshold,
        "id": clip(clean(subject.get("id", "?")), LONGEST_LABEL),
        "rule": clip(clean(signal.rule), LONGEST_LABEL),
    }
    for name in ("expected", "usual"):
        if isinstance(number := signal.detail.get(name), int | float):
            facts[name] = _said(number)
    if isinstance(change := signal.detail.get("change"), float):
        # A shift: the level has changed for good, since its window began.
        facts |= {"change": f"{change:+.0%}", "since": moments.date_time(signal.window_start)}
    previous = signal.detail.get("previous")
    if isinstance(previous, int):
        facts["previous"] = previous
    return facts
