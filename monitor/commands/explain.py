"""`explain`: who would be paged when, and why nobody would be, without paging anybody."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from alerts.catalogue import Sentence, say
from alerts.explaining import Explained, explain
from alerts.incidents.event import Event, Why
from alerts.page import Page, Reason, stamp
from alerts.rendering.moments import Moments
from alerts.rendering.muted import by_what
from alerts.rendering.phrases import whole_path
from alerts.rendering.telling import deadline_name
from alerts.silences import Silence
from alerts.workdays import Workdays
from connectors.ticket import Path, to_us
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._asking import level_meant, moment, node_argument, nodes_meant
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.config import Config
from monitor.storage.errors import StoreError

HOURS: Final = 24
MOST_HOURS: Final = 24 * 31


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    parser.add_argument("--at", metavar="TIME", help="when the signal fires (default: now)")
    node_argument(parser, "the node of the signal (default: everything)")
    parser.add_argument("--level", metavar="LEVEL", help="its warning level (default: the highest)")
    parser.add_argument(
        "--statistical", action="store_true", help="a statistical rule fires, and no hard one"
    )
    parser.add_argument(
        "--hours", type=int, default=HOURS, metavar="N", help=f"how far to look (default: {HOURS})"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print it; a problem where nobody would be paged."""
    config = loaded(args)
    at = to_us(SystemClock().now()) if args.at is None else moment(args.at, "--at", config.timezone)
    if not 1 <= args.hours <= MOST_HOURS:
        raise CommandError(Sentence("refused.hours", given=str(args.hours), most=str(MOST_HOURS)), Exit.USAGE)
    level = level_meant(args.level, config.plan)
    node = nodes_meant(args.node)[-1] if args.node else ()
    found = explain(
        config.plan,
        Workdays(config.plan.workdays, config.timezone),
        node=node,
        level=level,
        at=at,
        within=timedelta(hours=args.hours),
        statistical=args.statistical,
        silences=_silences(config, at),
    )
    told = any(page.told for page in found.pages)
    if args.json:
        sys.stdout.write(json.dumps(_record(found, config), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _Told(found, config, node, level, at).lines())
    return Exit.OK if told else Exit.PROBLEM


def _silences(config: Config, at: int) -> tuple[Silence, ...]:
    """Those of the store that hold then; without a store there are none."""
    try:
        with opened(config) as store, store.reading() as tx:
            return tuple(silence for silence in tx.silences.open() if silence.holds(at))
    except (CommandError, StoreError):
        return ()


class _Told:
    """What would happen, for people."""

    def __init__(self, found: Explained, config: Config, node: Path, level: str, at: int) -> None:
        self.found, self.config, self.node, self.level, self.at = found, config, node, level, at
        self.moments = Moments(config.language, config.timezone, at)

    def say(self, key: str, /, **facts: object) -> str:
        return say(self.config.language, f"explain.{key}", **facts)

    def lines(self) -> Iterator[str]:
        where = whole_path(self.node, self.config.language)
        level = self.config.plan.level(self.level).titled(self.config.language)
        yield self.say("asked", at=self.moments.date_time(self.at), where=where, level=level)
        yield ""
        columns = [Column(self.say(name)) for name in ("time", "what", "who")]
        yield from table(columns, list(self._rows()))
        for role in dict.fromkeys(role for page in self.found.pages for role in page.unreached):
            yield self.say("unreached", role=self.config.plan.role(role).titled(self.config.language))
        yield ""
        yield self.say("assumed", until=self.moments.near(self.found.horizon))

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        """A line for each person, under the time at which they are paged."""
        lines: list[tuple[int, str, list[str]]] = [
            *((event.at, self._skipped(event), [""]) for event in self.found.skipped),
            *((page.at, self._what(page), self._who(page) or [""]) for page in self.found.pages),
        ]
        for at, what, (first, *others) in sorted(lines, key=lambda line: line[0]):
            yield self.moments.near(at), what, first
            yield from (("", "", one) for one in others)

    def _what(self, page: Page) -> str:
        if page.muted_by is not None:
            return self.say("muted", why=by_what(page.muted_by, self.config.language))
        name = page.reason.name.lower()
        facts = self._step(page)
        if page.reason in {Reason.DEADLINE_NEAR, Reason.DEADLINE_MISSED}:
            facts["deadline"] = self._deadline(page.fact("deadline"))
        return self.say(f"reason.{name}", **facts)

    def _who(self, page: Page) -> list[str]:
        """People with all roles in which they are meant, on the channel on which they are reached."""
        roles: dict[tuple[str, str], list[str]] = {}
        for one in page.told:
            title = self.config.plan.role(one.role).titled(self.config.language)
            roles.setdefault((one.contact, one.channel), []).append(title)
        return [
            self.say("person", role=self.say("and").join(dict.fromkeys(titles)), contact=who, channel=on)
            for (who, on), titles in roles.items()
        ]

    def _deadline(self, name: str) -> str:
        rule = next((one for one in self.config.plan.deadlines if one.name == name), None)
        title = {} if rule is None else rule.title
        return title.get(self.config.language) or deadline_name(name, self.config.language)

    def _skipped(self, event: Event) -> str:
        why = "skipped_hours" if event.why == Why.OUTSIDE_HOURS else "skipped_empty"
        return self.say("waits" if event.fact("waits") else why, **self._step(event))

    def _step(self, told: Event | Page) -> dict[str, str]:
        """Which step of which policy, as it is printed."""
        policy = self.config.plan.policy(told.fact("policy"), self.config.language)
        return {"step": told.fact("step"), "policy": policy}


def _record(found: Explained, config: Config) -> dict[str, object]:
    zone = config.timezone
    return {
        "pages": [
            {
                "at": stamp(page.at, zone),
                "reason": page.reason.value,
                "level": page.level,
                "told": [
                    {"role": one.role, "contact": one.contact, "channel": one.channel} for one in page.told
                ],
                "unreached": list(page.unreached),
                "muted_by": page.muted_by,
                **{name: page.fact(name) for name in ("policy", "step", "deadline") if page.fact(name)},
            }
            for page in found.pages
        ],
        "skipped": [
            {
                "at": stamp(event.at, zone),
                "policy": event.fact("policy"),
                "step": event.fact("step"),
                "why": event.why,
                "waits": bool(event.fact("waits")),
            }
            for event in found.skipped
        ],
    }
