"""Single tickets of a replay: each once, as its latest version has it that had been seen by then."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import replay_of
from histories import SHANGHAI
from hypothesis import given
from hypothesis import strategies as st
from oracle import OracleTicket

from connectors.ticket import to_us
from monitor.replay.tickets import HistoryTickets

START = datetime(2026, 5, 9, 1, tzinfo=UTC)
PATHS = ((), ("a",), ("a", "x"), ("a", "y"), ("b", "x"))

versions = st.builds(
    lambda number, created, late, **told: OracleTicket(
        source="s",
        id=f"t{number}",
        created_at=START + timedelta(minutes=10 * created),
        updated_at=START + timedelta(minutes=10 * created + 7 * late),
        **told,
    ),
    st.integers(0, 3),
    st.integers(0, 20),
    st.integers(0, 20),
    path=st.sampled_from(PATHS),
    void=st.sampled_from((False, False, True)),
    complainant=st.sampled_from((None, "one", "other")),
)


@given(st.lists(versions, min_size=1, max_size=12), st.data())
def test_a_ticket_is_found_once_as_its_latest_version_says(told: list[OracleTicket], data: Any):
    told = sorted(told, key=lambda version: version.updated_at)
    step = replay_of(told, [], zone=SHANGHAI, levels=2, sources=["s"], gaps={}).step
    tree = step.taxonomy
    found = HistoryTickets(step)
    seen = data.draw(st.integers(0, len(told)))
    path = data.draw(st.sampled_from([path for path in PATHS if tree.find(path) is not None]))
    first, last = sorted(data.draw(st.tuples(*2 * [st.integers(0, 21)])))
    window = (START + timedelta(minutes=10 * first), START + timedelta(minutes=10 * last))

    latest = {version.id: version for version in told[:seen]}
    wanted = Counter(
        (to_us(one.created_at), one.path, one.complainant)
        for one in latest.values()
        if not one.void and one.path[: len(path)] == path and window[0] <= one.created_at < window[1]
    )
    part = found.standing(tree.find(path) or 0, (to_us(window[0]), to_us(window[1])), seen)
    assert part.created.tolist() == sorted(part.created.tolist())
    paths = [tree.paths[node] for node in part.node.tolist()]
    assert Counter(zip(part.created.tolist(), paths, part.complainant.told(), strict=True)) == wanted
    assert part.region.told() == [None] * len(paths)
