"""`seasonal_surge` on real tickets, by a replay."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from engine import ticket_of
from realdata import INCIDENTS, needs

from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch, to_us
from connectors.windows import Calendar
from detectors.rules.seasonal_surge import Detector, Options
from monitor.known_time import Missing
from monitor.replay.history import versions_of
from monitor.replay.replay import replay


@pytest.fixture(scope="module")
def first_week():
    """Versions of the log's first eight days, in order of arrival."""
    until = datetime(2016, 3, 8, tzinfo=UTC)
    found = [version for version in INCIDENTS.versions() if version.updated_at < until]
    return sorted(found, key=lambda version: version.updated_at)


def monday(versions, depths):
    """What the rule tells on the seventh of March, on the clock of the log."""
    taxonomy = Taxonomy(INCIDENTS.levels)
    rule = Detector("surge", depths, Options(levels=("low", "middle", "high"), false_pages_per_week=2.0))
    batch = TicketBatch.of(INCIDENTS.mapping.source, map(ticket_of, versions))
    found = replay(
        versions_of([(0, batch)], taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(INCIDENTS.zone)),
        sources=INCIDENTS.sources,
        detectors={"surge": rule},
        missing=[Missing(to_us(a), to_us(b)) for gaps in INCIDENTS.gaps.values() for a, b in gaps],
    )
    start, end = (to_us(datetime(2016, 3, 7, hour, tzinfo=ZoneInfo("Europe/Rome"))) for hour in (6, 20))
    return [signal for signal in found.signals if start <= signal.crossed_at < end]


@pytest.mark.slow
@needs(INCIDENTS)
def test_the_jump_of_category_45_is_found_after_one_week_of_history(first_week):
    jump = [signal for signal in monday(first_week, (1,)) if signal.node == ("45",)]
    assert jump
    assert jump[-1].observed > 3 * jump[-1].detail["expected"]


@pytest.mark.slow
@needs(INCIDENTS)
def test_the_second_monday_is_told_by_what_is_unusual_about_it_and_not_as_the_whole_tree(first_week):
    told = monday(first_week, (0, 1, 2, 3))
    assert {signal.node for signal in told} == {("40", "43"), ("45", "150"), ("26", "175")}
    assert all(signal.observed > 3 * signal.detail["expected"] for signal in told)
