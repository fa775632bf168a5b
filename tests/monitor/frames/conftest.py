"""Small stores to look at, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import fresh_database
from lived import BILL, NET, WRONG, lived
from storing import LEVELS, NOON, SHANGHAI, signal

from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, HOUR, to_us
from monitor.known_time import KnownTime
from monitor.storage import Store, Transaction
from monitor.trend.rows import HourCounts, Hours, trend_rows


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a store that does not exist yet, on each of the databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/complaints.db"
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as fresh:
        yield fresh


@pytest.fixture
def kept(address: str) -> str:
    """At noon one ticket of each node, an hour later three of WRONG, at three one of BILL."""
    lived(address, (BILL, 0), (WRONG, 0), (NET, 0), (WRONG, 1), (WRONG, 1), (WRONG, 1), (BILL, 3))
    store = Store.open(address)
    with store.writing() as tx:
        _log(tx)
        tx.signals.save(
            [
                signal(BILL, crossed_at=to_us(NOON) + HOUR, subject=(), revised_to=97),
                signal(
                    WRONG,
                    rule="surge",
                    kind="seasonal_surge",
                    crossed_at=to_us(NOON) + 2 * HOUR,
                    detail={
                        "expected": 1.5,
                        "score": 4.25,
                        "focus": list(BILL),
                        "explanation": {"children": []},
                    },
                ),
            ],
            fired_at=to_us(NOON) + DAY,
        )
    store.close()
    return address


def _log(tx: Transaction) -> None:
    noon = to_us(NOON)
    hours = SHANGHAI.hours_between(noon, noon + 4 * HOUR)
    counted = HourCounts(*tx.counts.hourly("tickets", 0, noon + DAY))
    none = HourCounts(*tx.counts.hourly("escalated", 0, noon + DAY))
    rows = trend_rows(
        Taxonomy(LEVELS, tx.nodes.paths()),
        SHANGHAI,
        hours=Hours.of(hours, KnownTime(SHANGHAI, (noon,), ())),
        tickets=counted,
        escalated=none,
    )
    tx.trend.save(rows, written_at=noon + DAY)
