"""In whatever order versions come, through restarts: counts are a recount, and the source comes first."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from placed import CALENDAR, START, Placed

from connectors.clustering.judge import Placement
from connectors.ticket import Ticket
from monitor.storage.recount import recount

STRANGE = ("odd a", "odd b", "odd a and b")


class Fake:
    """A classifier that answers at once: "card" goes to cards, "odd" fits nowhere, all else is unsure."""

    version = 7

    def __init__(self) -> None:
        self.placer = SimpleNamespace(
            rarity=lambda _word: 1.0,
            vectors=lambda texts: (
                np.array([vector(text) for text in texts]),
                np.zeros((len(texts), 2)),
                np.array([known(text) for text in texts]),
            ),
        )

    def start(self, labelled) -> None:
        """Nothing is learned."""

    learn = correct = start

    def place(self, texts):
        return [
            Placement(
                path=("cards", "lost") if "card" in text else (),
                confidence=0.9,
                known=known(text),
                likeliest=("cards", "lost"),
                vector=vector(text) if text in STRANGE else None,
                near=(0.0, 0.0),
                read=False,
            )
            for text in texts
        ]


def known(text):
    return 0.1 if text in STRANGE else 0.95


def vector(text):
    """Odd "a and b" stands between the others and makes them one group, if it comes while they are small."""
    found = np.array([" a" in text, text.endswith(" b")], dtype=np.float32) * (text in STRANGE)
    return found / max(float(np.linalg.norm(found)), 1)


def engine(url: str) -> Placed:
    made = Placed(url, emerging_tickets=3)
    made.placing._classifier = Fake()
    return made


VERSIONS = st.builds(
    Ticket,
    source=st.just("desk"),
    id=st.sampled_from("12345"),
    created_at=st.sampled_from([START + timedelta(minutes=m) for m in (0, 30, 90, 400)]),
    updated_at=st.sampled_from([START + timedelta(hours=10, minutes=m) for m in range(4)]),
    path=st.sampled_from([(), (), (), ("tv", "box"), ("tv",)]),
    void=st.sampled_from([False, False, False, True]),
    text=st.sampled_from([None, "card", "meh", *STRANGE, *STRANGE]),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # A story takes too long to shrink: what fails is printed as it was found.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(
    parts=st.lists(st.lists(VERSIONS, min_size=1, max_size=4), max_size=7),
    restarts=st.sets(st.integers(0, 6)),
)
def test_counts_are_a_recount_the_source_comes_first_and_what_is_told_again_changes_nothing(parts, restarts):
    with TemporaryDirectory() as folder:
        placed = engine(f"sqlite:///{Path(folder) / 'x.db'}")
        for number, part in enumerate(parts):
            if number in restarts:
                placed.store.close()
                placed = engine(placed.url)
            placed.tell(part)
        before = placed.counted()
        latest: dict[str, Ticket] = {}
        for version in (version for part in parts for version in part):
            if version.id not in latest or version.updated_at >= latest[version.id].updated_at:
                latest[version.id] = version
        with placed.store.reading() as tx:
            assert len(recount(tx, CALENDAR)) == 0
            paths = tx.nodes.paths()
            rows = tx.connection.exec_driver_sql("SELECT ticket_id, node_id, void FROM tickets").fetchall()
            stored = tx.placements.known(tx.sources.find("desk"), list(latest))
        assert sum(before.values()) == sum(not one.void for one in latest.values())
        for ticket, node, void in rows:
            assert bool(void) == latest[ticket].void
            if latest[ticket].path:
                assert paths[node] == latest[ticket].path
                assert stored[ticket].placed is None
            else:
                assert paths[node] == (stored[ticket].placed or ())
        placed.tell(list(latest.values()))
        assert placed.counted() == before
        placed.store.close()
