"""docs/configuration.md says every key there is, and its examples are true."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from alerts.plan import ResponsePlan
from monitor.config.keys import keys_of
from monitor.config.kinds import Family, kinds_of, load_kind
from monitor.config.loading import TOP_KEYS, parse
from monitor.config.reference import filled, sections, table_of

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
TEXT = PAGE.read_text(encoding="utf-8")
KINDS = [(family, name) for family in Family for name in kinds_of(family)]


def test_the_tables_are_those_of_the_code():
    message = "run: python -m monitor.config.reference docs/configuration.md"
    assert filled(TEXT) == TEXT, message


def test_every_table_is_on_the_page_once():
    marks = re.findall(r"<!-- keys: ([\w .]+) -->", TEXT)
    assert sorted(marks) == sorted(sections())


@pytest.mark.parametrize("name", TOP_KEYS)
def test_every_name_at_the_top_of_the_file_is_on_the_page(name):
    assert f"[{name}]" in TEXT or f"| `{name}` |" in TEXT


@pytest.mark.parametrize(("family", "name"), KINDS, ids=[f"{family.noun} {name}" for family, name in KINDS])
def test_every_key_of_every_kind_has_a_meaning(family, name):
    options = load_kind(family, name).options
    assert f'kind = "{name}"' in TEXT
    for key in keys_of(options):
        assert key.doc, f"{family.package}/{name}.py: {key.name} has no doc"
    assert table_of(options) in TEXT


def test_every_part_of_the_plan_can_be_written():
    assert {field.name for field in fields(ResponsePlan)} <= set(TOP_KEYS)


def test_the_examples_put_together_are_a_configuration_without_a_mistake(tmp_path):
    examples = re.findall(r"^```toml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    config = parse("\n".join(examples), file=tmp_path / "config.toml")
    assert [rule.options.thresholds for rule in config.rules[:2]] == [
        {"二级预警": 50, "三级预警": 100},
        {"三级预警": 5},
    ]
    assert config.warnings == ()
