"""Made-up complaints of a few kinds, and an engine that places those without a category."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from live import plan_of

from connectors.source import Poll
from connectors.taxonomy import Taxonomy
from connectors.ticket import Path, Ticket, TicketBatch, to_us
from connectors.windows import Calendar
from detectors.rules.daily_threshold import Detector, Options
from monitor.config.schema import Clustering
from monitor.engine.done import Done
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.placement.classifier import Classifier
from monitor.placement.placing import Placing
from monitor.storage import Store
from monitor.storage.taxonomy_changes import lineage_of

LEVELS = ("business", "product")
START = datetime(2026, 5, 9, 1, tzinfo=UTC)
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))

KINDS: dict[str, tuple[Path, str]] = {
    "card": (("cards", "lost"), "card lost stolen wallet block replacement missing purse"),
    "top up": (("account", "top up"), "top up balance money transfer pending bank failed"),
    "rate": (("account", "rate"), "exchange rate currency euro dollar wrong conversion markup"),
}
PARCEL = "parcel courier doorstep rain soaked cardboard"
LIFT = "lift elevator stuck doors basement mechanic"
FILLER = "the my is was please why it again today after they and"


def text_of(words: str, dice: random.Random) -> str:
    """A complaint that uses some of these words."""
    own, filler = dice.sample(words.split(), 5), dice.sample(FILLER.split(), 3)
    mixed = own + filler
    dice.shuffle(mixed)
    return " ".join(mixed)


def labelled(number: int, seed: int = 1, source: str = "desk", at: datetime = START) -> list[Ticket]:
    """Tickets of all kinds in turn, with text and category."""
    dice, kinds = random.Random(seed), list(KINDS.values())
    return [
        Ticket(source, f"known{seed}-{n}", at, at, kinds[n % 3][0], text=text_of(kinds[n % 3][1], dice))
        for n in range(number)
    ]


def unlabelled(
    words: str, number: int, *, seed: int = 2, source: str = "desk", at: datetime = START, name: str = ""
) -> list[Ticket]:
    """Tickets about these words without a category, a minute apart."""
    dice = random.Random(seed)
    stamps = [at + timedelta(minutes=n) for n in range(number)]
    return [
        Ticket(source, f"{name or words[:4]}{seed}-{n}", stamp, stamp, text=text_of(words, dice))
        for n, stamp in enumerate(stamps)
    ]


class Placed:
    """An engine over a store, with a clock that the tickets move."""

    def __init__(self, url: str, *, told_by: Sequence[str] = ("desk",), **settings: object) -> None:
        self.url, self.sources = url, tuple(told_by)
        self.settings = Clustering(**{"least_labelled": 30, **settings})  # type: ignore[arg-type]
        options = Options(thresholds={"low": 10})
        self.rules = Rules(
            detectors={"volume": Detector("volume", (2,), options)},
            plan=plan_of(["low"]),
            sources=self.sources,
            gaps=(),
        )
        self.open()

    def open(self) -> None:
        """Start, or start again, from what the store holds."""
        self.store = Store.open(self.url)
        with self.store.reading() as tx:
            taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
            applied = [change for change in tx.taxonomy.all() if change.applied_at is not None]
        self.classifier = Classifier(
            least=self.settings.least_labelled,
            min_confidence=self.settings.min_confidence,
            encoder=False,
        )
        self.placing = Placing(self.settings, self.classifier, taxonomy=taxonomy, emerging="Emerging")
        self.engine = Engine(
            self.store,
            taxonomy=taxonomy,
            calendar=CALENDAR,
            rules=self.rules,
            lineage=lineage_of(applied, depth=len(LEVELS)),
            placing=self.placing,
        )

    def restart(self) -> None:
        """Forget all that is only in memory."""
        self.store.close()
        self.open()

    def tell(self, tickets: Iterable[Ticket], *, together: int = 1_000_000) -> list[Done]:
        """Versions of one source arrive, so many at a time."""
        rows = list(tickets)
        done = []
        for start in range(0, len(rows), together):
            part = rows[start : start + together]
            batch = self.placing.judge(self.store, TicketBatch.of(part[0].source, part))
            now = max(to_us(ticket.updated_at) for ticket in part)
            done.append(self.engine.take(Poll(batch, (), "", None), now=now))
        return done

    def change(self, kind: str, old: Path, new: Path) -> None:
        """Somebody changes the taxonomy."""
        with self.store.writing() as tx:
            tx.taxonomy.ask(kind, {"moves": [[list(old), list(new)]]}, author="test", at=1)
        self.engine.rearrange(now=to_us(START + timedelta(hours=5)))

    def counted(self) -> dict[Path, int]:
        """Tickets by path."""
        with self.store.reading() as tx:
            paths = tx.nodes.paths()
            node, count = tx.counts.leaf("tickets", -(2**62), 2**62)
        return {paths[n]: c for n, c in zip(node.tolist(), count.tolist(), strict=True) if c}
