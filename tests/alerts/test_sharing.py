"""Nested nodes of one cause are one page of the focus; nobody whom a signal's level tells is left out."""

from datetime import timedelta

from alerting import BILLING, NO_SIGNAL, NOW, plan, signal, signals, surge
from hypothesis import given
from hypothesis import strategies as st

from alerts.incidents.book import Book
from alerts.incidents.event import Kind
from alerts.page import Reason
from alerts.plan import Level
from alerts.respond import respond
from alerts.sharing import focus

LEAF, PROBLEM, STAGE = NO_SIGNAL, NO_SIGNAL[:4], NO_SIGNAL[:3]
DROPPED = (*PROBLEM, "掉话")


def pages_of(*given_signals, book=None, **changes):
    return respond(given_signals, plan=plan(**changes), now=NOW, book=book).pages


def test_a_node_and_its_ancestors_are_one_page_of_the_focus_that_names_them_all():
    book = Book()
    given_signals = [surge(node=node, observed=n) for node, n in ((STAGE, 60), (PROBLEM, 58), (LEAF, 43))]
    (page,) = pages_of(*given_signals, book=book)
    assert (page.node, page.signals[0].node, page.incident) == (LEAF, LEAF, 1)
    assert {one.node for one in page.signals} == {STAGE, PROBLEM, LEAF}
    assert [one.kind for one in book[1].log].count(Kind.PAGED) == 1


def test_where_no_branch_holds_most_the_page_is_of_the_node_above():
    below = [signal(node=LEAF, observed=101), signal(node=DROPPED, observed=102)]
    (page,) = pages_of(signal(node=PROBLEM, observed=400), *below)
    assert page.node == PROBLEM
    assert len(page.signals) == 3


def test_the_highest_level_names_the_page_though_the_focus_is_deeper():
    (page,) = pages_of(signal(node=PROBLEM, observed=104), surge(node=LEAF, observed=90))
    assert (page.level, page.node) == ("三级预警", PROBLEM)
    assert page.signals[0].level == "三级预警"


def test_those_whom_only_the_other_level_tells_are_told():
    levels = (Level("一级预警", ("supervisor",)), Level("三级预警", ("executive",)))
    (page,) = pages_of(signal(node=PROBLEM), surge(node=LEAF), levels=levels)
    assert {one.role for one in page.told} == {"executive", "supervisor"}


def test_siblings_other_incidents_and_single_tickets_are_pages_of_their_own():
    siblings = pages_of(signal(node=LEAF), signal(node=DROPPED))
    assert {page.node for page in siblings} == {LEAF, DROPPED}
    assert {page.incident for page in siblings} == {1}
    assert len(pages_of(signal(node=LEAF), signal(node=BILLING))) == 2
    tagged = signal(kind="tagged", node=LEAF, observed=1, threshold=1, subject=(("id", "7"),))
    assert len(pages_of(tagged, signal(node=PROBLEM))) == 2


def test_what_adds_nothing_stays_out_of_the_page_and_tells_nobody():
    book = Book()
    scored = {"kind": "seasonal_surge", "detail": {"score": 7.1}}
    pages_of(surge(node=PROBLEM, **scored), book=book)
    later = surge(node=PROBLEM, window_start=1, **scored)
    told, muted = pages_of(
        later,
        signal(node=LEAF, observed=20),
        book=book,
        levels=(Level("三级预警", ("executive",)), Level("一级预警", ("supervisor",))),
    )
    assert (told.node, [one.role for one in told.told]) == (LEAF, ["executive"])
    assert (muted.reason, muted.signals) == (Reason.ABSORBED, (later,))


def test_the_count_of_everything_is_named_with_the_branch_that_holds_most_of_it_or_by_itself():
    (page,) = pages_of(surge(node=(), observed=80), surge(node=LEAF, observed=43))
    assert page.node == LEAF
    pages = pages_of(surge(node=(), observed=900), surge(node=LEAF, observed=43))
    assert {one.node for one in pages} == {(), LEAF}
    assert {one.incident for one in pages} == {1}


def test_the_clocks_of_a_page_are_those_of_the_strongest_change():
    (page,) = pages_of(surge(node=LEAF), signal(node=PROBLEM, observed=104))
    assert page.change == "opened"
    assert page.report_by == page.at + timedelta(hours=1) // timedelta(microseconds=1)


@given(st.lists(signals(), min_size=1, max_size=12))
def test_the_page_names_a_signal_of_its_level_and_every_breach_is_in_one_page(given_signals):
    pages = pages_of(*given_signals)
    for page in pages:
        assert page.signals[0].node == page.node
        assert plan().rank(page.level) == max(plan().rank(one.level) for one in page.signals)
    found = [one.identity for page in pages for one in page.signals]
    assert sorted(found) == sorted({one.identity for one in given_signals})


def test_the_focus_of_one_is_itself_and_kinds_that_cannot_be_compared_go_down():
    assert focus([(signal(),)]) == (signal(),)
    assert focus([(signal(node=STAGE),), (surge(node=LEAF),)]) == (surge(node=LEAF),)
