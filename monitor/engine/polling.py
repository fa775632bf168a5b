"""One poll of one source, from its stored cursor to its end, part by part into the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from connectors.source import Poll, SourceError, SourceSettings, TicketSource
from connectors.ticket import DAY, MICROSECOND, TicketBatch, to_us
from monitor.clock import Clock
from monitor.engine.done import Done
from monitor.engine.engine import Engine
from monitor.engine.paging import ready
from monitor.privacy import Prepare
from monitor.source_cause import told

# A poll is a bulk import if at least so many of its tickets, and more than half, are older than a day.
BULK: Final = 100

# A source that fails is asked again after its usual time, then twice as long, up to this.
LONGEST_WAIT: Final = timedelta(minutes=10)


def poll_source(
    engine: Engine,
    settings: SourceSettings,
    source: TicketSource,
    *,
    clock: Clock,
    prepare: Prepare,
    wanted: Callable[[], bool] = lambda: True,
) -> Iterator[Done]:
    """Poll once; what each part did is yielded after it is stored.

    `prepare` takes out of a batch what must not be stored; `wanted` says whether the answer is still awaited.
    A poll that fails is remembered with its reason, and the SourceError raised.
    """
    with engine.store.reading() as tx:
        states = {state.name: state for state in tx.sources.all()}
    state = states.get(settings.name)
    brought = _Brought()
    try:
        for part in source.poll(state.cursor if state else None, clock.now()):
            if not wanted():
                return
            now = to_us(clock.now())
            brought.learn(part.batch, now)
            yield engine.take(_prepared(part, prepare), now=now, imported=brought.imported)
    except SourceError as error:
        if wanted():
            failures = state.failures if state else 0
            remember_failure(engine, settings, error, failures=failures, now=to_us(clock.now()))
        raise


class _Brought:
    """The different tickets that a poll has brought so far, and those of them that are older than a day."""

    def __init__(self) -> None:
        self._tickets: set[Any] = set()
        self._old: set[Any] = set()

    def learn(self, batch: TicketBatch, now: int) -> None:
        """Take in a part."""
        self._tickets.update(batch.ids.tolist())
        self._old.update(batch.ids[batch.created < now - DAY].tolist())

    @property
    def imported(self) -> int:
        """How many tickets, where it is a bulk import; else 0."""
        bulk = len(self._old) >= BULK and 2 * len(self._old) > len(self._tickets)
        return len(self._tickets) if bulk else 0


def remember_failure(
    engine: Engine, settings: SourceSettings, error: SourceError, *, failures: int, now: int
) -> None:
    """Note that a poll failed, why, and when the source is asked again."""
    wait = error.retry_after or min(settings.every * 2 ** min(failures, 16), LONGEST_WAIT)
    with engine.store.writing() as tx:
        number = tx.sources.id(settings.name)
        tx.sources.failed(number, told(error), at=now, next_at=now + wait // MICROSECOND)
        # An import that broke off is paged as far as it came; it may never come to its end.
        tx.signals.hand_over(settings.name, ready(settings.name))


def _prepared(part: Poll, prepare: Prepare) -> Poll:
    return replace(part, batch=prepare(part.batch)) if len(part.batch) else part
