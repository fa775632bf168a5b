"""Silences end by themselves and say so; nobody gets more pages an hour than the plan allows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from live import Live, sqlite
from oracle import OracleRule, OracleTicket

from alerts.desk import CarriedOut, Deed, Order
from alerts.incident_plan import FloodSettings, SilenceSettings
from alerts.page import Page, Reason
from alerts.plan import Contact
from alerts.rendering.sheet import sheet
from alerts.silences import Silence
from connectors.ticket import to_us
from monitor.storage.outbox import State

START = datetime(2026, 5, 9, 1, tzinfo=UTC)


def minute(n: float) -> datetime:
    return START + timedelta(minutes=n)


def ticket(number: int, node: tuple[str, ...] = ("a", "b")) -> OracleTicket:
    at = minute(number)
    return OracleTicket(source="desk", id=str(number), created_at=at, updated_at=at, path=node)


def live_of(folder: Path, **thresholds: int) -> Live:
    rule = OracleRule(
        name="daily",
        kind="daily_threshold",
        thresholds=thresholds or {"low": 3, "high": 6},
        depths=(2,),
        level=next(iter(thresholds), "low"),
    )
    return Live(sqlite(folder), [rule], zone="UTC", levels=2, sources=["desk"], gaps={})


def keep_quiet(live: Live, **changes: object) -> Silence:
    base = Silence(("a",), to_us(START), to_us(minute(60)), "Li", "works", approver="boss")
    with live.store.writing() as tx:
        return tx.silences.add(replace(base, **changes))  # type: ignore[arg-type]


def reasons(pages: list[Page]) -> list[Reason]:
    return [page.reason for page in pages]


def test_a_silence_mutes_until_its_end_which_is_announced_with_what_it_muted(tmp_path: Path) -> None:
    live = live_of(tmp_path)
    keep_quiet(live)
    live.run([ticket(i) for i in range(4)])
    live.reach(minute(59))
    assert reasons(live.pages) == [Reason.SILENCED]
    live.restart()
    live.reach(minute(60))
    live.reach(minute(61))
    (_, end) = live.pages
    assert (end.reason, end.fact("muted"), len(end.about)) == (Reason.SILENCE_ENDED, "1", 1)
    with live.store.reading() as tx:
        assert tx.silences.open() == []


def test_a_silence_ends_when_the_tickets_have_doubled_before_the_signal_that_says_so(tmp_path: Path) -> None:
    live = live_of(tmp_path, low=3, high=14)
    live.run([ticket(i) for i in range(2)])
    keep_quiet(live, until=to_us(minute(600)), since=to_us(START), tickets=2)
    live.run([ticket(i) for i in range(2, 15)])
    live.reach(minute(16))
    assert reasons(live.pages) == [Reason.SILENCED, Reason.SILENCE_ENDED, Reason.LEVEL_REACHED]


def test_beyond_the_cap_pages_are_withheld_and_summed_up(tmp_path: Path) -> None:
    live = live_of(tmp_path, low=1, high=99)
    flood = FloodSettings(most_per_hour=3, summary_every=timedelta(minutes=10))
    live.engine.rules = replace(live.engine.rules, plan=replace(live.engine.rules.plan, flood=flood))
    live.run([ticket(i, (f"n{i}", "x")) for i in range(8)])
    with live.store.reading() as tx:
        assert tx.outbox.figures()[State.WITHHELD] == 5
    live.reach(minute(20))
    (summary,) = [page for page in live.pages if page.reason is Reason.SUMMARY]
    assert (summary.fact("n"), len(summary.about), len(summary.incidents)) == ("5", 5, 5)
    live.reach(minute(40))
    assert reasons(live.pages).count(Reason.SUMMARY) == 1
    with live.store.reading() as tx:
        figures = tx.outbox.figures()
        assert (figures[State.WITHHELD], figures[State.PENDING]) == (0, 4)


def test_a_summary_names_the_incidents_the_most_important_first_and_how_many_more(tmp_path: Path) -> None:
    live = live_of(tmp_path, low=1, middle=2, high=99)
    flood = FloodSettings(most_per_hour=1, summary_every=timedelta(minutes=30))
    live.engine.rules = replace(live.engine.rules, plan=replace(live.engine.rules.plan, flood=flood))
    live.run([*(ticket(i, (f"n{i}", "x")) for i in range(18)), ticket(18, ("n7", "x"))])
    live.reach(minute(35))
    (summary,) = [page for page in live.pages if page.reason is Reason.SUMMARY]
    zone = ZoneInfo("UTC")
    said = sheet(summary, language="zh", zone=zone)
    assert said.headline == "【暂缓汇总】18条通知，最高为【middle】n7 > x #8"
    english = sheet(summary, language="en", zone=zone).headline
    assert english == "[Withheld] 18 pages, gravest: [middle] n7 > x #8"
    lines = [text for label, text in said.sections[0].rows if label == "事件"]
    assert lines[:2] == ["#8 [middle] n7 > x · 待签收", "#2 [low] n1 > x · 待签收"]
    assert lines[-1] == "……另有 2 起"
    assert len(lines) == 16


def test_the_highest_level_is_never_withheld(tmp_path: Path) -> None:
    live = live_of(tmp_path, high=1)
    flood = FloodSettings(most_per_hour=3)
    live.engine.rules = replace(live.engine.rules, plan=replace(live.engine.rules.plan, flood=flood))
    live.run([ticket(i, (f"n{i}", "x")) for i in range(8)])
    with live.store.reading() as tx:
        assert tx.outbox.figures()[State.WITHHELD] == 0


def test_an_incident_that_an_approver_calls_exempt_is_over_and_its_node_out_of_the_plan(
    tmp_path: Path,
) -> None:
    live = live_of(tmp_path)
    contact = Contact("Li", {"console": "console"})
    plan = replace(
        live.engine.rules.plan,
        contacts=(*live.engine.rules.plan.contacts, contact),
        silences=SilenceSettings(approvers=("Li",)),
    )
    live.engine.rules = replace(live.engine.rules, plan=plan)
    live.run([ticket(i) for i in range(3)])
    order = Order("click", Deed.EXEMPT, 1, "Li", to_us(minute(4)), why="typhoon")
    done = live.engine.act(order)
    assert isinstance(done, CarriedOut), done
    live.run([ticket(i) for i in range(5, 9)])
    muted = live.pages[-1]
    assert (muted.reason, muted.told, muted.incident) == (Reason.EXEMPT, (), None)
    assert muted.muted_by == "exempt event 1 (Li: typhoon; approved by Li)"
    with live.store.reading() as tx:
        assert tx.incidents.find(only_open=True) == []
