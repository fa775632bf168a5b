"""Feeding a store in tests: tickets in, and a plain recount of what must be stored then."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from connectors.taxonomy import Taxonomy
from connectors.ticket import Path, Ticket, TicketBatch, to_us
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.storage import Ingested, Store, Transaction

LEVELS = ("business", "product", "stage")
SHANGHAI = Calendar(ZoneInfo("Asia/Shanghai"))
KOLKATA = Calendar(ZoneInfo("Asia/Kolkata"))
NOON = datetime(2026, 5, 9, 4, tzinfo=UTC)
"""Noon in Shanghai."""

Cell = tuple[int, Path]


def ticket(id: str = "1", *, path: Path = ("mobile", "bill"), source: str = "desk", **told: object) -> Ticket:
    """A ticket of noon, unless told otherwise."""
    created = told.pop("created_at", NOON)
    assert isinstance(created, datetime)
    whole = Ticket(source=source, id=id, created_at=created, updated_at=created, path=path)
    return replace(whole, **told)  # type: ignore[arg-type]


def later(ticket: Ticket, minutes: int = 1, **told: object) -> Ticket:
    """A later version of the ticket."""
    return replace(ticket, updated_at=ticket.updated_at + timedelta(minutes=minutes), **told)  # type: ignore[arg-type]


def feed(
    tx: Transaction,
    taxonomy: Taxonomy,
    tickets: Sequence[Ticket],
    *,
    calendar: Calendar = SHANGHAI,
    seen: datetime = NOON,
) -> list[Ingested]:
    """Ingest versions in their order, one batch for each run of the same source."""
    ingested = []
    start = 0
    for end in range(1, len(tickets) + 1):
        if end < len(tickets) and tickets[end].source == tickets[start].source:
            continue
        batch = TicketBatch.of(tickets[start].source, tickets[start:end])
        nodes = taxonomy.nodes(batch.paths)[batch.category]
        tx.nodes.save(taxonomy)
        ingested.append(tx.ingest(batch, nodes=nodes, seen=to_us(seen), calendar=calendar))
        start = end
    return ingested


def fed(
    store: Store, *tickets: Ticket, calendar: Calendar = SHANGHAI, seen: datetime = NOON
) -> list[Ingested]:
    """The same in a transaction of its own."""
    with store.writing() as tx:
        taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
        return feed(tx, taxonomy, tickets, calendar=calendar, seen=seen)


def plain_recount(
    tickets: Iterable[Ticket], calendar: Calendar = SHANGHAI
) -> tuple[Counter[Cell], Counter[Cell]]:
    """Tickets and escalations by (hour, path): latest versions, escalations over all versions (law 1)."""
    latest: dict[tuple[str, str], Ticket] = {}
    escalated: dict[tuple[str, str], datetime] = {}
    for version in tickets:
        key = (version.source, version.id)
        if key not in latest or version.updated_at >= latest[key].updated_at:
            latest[key] = version
        if version.escalated_at is not None:
            escalated[key] = min(escalated.get(key, version.escalated_at), version.escalated_at)
    counted = {key: version for key, version in latest.items() if not version.void}
    return (
        Counter((calendar.hour(to_us(one.created_at)), one.path) for one in counted.values()),
        Counter(
            (calendar.hour(to_us(escalated[key])), one.path)
            for key, one in counted.items()
            if key in escalated
        ),
    )


def stored_counts(store: Store) -> tuple[Counter[Cell], Counter[Cell]]:
    """The same as the store counts it."""
    with store.reading() as tx:
        paths = tx.nodes.paths()
        sides = [tx.counts.hourly(column, -(2**62), 2**62) for column in ("tickets", "escalated")]
    tickets, escalated = (
        Counter({(int(h), paths[n]): int(c) for h, n, c in zip(*side, strict=True)}) for side in sides
    )
    return tickets, escalated


def signal(node: Path = ("mobile",), **told: object) -> Signal:
    """The hundredth ticket of a Shanghai day."""
    day = SHANGHAI.day(to_us(NOON))
    whole = Signal(
        rule="same-day volume",
        kind="daily_threshold",
        node=node,
        exact=False,
        window_start=day,
        window_end=SHANGHAI.day_end(day),
        level="三级预警",
        observed=100,
        threshold=100,
        crossed_at=to_us(NOON),
        created_at=to_us(NOON) - 5,
    )
    return replace(whole, **told)  # type: ignore[arg-type]


def _instants(minutes: Iterable[int]) -> st.SearchStrategy[datetime]:
    return st.sampled_from([NOON + timedelta(minutes=m) for m in minutes])


PATHS: tuple[Path, ...] = ((), ("mobile",), ("mobile", "bill"), ("mobile", "bill", "wrong"), ("net",))


def versions() -> st.SearchStrategy[Ticket]:
    """Versions of few tickets that meet often: same ids, same stamps, seams of hours, days and months."""
    return st.builds(
        Ticket,
        source=st.sampled_from(["desk", "web"]),
        id=st.sampled_from(["1", "2", "3"]),
        created_at=_instants([-1, 0, 59, 60, 12 * 60, 30 * 24 * 60]),
        updated_at=_instants(range(5)),
        path=st.sampled_from(PATHS),
        escalated_at=st.none() | _instants([0, 60, 61, 30 * 24 * 60]),
        closed_at=st.none() | _instants([100]),
        void=st.booleans(),
        tags=st.sampled_from([frozenset(), frozenset({"media"}), frozenset({"media", "监管"})]),
        complainant=st.sampled_from([None, "hash1", "hash2"]),
        text=st.sampled_from([None, "wrong bill", "nul \0, half \ud800"]),
    )


def pieces(tickets: Sequence[Ticket]) -> st.SearchStrategy[list[list[Ticket]]]:
    """The same versions cut into pieces anywhere."""
    cuts = st.sets(st.integers(1, max(1, len(tickets) - 1)))
    return cuts.map(lambda at: [list(tickets[a:b]) for a, b in _spans(sorted(at), len(tickets))])


def _spans(cuts: Sequence[int], end: int) -> list[tuple[int, int]]:
    starts, ends = [0, *cuts], [*cuts, end]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if a < b <= end]
