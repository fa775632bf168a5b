"""The statistics of a month as a report: valid volume and closure rate of every node, compared (plan P)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.catalogue import say
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import whole_path
from alerts.reports.document import Block, Document, Heading, Paragraph, Table
from connectors.ticket import Path

NONE: Final = "–"
# The comparison names so many nodes that rose, and so many that close least.
MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class NodeMonth:
    """A node's month, with all below it.

    Attributes
    ----------
    valid : tickets that count
    invalid : tickets that were judged invalid (void)
    closed : of the valid ones, those closed by the month's end
    escalated : of the valid ones, those escalated by then
    previous, previous_closed : the same of the month before; None where its tickets are not kept any more
    """

    node: Path
    valid: int
    invalid: int
    closed: int
    escalated: int
    previous: int | None
    previous_closed: int | None

    @property
    def closure(self) -> float | None:
        """Closed tickets by valid ones; None without any."""
        return self.closed / self.valid if self.valid else None

    @property
    def previous_closure(self) -> float | None:
        """The same of the month before."""
        return (
            self.previous_closed / self.previous
            if self.previous and self.previous_closed is not None
            else None
        )

    @property
    def change(self) -> int | None:
        """Valid tickets more than in the month before."""
        return None if self.previous is None else self.valid - self.previous

    @property
    def ratio(self) -> float | None:
        """The change by the month before; None where that had none."""
        return None if self.change is None or not self.previous else self.change / self.previous


NUMBERS: Final = frozenset(range(1, 9))
COLUMNS: Final = (
    *("node", "valid", "invalid", "escalated", "closed"),
    *("closure", "previous", "ratio", "previous_closure"),
)


def header(language: str) -> tuple[str, ...]:
    """Titles of the columns."""
    return tuple(say(language, f"monthly.{column}") for column in COLUMNS)


def cells(month: NodeMonth, language: str) -> tuple[str, ...]:
    """A node's month in words, in the order of the columns."""
    return (
        whole_path(month.node, language),
        f"{month.valid:,}",
        f"{month.invalid:,}",
        f"{month.escalated:,}",
        f"{month.closed:,}",
        percent(month.closure),
        NONE if month.previous is None else f"{month.previous:,}",
        NONE if month.ratio is None else f"{month.ratio:+.1%}",
        percent(month.previous_closure),
    )


def percent(part: float | None) -> str:
    """12.5 %, or a dash where there is nothing to divide by."""
    return NONE if part is None else f"{part:.1%}"


def title(start: int, moments: Moments) -> str:
    """Which month it is."""
    local, language = moments.local(start), moments.language
    name = say(language, "time.month_of_year", year=local.year, month=say(language, f"month.{local.month}"))
    return say(language, "monthly.title", month=name)


def as_of(until: int, moments: Moments) -> str:
    """How far it is known."""
    return say(moments.language, "monthly.subtitle", until=moments.date_time(until))


def not_whole(first: int | None, moments: Moments) -> tuple[str, ...]:
    """A warning, if the first ticket of all came when the month before had long begun."""
    if first is None:
        return ()
    day = moments.full_day(moments.local(first).date())
    return (say(moments.language, "monthly.not_whole", day=day),)


def monthly_report(
    months: Sequence[NodeMonth], *, start: int, until: int, first: int | None, moments: Moments
) -> Document:
    """The report of all nodes, the root first; `first` as `not_whole` takes it."""
    return Document(
        language=moments.language,
        title=title(start, moments),
        subtitle=as_of(until, moments),
        blocks=tuple(_blocks(months, not_whole(first, moments), moments.language)),
        footer=moments.zone_line(),
    )


def _blocks(months: Sequence[NodeMonth], warnings: tuple[str, ...], language: str) -> Iterator[Block]:
    if not months:
        yield Paragraph(say(language, "monthly.nothing"))
        return
    whole = months[0]
    yield Paragraph(
        say(
            language,
            "monthly.whole",
            n=whole.valid,
            invalid=whole.invalid,
            closure=percent(whole.closure),
            ratio=NONE if whole.ratio is None else f"{whole.ratio:+.1%}",
        )
    )
    yield from map(Paragraph, warnings)
    below = [month for month in months if month.node]
    risen = sorted((m for m in below if (m.change or 0) > 0), key=lambda m: (-(m.change or 0), m.node))
    if risen:
        yield Heading(say(language, "monthly.risen"))
        yield _table(risen[:MOST_NAMED], language)
    slow = sorted((m for m in below if m.closed < m.valid), key=lambda m: (m.closed - m.valid, m.node))
    if slow:
        yield Heading(say(language, "monthly.unclosed"))
        yield _table(slow[:MOST_NAMED], language)
    yield Heading(say(language, "monthly.all"))
    yield _table(months, language)


def _table(months: Sequence[NodeMonth], language: str) -> Table:
    return Table(header(language), tuple(cells(month, language) for month in months), NUMBERS)
