from datetime import timedelta
from itertools import permutations

import pytest
from alerting import (
    BILLING,
    NO_SIGNAL,
    NOW,
    change,
    escalations,
    event,
    plan,
    signal,
    signals,
    surge,
    trend,
    us,
)
from hypothesis import given
from hypothesis import strategies as st

from alerts.page import Duty, Reason
from alerts.plan import Contact, Level, Role
from alerts.respond import Context, Fold, respond


def pages_of(*given_signals, **changes):
    return respond(given_signals, plan=plan(**changes), now=NOW).pages


def told_of(page):
    return [(one.role, one.contact, one.channel) for one in page.told]


def test_a_signal_of_level_three_tells_its_roles_and_the_responsible_department():
    (page,) = pages_of(signal())
    assert page.reason is Reason.LEVEL_REACHED
    assert page.level == "三级预警"
    assert told_of(page) == [
        ("executive", "张伟", "slack"),
        ("dept-leader", "王强", "console"),
        ("supervisor", "李娜", "console"),
    ]
    assert page.duties == (Duty("网络部", us("2026-11-22 21:04:30")),)
    assert (page.report_by, page.solution_by) == (us("2026-11-22 16:04:30"), us("2026-11-22 17:04:30"))


def test_signals_of_one_node_share_a_page_named_by_the_highest_level():
    together = [surge(), signal(), signal(exact=True, observed=100), escalations()]
    (page,) = pages_of(*together)
    assert page.level == "三级预警"
    assert page.signals[0] == signal()
    assert len(page.signals) == 4


def test_signals_of_two_nodes_are_two_pages_the_higher_level_first():
    first, second = pages_of(surge(), signal(node=BILLING))
    assert (first.node, second.node) == (BILLING, NO_SIGNAL)


def test_whoever_a_lower_signal_tells_is_told_even_where_the_higher_level_forgets_them():
    levels = (Level("一级预警", ("supervisor",)), Level("三级预警", ("executive",)))
    (page,) = pages_of(signal(), surge(), levels=levels)
    assert [role for role, _, _ in told_of(page)] == ["executive", "supervisor"]


def test_a_level_that_tells_nobody_makes_a_page_with_its_reason():
    (page,) = pages_of(signal(level="静默"), levels=(Level("静默"),))
    assert page.told == ()
    assert page.muted_by is None
    assert page.reason is Reason.TELLS_NOBODY


def test_where_no_role_of_the_level_has_a_contact_operators_are_told():
    roles = (Role("executive"), Role("supervisor", contacts=("李娜",)))
    levels = (Level("一级预警", ("supervisor",)), Level("三级预警", ("executive",)))
    (page,) = pages_of(signal(), roles=roles, levels=levels)
    assert page.reason is Reason.NO_CONTACT
    assert page.unreached == ("executive",)
    assert told_of(page) == [("supervisor", "李娜", "console")]


def test_a_contact_in_two_roles_is_told_for_both():
    contacts = (Contact("李娜", {"console": "李娜"}),)
    roles = (Role("executive", contacts=("李娜",)), Role("supervisor", contacts=("李娜",)))
    (page,) = pages_of(signal(), roles=roles, contacts=contacts, departments=())
    assert told_of(page) == [("executive", "李娜", "console"), ("supervisor", "李娜", "console")]


def test_a_node_without_a_department_of_its_own_is_for_those_below_to_work_on_together():
    (page,) = pages_of(signal(node=()))
    assert [duty.department for duty in page.duties] == ["网络部", "宽带部"]
    assert [contact for role, contact, _ in told_of(page) if role == "dept-leader"] == ["王强", "赵敏"]


# -- exempt events and planned changes -------------------------------------------------------------------


def test_an_exempt_event_mutes_visibly():
    (page,) = pages_of(signal(), exempt_events=(event(),))
    assert page.told == ()
    assert page.reason is Reason.EXEMPT
    assert page.muted_by == 'exempt event "台风" (周总: 自然灾害)'
    assert page.signals == (signal(),)


@pytest.mark.parametrize(
    ("given_signal", "exempt"),
    [
        (signal(created_at=us("2026-11-22 12:00")), True),
        (signal(created_at=us("2026-11-22 11:59:59")), False),
        (signal(created_at=us("2026-11-23 12:00")), False),
        (signal(node=("移动业务",)), True),
        (signal(node=()), False),
        (signal(node=BILLING), False),
        (surge(), True),
        (surge(window_start=us("2026-11-22 11:00"), window_end=us("2026-11-22 12:00")), False),
    ],
    ids=[
        "at its start",
        "before",
        "at its end",
        "at its node",
        "above it",
        "elsewhere",
        "hour inside",
        "hour before",
    ],
)
def test_an_exempt_event_takes_out_what_was_created_in_it_at_or_below_its_nodes(given_signal, exempt):
    (page,) = pages_of(given_signal, exempt_events=(event(),))
    assert (page.muted_by is not None) == exempt


def test_an_exempt_signal_does_not_mute_another_of_its_node():
    before = signal(created_at=us("2026-11-22 09:00"), rule="earlier")
    paged, muted = pages_of(signal(), before, exempt_events=(event(),))
    assert paged.signals == (before,)
    assert paged.told
    assert muted.signals == (signal(),)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, True),
        ({"nodes": (NO_SIGNAL,)}, True),
        ({"nodes": (BILLING,)}, False),
        ({"from_": NOW + timedelta(minutes=1), "to": NOW + timedelta(hours=1)}, False),
        ({"from_": NOW - timedelta(days=3), "to": NOW - timedelta(hours=23)}, True),
        ({"from_": NOW - timedelta(days=3), "to": NOW - timedelta(hours=25)}, False),
        ({"from_": NOW - timedelta(days=9), "to": None}, True),
        ({"from_": None, "to": None, "at": NOW - timedelta(minutes=40)}, True),
        ({"from_": None, "to": None, "at": NOW - timedelta(hours=30)}, False),
    ],
)
def test_a_planned_change_nearby_is_shown_and_mutes_nothing(changes, shown):
    (page,) = pages_of(signal(), planned_changes=(change(**changes),))
    assert bool(page.planned_changes) == shown
    assert page.told


# -- folding ---------------------------------------------------------------------------------------------


def test_a_bulk_import_is_one_page_that_names_every_signal_to_every_role():
    fold = Fold(Reason.BULK_IMPORT, (("source", "crm"), ("tickets", "5200")))
    imported = [signal(), signal(node=BILLING), surge()]
    (page,) = respond(imported, plan=plan(), now=NOW, fold=fold).pages
    assert page.reason is Reason.BULK_IMPORT
    assert page.level == "三级预警"
    assert page.node == ()
    assert sorted(one.identity for one in page.signals) == sorted(one.identity for one in imported)
    assert {one.contact for one in page.told} == {"张伟", "王强", "赵敏", "李娜"}
    assert page.fact("tickets") == "5200"


def test_a_folded_page_stands_at_what_its_nodes_share():
    fold = Fold(Reason.CAUGHT_UP)
    (page,) = respond([signal(), signal(node=NO_SIGNAL[:3])], plan=plan(), now=NOW, fold=fold).pages
    assert page.node == NO_SIGNAL[:3]


def test_folding_unmutes_nothing():
    fold = Fold(Reason.BULK_IMPORT)
    both = [signal(), signal(node=BILLING)]
    paged, muted = respond(both, plan=plan(exempt_events=(event(),)), now=NOW, fold=fold).pages
    assert (paged.node, muted.node) == (BILLING, NO_SIGNAL)
    assert muted.told == ()


# -- context and laws ------------------------------------------------------------------------------------


def test_a_page_carries_what_the_engine_knows_around_it():
    context = Context(trend=lambda _: trend(1, None, 3), sample=True, blind=("crm",))
    (page,) = respond([signal()], plan=plan(), now=NOW, context=context).pages
    assert (page.trend, page.sample, page.blind) == (trend(1, None, 3), True, ("crm",))


def test_no_signal_is_no_page():
    assert pages_of() == ()


def test_the_key_is_the_same_for_the_same_signals_at_another_time_and_reason():
    (first,) = pages_of(signal(), surge())
    (again,) = respond(
        [surge(), signal()], plan=plan(levels=()), now=NOW + timedelta(hours=3), fold=Fold(Reason.CAUGHT_UP)
    ).pages
    assert first.key == again.key
    assert first.key != pages_of(signal())[0].key


def test_the_order_of_signals_changes_nothing():
    given_signals = [signal(), surge(), escalations(), signal(node=BILLING)]
    answers = [pages_of(*order) for order in permutations(given_signals)]
    assert all(answer == answers[0] for answer in answers)


PLANS = st.sampled_from(
    [
        plan(),
        plan(exempt_events=(event(), event(name="庙会", nodes=((),), from_=NOW - timedelta(days=20)))),
        plan(contacts=(), planned_changes=(change(),)),
        plan(levels=(Level("一级预警"), Level("三级预警", ("executive",)))),
    ]
)
FOLDS = st.sampled_from([None, Fold(Reason.BULK_IMPORT), Fold(Reason.CAUGHT_UP)])


@given(given_signals=st.lists(signals(), max_size=12), a_plan=PLANS, fold=FOLDS, data=st.data())
def test_every_signal_is_in_exactly_one_page_whatever_the_order(given_signals, a_plan, fold, data):
    response = respond(given_signals, plan=a_plan, now=NOW, fold=fold)
    found = [one.identity for page in response.pages for one in page.signals]
    assert sorted(found) == sorted({one.identity for one in given_signals})
    shuffled = data.draw(st.permutations(given_signals))
    assert respond(shuffled, plan=a_plan, now=NOW, fold=fold) == response
    assert len({page.key for page in response.pages}) == len(response.pages)


@given(given_signals=st.lists(signals(), max_size=12), fold=FOLDS)
def test_every_role_of_every_signals_level_is_told_or_named_as_unreached(given_signals, fold):
    for page in respond(given_signals, plan=plan(), now=NOW, fold=fold).pages:
        if page.reason is Reason.ABSORBED:
            assert all("score" in one.detail for one in page.signals)
            continue
        reached = {one.role for one in page.told} | set(page.unreached)
        for one in page.signals:
            assert set(plan().level(one.level).notify) <= reached
