"""What an excess is made of."""

import json

from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.explanation import Tickets, Usual, explanation

REGIONS = {"north": 40.0, "south": 40.0, "east": 20.0}


def came(*, region=("north",), complainant=("c",), child=("a",), channel=("web",), of=40):
    def dealt(values):
        return [values[k % len(values)] for k in range(of)]

    return Tickets(dealt(child), dealt(region), dealt(channel), dealt(complainant))


def test_a_region_that_holds_the_excess_is_named():
    found = explanation(came(region=("north",) * 9 + ("south",)), expected=5, usual=Usual(region=REGIONS))
    assert found.region == "north"
    assert found.regions[0].part > 0.9


def test_a_region_that_holds_no_more_than_its_usual_share_is_not():
    found = explanation(came(region=("north", "south")), expected=5, usual=Usual(region=REGIONS))
    assert found.region is None


def test_a_region_never_seen_is_named():
    found = explanation(came(region=("west",) * 9 + ("south",)), expected=5, usual=Usual(region=REGIONS))
    assert found.region == "west"


def test_a_single_channel_that_always_has_everything_explains_nothing():
    found = explanation(came(), expected=5, usual=Usual(channel={"web": 900}))
    assert found.channel is None


def test_97_of_104_tickets_from_one_complainant_are_told_as_such():
    tickets = came(complainant=("c1",) * 97 + tuple(f"d{k}" for k in range(7)), of=104)
    found = explanation(tickets, expected=6, usual=Usual()).complainants
    assert (found.most, found.tickets, found.of, found.distinct, found.alone) == ("c1", 97, 104, 8, True)


def test_104_complainants_are_nobody():
    found = explanation(came(complainant=range(104), of=104), expected=6, usual=Usual()).complainants
    assert not found.alone


values = st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30)


@given(values, st.floats(0, 40), st.dictionaries(st.sampled_from("abcd"), st.floats(0, 50)))
def test_whatever_comes_parts_lie_between_none_and_all_and_are_fit_for_json(tickets, expected, usual):
    found = explanation(
        Tickets(tickets, tickets, tickets, tickets), expected=expected, usual=Usual(region=usual)
    )
    assert all(0 <= part.part <= 1 for part in found.children + found.regions + found.channels)
    json.dumps(found.to_json(), allow_nan=False)
