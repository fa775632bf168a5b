"""Incidents follow the tree: when nodes are renamed or merged, an incident has the names of now.

It stays the same incident, with its number, its story and whoever owns it. Where two that are not over stand
at one node now, or one below the other, the wider one has the signals of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alerts.incidents.book import Book
from alerts.incidents.branch import UNSPECIFIED, is_exact, node_of
from alerts.incidents.branching import settle_nested
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident
from alerts.plan import ResponsePlan
from connectors.ticket import Path


def relocate(
    book: Book,
    moved: Callable[[Path], Path],
    signals: Mapping[str, str],
    *,
    plan: ResponsePlan,
    now: int,
) -> None:
    """Let every incident of the book, also those that are over, follow.

    Parameters
    ----------
    moved : the path of a node now
    signals : identities that have changed, by what they were
    """

    def branch(path: Path) -> Path:
        return (*moved(node_of(path)), UNSPECIFIED) if is_exact(path) else moved(path)

    changed: list[int] = []
    for one in book.all:
        event = _event(one, branch, signals, now=now)
        if event is not None:
            book.tell(one.id, event)
            changed.append(one.id)
    for id in changed:
        if not book[id].state.over:
            settle_nested(id, book, plan=plan, now=now)


def _event(
    incident: Incident, branch: Callable[[Path], Path], signals: Mapping[str, str], *, now: int
) -> Event | None:
    node, nodes = branch(incident.node), tuple(dict.fromkeys(map(branch, incident.nodes)))
    known = tuple(signals.get(one, one) for one in incident.signals)
    if (node, nodes, known) == (incident.node, incident.nodes, incident.signals):
        return None
    key = event_key(incident.key, Kind.MOVED, *node, now)
    return Event(key, Kind.MOVED, now, node=node, nodes=nodes, signals=known)
