"""`status`: how the monitor stands: sources, open signals, pages, hours to be signed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from alerts.catalogue import in_language, say
from alerts.rendering.moments import Moments
from alerts.rendering.sheet import sheet
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.commands import Exit
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._status_standing import SourceStanding, Standing, as_json, gathered
from monitor.commands._store import opened
from monitor.commands._tables import Column, facts, table
from monitor.commands.signals import local_time, signal_table
from monitor.config import Config
from monitor.storage.outbox import State

INDENT = "  "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print how the store stands now; it is well when it could be told."""
    config = loaded(args)
    now = to_us(SystemClock().now())
    with opened(config) as store, store.reading() as tx:
        standing = gathered(tx, config, now=now)
    if args.json:
        sys.stdout.write(json.dumps(as_json(standing, config), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _Told(standing, config).lines())
    return Exit.OK


class _Told:
    """A standing for people, what needs them first within each part."""

    def __init__(self, standing: Standing, config: Config) -> None:
        self.standing = standing
        self.config = config
        self.moments = Moments(config.language, config.timezone, standing.now)

    def lines(self) -> Iterator[str]:
        yield from facts(list(self._head()))
        for part in (self._sources, self._undeliverable, self._signals, self._pages, self._unsigned):
            lines = list(part())
            if lines:
                yield ""
                yield from lines

    def _head(self) -> Iterator[tuple[str, str]]:
        standing = self.standing
        yield self.say("now"), f"{self.at(standing.now)} ({self.config.timezone.key})"
        yield self.say("store"), standing.store
        if standing.runs:
            until = self.moments.near(standing.holding.expires_at)
            yield self.say("daemon"), self.say("runs", holder=standing.holding.holder, until=until)
        else:
            yield self.say("daemon"), self.say("runs_not")
        closed = standing.closed_until
        yield self.say("closed"), self.say("closed_none") if closed is None else self.at(closed)
        number = {str(state): standing.deliveries[state] for state in State}
        yield self.say("deliveries"), self.say("deliveries_count", **number)

    def _sources(self) -> Iterator[str]:
        yield self.say("sources")
        columns = (
            Column(self.say("source")),
            Column(self.say("condition")),
            Column(self.say("complete_to")),
            Column(self.say("polled")),
            Column(self.say("tickets"), right=True),
            Column(self.say("quarantined"), right=True),
        )
        yield from table(columns, [self._source(one) for one in self.standing.sources], indent=INDENT)
        for source in self.standing.sources:
            state = source.state
            if state is not None and state.blind_since is not None:
                since = self.at(state.blind_since)
                yield f"{INDENT}! {self.say('blind_since', source=source.name, since=since)}"
            if state is not None and state.failures:
                since = "" if state.failing_since is None else self.at(state.failing_since)
                why = in_language(state.last_error or "", self.config.language)
                told = self.say(
                    "failing_since",
                    source=source.name,
                    since=since,
                    n=state.failures,
                    error=why,
                )
                yield f"{INDENT}! {told}"
            for one in source.set_aside:
                told = self.say("set_aside", source=source.name, place=one.row.place, reason=one.row.reason)
                yield f"{INDENT}- {told}"

    def _source(self, source: SourceStanding) -> tuple[str, ...]:
        state = source.state
        ago = None if state is None or state.polled_at is None else self.standing.now - state.polled_at
        complete = None if state is None else state.complete_to
        return (
            source.name if source.configured else self.say("gone", source=source.name),
            self.say(f"is_{source.condition}"),
            "" if complete is None else self.at(complete),
            "" if ago is None else self.say("ago", span=self.moments.span(max(0, ago))),
            f"{source.tickets:,}",
            f"{source.quarantined:,}",
        )

    def _signals(self) -> Iterator[str]:
        signals = [stored.signal for stored in self.standing.signals]
        yield self.say("signals", n=len(signals)) if signals else self.say("signals_none")
        yield from signal_table(signals, self.config, now=self.standing.now, indent=INDENT)

    def _undeliverable(self) -> Iterator[str]:
        found = self.standing.undeliverable
        if found:
            yield self.say("undeliverable", n=len(found))
        for delivery, page in found:
            told = delivery.told
            headline = delivery.page_key if page is None else self._headline(page)
            yield f"{INDENT}! {headline}"
            why = in_language(delivery.last_error or "", self.config.language)
            role = self.config.plan.role(told.role).titled(self.config.language)
            yield f"{INDENT}  {role}: {told.contact} ({told.channel}): {why}"

    def _pages(self) -> Iterator[str]:
        if self.standing.pages:
            yield self.say("pages")
        for page in self.standing.pages:
            yield f"{INDENT}{self.at(page.at)}  {self._headline(page)}"

    def _unsigned(self) -> Iterator[str]:
        hours = self.standing.unsigned
        if hours:
            yield self.say("unsigned", n=len(hours))
        for start, end in _runs(hours, Calendar(self.config.timezone)):
            same_day = self.moments.local(start).date() == self.moments.local(end).date()
            yield f"{INDENT}{self.at(start)} – {self.moments.clock(end) if same_day else self.at(end)}"

    def _headline(self, page: Any) -> str:
        return sheet(page, language=self.config.language, zone=self.config.timezone).headline

    def at(self, us: int) -> str:
        return local_time(self.moments, us)

    def say(self, key: str, **named: Any) -> str:
        return say(self.config.language, f"status.{key}", **named)


def _runs(hours: Sequence[int], calendar: Calendar) -> Iterator[tuple[int, int]]:
    """Hours that follow each other, as (start, end) of each run."""
    start = end = None
    for hour in hours:
        if hour != end:
            if start is not None and end is not None:
                yield start, end
            start = hour
        end = calendar.hour_end(hour)
    if start is not None and end is not None:
        yield start, end
