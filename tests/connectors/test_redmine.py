from datetime import timedelta

import pytest
from conformance import world_of
from reading import ids, listen


@pytest.fixture
def world(tmp_path):
    yield from world_of("redmine", tmp_path)


@pytest.mark.promise("once", of="redmine")
def test_an_issue_of_the_second_before_is_told_once_although_its_page_is_read_again(world):
    """More than a page of one second is read twice, and parts of the second before come with it."""
    world.pass_time()
    count, at = 3 * world.page, world.now - timedelta(minutes=10)
    world.put(0, at - timedelta(milliseconds=300))
    for number in range(1, count):
        world.put(number, at)
    told = ids(listen(world.source(), now=world.now))
    assert sorted(told) == sorted(world.name(number) for number in range(count))


@pytest.mark.promise("ties", of="redmine")
def test_issues_of_one_second_that_are_parts_of_it_apart_are_all_told_once(world):
    world.pass_time()
    count, at = 4 * world.page, world.now - timedelta(minutes=10)
    for number in range(count):
        world.put(number, at + timedelta(milliseconds=number * 37))
    told = ids(listen(world.source(), now=world.now))
    assert sorted(told) == sorted(world.name(number) for number in range(count))
