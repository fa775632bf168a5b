"""Target 1: durable ingest against hand-written sqlite3 that does the same work.

Both sides store the same batches of 1,000 versions into the same schema, one transaction a batch with
synchronous=FULL: look up what is known, decide what changes, upsert states and counts, move the cursor. A
fifth of the versions are of tickets known before; some of them re-categorised, escalated or void. The two
take turns, batch by batch, so that both meet the same weather; afterwards both must have the same counts.

Run: python bench/ingest.py [batches]
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, NEVER, TicketBatch, objects, to_us
from connectors.windows import Calendar
from monitor.storage import Store

ROWS = 1_000
KNOWN_SHARE = 0.2
LEAVES = 2_000
START = to_us(datetime(2026, 5, 1, tzinfo=UTC))
SHANGHAI = Calendar(ZoneInfo("Asia/Shanghai"))
TARGET = 0.85

UPSERT_TICKET = """
    INSERT INTO tickets (source_id, ticket_id, created, updated, node_id, escalated, closed, void, seen,
        complainant, region)
    VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (source_id, ticket_id) DO UPDATE SET created = excluded.created, updated = excluded.updated,
        node_id = excluded.node_id, escalated = excluded.escalated, closed = excluded.closed,
        void = excluded.void, seen = excluded.seen, complainant = excluded.complainant,
        region = excluded.region
"""
ADD_COUNT = """
    INSERT INTO counts (hour, node_id, tickets, escalated) VALUES (?, ?, ?, ?)
    ON CONFLICT (hour, node_id)
    DO UPDATE SET tickets = tickets + excluded.tickets, escalated = escalated + excluded.escalated
"""


def batches(number: int) -> list[TicketBatch]:
    """Believable batches, the same for both sides."""
    random = np.random.default_rng(1)
    paths = tuple(
        (f"business {i % 4}", f"product {i % 40}", f"stage {i % 200}", f"problem {i}") for i in range(LEAVES)
    )
    made, highest = [], 0
    for b in range(number):
        old = random.random(ROWS) < (KNOWN_SHARE if b else 0)
        fresh = int((~old).sum())
        id = np.empty(ROWS, dtype=np.int64)
        id[~old] = highest + np.arange(fresh)
        id[old] = random.integers(0, max(highest, 1), int(old.sum()))
        highest += fresh
        # A ticket's own hour: its number tells it, so that a later version repeats it.
        created = START + (id // 400) * HOUR // 2 + id % 997
        updated = START + b * HOUR + np.arange(ROWS)
        escalated = np.where(random.random(ROWS) < 0.03, updated, NEVER)
        leaf = (id * 7919 + (old & (random.random(ROWS) < 0.3))) % LEAVES
        distinct, category = np.unique(leaf, return_inverse=True)
        made.append(
            TicketBatch(
                source="desk",
                ids=objects([f"INC{i:08}" for i in id.tolist()]),
                created=created,
                updated=updated,
                category=category.astype(np.int32),
                paths=tuple(paths[i] for i in distinct.tolist()),
                escalated=escalated,
                closed=np.where(old & (random.random(ROWS) < 0.5), updated, NEVER),
                void=old & (random.random(ROWS) < 0.05),
                complainant=objects([f"{i % 50_000:016x}" if i % 3 else None for i in id.tolist()]),
                region=objects([f"region {i % 30}" for i in id.tolist()]),
            )
        )
    return made


class Ours:
    """The store, as the daemon uses it."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(f"sqlite:///{folder}/ours.db")
        self.taxonomy = Taxonomy(["business", "product", "stage", "problem"])

    def ingest(self, batch: TicketBatch, number: int) -> None:
        nodes = self.taxonomy.nodes(batch.paths)[batch.category]
        with self.store.writing() as tx:
            tx.nodes.save(self.taxonomy)
            tx.ingest(batch, nodes=nodes, seen=START + number, calendar=SHANGHAI)
            tx.sources.progress(0, cursor=str(number), polled_at=START + number, complete_to=START + number)

    def counts(self) -> set[tuple[int, ...]]:
        with self.store.reading() as tx:
            sides = [zip(*tx.counts.hourly(c, 0, NEVER), strict=True) for c in ("tickets", "escalated")]
            return {(side, *map(int, row)) for side, rows in enumerate(sides) for row in rows}


class ByHand:
    """What a good programmer writes with nothing but sqlite3: dicts, one loop, executemany."""

    def __init__(self, folder: Path) -> None:
        Store.open(f"sqlite:///{folder}/hand.db").close()
        self.db = sqlite3.connect(folder / "hand.db", isolation_level=None)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -65536",
        ):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.execute("INSERT INTO sources (id, name) VALUES (0, 'desk')")
        self.number: dict[tuple[str, ...], int] = {}
        self.node(())

    def node(self, path: tuple[str, ...]) -> int:
        number = self.number.get(path)
        if number is None:
            if path:
                self.node(path[:-1])
            number = self.number[path] = len(self.number)
            self.db.execute("INSERT INTO nodes (id, path) VALUES (?, ?)", (number, json.dumps(path)))
        return number

    def ingest(self, rows: list[tuple], paths: tuple[tuple[str, ...], ...], number: int) -> None:
        db = self.db
        db.execute("BEGIN IMMEDIATE")
        nodes = [self.node(path) for path in paths]
        ids = [row[0] for row in rows]
        known = {
            row[0]: row[1:]
            for row in db.execute(
                "SELECT ticket_id, updated, created, node_id, escalated, void FROM tickets "
                "WHERE source_id = 0 AND ticket_id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids),),
            )
        }
        counts = defaultdict(lambda: [0, 0])
        states = {}
        for id, created, updated, category, raised, ended, void, complainant, region in rows:
            node = nodes[category]
            before = known.get(id)
            escalated = None if raised == NEVER else raised
            if before is not None:
                if before[0] > updated:
                    continue
                if before[3] is not None and (escalated is None or before[3] < escalated):
                    escalated = before[3]
                if not before[4]:
                    counts[before[1] - before[1] % HOUR, before[2]][0] -= 1
                    if before[3] is not None:
                        counts[before[3] - before[3] % HOUR, before[2]][1] -= 1
            if not void:
                counts[created - created % HOUR, node][0] += 1
                if escalated is not None:
                    counts[escalated - escalated % HOUR, node][1] += 1
            known[id] = (updated, created, node, escalated, void)
            closed = None if ended == NEVER else ended
            states[id] = (
                id,
                created,
                updated,
                node,
                escalated,
                closed,
                void,
                START + number,
                complainant,
                region,
            )
        db.executemany(UPSERT_TICKET, states.values())
        db.executemany(ADD_COUNT, [(hour, node, t, e) for (hour, node), (t, e) in counts.items() if t or e])
        db.execute(
            "UPDATE sources SET cursor = ?, polled_at = ?, complete_to = ? WHERE id = 0",
            (str(number), START + number, START + number),
        )
        db.execute("COMMIT")

    def counts(self) -> set[tuple[int, ...]]:
        both = "SELECT 0, hour, node_id, tickets FROM counts WHERE tickets <> 0 UNION ALL "
        both += "SELECT 1, hour, node_id, escalated FROM counts WHERE escalated <> 0"
        return set(self.db.execute(both))


def rows_of(batch: TicketBatch) -> list[tuple]:
    """The batch as rows of plain values: the form in which the hand-written side likes it best."""
    columns = (batch.ids, batch.created, batch.updated, batch.category, batch.escalated, batch.closed)
    return list(
        zip(*(c.tolist() for c in (*columns, batch.void, batch.complainant, batch.region)), strict=True)
    )


def main(number: int) -> None:
    work = batches(number)
    rows = [rows_of(batch) for batch in work]
    seconds: dict[str, list[float]] = {"ours": [], "hand": []}
    with tempfile.TemporaryDirectory() as name:
        ours, hand = Ours(Path(name)), ByHand(Path(name))
        for i, batch in enumerate(work):
            runs = {
                "ours": lambda batch=batch, i=i: ours.ingest(batch, i),
                "hand": lambda batch=batch, i=i: hand.ingest(rows[i], batch.paths, i),
            }
            for side in ("ours", "hand") if i % 2 else ("hand", "ours"):
                start = time.perf_counter()
                runs[side]()
                seconds[side].append(time.perf_counter() - start)
        if ours.counts() != hand.counts():
            raise SystemExit("the two sides do not count the same")
    warm = max(1, number // 10)
    speed = {side: ROWS / statistics.median(times[warm:]) for side, times in seconds.items()}
    ratio = statistics.median(
        h / o for h, o in zip(seconds["hand"][warm:], seconds["ours"][warm:], strict=True)
    )
    print(
        f"ingest: {ratio:.0%} of hand-written sqlite3 (target {TARGET:.0%}); {speed['ours']:,.0f} against "
        f"{speed['hand']:,.0f} versions/s, median of {number - warm} batches of {ROWS:,}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
