"""What a page says first: the line that a locked phone shows, and what is to be known before all else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from alerts.catalogue import enumerated
from alerts.page import Reason
from alerts.rendering import digested, incident_words, phrases
from alerts.rendering.muted import by_what
from alerts.rendering.widths import width
from alerts.rendering.writing import Writing
from detectors.signal import Signal

# What a signal did to its incident, where that is worth a word.
_CHANGES: Final = frozenset({"rose", "spread", "surged", "updated"})
# Pages that list signals of other pages.
LISTING: Final = frozenset({Reason.SUMMARY, Reason.SILENCE_ENDED})


def headline(writing: Writing) -> str:
    """The first line."""
    text = _headline(writing)
    return writing.say("headline.sample", text=text) if writing.page.sample else text


def _headline(writing: Writing) -> str:
    page = writing.page
    if page.reason is Reason.SOURCE_BLIND:
        ago = writing.moments.span(page.at - int(page.fact("since")))
        return writing.say("headline.blind", source=writing.fact("source"), ago=ago)
    if page.reason in {Reason.SOURCE_RECOVERED, Reason.TEST}:
        key = "recovered" if page.reason is Reason.SOURCE_RECOVERED else "test"
        return writing.say(f"headline.{key}", source=writing.fact("source"))
    if page.reason is Reason.UNDELIVERABLE:
        role = writing.label(page.title(page.fact("role"), writing.language))
        return writing.say(
            "headline.undeliverable",
            role=role,
            contact=writing.fact("contact"),
            channel=writing.fact("channel"),
        )
    if page.reason in LISTING:
        return _of_listing(writing)
    level = writing.level(page.level)
    if page.reason in {Reason.AUDIT, Reason.DRILL}:
        where = phrases.last_names(page.node, writing.language, room=phrases.LOCK_SCREEN // 2)
        facts = {"level": level, "where": where, "n": int(page.fact("n") or 0)}
        return writing.say(f"headline.{page.reason.name.lower()}", **facts)
    if page.reason is Reason.DIGEST or page.reason in incident_words.REASONS:
        of_incident = partial(incident_words.headline, level=level)
        return (digested.headline if page.reason is Reason.DIGEST else of_incident)(page, writing.moments)
    if page.reason.folds:
        why = writing.say(f"why.{page.reason.name.lower()}")
        return writing.say("headline.folded", level=level, why=why, n=len(page.signals))
    return of_signals(writing, page.signals, level)


def _of_listing(writing: Writing) -> str:
    """What the first line says of other pages' signals: of a summary, the incident that matters most."""
    page = writing.page
    gravest = digested.gravest(page) if page.reason is Reason.SUMMARY else None
    n = int(page.fact("n") or 0)
    if gravest is None:
        where = phrases.last_names(page.node, writing.language, room=phrases.LOCK_SCREEN)
        return writing.say(f"headline.{page.reason.name.lower()}", where=where, n=n)
    incident, level, node = gravest
    facts = {"n": n, "incident": incident, "level": writing.level(level)}
    room = phrases.LOCK_SCREEN - width(writing.say("headline.summary_gravest", where="", **facts))
    where = phrases.last_names(node, writing.language, room=max(phrases.LEAST_ROOM, room))
    return writing.say("headline.summary_gravest", where=where, **facts)


def of_signals(writing: Writing, signals: tuple[Signal, ...], level: str) -> str:
    """What the first line says of signals, the most important of which is named."""
    first, *others = signals
    count = phrases.counted(first, writing.moments)
    if others:
        count = writing.say("headline.more", text=count, n=len(others))
    taken = width(writing.say("headline.page", level=level, where="", count=count))
    where = phrases.place_of(first, writing.language, room=phrases.LOCK_SCREEN - taken)
    return writing.say("headline.page", level=level, where=where, count=count)


def notices(writing: Writing) -> Iterator[str]:
    """What is to be known before all else."""
    page = writing.page
    if page.sample:
        yield writing.say("notice.sample")
    if page.muted_by:
        yield writing.say("notice.muted", muted_by=by_what(page.muted_by, writing.language))
    named = {
        Reason.TEST: "notice.test",
        Reason.DRILL: "notice.drill",
        Reason.BULK_IMPORT: "notice.bulk_import",
        Reason.CAUGHT_UP: "notice.caught_up",
        Reason.STORM: "notice.storm",
        Reason.TELLS_NOBODY: "notice.nobody",
        Reason.NO_CONTACT: "notice.no_contact",
    }
    if page.reason in named:
        yield writing.say(named[page.reason])
    if page.incident is not None and page.change in _CHANGES:
        yield writing.say(f"notice.incident_{page.change}", incident=page.incident)
    if any(signal.kind == "silence" for signal in page.signals):
        yield writing.say("notice.silence")
    if page.blind:
        sources = enumerated(writing.language, page.blind)
        yield writing.say("notice.blind", sources=writing.label(sources, 200))
