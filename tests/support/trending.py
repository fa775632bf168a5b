"""Rows of the trend log, stored and written to files, and what the files hold."""

import csv
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.daemon.trend_files import TrendFiles
from monitor.trend.rows import TrendRows

SHANGHAI = Calendar(ZoneInfo("Asia/Shanghai"))

NOW = datetime(2026, 5, 9, 4, 0, 30, tzinfo=UTC)
NOON = to_us(NOW.replace(second=0))
DAYS = timedelta(days=1)
TREE = Taxonomy(["a", "b"], [("移动业务", "账单")])


def trend_files(store, folder, clock, *, calendar=SHANGHAI, keep=90 * DAYS):
    return TrendFiles(store, folder=folder, keep=keep, calendar=calendar, clock=clock)


def rows(*cells):
    """Rows of (hour, node, count, previous); previous None where it is unknown."""
    hour, node, count, previous = zip(*cells, strict=True)
    known = np.array([one is not None for one in previous])
    n = len(cells)
    return TrendRows(
        hour=np.array(hour),
        node=np.array(node),
        count=np.array(count),
        previous=np.array([one or 0 for one in previous]),
        previous_known=known,
        day_to_date=np.array(count) + 100,
        month_escalated=np.full(n, 2),
        complete=known,
    )


def committed(store, taxonomy, *cells, at=NOW):
    """What the store has added of the rows."""
    with store.writing() as tx:
        tx.nodes.save(taxonomy)
        return tx.trend.save(rows(*cells), written_at=to_us(at))


def written(store, files, taxonomy, *cells, at=NOW):
    """The same, written to the files too."""
    files.append(committed(store, taxonomy, *cells, at=at), taxonomy.paths)


def lines_of(folder, day="2026-05-09"):
    with (folder / f"trend-{day}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
