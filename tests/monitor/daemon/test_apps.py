"""Apps of channels are started, kept and ended as the configuration says."""

import sys
from dataclasses import dataclass
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from alerts.desk import Manner
from alerts.plan import Channel
from monitor.daemon.apps import Apps

ZH, EN = Manner("zh", ZoneInfo("Asia/Shanghai")), Manner("en", ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class Options:
    answers: bool = True


class App:
    def __init__(self, name, log):
        self.name, self.log = name, log

    def start(self):
        self.log.append(f"start {self.name}")
        if self.name == "broken":
            raise OSError("no network")

    def stop(self):
        self.log.append(f"stop {self.name}")


@pytest.fixture
def log(monkeypatch):
    happened = []
    module = ModuleType("chatting")
    module.Options, module.Notifier = Options, object
    module.app = lambda name, options, desk, manner: App(name, happened) if options.answers else None
    monkeypatch.setitem(sys.modules, "chatting", module)
    monkeypatch.setitem(sys.modules, "my.chatting", module)
    return happened


def channel(name="chat", **options):
    return Channel(name, "my.chatting", Options(**options))


def test_an_app_is_kept_while_its_channel_is_the_same_and_ended_with_it(log):
    apps = Apps(desk=None)
    apps.configure([channel(), Channel("console", "console")], ZH)
    apps.configure([channel()], ZH)
    assert log == ["start chat"]
    apps.configure([channel()], EN)
    assert log[1:] == ["stop chat", "start chat"]
    apps.configure([], EN)
    assert log[3:] == ["stop chat"]


def test_a_channel_that_answers_nobody_has_no_app(log):
    Apps(desk=None).configure([channel(answers=False)], ZH)
    assert log == []


def test_an_app_that_cannot_start_holds_up_no_other(log):
    apps = Apps(desk=None)
    apps.configure([channel("broken"), channel("chat")], ZH)
    apps.stop()
    assert log == ["start broken", "start chat", "stop broken", "stop chat"]
