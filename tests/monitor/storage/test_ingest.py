from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from connectors.taxonomy import Taxonomy
from connectors.ticket import Ticket, TicketBatch, to_us
from connectors.windows import Calendar
from monitor.storage import Store

CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
T0 = datetime(2026, 5, 9, 2, tzinfo=UTC)


def test_a_ticket_is_counted_once_however_often_it_is_read(store: Store):
    taxonomy = Taxonomy(["a", "b"])
    batch = TicketBatch.of("s", [Ticket("s", "1", T0, T0, ("x", "y"), text="a\0\ud800b")])
    for _ in range(2):
        with store.writing() as tx:
            nodes = taxonomy.nodes(batch.paths)[batch.category]
            tx.nodes.save(taxonomy)
            tx.ingest(batch, nodes=nodes, seen=to_us(T0), calendar=CALENDAR)
    with store.reading() as tx:
        node, count = tx.counts.leaf("tickets", to_us(T0), to_us(T0) + 1)
        assert node.tolist() == [2]
        assert count.tolist() == [1]
        assert tx.nodes.paths() == taxonomy.paths
        assert tx.ticket_reads.ticket("s", "1")
