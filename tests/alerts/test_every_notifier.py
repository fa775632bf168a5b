"""The promises of the seam, for every kind there is: a new file is found and tested by itself."""

import dataclasses
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import alerts


def found():
    names = (module.name for module in pkgutil.iter_modules(alerts.__path__) if not module.ispkg)
    modules = (importlib.import_module(f"alerts.{name}") for name in names)
    return [module for module in modules if hasattr(module, "Options") and hasattr(module, "Notifier")]


KINDS = pytest.mark.parametrize("module", found(), ids=lambda module: module.__name__)


def test_the_kinds_that_come_with_the_monitor():
    kinds = ["apprise", "console", "email", "pagerduty", "slack", "webhook"]
    assert [module.__name__ for module in found()] == [f"alerts.{kind}" for kind in kinds]


@KINDS
def test_options_are_frozen_and_each_says_what_it_is_for(module):
    options = module.Options
    assert dataclasses.is_dataclass(options)
    assert options.__dataclass_params__.frozen
    assert all(field.metadata["doc"] for field in dataclasses.fields(options))


@KINDS
def test_a_notifier_is_built_from_a_name_and_options_and_keeps_the_seam(module):
    built = inspect.signature(module.Notifier).parameters
    assert list(built)[:2] == ["name", "options"]
    assert all(one.default is not inspect.Parameter.empty for one in list(built.values())[2:])
    assert list(inspect.signature(module.Notifier.deliver).parameters) == ["self", "message"]
    assert list(inspect.signature(module.Notifier.examine).parameters) == ["self"]


def test_importing_the_package_loads_nothing_heavy():
    kinds = "alerts.slack, alerts.apprise, alerts.pagerduty, alerts.webhook"
    code = f"import sys, alerts, alerts.respond, alerts.plan, {kinds}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"slack_sdk", "slack_bolt", "apprise", "httpx", "websockets", "smtplib", "pandas", "sqlalchemy"}
    assert not heavy & set(loaded)
