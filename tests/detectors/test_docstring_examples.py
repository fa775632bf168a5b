"""The examples in the docstrings of every detectors module say what really comes out."""

import doctest
import importlib
import pkgutil

import pytest

import detectors

MODULES = sorted(found.name for found in pkgutil.walk_packages(detectors.__path__, "detectors."))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_come_out_as_written(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [example for name in MODULES for example in finder.find(importlib.import_module(name))]
    assert any(example.examples for example in found)
