"""Connectors and detectors say their sentences in English; the catalogue has the other languages."""

import ast
import pickle
from copy import deepcopy
from pathlib import Path

import pytest

from alerts.catalogue import in_language, placeholders, wording
from connectors.said import Said

ROOT = Path(__file__).parents[2]


def _sentences():
    """Word and facts of each `Said(...)` in the packages below the catalogue."""
    for package in ("connectors", "detectors"):
        for file in sorted((ROOT / package).rglob("*.py")):
            nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
            for node in nodes:
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Said":
                    word, sentence = node.args
                    yield word.value, placeholders(_text(sentence, nodes))


def _text(sentence, nodes):
    """The text itself, also where a variable was given it a few lines above."""
    if isinstance(sentence, ast.Constant):
        return sentence.value
    given = [
        node
        for node in nodes
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") == sentence.id
        and node.lineno < sentence.lineno
    ]
    return max(given, key=lambda node: node.lineno).value.value


SENTENCES = sorted(set(_sentences()), key=lambda one: one[0])


@pytest.mark.parametrize(("word", "facts"), SENTENCES, ids=[word for word, _ in SENTENCES])
def test_every_sentence_has_chinese_words_for_the_same_facts(word, facts):
    assert placeholders(wording("zh")[f"said.{word}"]) == facts


def test_no_chinese_words_are_left_of_a_sentence_that_is_gone():
    # tests/monitor/config/test_mistakes_in_chinese.py and tests/monitor/test_usage.py look at these.
    elsewhere = ("needs.", "toml.", "help.", "argparse.")
    words = {key.removeprefix("said.") for key in wording("zh") if key.startswith("said.")}
    assert {word for word in words if not word.startswith(elsewhere)} == {word for word, _ in SENTENCES}


def test_a_sentence_is_english_text_that_the_catalogue_can_say_otherwise():
    said = Said("csv.encoding", "there is no encoding {given}; try utf-8 or gb18030", given="'utf9'")
    assert said == "there is no encoding 'utf9'; try utf-8 or gb18030"
    assert in_language(said, "en") == said
    assert in_language(said, "zh") == "没有编码 'utf9'；可试 utf-8 或 gb18030"


def test_a_copy_says_the_same_in_every_language():
    said = Said("csv.encoding", "there is no encoding {given}; try utf-8 or gb18030", given="{x}")
    for copy in (pickle.loads(pickle.dumps(said)), deepcopy(said)):
        assert copy == said
        assert in_language(copy, "zh") == in_language(said, "zh")


def test_a_sentence_of_somebody_elses_module_stays_as_it_was_said():
    said = Said("their.desk", "the desk {name} is closed", name="north {1}")
    assert in_language(said, "zh") == "the desk north {1} is closed"
