"""A service that answers in another form than it documents: each part of each answer is replaced in turn."""

import pytest
import stamina
from conformance import services, world_module
from reading import listen, listen_anyway


@pytest.fixture(autouse=True)
def _at_once():
    """Waits between attempts take no time."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture(params=services())
def world(request, tmp_path):
    made = world_module(request.param).World(tmp_path)
    yield made
    made.close()


def test_an_answer_in_another_form_than_documented_is_a_sentence(world, monkeypatch):
    world.tell(range(2))
    answer, places = world.fake.answer, {}
    monkeypatch.setattr(world.fake, "answer", lambda *asked: bent(answer(*asked), noting(places)))
    assert listen(world.source(), now=world.now)[-1].complete_to is not None
    for place in places:
        monkeypatch.setattr(world.fake, "answer", lambda *asked, at=place: bent(answer(*asked), odd(at)))
        polls, failed = listen_anyway(world.source().poll(None, world.now))
        assert failed.startswith("source desk: ") or polls[-1].complete_to is not None, place


def bent(answered, change):
    """What a fake answers, with a change of each of its parts: `change(place, part)` gives the part."""

    def walked(part, place):
        if isinstance(part, dict):
            part = {key: walked(inner, (*place, key)) for key, inner in part.items()}
        elif isinstance(part, list):
            part = [walked(inner, (*place, "#")) for inner in part]
        return change(place, part)

    status, headers, body = answered
    return status, headers, walked(body, ())


def noting(places):
    """Notes the place of every part."""

    def change(place, part):
        places[place] = None
        return part

    return change


def odd(at):
    """Replaces the part at a place: a text by a list, anything else by a text."""
    return lambda place, part: part if place != at else ["odd"] if isinstance(part, str) else "odd"
