"""What does placing cost in the daemon, and does it find new kinds? `python bench/placement/stream.py`.

Five classes of banking_queries are held out. Tickets of the others with their category come first, as a bulk;
then others without a category and those of the held-out classes, mixed, one a `--every` seconds, in parts of
`--together`, through the engine's own path: judged, settled, stored, counted, judged by a rule. Told are:
milliseconds of processor time a ticket with placing and without, how many were placed and how many of these
rightly, how many of the five became a node of their own and how pure the nodes are, whether a restart in the
middle ends the same. A recount that differs ends it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np
from measure import DATA, read

from alerts.plan import Level, ResponsePlan
from connectors.source import Poll
from connectors.taxonomy import Taxonomy
from connectors.ticket import Ticket, TicketBatch, to_us
from connectors.windows import Calendar
from detectors.rules.daily_threshold import Detector, Options
from monitor.config.schema import Clustering
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.placement.classifier import Classifier
from monitor.placement.placing import Placing
from monitor.storage import Store
from monitor.storage.recount import recount

LEVELS = ("class", "part")
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
START = datetime(2026, 1, 1, tzinfo=UTC)


class Daemon:
    """The engine and what it places by, over a store, as the daemon has them."""

    def __init__(self, url: str, *, encoder: bool, sure: float, enabled: bool = True) -> None:
        settings = Clustering(enabled=enabled, min_confidence=sure)
        self.store = Store.open(url)
        with self.store.reading() as tx:
            taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
        classifier = Classifier(least=50, min_confidence=sure, encoder=encoder)
        self.placing = Placing(settings, classifier, taxonomy=taxonomy, emerging="Emerging")
        plan = ResponsePlan(levels=(Level("L"),), roles=(), contacts=(), channels=(), departments=())
        detectors = {"day": Detector("day", (2,), Options(thresholds={"L": 10}))}
        rules = Rules(detectors=detectors, plan=plan, sources=("desk",), gaps=())
        self.engine = Engine(
            self.store, taxonomy=taxonomy, calendar=CALENDAR, rules=rules, placing=self.placing
        )

    def tell(self, tickets: list[Ticket], together: int) -> float:
        """Processor seconds for these tickets."""
        started = time.process_time()
        for place in range(0, len(tickets), together):
            part = tickets[place : place + together]
            batch = self.placing.judge(self.store, TicketBatch.of("desk", part))
            self.engine.take(Poll(batch, (), "", None), now=to_us(part[-1].updated_at))
        return time.process_time() - started

    def paths(self) -> dict[str, tuple[str, ...]]:
        """Where every ticket is counted."""
        with self.store.reading() as tx:
            nodes = tx.nodes.paths()
            found = tx.connection.exec_driver_sql("SELECT ticket_id, node_id FROM tickets").fetchall()
            assert len(recount(tx, CALENDAR)) == 0, "a recount differs"
        return {ticket: nodes[node] for ticket, node in found}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--labelled", type=int, default=4_000)
    options.add_argument("--streamed", type=int, default=800)
    options.add_argument("--every", type=float, default=20.0)
    options.add_argument("--together", type=int, default=50)
    options.add_argument("--sure", type=float, default=0.7)
    options.add_argument("--grams", action="store_true", help="without the sentence model")
    arguments = options.parse_args()
    texts, labels = read(arguments.data)
    for seed in range(arguments.seeds):
        dice = np.random.default_rng(100 + seed)
        held = set(dice.choice(sorted(set(labels)), 5, replace=False).tolist())
        order = dice.permutation(len(texts)).tolist()
        known = [row for row in order if labels[row] not in held]
        new = [row for row in order if labels[row] in held][: arguments.streamed // 4]
        first, rest = known[: arguments.labelled], known[arguments.labelled :]
        mixed = [*new, *rest[: arguments.streamed - len(new)]]
        dice.shuffle(mixed)
        bulk = [_ticket(row, texts, START, path=(labels[row], "-")) for row in first]
        began = START + timedelta(days=1)
        stream = [
            _ticket(row, texts, began + timedelta(seconds=arguments.every * n)) for n, row in enumerate(mixed)
        ]
        with TemporaryDirectory() as folder:
            print(
                f"seed {seed}",
                _told(Path(folder), bulk, stream, labels, arguments=arguments, held=held),
                flush=True,
            )


def _ticket(row: int, texts: list[str], at: datetime, path: tuple[str, ...] = ()) -> Ticket:
    return Ticket("desk", str(row), at, at, path, text=texts[row])


def _told(
    folder: Path,
    bulk: list[Ticket],
    stream: list[Ticket],
    labels: list[str],
    *,
    arguments: argparse.Namespace,
    held: set[str],
) -> str:
    def daemon(name: str, **told: bool) -> Daemon:
        url = f"sqlite:///{folder / name}.db"
        return Daemon(url, encoder=not arguments.grams, sure=arguments.sure, **told)

    plain = daemon("plain", enabled=False)
    plain.tell(bulk, 10_000)
    without = plain.tell(stream, arguments.together)
    whole = daemon("whole")
    fit = whole.tell(bulk, 10_000)
    seconds = whole.tell(stream, arguments.together)
    found = whole.paths()
    half = daemon("half")
    half.tell(bulk, 10_000)
    half.tell(stream[: len(stream) // 2], arguments.together)
    again = daemon("half")
    again.tell(stream[len(stream) // 2 :], arguments.together)
    resumed = again.paths()
    same = np.mean([resumed[one] == path for one, path in found.items()])

    streamed = {one.id: found[one.id] for one in stream}
    sure = {one: path for one, path in streamed.items() if path and path[0] != "Emerging"}
    right = np.mean([labels[int(one)] == path[0] for one, path in sure.items()])
    nodes: dict[str, Counter[str]] = {}
    for one, path in streamed.items():
        if path[:1] == ("Emerging",):
            nodes.setdefault(path[1], Counter())[labels[int(one)]] += 1
    majority = [counts.most_common(1)[0] for counts in nodes.values()]
    pure = sum(n for _, n in majority) / max(1, sum(sum(counts.values()) for counts in nodes.values()))
    kinds = {kind for kind, _ in majority if kind in held}
    ms = 1_000 / len(stream)
    return (
        f"fit {fit:.1f} s; a ticket {seconds * ms:.2f} ms, without placing {without * ms:.2f} ms; "
        f"placed {len(sure) / len(streamed):.2f}, right {right:.2f}; nodes {len(nodes)}, purity {pure:.2f}, "
        f"of the five {len(kinds)}; the same after a restart {same:.4f}"
    )


if __name__ == "__main__":
    main()
