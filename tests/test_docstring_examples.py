"""The examples in docstrings say what really comes out."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for package in ("alerts", "connectors", "detectors", "monitor")
    for file in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_come_out_as_written(name):
    module = importlib.import_module(name)
    told = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert told.attempted > 0
    assert told.failed == 0


def test_there_are_examples():
    assert len(MODULES) > 30
