"""`report`: an incident of a small real store becomes HTML, DOCX and PDF, in both languages."""

import re
from dataclasses import replace

import docx
import pytest
from storing import NOON, signal

from alerts.incidents.book import Book
from alerts.respond import Context, respond
from connectors.ticket import HOUR, to_us
from monitor.pages.links import links_of

NO_SIGNAL = ("移动业务", "5G套餐", "无信号")


NAMED = """
[[levels]]
name = "二级预警"
title = { en = "Level 2" }
[[roles]]
name = "supervisor"
title = { zh = "投诉主管", en = "Supervisor" }
contacts = ["Li"]
[[contacts]]
name = "Li"
addresses = { console = "Li" }
[[channels]]
name = "console"
kind = "console"
[[departments]]
name = "网络部"
title = { en = "Network" }
nodes = [[]]
"""


SURGE = signal(NO_SIGNAL, rule="surge", observed=16, threshold=10, crossed_at=to_us(NOON) - HOUR)


@pytest.fixture
def reported(kept):
    """An incident of the node whose four hours the store holds."""
    keep_incident(kept, SURGE)
    return kept


def keep_incident(kept, *signals):
    """An incident of these signals, of which somebody was told."""
    book, noon = Book(), to_us(NOON)

    def keep(tx):
        tx.signals.save(signals, fired_at=noon)
        response = respond(
            signals, plan=kept.config.plan, now=NOON, book=book, context=Context(tickets=lambda *_: 16)
        )
        tx.incidents.save(book.changed)
        tx.outbox.save(response.pages)
        delivery, *_ = tx.outbox.deliveries(response.pages[0].key)
        tx.outbox.sent(delivery.id, at=noon)

    kept.change(keep)


def cells(file):
    found = docx.Document(str(file))
    return [cell.text for table in found.tables for row in table.rows for cell in row.cells]


@pytest.mark.parametrize(
    ("language", "category", "unknown"), [("en", "Category", "unknown"), ("zh", "类目", "未知")]
)
def test_a_report_says_what_the_store_knows(reported, tmp_path, language, category, unknown):
    said = reported.told("report", "1", "--language", language, "--out", str(tmp_path)).splitlines()
    assert said == [str(tmp_path / f"incident-1.{ending}") for ending in ("html", "docx", "pdf")]
    told = cells(tmp_path / "incident-1.docx")
    assert category in told
    assert " > ".join(NO_SIGNAL) in told
    assert "supervisor" in told
    # Four tickets, none, sixteen; nothing says that the desk was read in the hour without a ticket.
    hours = [told[i + 1] for i, text in enumerate(told) if "2026-05-09" in text and ":00" in text]
    assert hours[-3:] == ["4", unknown, "16"]


def test_a_report_calls_what_the_plan_names_as_its_reader_knows_it(kept, tmp_path):
    file = kept.folder / "config.toml"
    text = file.read_text("utf-8").replace(
        'name = "三级预警"', 'name = "三级预警"\ntitle = { en = "Level 3" }'
    )
    text = text.replace("thresholds = {", 'title = { zh = "同日同类投诉" }\nthresholds = {')
    file.write_text(text + NAMED, "utf-8")
    # A level that the incident itself never had is called by its title too.
    keep_incident(kept, replace(SURGE, rule="same-day volume"), replace(SURGE, level="二级预警"))
    said = {}
    for language in ("en", "zh"):
        kept.told("report", "1", "--language", language, "--format", "docx", "--out", str(tmp_path))
        said[language] = set(cells(tmp_path / "incident-1.docx"))
    assert {"Network", "Supervisor", "Level 3", "Level 2", "same-day volume"} <= said["en"]
    assert {"网络部", "投诉主管", "三级预警", "二级预警", "同日同类投诉"} <= said["zh"]
    assert not {"网络部", "三级预警", "二级预警"} & said["en"]


def test_one_format_may_be_asked_for(reported, tmp_path):
    reported.told("report", "1", "--format", "html", "--out", str(tmp_path / "new" / "folder"))
    assert [file.name for file in (tmp_path / "new" / "folder").iterdir()] == ["incident-1.html"]


def test_an_incident_that_is_not_there_is_a_sentence(kept):
    code, said = kept.refused("report", "7")
    assert code == 2
    assert "there is no incident 7; `complaint-monitor incident list` names them" in said


def test_fields_are_filled_in_from_a_file_once(reported, tmp_path):
    file = tmp_path / "fields.toml"
    file.write_text('cause = "市电中断"\nmeasures = "加装备用电源"\n', "utf-8")
    for _ in range(2):
        asked = ("--fill", str(file), "--by", "Gao", "--format", "html", "--out", str(tmp_path))
        reported.told("report", "1", *asked)
    said = (tmp_path / "incident-1.html").read_text("utf-8")
    assert said.count("Gao filled in Cause: 市电中断") == 1
    assert "加装备用电源" in said


def test_the_report_of_who_is_to_fill_it_in_links_to_their_page(reported, tmp_path):
    file = reported.folder / "config.toml"
    pages = '[pages]\naddress = "https://monitor.example.com"\n[taxonomy]'
    file.write_text(file.read_text("utf-8").replace("[taxonomy]", pages), "utf-8")
    links = links_of(reported.config.pages, reported.store())
    reported.told("report", "1", "--by", "Gao", "--format", "html", "--out", str(tmp_path))
    said = (tmp_path / "incident-1.html").read_text("utf-8")
    (token,) = re.findall(r'href="https://monitor\.example\.com/answer/(.*?)"', said)
    found = links.read(token, now=0)
    assert (found.contact, found.incident) == ("Gao", 1)


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        ('cause = "x"', [], "--fill needs --by"),
        ("cause = 3", ["--by", "Gao"], "cause is no text"),
        ("cause", ["--by", "Gao"], "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence(reported, tmp_path, text, arguments, sentence):
    file = tmp_path / "fields.toml"
    file.write_text(text, "utf-8")
    code, said = reported.refused("report", "1", "--fill", str(file), *arguments)
    assert code == 2
    assert sentence in said
