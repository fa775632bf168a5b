from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import BILLING, NO_SIGNAL, NOW, plan, signal, surge
from incidents import incident

from alerts.incident_plan import FloodSettings, SilenceSettings
from alerts.incidents.book import Book
from alerts.page import Reason
from alerts.respond import Context, respond
from alerts.silences import Silence, end_page, from_json, refused, to_json
from connectors.ticket import DAY, HOUR, to_us

NOW_US = to_us(NOW)
SCORED = surge(kind="seasonal_surge", detail={"score": 6.0})


def silence(**changes):
    base = Silence(NO_SIGNAL[:1], NOW_US - HOUR, NOW_US + HOUR, "李娜", "割接", id=3)
    return replace(base, **changes)


def pages(*signals, silences, **changes):
    book = Book()
    context = Context(silences=tuple(silences))
    return respond(signals, plan=plan(**changes), now=NOW, context=context, book=book).pages, book


def test_a_silence_mutes_visibly_and_the_signal_still_has_its_incident():
    (page,), book = pages(SCORED, silences=[silence()])
    assert (page.told, page.reason, page.muted_by) == ((), Reason.SILENCED, "silence 3 (李娜: 割接)")
    assert book[1].signals == (SCORED.identity,)


def test_a_hard_rule_pages_unless_a_named_approver_said_otherwise():
    (page,), _ = pages(signal(), silences=[silence()])
    assert page.told
    (page,), _ = pages(signal(), silences=[silence(approver="张伟")])
    assert page.told == ()
    assert page.muted_by == "silence 3 (李娜: 割接; approved by 张伟)"


def test_an_exempt_event_that_an_approver_named_takes_signals_out_of_the_plan():
    (page,), book = pages(signal(), silences=[silence(approver="张伟", exempt=True)])
    assert (page.told, page.reason) == ((), Reason.EXEMPT)
    assert page.muted_by == "exempt event 3 (李娜: 割接; approved by 张伟)"
    assert (page.incident, book.open) == (None, ())


def test_what_it_does_not_mute_of_the_same_node_is_paged():
    found, _ = pages(signal(), SCORED, silences=[silence()])
    assert [(page.signals, bool(page.told)) for page in found] == [((signal(),), True), ((SCORED,), False)]


@pytest.mark.parametrize(
    "changes",
    [
        {"node": BILLING},
        {"until": NOW_US},
        {"start": NOW_US + 1},
        {"ended_at": NOW_US - 1},
    ],
    ids=["elsewhere", "over", "not yet", "ended"],
)
def test_it_mutes_its_node_in_its_time_only(changes):
    assert silence().mutes(SCORED, NOW_US)
    assert not silence(**changes).mutes(SCORED, NOW_US)


def test_it_ends_when_the_tickets_double():
    counted = silence(since=NOW_US - DAY, tickets=60)
    assert not counted.doubled(119)
    assert counted.doubled(120)
    assert not silence(since=0, tickets=1).doubled(10)
    assert not silence().doubled(10**6)


def test_nobody_is_called_for_an_incident_that_it_covers():
    hard = incident(facts=(("hard", "yes"),))
    assert silence().quiets(incident(facts=()), NOW_US)
    assert not silence().quiets(hard, NOW_US)
    assert silence(approver="张伟").quiets(hard, NOW_US)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "needs an author and a reason"),
        ({"until": NOW_US - 1}, "over already"),
        ({"until": NOW_US + 8 * DAY}, "at most 7 days"),
        ({"exempt": True}, "Only an approver may take a category out of the plan: 张伟"),
        ({"approver": "王强"}, "王强 may not silence hard rules. Those who may: 张伟"),
    ],
)
def test_what_may_not_be_kept_quiet_is_refused_with_a_sentence(changes, sentence):
    settings = plan(silences=SilenceSettings(approvers=("张伟",)))
    assert sentence in refused(silence(**changes), settings, now=NOW_US)
    assert refused(silence(approver="张伟"), settings, now=NOW_US) is None


def test_its_end_tells_its_author_and_the_operators_what_it_muted():
    page = end_page(silence(), plan=plan(), now=NOW_US, why="silence over", muted=[signal(), SCORED])
    assert [told.contact for told in page.told] == ["李娜"]
    assert (page.level, page.fact("muted"), len(page.about)) == ("三级预警", "2", 2)


def test_a_silence_is_read_as_it_was_written():
    one = silence(since=1, tickets=2, approver="张伟")
    assert from_json(to_json(one), id=3) == one


# -- floods ----------------------------------------------------------------------------------------------


def storm(n, **changes):
    return [signal(node=(f"业务{i}", "a"), observed=100 + i, **changes) for i in range(n)]


def test_a_storm_makes_a_handful_of_pages_the_most_important_first():
    the_plan = plan(flood=FloodSettings(most_at_once=5))
    low = storm(300, level="一级预警", rule="low")
    found = respond([*low, *storm(300)], plan=the_plan, now=NOW, context=Context(capped=True)).pages
    assert len(found) == 5
    assert [page.reason for page in found].count(Reason.STORM) == 1
    assert found[0].level == "三级预警"
    assert found[0].signals[0].observed == 399
    named = [one.identity for page in found for one in page.signals]
    assert len(named) == len(set(named)) == 600


def test_a_storm_page_tells_every_role_of_every_level():
    flood = FloodSettings(storm=8)
    assert len(respond(storm(8), plan=plan(flood=flood), now=NOW, context=Context(capped=True)).pages) == 8
    found = respond(storm(9), plan=plan(flood=flood), now=NOW, context=Context(capped=True)).pages
    (shared,) = [page for page in found if page.reason is Reason.STORM]
    assert {told.role for told in shared.told} == {"executive", "supervisor"}
    assert shared.unreached == ("dept-leader",)
    assert len(shared.incidents) == len(shared.signals) == 5


def test_a_replay_folds_nothing():
    assert len(respond(storm(50), plan=plan(), now=NOW + timedelta(0)).pages) == 50
