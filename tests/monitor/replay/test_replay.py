"""Replay against the brute force, which shares no code with it; of real tickets: test_whole_histories.py."""

from engine import by_hour_and_node, replay_of, signal_record, trend_records
from histories import History, histories
from hypothesis import HealthCheck, given, settings
from oracle import OracleResult, identity

from monitor.replay.replay import Replayed


def assert_same(replayed: Replayed, expected: OracleResult) -> None:
    signals = {identity(record): record for record in map(signal_record, replayed.signals)}
    assert len(signals) == len(replayed.signals), "a signal came twice"
    assert signals == {identity(record): record for record in expected.signals}
    trend = trend_records(replayed.trend(), replayed.step.taxonomy)
    assert by_hour_and_node(trend) == by_hour_and_node(expected.trend)
    assert len(trend) == len(expected.trend)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_a_replay_of_any_history_says_what_the_brute_force_says(history: History) -> None:
    replayed = replay_of(
        history.versions,
        history.rules,
        zone=history.zone,
        levels=history.levels,
        sources=history.sources,
        gaps=history.gaps,
    )
    assert_same(replayed, history.run())
