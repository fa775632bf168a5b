"""The tables of what was read and counted, as the newest migration leaves them; `schema_told` has the others.

All instants are BIGINT microseconds since 1970-01-01 UTC; null stands for "has not happened". Nodes have the
number that the taxonomy gave them. Counts are of whole paths only; ancestors are derived.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Facts about the store: the zone its counts are cut in, the hour up to which all is closed.
META: Final = Table(
    "meta",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

NODES: Final = Table(
    "nodes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False, unique=True, doc="JSON list of names"),
)

SOURCES: Final = Table(
    "sources",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False, doc="dense, from 0"),
    Column("name", Text, nullable=False, unique=True),
    Column("cursor", Text),
    Column("complete_to", BigInteger, doc="everything updated before has been read"),
    Column("first_created", BigInteger, doc="earliest created_at of its tickets"),
    Column("polled_at", BigInteger, doc="last poll that did not fail"),
    Column("failures", Integer, nullable=False, server_default="0", doc="failed polls in a row"),
    Column("failing_since", BigInteger),
    Column("last_error", Text),
    Column("next_at", BigInteger, doc="earliest next poll, while it fails"),
    Column("blind_since", BigInteger),
)

BLIND_TIMES: Final = Table(
    "blind_times",
    METADATA,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True),
    Column("start_at", BigInteger, primary_key=True),
    Column("end_at", BigInteger),
    sqlite_with_rowid=False,
)

# The category table and what became of nodes since: only added to. Tickets follow when a change is applied.
TAXONOMY_CHANGES: Final = Table(
    "taxonomy_changes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False, doc="when somebody asked for it"),
    Column("author", Text, nullable=False),
    Column("kind", Text, nullable=False, doc="table, rename, merge, split, adopt or undo"),
    Column("body", Text, nullable=False, doc="JSON object"),
    Column("applied_at", BigInteger, doc="since when tickets are counted by it; null: not yet"),
)

TICKETS: Final = Table(
    "tickets",
    METADATA,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True),
    Column("ticket_id", Text, primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("node_id", Integer, ForeignKey("nodes.id"), nullable=False, doc="node of the whole path"),
    Column("escalated", BigInteger, doc="earliest over all versions seen"),
    Column("closed", BigInteger),
    Column("void", Boolean, nullable=False),
    Column("seen", BigInteger, nullable=False, doc="when the latest version was first seen"),
    Column("complainant", Text, doc="keyed hash"),
    Column("tags", Text, doc="JSON list"),
    Column("text", Text),
    Column("region", Text),
    Column("channel", Text),
    Column("label_id", Integer, doc="node of the path as told, where it is counted on another; else null"),
    Index("ix_tickets_created", "created"),
    sqlite_with_rowid=False,
)
# Few tickets are escalated, and many sources tell no complainant or text: partial indexes cost them nothing.
Index(
    "ix_tickets_escalated",
    TICKETS.c.escalated,
    sqlite_where=TICKETS.c.escalated.is_not(None),
    postgresql_where=TICKETS.c.escalated.is_not(None),
)
Index(
    "ix_tickets_complainant",
    TICKETS.c.complainant,
    TICKETS.c.node_id,
    sqlite_where=TICKETS.c.complainant.is_not(None),
    postgresql_where=TICKETS.c.complainant.is_not(None),
)
Index(
    "ix_tickets_text",
    TICKETS.c.node_id,
    TICKETS.c.created,
    sqlite_where=TICKETS.c.text.is_not(None),
    postgresql_where=TICKETS.c.text.is_not(None),
)

PLACEMENTS: Final = Table(
    "placements",
    METADATA,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True),
    Column("ticket_id", Text, primary_key=True),
    Column("node_id", Integer, ForeignKey("nodes.id"), nullable=False, doc="node where the text put it"),
    Column("confidence", Float, nullable=False, doc="probability that it belongs there"),
    Column("model", BigInteger, nullable=False, doc="texts that the classifier had learned from"),
    Column("cluster", Integer, doc="number of its group of texts that fit nowhere"),
    Column("created", BigInteger, nullable=False, doc="created_at of the ticket"),
    Column("at", BigInteger, nullable=False, doc="when it was placed"),
    Column("emerged_at", BigInteger, doc="since when its group has a node of its own"),
    Column("corrected_at", BigInteger, doc="since when the source tells a category itself"),
    sqlite_with_rowid=False,
)
Index(
    "ix_placements_cluster",
    PLACEMENTS.c.cluster,
    sqlite_where=PLACEMENTS.c.cluster.is_not(None),
    postgresql_where=PLACEMENTS.c.cluster.is_not(None),
)

COUNTS: Final = Table(
    "counts",
    METADATA,
    Column("hour", BigInteger, primary_key=True, doc="start of the hour"),
    Column("node_id", Integer, ForeignKey("nodes.id"), primary_key=True),
    Column("tickets", Integer, nullable=False, doc="created in the hour"),
    Column("escalated", Integer, nullable=False, doc="escalated in the hour"),
    Column(
        "late",
        Integer,
        nullable=False,
        server_default="0",
        doc="those of `tickets` that came, or went, after the hour had been closed",
    ),
    sqlite_with_rowid=False,
)
Index(
    "ix_counts_escalated",
    COUNTS.c.hour,
    COUNTS.c.node_id,
    COUNTS.c.escalated,
    sqlite_where=text("escalated <> 0"),
    postgresql_where=text("escalated <> 0"),
)

QUARANTINE: Final = Table(
    "quarantine",
    METADATA,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True),
    Column("key", Text, primary_key=True, doc="the same for the same bad row"),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
)

TREND: Final = Table(
    "trend",
    METADATA,
    Column("hour", BigInteger, primary_key=True),
    Column("node_id", Integer, ForeignKey("nodes.id"), primary_key=True),
    Column("revision", Integer, primary_key=True, doc="0 is the first; append-only"),
    Column("count", BigInteger, nullable=False),
    Column("previous", BigInteger, doc="null: unknown"),
    Column("day_to_date", BigInteger, nullable=False),
    Column("month_escalated", BigInteger, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Index("ix_trend_node_id_hour", "node_id", "hour"),
    sqlite_with_rowid=False,
)

TREND_SIGNATURES: Final = Table(
    "trend_signatures",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("hour", BigInteger, nullable=False, index=True),
    Column("signed_by", Text, nullable=False),
    Column("remark", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

LEASE: Final = Table(
    "lease",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("holder", Text, doc="null: nobody"),
    Column("token", BigInteger, nullable=False, doc="rises with each holder and fences off older ones"),
    Column("expires_at", BigInteger, nullable=False),
)
