from dataclasses import replace
from datetime import timedelta

import pytest
from conformance import world_of
from reading import ids, listen, tickets


@pytest.fixture
def world(tmp_path):
    yield from world_of("roundup", tmp_path)


def end_of_a_minute(world):
    world.pass_time()
    return world.now.replace(second=0, microsecond=0) - timedelta(minutes=5, microseconds=400)


@pytest.mark.promise("ties", of="roundup")
def test_an_issue_of_the_second_60_is_told_once_at_its_59th(world):
    at = end_of_a_minute(world)
    world.put(0, at)
    assert world.fake.items[1]["activity"].endswith(":60"), "or nothing is shown here"
    world.put(1, at + timedelta(seconds=1))
    told = listen(world.source(), now=world.now)
    assert ids(told) == [world.name(0), world.name(1)]
    assert tickets(told)[0].created_at == at.replace(microsecond=0)


def test_polls_go_on_after_an_issue_of_the_second_60(world):
    at = end_of_a_minute(world)
    world.put(0, at)
    source = world.source()
    cursor = listen(source, now=world.now)[-1].cursor
    world.put(1, at + timedelta(seconds=2))
    world.pass_time()
    assert world.name(1) in ids(listen(source, cursor, now=world.now))


def test_a_title_written_like_a_time_that_does_not_exist_is_a_title(world):
    world.pass_time()
    world.put(0, world.now - timedelta(minutes=5), title="2026-13-40.25:61:61")
    told = listen(world.source(replace(world.fields, text="title")), now=world.now)
    assert [ticket.text for ticket in tickets(told)] == ["2026-13-40.25:61:61"]
