"""A law for every service: however tickets change, polls fail and processes restart, the last word is true.

Tickets appear, move, are deleted and are seen late, between polls and between the pages of one; polls break
off, are refused, and run on a clock that is some seconds off. When it is quiet again, the newest version that
was told of each ticket is what the service holds.
"""

from datetime import timedelta

import pytest
import stamina
from conformance import services, world_module
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import tickets

from connectors.source import ListingSource, SourceError

KINDS = services()
NUMBERS = 9
SMALL_PAGE = 3
CATEGORIES = ("network", "billing")

CHANGES = st.lists(
    st.tuples(
        st.integers(0, NUMBERS - 1),
        st.sampled_from((*CATEGORIES, *CATEGORIES, "gone")),
        st.sampled_from([0, 1, 2, 15, 90, 200]),  # seconds since the change
    ),
    max_size=6,
)
TROUBLES = st.sampled_from(
    [None, None, None, (429, {"Retry-After": "3"}, {}), (500, {}, {}), "reset", "page"]
)
ROUNDS = st.lists(
    st.tuples(
        CHANGES,  # before the poll
        st.lists(CHANGES, max_size=3),  # after each of its parts
        TROUBLES,
        st.integers(0, 8),  # the request from which on there is trouble
        st.booleans(),  # whether the process starts anew
        st.sampled_from([-5, 0, 0, 5]),  # seconds that our clock is off
        st.sampled_from([0, 0, 60]),  # seconds that an index follows late, where there is one
    ),
    min_size=1,
    max_size=6,
)


class Turmoil:
    """A world, what it holds by now, and what was told of it."""

    def __init__(self, kind, folder):
        self.world = world_module(kind).World(folder)
        self.size = {} if self.world.page > 100 else {"page_size": SMALL_PAGE}
        self.removable = "gone" not in self.world.without
        self.truth, self.stamps, self.told = {}, {}, {}
        self.cursor, self.source = None, self.world.source(**self.size)

    def change(self, changes):
        for number, what, ago in changes:
            before = self.truth.get(number)
            if before == "gone" or (what == "gone" and (before is None or not self.removable)):
                continue
            at = max(self.world.now - timedelta(seconds=ago), self.stamps.get(number, self.world.now))
            at = at if number in self.stamps else self.world.now - timedelta(seconds=ago)
            if what == "gone":
                self.world.delete(number, at)
            else:
                self.world.put(number, at, category=what)
            self.truth[number], self.stamps[number] = what, at

    def poll(self, between, trouble, start, *, anew, off):
        if anew:
            self.source = self.world.source(**self.size)
        self.world.server.trouble.extend([None] * start + [trouble] * 20 if trouble else [])
        between, complete = iter(between), False
        try:
            for poll in self.source.poll(self.cursor, self.world.now + timedelta(seconds=off)):
                self.hear(poll)
                self.cursor, complete = poll.cursor, poll.complete_to is not None
                self.change(next(between, ()))
        except SourceError:
            assert trouble is not None
        self.world.server.trouble.clear()
        return complete

    def ask_what_is_gone(self):
        if isinstance(self.source, ListingSource):
            for ident in set().union(*self.source.gone(list(self.told))):
                self.told[ident] = self.told[ident][0], "gone"

    def hear(self, poll):
        for ticket in tickets([poll]):
            known = self.told.get(ticket.id)
            if known is None or ticket.updated_at >= known[0]:
                name = "gone" if ticket.void else ticket.path[0].lower()
                self.told[ticket.id] = ticket.updated_at, name


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.mark.promise("once")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=ROUNDS)
def test_the_last_word_is_the_truth(kind, tmp_path, rounds):
    turmoil = Turmoil(kind, tmp_path)
    try:
        with stamina.set_testing(True, attempts=3, cap=True):
            for changes, between, trouble, start, anew, off, lag in rounds:
                turmoil.world.fake.lag = timedelta(seconds=lag)
                turmoil.change(changes)
                turmoil.poll(between, trouble, start, anew=anew, off=off)
                turmoil.world.pass_time(1)
            turmoil.world.pass_time(3)
            # The first of these may only end what was broken off.
            turmoil.poll((), None, 0, anew=True, off=0)
            assert turmoil.poll((), None, 0, anew=False, off=0)
            turmoil.ask_what_is_gone()
        told = {ident: name for ident, (_, name) in turmoil.told.items()}
        truth = {turmoil.world.name(number): what for number, what in turmoil.truth.items()}
        # Who came and went between two polls may never have been told.
        assert {ident: what for ident, what in truth.items() if what != "gone" or ident in told} == told
    finally:
        turmoil.world.close()
