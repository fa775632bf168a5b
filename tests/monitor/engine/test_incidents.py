"""Signals in a store have their incident in the same transaction, and keep it over a restart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from live import Live, sqlite
from oracle import OracleRule, OracleTicket

from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident, State
from alerts.page import Reason
from connectors.ticket import to_us

START = datetime(2026, 5, 9, 1, tzinfo=UTC)


def ticket(number: int, node: tuple[str, ...] = ("a", "b")) -> OracleTicket:
    at = START + timedelta(minutes=number)
    return OracleTicket(source="desk", id=str(number), created_at=at, updated_at=at, path=node)


def live_of(folder: Path, gaps: Any = None) -> Live:
    rule = OracleRule(
        name="daily", kind="daily_threshold", thresholds={"low": 3, "high": 5}, depths=(2,), level="low"
    )
    return Live(sqlite(folder), [rule], zone="UTC", levels=2, sources=["desk"], gaps=gaps or {})


def incidents(live: Live) -> list[Incident]:
    with live.store.reading() as tx:
        return tx.incidents.find()


def test_a_ladder_of_levels_is_one_incident_that_rises_even_over_a_restart(tmp_path: Path) -> None:
    live = live_of(tmp_path)
    live.run([ticket(i) for i in range(4)])
    live.restart()
    live.run([ticket(i) for i in range(4, 6)])
    (incident,) = incidents(live)
    assert (incident.level, len(incident.signals)) == ("high", 2)
    assert incident.tickets_before_detection == 3
    kinds = [event.kind for event in incident.log]
    assert kinds == [Kind.OPENED, Kind.PAGED, Kind.ABSORBED, Kind.ROSE, Kind.PAGED]
    assert [page.incident for page in live.pages] == [1, 1]


def test_a_step_that_fails_leaves_no_incident_and_the_next_one_decides_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.storage.outbox import Outbox

    live = live_of(tmp_path)
    live.run([ticket(0), ticket(1)])
    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "save", lambda *_, **__: (_ for _ in ()).throw(OSError("disk")))
        with pytest.raises(OSError, match="disk"):
            live.arrive([ticket(2)], START + timedelta(minutes=2))
    assert incidents(live) == []
    live.arrive([ticket(2)], START + timedelta(minutes=2))
    assert [incident.id for incident in incidents(live)] == [1]


def test_hours_of_a_handled_incident_are_measured_as_they_close_and_resolve_it(tmp_path: Path) -> None:
    live = live_of(tmp_path)
    live.run([ticket(-600, ("z", "z")), *(ticket(i) for i in range(4))])
    with live.store.writing() as tx:
        book = tx.incidents.book()
        key = event_key(book[1].key, Kind.HANDLED, "click")
        book.tell(1, Event(key, Kind.HANDLED, to_us(START + timedelta(minutes=9)), by="Li"))
        tx.incidents.save(book.taken())
    for hour in range(1, 6):
        live.reach(START + timedelta(hours=hour))
    (incident,) = incidents(live)
    measured = incident.events(Kind.MEASURED)
    assert [event.fact("count") for event in measured] == ["4", "0", "0", "0"]
    assert incident.state is State.RESOLVED
    assert incident.resolved_at == to_us(START + timedelta(hours=4))
    told = [page.reason for page in live.pages if not page.signals]
    assert told == [*[Reason.MEASURED] * 4, Reason.RESOLVED]
    live.restart()
    live.reach(START + timedelta(hours=9))
    assert incidents(live)[0].closed


def test_hours_in_a_gap_resolve_nothing(tmp_path: Path) -> None:
    gap = (START + timedelta(hours=1), START + timedelta(hours=9))
    live = live_of(tmp_path, gaps={"desk": [gap]})
    live.run([ticket(-600, ("z", "z")), *(ticket(i) for i in range(4))])
    with live.store.writing() as tx:
        book = tx.incidents.book()
        key = event_key(book[1].key, Kind.HANDLED, "click")
        book.tell(1, Event(key, Kind.HANDLED, to_us(START + timedelta(minutes=9)), by="Li"))
        tx.incidents.save(book.taken())
    live.reach(START + timedelta(hours=9))
    assert incidents(live)[0].state is State.HANDLED
    live.reach(START + timedelta(hours=12))
    assert incidents(live)[0].state is State.RESOLVED
