"""`tagged`: a ticket carries a tag that the plan reacts to at once."""

from datetime import timedelta

import pytest
from engine import replay_of
from histories import SHANGHAI, at, later, ticket
from oracle import OracleRule

from connectors.ticket import to_us

CREATED = at("2026-05-09T23:00")
HOUR = timedelta(hours=1)


def fired(*versions):
    rule = OracleRule("tagged", "tagged", level="high", tags=frozenset({"regulator", "media"}))
    return replay_of(versions, [rule], zone=SHANGHAI, levels=2, sources=["s"], gaps={}).signals


@pytest.mark.parametrize(
    ("tags", "fires"),
    [
        ([], 0),
        (["noise"], 0),
        (["Media"], 0),
        (["media"], 1),
        (["media", "regulator"], 1),
        (["noise", "media"], 1),
    ],
)
def test_any_one_of_the_tags_fires_once(tags, fires):
    assert len(fired(ticket("t", CREATED, "a/b", tags=tags))) == fires


def test_it_fires_on_the_first_version_that_carries_a_tag_on_the_day_it_was_seen():
    one = ticket("t", CREATED, "a")
    told = [later(one, CREATED + n * HOUR, tags=frozenset({"media"})) for n in (2, 3)]
    [signal] = fired(one, *told)
    assert signal.crossed_at == to_us(CREATED + 2 * HOUR)
    assert signal.created_at == to_us(CREATED)
    assert signal.window_start == to_us(at("2026-05-10T00:00"))
    assert signal.window_end == to_us(at("2026-05-11T00:00"))
    assert signal.subject == (("id", "t"), ("source", "s"))
    assert (signal.node, signal.exact) == (("a",), True)


def test_a_tag_that_goes_and_comes_again_is_no_news():
    one = ticket("t", CREATED, tags=["media"])
    gone = later(one, CREATED + HOUR, tags=frozenset())
    assert len(fired(one, gone, later(one, CREATED + 2 * HOUR))) == 1


def test_a_void_version_does_not_count_and_one_that_turns_void_revises_the_signal():
    assert fired(ticket("t", CREATED, tags=["media"], void=True)) == ()
    one = ticket("t", CREATED, tags=["media"])
    [signal] = fired(one, later(one, CREATED + HOUR, void=True))
    assert signal.revised_to == 0


def test_every_ticket_fires_for_itself():
    found = fired(*(ticket(name, CREATED, tags=["media"]) for name in "xyz"))
    assert len({signal.identity for signal in found}) == 3
