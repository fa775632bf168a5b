"""The tables of what was decided and told: signals, pages on their way, incidents, what people say of them.

As in `schema`, instants are BIGINT microseconds since 1970-01-01 UTC, and null stands for "has not happened".
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from monitor.storage.schema import METADATA

SIGNALS: Final = Table(
    "signals",
    METADATA,
    Column("id", Text, primary_key=True, doc="Signal.identity"),
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("node_id", Integer, ForeignKey("nodes.id"), nullable=False),
    Column("exact", Boolean, nullable=False),
    Column("window_start", BigInteger, nullable=False),
    Column("window_end", BigInteger, nullable=False),
    Column("level", Text, nullable=False),
    Column("observed", BigInteger, nullable=False),
    Column("threshold", BigInteger, nullable=False),
    Column("crossed_at", BigInteger, nullable=False),
    Column("created_at", BigInteger),
    Column("subject", Text, nullable=False, doc="JSON list of pairs"),
    Column("revised_to", BigInteger),
    Column("detail", Text, nullable=False, doc="JSON object"),
    Column("fired_at", BigInteger, nullable=False, doc="when it was stored"),
    Column("page_key", Text, ForeignKey("pages.key")),
    Column("awaiting", Text, doc="name of the source whose bulk import will fold it into one page"),
    Index("ix_signals_window_end", "window_end"),
    Index("ix_signals_page_key", "page_key"),
)
Index(
    "ix_signals_awaiting",
    SIGNALS.c.awaiting,
    sqlite_where=SIGNALS.c.awaiting.is_not(None),
    postgresql_where=SIGNALS.c.awaiting.is_not(None),
)
Index(
    "ix_signals_subject",
    SIGNALS.c.subject,
    sqlite_where=SIGNALS.c.subject != "[]",
    postgresql_where=SIGNALS.c.subject != "[]",
)

PAGES: Final = Table(
    "pages",
    METADATA,
    Column("key", Text, primary_key=True, doc="the same for the same decision"),
    Column("at", BigInteger, nullable=False, doc="when it was decided"),
    Column("level", Text),
    Column("reason", Text, nullable=False),
    Column("muted_by", Text),
    Column("body", Text, nullable=False, doc="the whole page as JSON"),
    Index("ix_pages_at", "at"),
)

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("page_key", Text, ForeignKey("pages.key"), nullable=False),
    Column("role", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("state", Text, nullable=False, doc="pending, sent or undeliverable"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", BigInteger, nullable=False, doc="not to be sent before"),
    Column("last_error", Text),
    Column("settled_at", BigInteger, doc="when it was sent, or given up"),
    Column("receipt", Text, doc="JSON: what the channel answered"),
    Column("language", Text),
    UniqueConstraint("page_key", "role", "channel", "address"),
)
Index(
    "ix_outbox_pending",
    OUTBOX.c.next_at,
    sqlite_where=OUTBOX.c.state == "pending",
    postgresql_where=OUTBOX.c.state == "pending",
)

INCIDENTS: Final = Table(
    "incidents",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False, doc="dense, from 1"),
    Column("key", Text, nullable=False, unique=True, doc="the same for the same opening decision"),
    Column("state", Text, nullable=False),
    Column("node", Text, nullable=False, doc="JSON list of names; the last is empty where exact"),
    Column("level", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("resolved_at", BigInteger),
    Column("events", Integer, nullable=False, doc="how many there are, so that a change is seen"),
    Column("clocks", Boolean, nullable=False, doc="deadlines run on it, though it may be over"),
)
Index(
    "ix_incidents_live",
    INCIDENTS.c.id,
    sqlite_where=text("state <> 'resolved' OR clocks"),
    postgresql_where=text("state <> 'resolved' OR clocks"),
)

INCIDENT_EVENTS: Final = Table(
    "incident_events",
    METADATA,
    Column("incident_id", Integer, ForeignKey("incidents.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, doc="from 0; append-only"),
    Column("key", Text, nullable=False, doc="the same for the same event of the incident"),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False, doc="the event as JSON"),
)

SILENCES: Final = Table(
    "silences",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, doc="null: it mutes, or will"),
    Column("body", Text, nullable=False, doc="the silence as JSON"),
)

ONCALL_OVERRIDES: Final = Table(
    "oncall_overrides",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("schedule", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

INCIDENT_THREADS: Final = Table(
    "incident_threads",
    METADATA,
    Column("incident_id", Integer, ForeignKey("incidents.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("reference", Text, nullable=False, doc="receipt of the first message about it there"),
    Column("page_key", Text, nullable=False, doc="the last page about it there, as long as it is kept"),
    Column("language", Text, nullable=False),
    Column("seen", Integer, nullable=False, doc="so many of its events are told there"),
    Column("next_at", BigInteger, nullable=False, doc="not to be told before"),
    Column("attempts", Integer, nullable=False, server_default="0", doc="failed ones since the last"),
)
