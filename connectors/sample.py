"""Made-up tickets to try the monitor with: weeks of a telecom operator's complaints, then live by the clock.

Soon after the first start a network failure brings more than a hundred tickets of one category within
minutes. The tickets follow from the seed and the time of the first start, which the cursor keeps, so that
they are the same after a restart. Their ids begin with SAMPLE: nobody wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.options import option
from connectors.source import Poll, SourceSettings
from connectors.telecom.stream import Stream
from connectors.ticket import DAY, MICROSECOND, SECOND, TicketBatch, to_us

# A part of history; a week has some seven thousand versions.
PART: Final = 7 * DAY


@dataclass(frozen=True)
class Options:
    """What a sample source can be told; what was told at the first start holds until the store is new."""

    seed: int = option(1, doc="of the random numbers; another one gives other tickets", at_least=0)
    weeks: int = option(8, doc="of history at the first start", at_least=0, at_most=520)
    per_day: int = option(420, doc="tickets of an ordinary day", at_least=0, at_most=100_000)
    surge_after: timedelta = option(
        timedelta(seconds=30), doc="from the first start to the first surge", at_least=0
    )


class Source:
    """A made-up operator as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.settings = settings
        self.options = options
        self._stream: Stream | None = None

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        told = json.loads(cursor) if cursor else self._first_start(now)
        stream = self._resumed(told)
        yield from self._told(stream, told, to_us(now), complete_to=now)

    def history(self, now: datetime) -> Iterator[Poll]:
        """As TicketSource.history: the weeks before now, and nothing of the surge that would follow."""
        return self.poll(None, now)

    def examine(self, now: datetime) -> list[str]:
        return []

    def _first_start(self, now: datetime) -> dict[str, int]:
        options = self.options
        return {
            "begun": to_us(now) // SECOND * SECOND,
            "seed": options.seed,
            "weeks": options.weeks,
            "per_day": options.per_day,
            "surge_after": options.surge_after // MICROSECOND,
        }

    def _resumed(self, told: dict[str, int]) -> Stream:
        """The stream that a cursor began; remembered, as it knows the tickets of the last days."""
        stream = self._stream
        if stream is None or stream.begun != told["begun"]:
            stream = Stream(
                source=self.settings.name,
                zone=self.settings.timezone,
                begun=told["begun"],
                seed=told["seed"],
                weeks=told["weeks"],
                per_day=told["per_day"],
                surge_after=told["surge_after"],
            )
            self._stream = stream
        return stream

    def _told(
        self, stream: Stream, told: dict[str, int], until: int, *, complete_to: datetime
    ) -> Iterator[Poll]:
        at = told.get("to", stream.start - 1)
        while True:
            part = max(at, min(at + PART, until))
            batch = TicketBatch.of(self.settings.name, stream.between(at, part) if part > at else ())
            cursor = json.dumps({**told, "to": part})
            yield Poll(batch, (), cursor, complete_to if part >= until else None)
            if part >= until:
                return
            at = part
