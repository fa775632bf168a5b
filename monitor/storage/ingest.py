"""The path of a batch into the store: known states, ledger, latest states, counts - in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from connectors.counting import Changes, Ledger, Versions, ledger
from connectors.ticket import NEVER, Bool, Int32, Int64, Objects, TicketBatch, objects
from connectors.windows import Calendar
from monitor.storage.facts import NOTHING
from monitor.storage.texts import storables
from monitor.storage.tickets import KnownStates

if TYPE_CHECKING:
    from monitor.storage.store import Transaction


@dataclass(frozen=True)
class Ingested:
    """What a batch brought, for the detectors.

    Attributes
    ----------
    versions : the states known before, then what is stored of the batch, in order of arrival; `source` is
        the source's number in the store
    ledger : what it changed
    """

    versions: Versions
    ledger: Ledger


def ingest(
    tx: Transaction,
    batch: TicketBatch,
    *,
    nodes: Int32,
    labels: Int32 | None = None,
    seen: int,
    calendar: Calendar,
    imported: bool = False,
) -> Ingested:
    """Store a batch of versions, and count what it changes; what tells of sealed hours alone is left out.

    Parameters
    ----------
    nodes : (n,) int32 node that each version is counted on; the nodes must be stored
    labels : (n,) int32 node of each version's path as it was told; None where that is the same
    seen : when the batch arrived
    imported : it is part of a bulk import, which is history and not late
    """
    source = tx.sources.id(batch.source)
    sealed = tx.facts.sealed_until()
    if sealed != NOTHING:
        keep = _remembered(batch, sealed)
        if not keep.all():
            batch, nodes = batch.take(keep), nodes[keep]
            labels = None if labels is None else labels[keep]
    ids = stored_ids(batch)
    place: dict[str, int] = {}
    ticket = [place.setdefault(id, len(place)) for id in ids]
    known = tx.tickets.known(source, list(place))
    versions = _versions(batch, known, ticket=ticket, source=source, nodes=nodes, seen=seen, ids=list(place))
    booked = ledger(versions)
    if sealed != NOTHING:
        booked = replace(
            booked,
            tickets=_unsealed(booked.tickets, sealed),
            escalations=_unsealed(booked.escalations, sealed),
        )
    _save(tx, batch, booked, versions, labels=labels, ids=ids)
    closed = None if imported else tx.facts.closed_until()
    tx.counts.add(booked.tickets, booked.escalations, calendar, closed=closed)
    return Ingested(versions, booked)


def stored_ids(batch: TicketBatch) -> list[str]:
    """The ids as they are stored."""
    ids = batch.ids.tolist()
    if batch.ids.dtype != np.object_:
        return [str(id) for id in ids]
    return [str(id) for id in storables(ids)]


def _remembered(batch: TicketBatch, sealed: int) -> Bool:
    """Versions that tell of something after the seal; of older ones nobody knows if they were counted."""
    escalated = np.where(batch.escalated == NEVER, sealed - 1, batch.escalated)
    keep: Bool = (batch.created >= sealed) | (batch.updated >= sealed) | (escalated >= sealed)
    return keep


def _unsealed(changes: Changes, sealed: int) -> Changes:
    keep = changes.at >= sealed
    if keep.all():
        return changes
    return Changes(
        changes.order[keep], changes.row[keep], changes.node[keep], changes.at[keep], changes.sign[keep]
    )


def _versions(
    batch: TicketBatch,
    known: KnownStates,
    *,
    ticket: list[int],
    source: int,
    nodes: Int32,
    seen: int,
    ids: list[str],
) -> Versions:
    n, k = len(batch), len(known)
    arrived = np.array(ticket, dtype=np.int64)
    tickets = np.concatenate((known.ticket, arrived)) if k else arrived
    return Versions(
        ticket=tickets,
        source=np.full(k + n, source, dtype=np.int32),
        node=_joined(known.node, nodes),
        created=_joined(known.created, batch.created),
        updated=_joined(known.updated, batch.updated),
        escalated=_joined(known.escalated, batch.escalated),
        closed=_joined(known.closed, batch.closed),
        void=_joined(known.void, batch.void),
        seen=np.full(k + n, seen, dtype=np.int64),
        known=k,
        complainant=_optional(known.complainant, batch.complainant, n),
        tags=_optional(known.tags, batch.tags, n),
        ids=objects(ids)[tickets],
    )


def _joined(known: NDArray[Any], arrived: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((known, arrived)) if len(known) else arrived


def _optional(known: Objects, arrived: Objects | None, n: int) -> Objects | None:
    """Known and arrived values; None where there is no value at all."""
    if arrived is None and not any(known.tolist()):
        return None
    return np.concatenate((known, objects([None] * n) if arrived is None else arrived))


def _save(
    tx: Transaction,
    batch: TicketBatch,
    booked: Ledger,
    versions: Versions,
    *,
    labels: Int32 | None,
    ids: list[str],
) -> None:
    """Write the new states; where only the escalation is news, only that."""
    if len(batch) == 0:
        return
    seen, source = int(versions.seen[-1]), int(versions.source[-1])
    fresh: Int64 = booked.latest - versions.known
    told = fresh >= 0
    if not told.all():
        older = booked.latest[~told]
        tx.tickets.save_escalated(source, _strings(versions, older), booked.escalated[~told])
    row = fresh[told]
    nodes = versions.node[versions.known :]
    escalated = booked.escalated
    if not (len(row) == len(batch) and bool((row == np.arange(len(row))).all())):
        batch, ids = batch.take(row), [ids[i] for i in row.tolist()]
        nodes, labels = nodes[row], None if labels is None else labels[row]
        escalated = escalated[told]
    tx.tickets.save(batch, ids, source=source, node=nodes, label=labels, escalated=escalated, seen=seen)


def _strings(versions: Versions, rows: Int64) -> list[str]:
    return [] if versions.ids is None else versions.ids[rows].tolist()
