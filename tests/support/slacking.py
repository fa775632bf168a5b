"""A company on Slack: engine, store, delivery and app against a fake Slack, on one manual clock."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from alerting import NO_SIGNAL, SHANGHAI, at
from live import Live, sqlite
from oracle import OracleRule, OracleTicket
from process import PATIENCE

from alerts import slack
from alerts.desk import Manner
from alerts.incident_plan import SilenceSettings
from alerts.notifier import Notifier
from alerts.plan import AlertSettings, Channel, Contact, Department, Level, ResponsePlan, Role
from alerts.slack_app.app import SlackApp
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack
from connectors.options import Secret
from monitor.clock import ManualClock
from monitor.daemon.desk import EngineDesk
from monitor.delivery import Delivery

SHOWN = ("acknowledge", "handled", "silence", "assign", "exempt")
WHERE = "移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MORNING = at("2026-11-22 09:00")
RULE = OracleRule(
    name="same-day volume",
    kind="daily_threshold",
    thresholds={"二级预警": 60, "三级预警": 100},
    depths=(5,),
    level="二级预警",
)


def company() -> ResponsePlan:
    """A group, an executive, a supervisor, a leader by department, and a visitor without a role."""
    return ResponsePlan(
        levels=(
            Level("二级预警", ("supervisor", "group")),
            Level("三级预警", ("executive", "dept-leader", "supervisor", "group"), timedelta(hours=1)),
        ),
        roles=(
            Role("executive", {"zh": "高层分管领导"}, ("张伟",)),
            Role("supervisor", {"zh": "投诉主管"}, ("李娜",)),
            Role("dept-leader", {"zh": "责任部门领导"}, by_department=True),
            Role("group", {"zh": "值班群"}, ("值班群",)),
        ),
        contacts=(
            Contact("张伟", {"slack": "U1"}, "en"),
            Contact("李娜", {"slack": "U2"}),
            Contact("王强", {"slack": "U3"}),
            Contact("访客", {"slack": "U9"}),
            Contact("值班群", {"slack": "C1"}),
        ),
        channels=(Channel("slack", "slack"),),
        departments=(Department("网络部", (("移动业务",),), {"dept-leader": ("王强",)}, timedelta(hours=6)),),
        alerts=AlertSettings(operators=("supervisor",)),
        silences=SilenceSettings(approvers=("李娜",)),
    )


class Office:
    """Everything but the daemon's threads; Slack's own threads are there.

    Attributes
    ----------
    slack : the fake workspace
    second : the notifier of every channel that is not Slack
    """

    def __init__(self, folder: Path, plan: ResponsePlan | None = None, *, second: Any = None, **fake) -> None:
        os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_APP_TOKEN"] = slack_api.TOKEN, slack_api.APP_TOKEN
        self.clock, self.second = ManualClock(MORNING), second
        self.slack = FakeSlack(
            channels=("C1",),
            members=("U1", "U2", "U3", "U7", "U9"),
            now=self.stamp,
            clock=self.stamp,
            patience=PATIENCE,
            **fake,
        )
        self.options = slack.Options(
            Secret("env:SLACK_BOT_TOKEN"),
            Secret("env:SLACK_APP_TOKEN"),
            self.slack.url,
            timedelta(seconds=PATIENCE),
        )
        self.live = Live(sqlite(folder), [RULE], zone="Asia/Shanghai", levels=5, sources=["desk"], gaps={})
        self.live.rules = replace(self.live.rules, plan=plan or company())
        self.live.restart()
        self.delivery = Delivery(
            self.live.store,
            self.clock,
            plan=self.live.rules.plan,
            language="zh",
            zone=SHANGHAI,
            opener=self.open,
        )
        self.desk = EngineDesk(self.live.engine, self.clock, changed=lambda: None, write=lambda *_: b"%PDF")
        self.app = SlackApp("slack", self.options, self.desk, Manner("zh", SHANGHAI))
        self.number = 0

    def __enter__(self):
        self.slack.__enter__()
        self.app.start()
        self.slack.socket.wait_connected()
        return self

    def __exit__(self, *error) -> None:
        self.app.stop()
        self.slack.__exit__(*error)
        self.live.store.close()

    def stamp(self) -> float:
        return self.clock.now().timestamp()

    def open(self, channel: Channel) -> Notifier:
        if channel.kind != "slack":
            return self.second
        return slack.Notifier("slack", self.options, sleep=lambda _: None, monotonic=self.stamp)

    def tickets(self, count: int, node=NO_SIGNAL) -> None:
        """So many tickets of a node come in now, one by one."""
        now = self.clock.now()
        self.live.reach(now)
        made = []
        for _ in range(count):
            self.number += 1
            made.append(OracleTicket("desk", f"T{self.number}", now, now, node))
        self.live.arrive(made, now)
        self.settle()

    def pass_time(self, by: timedelta) -> None:
        """The clock moves on, hours close, and what is due is sent."""
        self.clock.advance(by)
        self.live.reach(self.clock.now())
        self.settle()

    def settle(self) -> None:
        """Deliver all that is due, and a little later what becomes of incidents."""
        self.delivery.deliver_due()
        self.clock.advance(timedelta(seconds=4))
        self.delivery.deliver_due()

    def message(self, where: str = "C1", number: int = 0):
        """The message of the first incident that was told there."""
        return [post for post in self.slack.on(where) if "thread_ts" not in post][number]

    def story(self, where: str = "C1") -> list[str]:
        """What the thread there says, without what was shown in the channel too."""
        return [post["text"] for post in self.slack.replies(where) if not post.get("reply_broadcast")]

    def incident(self, id: int = 1):
        with self.live.store.reading() as tx:
            return tx.incidents.get(id)


def heard(office, user, more=1):
    """What a person was told alone, once so much has come."""
    return office.slack.wait_for(lambda: told if len(told := office.slack.shown_to(user)) >= more else None)


def press(office, user, deed, *, where="C1", times=1, more=1, **given):
    """Press a button of the incident's message; what the person was told in the end."""
    answered = office.slack.click(user, office.message(where), f"complaint_{deed}", times=times, **given)
    assert answered.in_time
    told = heard(office, user, more)
    office.settle()
    return told[-1]


def open_form(office, user, deed):
    """Press a button that opens a form: the form."""
    before = len(office.slack.workspace.views)
    assert office.slack.click(user, office.message(), f"complaint_{deed}").in_time
    return office.slack.wait_for(lambda: office.slack.workspace.views[before:])[0]


def ask_form(office, user, words):
    """Ask for a silence by command: the form."""
    before = len(office.slack.workspace.views)
    assert office.slack.command(user, f"silence {words}").in_time
    return office.slack.wait_for(lambda: office.slack.workspace.views[before:])[-1]


def silences(office):
    """Those that hold."""
    with office.live.store.reading() as tx:
        return tx.silences.open()
