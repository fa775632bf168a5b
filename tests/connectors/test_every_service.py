"""The promises that hold for services on the web, each against a fake with that service's own traps.

Its world has, beside what `test_every_connector.py` asks for:

    server, fake   the web server, with the trouble it makes, and what it answers for
    page           tickets of one page
    token          the environment's variable with the secret
    put(number, at)   a ticket appears or changes at an instant; name(number) is its id
    pass_time(minutes)
    discard(number, at)        people mark a ticket as none, in the field that is mapped as `void`
    delete(number, at), merge(number, into, at)   what the service does to tickets, or None
    move_account(zone)         the account lives somewhere else
    loop(stuck)                from now on (or no longer), one page leads to itself
    without        promises that have no meaning here, with the reasons
    forbids        what is told where tickets may not be read, if the service does not say so itself
"""

import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import stamina
from conformance import services, skip_what_has_no_meaning, world_module
from reading import ids, listen, listen_anyway, tickets

from connectors.source import ListingSource, SourceError

KINDS = services()


@pytest.fixture(autouse=True)
def _at_once():
    """Waits between attempts take no time."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    skip_what_has_no_meaning(request, request.param)
    made = world_module(request.param).World(tmp_path)
    yield made
    made.close()


def names(world, numbers):
    return {world.name(number) for number in numbers}


@pytest.mark.promise("ties")
def test_tickets_of_one_instant_are_not_lost_between_pages(world):
    world.pass_time()
    count = 3 * world.page + 3
    for number in range(count):
        world.put(number, world.now - timedelta(minutes=10))
    polls = listen(world.source(), now=world.now)
    assert sorted(ids(polls)) == sorted(names(world, range(count)))
    world.put(count, world.now - timedelta(minutes=10))
    again = listen(world.source(), polls[-1].cursor, now=world.now)
    assert world.name(count) not in ids(polls)
    assert again[-1].complete_to == polls[-1].complete_to


@pytest.mark.promise("ties")
def test_a_full_page_of_one_instant_is_followed_by_the_next_instant(world):
    world.pass_time()
    for number in range(4 * world.page):
        world.put(number, world.now - timedelta(minutes=20 - number // world.page))
    assert sorted(ids(listen(world.source(), now=world.now))) == sorted(names(world, range(4 * world.page)))


@pytest.mark.promise("late")
def test_a_ticket_that_becomes_visible_late_is_told(world):
    world.tell(range(10))
    polls = listen(world.source(), now=world.now)
    late = polls[-1].complete_to - timedelta(minutes=2)
    world.pass_time(1)
    world.put(77, late)
    assert world.name(77) in ids(listen(world.source(), polls[-1].cursor, now=world.now))


@pytest.mark.promise("once")
def test_a_ticket_that_changes_while_pages_are_read_hides_no_other(world):
    world.pass_time()
    count = 4 * world.page
    for number in range(count):
        world.put(number, world.now - timedelta(minutes=20, seconds=-number))
    heard = []
    for number, poll in enumerate(world.source().poll(None, world.now)):
        heard += [poll]
        world.put(number, world.now - timedelta(minutes=2, seconds=-number))
    more = listen(world.source(), heard[-1].cursor, now=world.now)
    assert names(world, range(count)) <= set(ids(heard + more))


@pytest.mark.promise("moved")
def test_the_newest_version_of_a_recategorised_ticket_is_told(world):
    world.tell(range(5))
    polls = listen(world.source(), now=world.now)
    world.pass_time()
    world.put(3, world.now - timedelta(minutes=5), category="billing")
    told = tickets(listen(world.source(), polls[-1].cursor, now=world.now))
    (ticket,) = [t for t in told if t.id == world.name(3)]
    assert [name.lower() for name in ticket.path] == ["billing", "b"]
    before = next(t for t in tickets(polls) if t.id == world.name(3))
    assert (before.path[0].lower(), before.created_at) == ("network", ticket.created_at)


@pytest.mark.promise("wait")
def test_the_service_says_how_long_to_wait_and_the_cursor_is_kept(world):
    world.tell(range(4 * world.page))
    whole = listen(world.source(), now=world.now)
    asked = len(world.server.asked)
    refused = (429, {"Retry-After": "37"}, {"error": "slow"})
    world.server.trouble.extend([None] * (asked - 2) + [refused])
    polls = []
    with pytest.raises(SourceError, match=r"^source desk: .*429") as caught:
        for poll in world.source().poll(None, world.now):
            polls += [poll]
    assert caught.value.retry_after == timedelta(seconds=37)
    assert polls
    rest = listen(world.source(), polls[-1].cursor, now=world.now)
    assert set(ids(polls)) | set(ids(rest)) == set(ids(whole))
    assert len(ids(rest)) < len(ids(whole))


@pytest.mark.promise("wait")
def test_one_page_for_each_poll_comes_to_an_end_too(world):
    """A service whose limit allows but few requests between two refusals, and everything of one hour."""
    world.tell(range(4 * world.page))
    prepared = _requests_before_the_first_page(world)
    refused = (429, {"Retry-After": "1"}, {})
    cursor, heard = None, set()
    for _ in range(20):
        world.server.trouble.clear()
        world.server.trouble.extend([None] * (prepared + 2) + [refused] * 9)
        polls, failed = listen_anyway(world.source().poll(cursor, world.now))
        heard |= set(ids(polls))
        cursor = polls[-1].cursor
        if not failed:
            break
    assert heard == names(world, range(4 * world.page))


def _requests_before_the_first_page(world):
    asked = len(world.server.asked)
    next(iter(world.source().poll(None, world.now)))
    return len(world.server.asked) - asked - 1


@pytest.mark.promise("wait")
def test_a_poll_that_goes_on_an_hour_later_finds_what_became_visible_behind_it(world):
    world.pass_time()
    for number in range(4 * world.page):
        world.put(number, world.now - timedelta(seconds=90))
    prepared = _requests_before_the_first_page(world)
    world.server.trouble.extend([None] * (prepared + 2) + [(429, {"Retry-After": "3600"}, {})])
    polls, failed = listen_anyway(world.source().poll(None, world.now))
    assert "429" in failed
    world.put(902, world.now - timedelta(minutes=2))
    world.pass_time(60)
    for _ in range(2):
        polls += listen(world.source(), polls[-1].cursor, now=world.now)
    assert names(world, [*range(4 * world.page), 902]) <= set(ids(polls))


@pytest.mark.promise("broken")
@pytest.mark.parametrize("trouble", ["reset", "page", (503, {}, {}), (500, {}, {"error": "oops"})])
def test_what_passes_by_itself_is_tried_again(world, trouble):
    world.tell(range(3 * world.page))
    world.server.trouble.extend([trouble, None, trouble, trouble])
    assert set(ids(listen(world.source(), now=world.now))) == names(world, range(3 * world.page))


@pytest.mark.promise("broken")
@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("reset", "cannot be reached"),
        ("page", "no JSON"),
        ((500, {}, {}), r"failed \(500\)"),
        ((302, {"Location": "https://elsewhere.example/login"}, {}), "set url to where it really is"),
        ((200, {}, {"unknown": 1}), "answers without"),
        ((200, {}, "what"), "answers without"),
    ],
)
def test_what_does_not_pass_is_a_sentence_and_loses_nothing(world, trouble, sentence):
    world.tell(range(3 * world.page))
    world.server.trouble.extend([None] * (_requests_before_the_first_page(world) + 1) + [trouble] * 99)
    polls, failed = listen_anyway(world.source().poll(None, world.now))
    assert failed.startswith("source desk: ")
    assert re.search(sentence, failed), failed
    assert all(poll.complete_to is None for poll in polls)
    world.server.trouble.clear()
    rest = listen(world.source(), polls[-1].cursor if polls else None, now=world.now)
    assert set(ids(polls)) | set(ids(rest)) == names(world, range(3 * world.page))


@pytest.mark.promise("token")
def test_an_expired_token_is_named_with_the_place_to_mend_it(world):
    world.tell(range(3))
    os.environ[world.token] = "expired"
    with pytest.raises(SourceError, match=rf"does not know env:{world.token} \(40[01]\); .{{20}}"):
        listen(world.source(), now=world.now)
    assert "expired" not in world.source().examine(world.now)[0].partition(";")[0]
    del os.environ[world.token]
    with pytest.raises(SourceError, match=f"environment variable {world.token} is not set"):
        listen(world.source(), now=world.now)
    os.environ[world.token] = "two\nlines"
    with pytest.raises(SourceError, match="characters that no token has"):
        listen(world.source(), now=world.now)


def test_a_missing_permission_says_what_to_give(world):
    world.fake.may_read = False
    with pytest.raises(SourceError, match=getattr(world, "forbids", r"forbids this \(403\); .{20}")):
        listen(world.source(), now=world.now)


@pytest.mark.promise("clock")
@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_off_neither_hides_tickets_nor_calls_complete_what_is_to_come(world, hours):
    world.tell(range(5))
    ours = world.now + timedelta(hours=hours)
    polls = listen(world.source(), now=ours)
    assert set(ids(polls)) == names(world, range(5))
    assert polls[-1].complete_to <= min(ours, world.now)
    world.pass_time(20)
    world.put(6, world.now - timedelta(minutes=19))
    later = listen(world.source(), polls[-1].cursor, now=ours + timedelta(minutes=20))
    assert world.name(6) in ids(later)


@pytest.mark.promise("clock")
@pytest.mark.parametrize(("minutes", "notices"), [(-10, True), (-1, False), (1, False), (10, True)])
def test_check_notices_a_clock_that_is_off(world, minutes, notices):
    world.tell(range(2))
    told = world.source().examine(world.now + timedelta(minutes=minutes))
    assert [("let both follow NTP" in one) for one in told] == [True] * notices


@pytest.mark.promise("gone")
def test_what_is_deleted_or_merged_over_there_becomes_void(world):
    if isinstance(world.source(), ListingSource) and not world.tells_gone:
        pytest.skip("deleted tickets are only listed no more")
    world.tell(range(6))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time()
    world.delete(1, world.now - timedelta(minutes=9))
    if world.merge is not None:
        world.merge(2, 3, world.now - timedelta(minutes=8))
    told = {t.id: t.void for t in tickets(listen(world.source(), cursor, now=world.now))}
    gone = {1} if world.merge is None else {1, 2} if world.merge_keeps else {1, 2, 3}
    assert {ident for ident, void in told.items() if void} == names(world, gone)


def test_what_people_mark_as_none_becomes_void(world):
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time()
    world.discard(1, world.now - timedelta(minutes=9))
    told = tickets(listen(world.source(), cursor, now=world.now))
    assert [(t.id, t.void) for t in told] == [(world.name(1), True)]


@pytest.mark.promise("zone")
@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Shanghai", "Asia/Kathmandu"])
def test_the_account_may_live_in_any_time_zone(world, zone):
    world.move_account(zone)
    world.tell(range(5))
    polls = listen(world.source(), now=world.now)
    assert sorted(ids(polls)) == sorted(names(world, range(5)))
    at = world.now - timedelta(seconds=1_700)
    assert next(t for t in tickets(polls) if t.id == world.name(0)).updated_at == at
    world.pass_time(60)
    world.put(7, world.now - timedelta(minutes=9))
    assert ids(listen(world.source(), polls[-1].cursor, now=world.now)) == [world.name(7)]


@pytest.mark.promise("loop")
def test_a_page_that_leads_to_itself_comes_to_an_end_and_costs_no_ticket(world):
    world.tell(range(4 * world.page))
    world.loop()
    everything = names(world, range(4 * world.page))
    polls, failed = listen_anyway(world.source().poll(None, world.now))
    # Who begins the window anew on each page does not even notice.
    assert failed.startswith("source desk: ") or set(ids(polls)) == everything
    assert not failed or all(poll.complete_to is None for poll in polls)
    world.loop(stuck=False)
    rest = listen(world.source(), polls[-1].cursor, now=world.now)
    assert set(ids(polls)) | set(ids(rest)) == everything
    assert rest[-1].complete_to is not None


def test_tickets_that_are_too_young_wait_for_the_next_poll(world):
    world.tell(range(3))
    world.put(9, world.now)
    polls = listen(world.source(), now=world.now)
    assert world.name(9) not in ids(polls)
    world.pass_time(2)
    assert world.name(9) in ids(listen(world.source(), polls[-1].cursor, now=world.now))


def test_a_cursor_of_another_mapping_begins_anew(world):
    world.tell(range(5))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time(600)
    source = world.source()
    assert ids(listen(source, cursor, now=world.now)) == []
    fields = replace(source.reader.reading.fields, void=None, category=())
    assert len(set(ids(listen(world.source(fields=fields), cursor, now=world.now)))) == 5


def test_a_field_that_is_not_there_is_named_with_those_that_are(world):
    world.tell(range(5))
    fields = replace(world.source().reader.reading.fields, void=None, region="u_nowhere")
    with pytest.raises(SourceError, match=r"no field u_nowhere; .*there are: .{20}"):
        listen(world.source(fields=fields), now=world.now)
    assert "u_nowhere" in world.source(fields=fields).examine(world.now)[0]


def test_a_token_is_never_sent_in_the_clear(world):
    with pytest.raises(ValueError, match="write https"):
        world.source(url="http://desk.example.com")
    with pytest.raises(ValueError, match="no plain address"):
        world.source(url="desk")


@pytest.mark.promise("gone")
def test_a_deleted_ticket_that_is_only_listed_no_more_is_known_to_be_gone(world):
    if not isinstance(world.source(), ListingSource):
        pytest.skip("deleted tickets are told as such")
    world.tell(range(2 * world.page))
    world.delete(3, world.now)
    asked = [world.name(number) for number in range(2 * world.page)]
    assert set().union(*world.source().gone(asked)) == {world.name(3)}
