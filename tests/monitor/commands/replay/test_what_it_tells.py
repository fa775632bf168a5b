"""The pages and the summary of `replay`, in the configured language and without complainants."""

import json
from datetime import timedelta

import pytest
from histories import SHANGHAI, at, burst, later, ticket
from oracle import OracleRule
from replaying import DAILY, MONTHLY, replay, seen, write_files, written
from river.anomaly import GaussianScorer

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_signals_of_one_node_that_cross_together_share_a_page(replayed):
    ladder = OracleRule("day", "daily_threshold", thresholds={"一级预警": 5, "三级预警": 10})
    same_moment = burst(10, at("2026-05-09T10:00"), updated_at=at("2026-05-09T11:00"))
    found = replayed(same_moment, ladder)
    [page] = found.notifications
    assert page["at"] == "2026-05-09T11:00:00+08:00"
    assert (page["level"], page["node"], len(page["signals"])) == ("三级预警", ["a"], 2)
    assert page["told"] == [{"role": "supervisor", "channel": "console"}]
    assert {signal["id"] for signal in page["signals"]} == {signal["id"] for signal in found.signals}


def test_pages_are_in_order_of_time(replayed):
    versions = burst(100, at("2026-05-10T10:00"), "b", prefix="b") + burst(100, at("2026-05-09T10:00"))
    found = replayed(versions, DAILY)
    assert [page["node"] for page in found.notifications] == [["a"], ["b"]]


def test_an_exempt_event_is_a_page_that_tells_nobody_and_says_why(replayed):
    event = """
[[exempt_events]]
name = "typhoon"
from = "2026-05-09T00:00"
to = "2026-05-10T00:00"
nodes = [[]]
reason = "a disaster"
author = "Zhang Wei"
"""
    found = replayed(burst(100, at("2026-05-09T10:00")), DAILY, more=event)
    [page] = found.notifications
    assert page["told"] == []
    assert "typhoon" in page["muted_by"]
    assert (found.summary["pages"], found.summary["pages_told"]) == (1, 0)


def test_the_summary_counts_every_rule_also_one_that_never_fired(replayed, capsys):
    versions = burst(100, at("2026-05-09T10:00"))
    found = replayed(
        [*versions, later(versions[0], at("2026-05-09T12:00"))], DAILY, MONTHLY, extra=["--json"]
    )
    assert json.loads(capsys.readouterr().out) == found.summary
    assert found.summary.pop("seconds") > 0
    assert found.summary == {
        "tickets": 100,
        "versions": 101,
        "quarantined": 0,
        "signals": {"day": 1, "month": 0},
        "pages": 1,
        "from": "2026-05-09T00:00:00+08:00",
        "to": "2026-05-10T00:00:00+08:00",
        "zone": "Asia/Shanghai",
        "pages_told": 1,
        "revised": {},
        "sources": {"s": {"versions": 101, "quarantined": 0}},
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["回放 2026-05-09 至 2026-05-09（Asia/Shanghai）完成", "100件", "本应发出1条"]),
        ("en", ["Replayed 2026-05-09 to 2026-05-09 (Asia/Shanghai)", "100, in 100 versions"]),
    ],
)
def test_the_summary_is_told_in_the_configured_language(tmp_path, capsys, language, words):
    versions = burst(100, at("2026-05-09T10:00"))
    write_files(tmp_path, versions, [DAILY], zone=SHANGHAI, levels=1, language=language)
    assert replay(tmp_path) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in words), told


def test_no_file_tells_who_complained(replayed, tmp_path):
    again = OracleRule("again", "repeat_after_close", thresholds={"三级预警": 1})
    start = at("2026-05-09T10:00")
    versions = [
        ticket(f"{n}", start + n * HOUR, closed_at=start + n * HOUR + MINUTE, complainant="13800138000")
        for n in range(3)
    ]
    assert seen(replayed(versions, again), "rule") == [("again",)]
    first = written(tmp_path).signals[0]["id"]
    for file in (tmp_path / "out").iterdir():
        assert "13800138000" not in file.read_text(encoding="utf-8")
    assert replay(tmp_path) == 0
    assert written(tmp_path).signals[0]["id"] != first, "an id that anybody can compute tells who it was"


def test_names_stand_in_the_files_as_they_are(replayed, tmp_path):
    names = ("5G 套餐", 'quoted "name"', "line\u2028separator", "back\\slash")
    versions = [ticket("1", at("2026-05-09T10:00"), names)]
    found = replayed(versions, levels=4)
    assert found.trend[-1]["node"] == list(names)
    assert "5G 套餐" in (tmp_path / "out" / "trend.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Rule r: its detector failed at Everything (ValueError: too many); 2 categories are left out"),
        ("zh", "规则 r：检测器在“全部”处出错（ValueError: too many），2个类目不予判断"),
    ],
)
def test_where_a_detector_of_river_failed_is_said(tmp_path, capsys, monkeypatch, language, words):
    def brittle(self, x, y):
        del self, x
        if y == 11:
            raise ValueError("too many")
        return 0.0

    monkeypatch.setattr(GaussianScorer, "score_one", brittle)
    before = burst(2, at("2026-05-06T10:00"), step=HOUR, prefix="before")
    versions = [*before, *burst(11, at("2026-05-09T10:00"))]
    rule = '[[rules]]\nname = "r"\nkind = "river"\ndepths = [0, 1]\n'
    rule += 'detector = "river.anomaly.GaussianScorer"\n'
    write_files(tmp_path, versions, [DAILY], zone=SHANGHAI, levels=1, language=language, more=rule)
    assert replay(tmp_path) == 0
    assert words in capsys.readouterr().err
