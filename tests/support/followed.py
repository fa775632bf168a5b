"""An engine that follows the clock, and what a replay makes of the same tickets."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from engine import ticket_of
from histories import SHANGHAI
from live import Live, plan_of
from oracle import OracleTicket
from surging import HOUR, MINUTE, TODAY

from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch
from connectors.windows import Calendar
from detectors.rules.seasonal_surge import Detector, Options
from detectors.signal import Signal
from monitor.engine.rules import Rules
from monitor.known_time import Missing
from monitor.replay.history import versions_of
from monitor.replay.replay import replay

LEVELS = ("mild", "grave")
RULE = Detector("surge", (0, 1, 2), Options(levels=LEVELS, false_pages_per_week=2.0))
NOON = TODAY + 12 * HOUR


class LiveSurge(Live):
    """An engine that follows the clock, ticking at each full minute after something has arrived."""

    def __init__(self, url: str, rule: Any = RULE) -> None:
        self.url, self.sources, self.levels = url, ["s"], 2
        self.calendar = Calendar(ZoneInfo(SHANGHAI))
        self.rules = Rules(detectors={rule.name: rule}, plan=plan_of(LEVELS), sources=("s",))
        self.pages = []
        self.open()

    def import_history(self, versions: Sequence[OracleTicket]) -> None:
        """All that was seen before today arrives at midnight."""
        self.arrive(versions, TODAY, imported=len(versions))
        self.reach(TODAY)

    def live_through(
        self,
        versions: Sequence[OracleTicket],
        until: datetime,
        each_minute: Callable[[], None],
    ) -> None:
        """The rest arrives as it is seen."""
        waiting = [version for version in versions if version.updated_at >= TODAY]
        now = TODAY
        while now < until:
            now += MINUTE
            arrived = [version for version in waiting if version.updated_at < now]
            for version in arrived:
                self.arrive([version], version.updated_at)
            del waiting[: len(arrived)]
            if arrived or now.minute == 0:
                self.reach(now)
                each_minute()


def of_replay(
    versions: Sequence[OracleTicket],
    rule: Any = RULE,
    *,
    zone: str = SHANGHAI,
    missing: Sequence[Missing] = (),
) -> list[Signal]:
    """Signals of today, by a replay of all."""
    taxonomy = Taxonomy(["level 0", "level 1"])
    sources = sorted({version.source for version in versions})
    batches = [
        (number, TicketBatch.of(source, map(ticket_of, [v for v in versions if v.source == source])))
        for number, source in enumerate(sources)
    ]
    found = replay(
        versions_of(batches, taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(zone)),
        sources=sources,
        detectors={rule.name: rule},
        missing=missing,
    )
    return list(found.signals)


def key(signal: Signal) -> tuple[object, ...]:
    """What must be the same, however it was found."""
    return (
        signal.node,
        signal.window_start,
        signal.window_end,
        signal.level,
        signal.observed,
        signal.threshold,
        signal.crossed_at,
        tuple(sorted((name, str(value)) for name, value in signal.detail.items())),
    )


def nothing() -> None:
    """It runs on."""


def at_times(live: Live) -> Callable[[], None]:
    """It is restarted after one tick in eight."""
    random = Random(9)
    return lambda: live.restart() if random.random() < 1 / 8 else None


def told_at(signal: Signal) -> datetime:
    return datetime.fromisoformat(signal.detail["detected_at"])
