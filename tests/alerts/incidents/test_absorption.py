"""Which incident explains which signal: examples, and laws over random histories."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import BILLING, NO_SIGNAL, NOW, plan, signal, surge
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.incident_plan import IncidentSettings
from alerts.incidents.absorption import Change
from alerts.incidents.book import Book
from alerts.incidents.branch import branch_of, related
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import State
from alerts.incidents.transitions import fold
from alerts.page import Reason
from alerts.respond import Fold, respond
from connectors.ticket import to_us

QUALITY = NO_SIGNAL[:4]
DROPPED = (*QUALITY, "掉话")


def paged(book, *signals, minutes=0, **changes):
    return respond(signals, plan=plan(**changes), now=NOW + timedelta(minutes=minutes), book=book).pages


def scored(**changes):
    """A surge that a statistical detector found."""
    return surge(kind="seasonal_surge", rule="surges", detail={"score": 7.1, "expected": 9.0}, **changes)


def clicked(book, kind, minutes, id=1, by="李娜", **facts):
    said = tuple((name, str(value)) for name, value in facts.items())
    key = event_key(book[id].key, kind, minutes)
    return book.tell(id, Event(key, kind, to_us(NOW) + minutes * 60_000_000, by=by, facts=said))


def test_a_first_signal_opens_an_incident_that_knows_how_many_tickets_came_before():
    book = Book()
    (page,) = paged(book, signal())
    (incident,) = book.open
    assert (page.incident, page.change) == (1, "opened")
    assert (incident.node, incident.level, incident.signals) == (
        NO_SIGNAL,
        "三级预警",
        (signal().identity,),
    )
    assert incident.log[-1].kind is Kind.PAGED


def test_a_later_hard_signal_of_the_branch_updates_its_incident_and_still_pages():
    book = Book()
    paged(book, surge())
    (page,) = paged(book, surge(window_start=NOW_HOUR, window_end=NOW_HOUR + 1), minutes=60)
    assert (page.incident, page.change, page.reason) == (1, "updated", Reason.LEVEL_REACHED)
    assert page.told


NOW_HOUR = to_us(NOW) // 3_600_000_000 * 3_600_000_000


def test_a_statistical_signal_that_adds_nothing_pages_nobody_and_is_on_record():
    book = Book()
    paged(book, scored())
    (page,) = paged(book, scored(window_start=NOW_HOUR), minutes=60)
    assert (page.told, page.reason, page.muted_by) == ((), Reason.ABSORBED, "incident 1: told before")
    assert page.signals[0].identity in book[1].signals


def test_a_new_surge_inside_an_open_incident_is_announced():
    book = Book()
    paged(book, scored(observed=40))
    (page,) = paged(book, scored(observed=80, window_start=NOW_HOUR), minutes=60)
    assert (page.change, bool(page.told)) == ("surged", True)
    (page,) = paged(book, scored(observed=80, window_start=NOW_HOUR + 1), minutes=60 * 8)
    assert page.change == "surged"
    assert [event.why for event in book[1].events(Kind.SURGED)] == [Why.COUNT_DOUBLED, Why.AFTER_A_PAUSE]


def test_an_incident_rises_in_level_and_its_acknowledgement_ends():
    book = Book()
    paged(book, surge())
    clicked(book, Kind.ACKNOWLEDGED, 1)
    (page,) = paged(book, signal(), minutes=5)
    assert (page.change, book[1].level) == ("rose", "三级预警")
    assert book[1].state is State.OPEN
    assert book[1].log[-2].kind is Kind.LAPSED


def test_what_was_handled_reopens_when_the_level_rises():
    book = Book()
    paged(book, surge())
    clicked(book, Kind.HANDLED, 1)
    paged(book, signal(), minutes=5)
    assert book[1].state is State.REOPENED


def test_a_sibling_spreads_it_to_the_parent():
    book = Book()
    paged(book, signal())
    (page,) = paged(book, signal(node=DROPPED), minutes=5)
    assert (page.incident, page.change, page.node) == (1, "spread", DROPPED)
    assert (book[1].node, set(book[1].nodes)) == (QUALITY, {NO_SIGNAL, DROPPED})


def test_what_lies_in_the_wider_branch_comes_with_it():
    book = Book()
    paged(book, signal())
    deep = (*QUALITY[:3], "速率", "慢")
    paged(book, signal(node=deep), minutes=1)
    assert len(book.open) == 2
    paged(book, signal(node=QUALITY[:3], observed=400), minutes=2)
    (incident,) = book.open
    assert (incident.node, len(incident.signals)) == (QUALITY[:3], 3)
    assert sorted(book.explained().values()) == [1, 1, 1]
    assert book[2].merged_into == 1


def test_a_wider_count_that_lies_mostly_in_the_branch_is_explained_by_it():
    book = Book()
    for node, observed in ((NO_SIGNAL, 170), (NO_SIGNAL[:4], 185), ((), 300)):
        (page,) = paged(book, signal(node=node, observed=observed))
        assert page.incident == 1
    assert book[1].node == NO_SIGNAL


def test_what_was_known_as_a_whole_narrows_to_the_branch_that_holds_most():
    book = Book()
    paged(book, signal(node=(), observed=120))
    paged(book, signal(observed=100), minutes=3)
    assert book[1].node == NO_SIGNAL
    paged(book, signal(node=BILLING), minutes=4)
    assert len(book.open) == 2


def test_a_single_ticket_widens_nothing():
    book = Book()
    paged(book, signal())
    tagged = signal(kind="tagged", node=DROPPED, observed=1, threshold=1, subject=(("id", "7"),))
    paged(book, tagged)
    assert [one.node for one in book.open] == [NO_SIGNAL, DROPPED]


def test_tickets_without_a_category_are_no_part_of_others():
    book = Book()
    paged(book, signal(node=(), exact=True))
    paged(book, signal())
    assert [one.node for one in book.open] == [("",), NO_SIGNAL]


def test_a_folded_page_tells_of_all_its_incidents():
    book = Book()
    fold = Fold(Reason.CAUGHT_UP)
    (page,) = respond([signal(), signal(node=BILLING)], plan=plan(), now=NOW, fold=fold, book=book).pages
    assert (page.incidents, page.incident) == ((1, 2), None)


# -- laws ------------------------------------------------------------------------------------------------

NAMES = "ab"
node_paths = st.lists(st.sampled_from(NAMES), max_size=4).map(tuple)
kinds = st.sampled_from(["daily_threshold", "hour_over_hour", "seasonal_surge", "tagged"])


@st.composite
def moments(draw):
    """Signals that come together, and what people do between."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        gap = draw(st.sampled_from([1, 30, 400, 1600]))
        batch = [
            signal(
                rule=kind,
                kind=kind,
                node=node,
                exact=draw(st.booleans()),
                level=draw(st.sampled_from(["一级预警", "二级预警", "三级预警"])),
                observed=draw(st.integers(1, 500)),
                window_start=signal().window_start + number,
                subject=(("id", f"{number}/{i}"),) if kind == "tagged" else (),
                detail={"score": 5.0} if kind == "seasonal_surge" else {},
            )
            for i, (node, kind) in enumerate(
                draw(st.lists(st.tuples(node_paths, kinds), min_size=1, max_size=6))
            )
        ]
        clicks = draw(
            st.lists(
                st.tuples(
                    st.integers(1, 6),
                    st.sampled_from([Kind.ACKNOWLEDGED, Kind.HANDLED, Kind.RESOLVED, Kind.REOPENED]),
                ),
                max_size=2,
            )
        )
        found.append((gap, batch, clicks))
    return found


@settings(max_examples=150)
@given(moments())
def test_laws_of_random_histories(history):
    book, minute, given_signals, pages = Book(), 0, {}, []
    for gap, batch, clicks in history:
        minute += gap
        fresh = {one.identity: one for one in batch if one.identity not in given_signals}
        given_signals |= fresh
        book.subside(to_us(NOW) + minute * 60_000_000, after=24 * 3600 * 1_000_000)
        pages += paged(book, *fresh.values(), minutes=minute)
        for id, kind in clicks:
            if id < book.next_id and not (kind is Kind.REOPENED and book.nests(book[id])):
                clicked(book, kind, minute, id=id)
        nodes = [one.node for one in book.open]
        assert not any(related(a, b) for i, a in enumerate(nodes) for b in nodes[:i])
    # Every signal is in one page and explained by one incident.
    assert Counter(s.identity for page in pages for s in page.signals) == Counter(list(given_signals))
    owned = Counter(s for id in range(1, book.next_id) for s in book[id].signals)
    assert owned == Counter(list(given_signals))
    assert len({page.key for page in pages}) == len(pages)
    for page in pages:
        # A hard rule pages; what tells nobody says why.
        hard = any("score" not in s.detail for s in page.signals)
        assert page.told or (page.muted_by and not hard)
        if not page.signals:
            # An answer ended: those are told whom no page of the signals tells.
            assert page.reason in {Reason.REOPENED, Reason.LAPSED}
            continue
        assert page.change in set(Change)
        (incident,) = page.incidents
        for s in page.signals:
            holder = book[incident]
            while holder.merged_into is not None:
                holder = book[holder.merged_into]
            assert s.identity in holder.signals
    for changed in book.changed:
        assert fold(changed.incident.id, changed.events) == changed.incident


@settings(max_examples=50)
@given(moments())
def test_a_book_that_is_led_on_finds_what_one_made_afresh_finds(history):
    book, minute = Book(), 0
    for gap, batch, clicks in history:
        minute += gap
        book.subside(to_us(NOW) + minute * 60_000_000, after=24 * 3600 * 1_000_000)
        paged(book, *batch, minutes=minute)
        for id, kind in clicks:
            if id < book.next_id and not (kind is Kind.REOPENED and book.nests(book[id])):
                clicked(book, kind, minute, id=id)
        afresh, paths = Book(reversed(book.live)), {path for one in book.all for path in one.nodes}
        assert book.live == afresh.live
        for branch in {path[:depth] for path in paths for depth in range(len(path) + 1)}:
            assert book.covering(branch) == afresh.covering(branch)
            assert book.within(branch) == afresh.within(branch)
            assert book.beside(branch) == afresh.beside(branch)


@settings(max_examples=50)
@given(moments(), st.randoms(use_true_random=False))
def test_the_order_of_signals_that_come_together_decides_nothing(history, random):
    def run(shuffled):
        book, minute = Book(), 0
        for gap, batch, _ in history:
            minute += gap
            together = [replace(one) for one in batch]
            if shuffled:
                random.shuffle(together)
            paged(book, *together, minutes=minute)
        return [(one.id, one.key, one.node, one.level, set(one.signals)) for one in book.open]

    assert run(shuffled=False) == run(shuffled=True)


@pytest.mark.parametrize("factor", [1.5, 4.0])
def test_how_much_more_is_a_new_surge_can_be_told(factor):
    book, incidents = Book(), IncidentSettings(surge_factor=factor)
    paged(book, scored(observed=40), incidents=incidents)
    (page,) = paged(book, scored(observed=80, window_start=NOW_HOUR), minutes=9, incidents=incidents)
    assert (page.change == "surged") == (factor <= 2)


def test_branches_of_exact_groups_stand_beside_the_children():
    assert branch_of([signal(exact=True)]) == (*NO_SIGNAL, "")
    assert branch_of([signal(exact=True), signal()]) == NO_SIGNAL
