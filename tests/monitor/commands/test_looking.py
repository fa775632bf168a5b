"""`status`, `signals` and `recount` on a small real store, and every looking command without one."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text
from storing import NOON, SHANGHAI, signal

from connectors.ticket import HOUR, SECOND, to_us
from monitor.clock import ManualClock, SystemClock

LOOKING = ("status", "trend", "signals", "recount")


# Where there is nothing to look at


@pytest.mark.parametrize("command", LOOKING)
def test_a_store_that_is_not_there_yet_is_a_sentence_and_is_not_made(place, command):
    code, told = place.refused(command)
    assert code == 3
    assert "there is no store there yet; `complaint-monitor run` makes it" in told
    assert not (place.folder / "var").exists()


@pytest.mark.parametrize("command", LOOKING)
def test_a_file_that_is_no_store_is_a_sentence(place, command):
    (place.folder / "var").mkdir()
    (place.folder / "var" / "store.db").write_text("a letter to my aunt, long enough to be no database" * 9)
    code, told = place.refused(command)
    assert code == 3
    assert "this file is not a SQLite database" in told


@pytest.mark.parametrize("command", LOOKING)
def test_a_store_of_another_version_is_not_touched(kept, command):
    engine = create_engine(kept.config.store.address())
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    code, told = kept.refused(command)
    assert code == 3
    assert "its schema is revision 0001" in told
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"
    engine.dispose()


@pytest.mark.parametrize("command", LOOKING)
def test_looking_works_while_another_writes(kept, command):
    store = kept.store()
    store.acquire("a daemon", ttl=timedelta(minutes=1), now=to_us(SystemClock().now()))
    with store.writing():
        assert kept.run(command)[0] == 0
    store.close()


# Status


def test_status_as_json_tells_everything(kept):
    found = json.loads(kept.told("status", "--json"))
    assert (found["running"], found["holder"]) == (False, None)
    assert found["closed_until"] == "2026-05-09T12:00:00+08:00"
    desk, crm = found["sources"]
    assert (desk["name"], desk["condition"], desk["tickets"], desk["quarantined"]) == ("desk", "ok", 26, 1)
    assert desk["complete_to"] == "2026-05-09T12:00:00+08:00"
    assert desk["last_quarantined"] == [{"place": "desk.csv, line 7", "reason": "its id is empty"}]
    assert (crm["condition"], crm["configured"], crm["failures"]) == ("blind", False, 1)
    assert crm["error"] == "crm: connection refused"
    assert found["outbox"] == {"pending": 1, "sent": 0, "undeliverable": 1, "withheld": 0}
    [lost] = found["undeliverable"]
    assert (lost["role"], lost["error"]) == ("supervisor", "channel_not_found; invite the bot")
    assert lost["page"] in {page["page"] for page in found["last_pages"]}
    assert len(found["unsigned_hours"]) == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "not running",
                "desk",
                "crm (no longer configured)",
                "channel_not_found",
                "2026-05-09 08:00 – 12:00",
            ],
        ),
        ("zh", ["没有运行", "crm（配置里已没有）", "未送达的通知（1条）", "未签阅的时段（4个）"]),
    ],
)
def test_status_is_told_in_the_configured_language(kept, language, words):
    kept.in_language(language)
    told = kept.told("status")
    for word in words:
        assert word in told


def test_status_calls_the_role_that_a_page_missed_as_it_is_printed(kept):
    file = kept.folder / "config.toml"
    role = '\n[[roles]]\nname = "supervisor"\ntitle = { zh = "投诉主管" }\n'
    file.write_text(file.read_text("utf-8") + role, "utf-8")
    assert "  投诉主管: " in kept.told("status", "--language", "zh")
    assert "  supervisor: " in kept.told("status")


def test_status_names_who_runs(kept):
    store = kept.store()
    store.acquire("complaint-monitor on desk1", ttl=timedelta(minutes=1), now=to_us(SystemClock().now()))
    assert "running: complaint-monitor on desk1" in kept.told("status")
    assert json.loads(kept.told("status", "--json"))["running"] is True
    store.close()


def test_status_of_a_new_store(place):
    place.store().close()
    told = place.told("status")
    assert "no hour has been judged yet" in told
    assert "not read yet" in told
    assert "No open warning." in told


def test_a_signal_is_open_until_a_day_after_its_window(kept):
    now = to_us(SystemClock().now())
    day = SHANGHAI.day(now)
    node = ("移动业务",)
    open_one = replace(
        signal(node), crossed_at=now - HOUR, window_start=day, window_end=SHANGHAI.day_end(day)
    )
    kept.change(lambda tx: tx.signals.save([open_one], fired_at=now))
    [found] = json.loads(kept.told("status", "--json"))["open_signals"]
    assert found["id"] == open_one.identity
    assert "Open warnings (1)" in kept.told("status")


# Signals


def test_signals_as_json_have_the_fields_of_a_replay_and_tell_no_complainant(kept):
    said = kept.told("signals", "--json")
    assert "hash of somebody" not in said
    again, volume = json.loads(said)
    assert (again["rule"], volume["rule"]) == ("again", "same-day volume")
    assert volume["node"] == ["移动业务", "5G套餐", "无信号"]
    assert (volume["observed"], volume["threshold"], volume["revised_to"]) == (100, 100, 97)
    assert volume["crossed_at"] == "2026-05-09T11:00:00+08:00"
    assert volume["page"]


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        (["--rule", "again"], ["again"]),
        (["--level", "一级预警"], []),
        (["--node", "宽带业务 > 光纤/铜线 > 账单"], ["again"]),
        (["--from", "2026-05-09T11:00"], ["same-day volume"]),
        (["--to", "2026-05-09T11:00"], ["again"]),
        (["--limit", "1"], ["same-day volume"]),
    ],
)
def test_signals_can_be_chosen(kept, arguments, rules):
    assert [one["rule"] for one in json.loads(kept.told("signals", "--json", *arguments))] == rules


@pytest.mark.parametrize(("days", "day"), [(9, "9 May"), (365, "9 May 2026")])
def test_signals_as_a_table_say_the_count_and_what_became_of_it(kept, monkeypatch, days, day):
    looked_at = ManualClock(NOON + timedelta(days=days))
    monkeypatch.setattr("monitor.commands.signals.SystemClock", lambda: looked_at)
    told = kept.told("signals")
    assert f"100 tickets on {day} (limit 100)" in told
    assert "since corrected to 97" in told
    kept.in_language("zh")
    assert "后经更正为97" in kept.told("signals")
    assert "没有符合条件的预警" in kept.told("signals", "--level", "一级预警")


def test_a_limit_says_that_there_is_more(kept):
    assert "Only the last one is listed" in kept.told("signals", "--limit", "1")
    assert "Only the last" not in kept.told("signals", "--limit", "1", "--rule", "again")
    assert "Only the last" not in kept.told("signals", "--limit", "2")


def test_a_limit_of_none_is_refused(kept, capsys):
    with pytest.raises(SystemExit) as refused:
        kept.run("signals", "--limit", "0")
    assert refused.value.code == 2


# Recount


def spoil(place):
    place.change(
        lambda tx: tx.connection.execute(
            text("UPDATE counts SET tickets = tickets + 3 WHERE hour = :hour"), {"hour": to_us(NOON) - HOUR}
        )
    )


def test_counts_that_agree_are_all_well(kept):
    assert "what the tickets say" in kept.told("recount")
    assert json.loads(kept.told("recount", "--json")) == {"ok": True, "mended": False, "differences": []}


def test_counts_that_differ_are_listed_and_left_alone(kept):
    spoil(kept)
    for _ in range(2):
        code, told, _ = kept.run("recount")
        assert code == 1
        assert "differ from the tickets in 2 places" in told
        assert "19 → 16" in told
        assert "recount --mend" in told


def test_counts_are_mended_when_asked(kept):
    spoil(kept)
    code, told, _ = kept.run("recount", "--mend", "--json")
    found = json.loads(told)
    assert (code, found["ok"], found["mended"]) == (1, False, True)
    assert {
        "hour": "2026-05-09T11:00:00+08:00",
        "node": ["移动业务", "5G套餐", "无信号"],
        "stored": {"tickets": 19, "escalated": 0},
        "recounted": {"tickets": 16, "escalated": 0},
    } in found["differences"]
    assert kept.run("recount")[0] == 0
    assert kept.run("recount", "--mend")[0] == 0


def test_counts_are_not_mended_under_a_daemon_that_remembers_them(kept):
    spoil(kept)
    store = kept.store()
    store.acquire("a daemon", ttl=timedelta(minutes=1), now=to_us(SystemClock().now()))
    code, told = kept.refused("recount", "--mend")
    assert code == 4
    assert "a daemon already writes to this store" in told
    store.release()
    assert kept.run("recount", "--mend")[0] == 1
    assert store.holding().expires_at <= to_us(SystemClock().now()) + SECOND
    store.close()


def test_a_configuration_of_another_zone_is_refused(kept):
    file = kept.folder / "config.toml"
    file.write_text(file.read_text("utf-8").replace("Asia/Shanghai", "Asia/Kolkata"), "utf-8")
    code, told = kept.refused("recount")
    assert code == 2
    assert "the counts are cut in the zone Asia/Shanghai" in told
