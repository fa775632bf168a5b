"""The engine over a store says what the brute force says, however the versions come."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from engine import by_hour_and_node, signal_record
from histories import History, histories
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from live import Live, sqlite
from oracle import identity, lasting

# A history takes too long to shrink: what fails is printed as it was found.
SLOWLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def live_of(folder: str, history: History) -> Live:
    return Live(
        sqlite(Path(folder)),
        history.rules,
        zone=history.zone,
        levels=history.levels,
        sources=history.sources,
        gaps=history.gaps,
    )


def by_identity(records: Iterable[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """Which ticket made an hour's count matters to no rule: it is left out for hours."""
    found = {}
    for record in records:
        kept = dict(record)
        if kept["kind"] == "hour_over_hour":
            del kept["created_at"]
        found[identity(record)] = kept
    return found


def paged(live: Live) -> list[str]:
    return [signal.identity for page in live.pages for signal in page.signals]


@pytest.mark.slow
@SLOWLY
@given(histories(max_tickets=8))
def test_versions_that_arrive_as_they_are_made_fire_what_the_brute_force_fires(history: History) -> None:
    expected = history.run()
    with TemporaryDirectory() as folder:
        live = live_of(folder, history)
        live.run(history.versions)
        live.finish(history.versions)
        assert by_identity(map(signal_record, live.signals())) == by_identity(expected.signals)
        trend = by_hour_and_node(live.trend())
        wanted = by_hour_and_node(expected.trend)
        told = {c: r for c, r in trend.items() if c in wanted or r["count"] or r["previous"]}
        assert told == wanted
        live.store.close()


@pytest.mark.slow
@SLOWLY
@given(histories(max_tickets=8), st.data())
def test_pieces_in_any_order_end_with_the_lasting_signals_each_paged_once(
    history: History, data: st.DataObject
) -> None:
    in_order = data.draw(st.permutations(history.versions))
    expected = lasting(replace(history, versions=in_order).run())
    kinds = {"daily_threshold", "monthly_escalation", "distinct_complainants"}
    rules = {rule.name for rule in history.rules if rule.kind in kinds}
    with TemporaryDirectory() as folder:
        live = live_of(folder, history)
        last = max(version.updated_at for version in history.versions)
        live.reach(last)
        for version in in_order:
            if data.draw(st.integers(0, 9)) == 0:
                live.restart()
            live.arrive([version], last)
        live.finish(history.versions)
        fired = [signal for signal in live.signals() if signal.rule in rules]
        standing = {identity(signal_record(s)) for s in fired if s.revised_to is None}
        assert standing == {signal for signal in expected if signal[0] in rules}
        assert sorted(paged(live)) == sorted(signal.identity for signal in live.signals())
        live.store.close()
