"""The incidents that are not over, found by branch; and what a decision has done to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from alerts.incidents.branch import covers
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import Incident, Refusal
from alerts.incidents.transitions import after, opened
from connectors.ticket import Path


@dataclass(frozen=True, slots=True)
class Changed:
    """An incident after a decision, and the events that brought it there, to be stored."""

    incident: Incident
    events: tuple[Event, ...]


class Book:
    """Incidents in the course of one decision. Finding costs as many steps as a path has names.

    `next_id` is the number of the next incident that is opened.
    """

    def __init__(self, incidents: Iterable[Incident] = (), *, next_id: int = 1) -> None:
        self.next_id = next_id
        self._by_id: dict[int, Incident] = {}
        self._events: dict[int, list[Event]] = {}
        self._at: dict[Path, int] = {}
        self._below: defaultdict[Path, set[int]] = defaultdict(set)
        self._parents: defaultdict[Path, set[int]] = defaultdict(set)
        for incident in incidents:
            self._by_id[incident.id] = incident
            self._index(incident)

    def __getitem__(self, id: int) -> Incident:
        return self._by_id[id]

    @property
    def open(self) -> tuple[Incident, ...]:
        """All that are not over, by number."""
        return tuple(one for _, one in sorted(self._by_id.items()) if not one.state.over)

    @property
    def all(self) -> tuple[Incident, ...]:
        """Every one, by number."""
        return tuple(one for _, one in sorted(self._by_id.items()))

    @property
    def live(self) -> tuple[Incident, ...]:
        """All that are not over, or on which deadlines run, by number."""
        return tuple(one for one in self.all if not one.closed)

    def taken(self) -> tuple[Changed, ...]:
        """What has changed since this was asked last."""
        changed = self.changed
        self._events.clear()
        return changed

    @property
    def changed(self) -> tuple[Changed, ...]:
        """Those that the decision opened or changed, by number."""
        return tuple(Changed(self._by_id[id], tuple(events)) for id, events in sorted(self._events.items()))

    def covering(self, branch: Path) -> Incident | None:
        """The one at or above a branch."""
        for depth in range(len(branch) + 1):
            id = self._at.get(branch[:depth])
            if id is not None:
                return self._by_id[id]
        return None

    def within(self, branch: Path) -> list[Incident]:
        """Those at or below a branch."""
        return [self._by_id[id] for id in sorted(self._below.get(branch, ()))]

    def beside(self, branch: Path) -> list[Incident]:
        """Those with a signal of a sibling of the branch."""
        return [self._by_id[id] for id in sorted(self._parents.get(branch[:-1], ()))] if branch else []

    def begin(self, event: Event) -> Incident:
        """Open an incident."""
        incident = opened(event, id=self.next_id)
        self.next_id += 1
        self._by_id[incident.id] = incident
        self._events[incident.id] = [event]
        self._index(incident)
        return incident

    def tell(self, id: int, *events: Event) -> Incident | Refusal:
        """Let an incident take events, one by one, up to the first that it refuses."""
        incident = self._by_id[id]
        for event in events:
            result = self._after(incident, event)
            if isinstance(result, Refusal):
                return result
            if result is not incident:
                self._events.setdefault(id, []).append(event)
            incident = result
        return incident

    def explained(self) -> dict[str, int]:
        """The incident of each signal, by identity."""
        return {signal: id for id, incident in self._by_id.items() for signal in incident.signals}

    def subside(self, now: int, *, after: int) -> None:
        """Where nobody measures: what has had no signal for so long is over."""
        for incident in self.open:
            if now - incident.last_signal_at > after:
                key = event_key(incident.key, Kind.RESOLVED, incident.last_signal_at)
                self.tell(incident.id, Event(key, Kind.RESOLVED, now, why=Why.SUBSIDED))

    def _after(self, incident: Incident, event: Event) -> Incident | Refusal:
        result = after(incident, event)
        if isinstance(result, Refusal) or result is incident:
            return result
        known = len(incident.nodes)
        if (result.node, result.state.over, result.nodes[:known]) != (
            incident.node,
            incident.state.over,
            incident.nodes,
        ):
            self._unindex(incident)
            self._index(result)
        elif not result.state.over:
            self._index_nodes(result, result.nodes[known:])
        self._by_id[incident.id] = result
        return result

    def nests(self, incident: Incident) -> Incident | None:
        """Another that is not over and lies at, above or below this one: they cannot both be open."""
        above = self.covering(incident.node)
        others = [*([above] if above else []), *self.within(incident.node)]
        return next((one for one in others if one.id != incident.id), None)

    def _index(self, incident: Incident) -> None:
        if incident.state.over:
            return
        self._at[incident.node] = incident.id
        for depth in range(len(incident.node) + 1):
            self._below[incident.node[:depth]].add(incident.id)
        self._index_nodes(incident, incident.nodes)

    def _index_nodes(self, incident: Incident, nodes: Iterable[Path]) -> None:
        for node in nodes:
            if node and covers(incident.node, node):
                self._parents[node[:-1]].add(incident.id)

    def _unindex(self, incident: Incident) -> None:
        if incident.state.over:
            return
        if self._at.get(incident.node) == incident.id:
            del self._at[incident.node]
        for depth in range(len(incident.node) + 1):
            self._below[incident.node[:depth]].discard(incident.id)
        for node in incident.nodes:
            if node:
                self._parents[node[:-1]].discard(incident.id)
