"""The difference of pages between two configurations, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.catalogue import say
from alerts.page import Page, page_line
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import whole_path
from monitor.analysis.page_diff import PageDiff, Pair
from monitor.commands._tables import Column, table
from monitor.commands.signals import local_time
from monitor.config import Config
from monitor.replay.files import DIFF

# Pages that are listed for people; the file has all.
LISTED: Final = 30

ADDED: Final = "+"
GONE: Final = "-"
CHANGED: Final = "~"
# Spans have no zone.
UTC: Final = ZoneInfo("UTC")


def diff_lines(diff: PageDiff, config: Config) -> Iterator[str]:
    """The difference in a line, the pages that make it up, and what is lost."""
    language = config.language
    yield diff_sentence(diff, language)
    rows = sorted(_rows(diff), key=lambda row: (row[0].at, row[1]))
    if rows:
        moments = Moments(language, config.timezone, max(page.at for page, _, _ in rows))
        titles = (_say(language, name) for name in ("when", "level", "node", "rule", "change"))
        columns = tuple(map(Column, ("", *titles)))
        lost = {page.key for page in diff.lost}
        cells = [_cells(moments, *row, lost=row[0].key in lost) for row in rows[:LISTED]]
        yield ""
        yield from table(columns, cells)
        if len(rows) > LISTED:
            yield _say(language, "more", n=len(rows) - LISTED, file=DIFF)
    if diff.lost:
        yield ""
        yield _say(language, "lost", n=len(diff.lost))


def diff_sentence(diff: PageDiff, language: str) -> str:
    """+3, -11, one 40 min later; 57 as before."""
    parts = [f"+{len(diff.added):,}", f"-{len(diff.gone):,}"]
    for name, spans in (
        ("later", [pair.later_us for pair in diff.pairs if pair.later_us > 0]),
        ("earlier", [-pair.later_us for pair in diff.pairs if pair.later_us < 0]),
    ):
        if spans:
            span = _span(language, int(median(spans)))
            several = name if len(spans) == 1 else f"{name}_several"
            parts.append(_say(language, several, n=len(spans), span=span))
    other = sum(not pair.is_same and pair.later_us == 0 for pair in diff.pairs)
    if other:
        parts.append(_say(language, "otherwise", n=other))
    same = sum(pair.is_same for pair in diff.pairs)
    return _say(language, "sentence", parts=_say(language, "comma").join(parts), n=same)


def diff_records(diff: PageDiff, config: Config) -> Iterator[dict[str, Any]]:
    """Every page that is new, gone or changed, by time, with what became of it."""
    lost = {page.key for page in diff.lost}
    for page, mark, pair in sorted(_rows(diff), key=lambda row: (row[0].at, row[1])):
        old = None if mark == ADDED else page
        new = page if mark == ADDED else pair and pair.new
        yield {
            "change": {ADDED: "added", GONE: "gone", CHANGED: "changed"}[mark],
            "later_seconds": None if pair is None else pair.later_us / 1e6,
            "hard_rule_lost": old is not None and old.key in lost,
            "old": old and page_line(old, config.timezone),
            "new": new and page_line(new, config.timezone),
        }


def diff_summary(diff: PageDiff) -> dict[str, int]:
    """The numbers of the difference."""
    return {
        "added": len(diff.added),
        "gone": len(diff.gone),
        "later": sum(pair.later_us > 0 for pair in diff.pairs),
        "earlier": sum(pair.later_us < 0 for pair in diff.pairs),
        "otherwise_changed": sum(not pair.is_same and pair.later_us == 0 for pair in diff.pairs),
        "same": sum(pair.is_same for pair in diff.pairs),
        "hard_rule_lost": len(diff.lost),
    }


def _rows(diff: PageDiff) -> list[tuple[Page, str, Pair | None]]:
    """Old pages, and new ones that have no old one, each with its mark."""
    lost = {page.key for page in diff.lost}
    return [
        *((page, ADDED, None) for page in diff.added),
        *((page, GONE, None) for page in diff.gone),
        *((pair.old, CHANGED, pair) for pair in diff.pairs if not pair.is_same or pair.old.key in lost),
    ]


def _cells(moments: Moments, page: Page, mark: str, pair: Pair | None, *, lost: bool) -> Sequence[str]:
    language = moments.language
    changes = [] if pair is None else list(_changes(language, pair))
    if lost:
        changes.insert(0, _say(language, "hard_rule"))
    return (
        mark,
        local_time(moments, page.at),
        page.title(page.level or "", language),
        whole_path(page.node, language, exact=all(signal.exact for signal in page.signals)),
        _say(language, "comma").join(
            dict.fromkeys(page.rule(signal.rule, language) for signal in page.signals)
        ),
        _say(language, "comma").join(changes),
    )


def _changes(language: str, pair: Pair) -> Iterator[str]:
    if pair.later_us:
        name = "later_by" if pair.later_us > 0 else "earlier_by"
        yield _say(language, name, span=_span(language, abs(pair.later_us)))
    if pair.new.level != pair.old.level:
        yield pair.new.title(pair.new.level or "", language)
    if pair.new.node != pair.old.node:
        yield whole_path(pair.new.node, language)
    missing = {one.role for one in pair.old.told} - {one.role for one in pair.new.told}
    if missing:
        roles = (pair.old.title(role, language) for role in sorted(missing))
        yield _say(language, "not_told", roles=_say(language, "comma").join(roles))


def _span(language: str, us: int) -> str:
    return Moments(language, UTC, 0).span(us)


def _say(language: str, name: str, **named: Any) -> str:
    return say(language, f"page_diff.{name}", **named)
