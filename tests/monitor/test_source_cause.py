"""Why a source cannot be read is told in Chinese, and to others in the connector's own words."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from alerting import NOW, SHANGHAI, plan

from alerts import notices
from alerts.catalogue import in_language, placeholders, wording
from alerts.rendering.plain import plain
from alerts.rendering.sheet import sheet
from connectors.source import SourceError, cause
from monitor.source_cause import told
from monitor.storage import Store

ROOT = Path(__file__).parents[2]
TABLE = "trouble.source."


def causes():
    """(file, word, names of its facts) of every cause that code of ours gives."""
    for folder in ("connectors", "monitor"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cause":
                    [word] = node.args
                    yield file.name, ast.literal_eval(word), {one.arg for one in node.keywords}


CAUSES = list(causes())


@pytest.mark.parametrize(("file", "word", "facts"), CAUSES)
def test_every_cause_has_words_in_chinese_that_need_no_other_facts(file, word, facts):
    entry = wording("zh").get(TABLE + word)
    assert entry is not None, f"{file}: the catalogue has no {TABLE}{word}"
    assert placeholders(entry) <= facts


def test_no_words_are_kept_for_a_cause_that_nothing_gives():
    kept = {key.removeprefix(TABLE) for key in wording("zh") if key.startswith(TABLE)}
    assert kept == {word for _, word, _ in CAUSES}


ERROR = SourceError(
    "source crm: crm.example.com did not answer within 10 s",
    cause=cause("slow", host="crm.example.com", seconds="10"),
)


def test_a_blind_page_tells_the_cause_in_its_readers_language():
    page = notices.source_blind(
        "crm", since=NOW - timedelta(minutes=20), error=told(ERROR), plan=plan(), now=NOW
    )
    said = {name: plain(sheet(page, language=name, zone=SHANGHAI)) for name in ("zh", "en")}
    assert "crm.example.com 在10秒内没有应答" in said["zh"]
    assert "did not answer" not in said["zh"]
    assert "source crm: crm.example.com did not answer within 10 s" in said["en"]


def test_the_store_keeps_the_cause_and_old_texts_stay_as_they_are(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/store.db")
    with store.writing() as tx:
        tx.sources.failed(tx.sources.id("crm"), told(ERROR), at=1)
        tx.sources.failed(tx.sources.id("old"), "old: connection refused", at=1)
    with store.reading() as tx:
        crm, old = (state.last_error for state in tx.sources.all())
    store.close()
    assert (str(crm), in_language(crm, "zh")) == (str(ERROR), "crm.example.com 在10秒内没有应答")
    assert in_language(old, "zh") == "old: connection refused"


def test_an_error_of_somebody_elses_connector_is_told_as_it_is():
    assert told(SourceError("source x: the spool is torn")) == "source x: the spool is torn"
    assert told(SourceError("source x: odd", cause=cause("a word of theirs"))) == "source x: odd"
