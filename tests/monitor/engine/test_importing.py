"""A bulk import is reported in one message, also when it breaks off."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engine import ticket_of
from histories import burst
from live import Live, sqlite
from oracle import OracleRule

from alerts.page import Reason
from connectors.source import Poll, SourceError, SourceSettings
from connectors.ticket import TicketBatch
from monitor.clock import ManualClock
from monitor.engine.polling import poll_source

NOW = datetime(2026, 5, 9, 12, tzinfo=UTC)
RULES = [OracleRule("day", "daily_threshold", thresholds={"high": 60})]


class Told:
    """A source that tells these parts, and then breaks off if it is to."""

    def __init__(self, parts: list[Poll], *, breaks: bool = False) -> None:
        self.parts, self.breaks = parts, breaks

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        yield from self.parts
        if self.breaks:
            raise SourceError("the file ends in the middle; drop it again")


def part(days_old: int, number: int, *, last: bool = False) -> Poll:
    tickets = burst(number, NOW - timedelta(days=days_old), "a", prefix=f"{days_old}-")
    batch = TicketBatch.of("s", map(ticket_of, tickets))
    return Poll(batch, (), f"{days_old}", NOW if last else None)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(sqlite(tmp_path), RULES, zone="Asia/Shanghai", levels=1, sources=["s"], gaps={})
    yield live
    live.store.close()


def poll(live: Live, source: Told) -> None:
    settings = SourceSettings(name="s", kind="csv", timezone=live.calendar.zone)
    clock = ManualClock(NOW)
    for done in poll_source(live.engine, settings, source, clock=clock, prepare=lambda batch: batch):
        live.pages += done.pages


def close(live: Live) -> None:
    for _ in range(20):
        done = live.engine.close(now=int(NOW.timestamp() * 1e6))
        live.pages += done.pages


def test_an_import_of_several_parts_is_one_page_that_names_every_signal(live: Live) -> None:
    poll(live, Told([part(30, 100), part(20, 60), part(10, 60, last=True)]))
    close(live)
    assert [page.reason for page in live.pages] == [Reason.BULK_IMPORT]
    assert len(live.pages[0].signals) == 3
    assert live.pages[0].fact("tickets") == "220"


def test_an_import_that_breaks_off_is_paged_as_far_as_it_came(live: Live) -> None:
    with pytest.raises(SourceError):
        poll(live, Told([part(30, 100), part(20, 60)], breaks=True))
    close(live)
    assert [page.reason for page in live.pages] == [Reason.BULK_IMPORT]
    assert len(live.pages[0].signals) == 2


def test_ninety_nine_old_tickets_are_no_import_and_are_paged_at_once(live: Live) -> None:
    poll(live, Told([part(30, 99, last=True)]))
    assert [page.reason for page in live.pages] == [Reason.LEVEL_REACHED]


def test_old_tickets_that_are_not_more_than_half_are_no_import(live: Live) -> None:
    poll(live, Told([part(30, 100), part(0, 100, last=True)]))
    close(live)
    assert Reason.LEVEL_REACHED in {page.reason for page in live.pages}
