"""Slack on the phones of a story: everybody of a plan is a member of one workspace, and answers by buttons.

The workspace is the fake one, which keeps to Slack's limits and its one message a second and channel; what
talks to it are the real notifier, the real slack-sdk and slack-bolt, over Socket Mode. A second that the
notifier waits for is one of the story's clock.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from process import PATIENCE
from simulating import Reader

from alerts import slack
from alerts.desk import Manner
from alerts.notifier import Message, Receipt, Update
from alerts.plan import Channel
from alerts.slack_app.app import SlackApp
from alerts.slack_incident import PREFIX
from alerts.testing.slack_api import APP_TOKEN, TOKEN, FakeSlack
from monitor.clock import ManualClock
from monitor.config import Config
from monitor.daemon.desk import EngineDesk, Write
from monitor.engine.engine import Engine

GROUP, STRANGER = "C1", "U99"
CHANNEL = """
[[channels]]
name = "slack"
kind = "slack"
token = "env:STORY_BOT_TOKEN"
app_token = "env:STORY_APP_TOKEN"
base_url = "{url}"

[[contacts]]
name = "值班群"
addresses = {{ slack = "C1" }}
"""


class Phones:
    """The workspace with its people, and the app that answers them."""

    def __init__(self, config: Path, clock: ManualClock, environ: pytest.MonkeyPatch) -> None:
        """Rewrite a shipped plan: all its contacts have Slack, and the operators share a channel too."""
        environ.setenv("STORY_BOT_TOKEN", TOKEN)
        environ.setenv("STORY_APP_TOKEN", APP_TOKEN)
        self._clock = clock
        text = config.read_text("utf-8")
        names = re.findall(r'\[\[contacts\]\]\nname = "(.*)"', text)
        self._ids = {name: f"U{number}" for number, name in enumerate(names, start=1)}
        self.slack = FakeSlack(
            channels=(GROUP,),
            members=(*self._ids.values(), STRANGER),
            now=self._stamp,
            clock=self._stamp,
            rate_limited=True,
            patience=PATIENCE,
        )
        for name, id in self._ids.items():
            own = f'name = "{name}"\naddresses = {{ '
            text = text.replace(f'{own}console = "console" }}', f'{own}slack = "{id}" }}')
        channel = CHANNEL.format(url=self.slack.url)
        text = text.replace('\n[[channels]]\nname = "console"\nkind = "console"\n', channel)
        (operators,) = re.findall(r'operators = \["(.*)"\]', text)
        role = re.compile(rf'(name = "{operators}"\n.*\ncontacts = \[".*")\]')
        text, shared = role.subn(r'\1, "值班群"]', text)
        assert shared == 1
        config.write_text(text, "utf-8")
        self._app: SlackApp | None = None

    def open(self, config: Config, engine: Engine, write: Write) -> None:
        """Slack answers from now on, and so does the app."""
        self.slack.__enter__()
        desk = EngineDesk(engine, self._clock, changed=lambda: None, write=write)
        manner = Manner(config.language, config.timezone)
        self._app = SlackApp("slack", cast("slack.Options", config.plan.channels[0].options), desk, manner)
        self._app.start()
        self.slack.socket.wait_connected()

    def close(self) -> None:
        """The day is over."""
        if self._app is not None:
            self._app.stop()
        self.slack.__exit__(None, None, None)

    def carrier(self, channel: Channel, reader: Reader) -> "Wire":
        """What carries a page to Slack; the reader is told of what has arrived."""

        def sleep(seconds: float) -> None:
            self._clock.advance(timedelta(seconds=seconds))

        options = cast("slack.Options", channel.options)
        real = slack.Notifier(channel.name, options, sleep=sleep, monotonic=self._stamp)
        return Wire(real, reader)

    # -- what people do -----------------------------------------------------------------------------------

    def presses(self, who: str, deed: str, *, incident: int, where: str | None = None) -> str:
        """Somebody presses a button on their own phone, or in the group's channel: what they are answered."""
        post = self.message(where or who, incident)
        return self._answer(who, lambda: self.slack.click(self._id(who), post, f"{PREFIX}{deed}"))

    def fills_in(self, who: str, deed: str, given: dict[str, str], *, incident: int) -> str:
        """Somebody presses a button that opens a form, and sends it: what they are answered."""
        opened = len(self.slack.workspace.views)
        click = self.slack.click(self._id(who), self.message(who, incident), f"{PREFIX}{deed}")
        assert click.in_time
        self.slack.wait_for(lambda: len(self.slack.workspace.views) > opened)
        form = self.slack.workspace.views[-1]
        return self._answer(who, lambda: self.slack.submit(self._id(who), form, given))

    def asks(self, who: str, question: str) -> str:
        """Somebody writes /complaints and a question: the answer that only they see."""
        return self._answer(who, lambda: self.slack.command(self._id(who), question, channel=GROUP))

    def file_for(self, who: str, question: str) -> bytes:
        """Somebody asks for a file: its bytes."""
        files = self.slack.workspace.files
        known = len(files)
        assert self.slack.command(self._id(who), question, channel=GROUP).in_time
        ready = self.slack.wait_for(lambda: [f for f in list(files.values())[known:] if f.get("channel")])
        return bytes(ready[0]["bytes"])

    # -- what people see ----------------------------------------------------------------------------------

    def message(self, who: str, incident: int) -> dict[str, Any]:
        """The one message of an incident that somebody, or the group, has got."""
        (found,) = [
            post
            for post in self.slack.on(self._id(who))
            if "thread_ts" not in post
            and any(block.get("block_id") == f"{PREFIX}{incident}" for block in post["blocks"])
        ]
        return found

    def thread(self, who: str, incident: int) -> list[str]:
        """What the thread below that message tells, line by line."""
        ts = self.message(who, incident)["ts"]
        told = [post for post in self.slack.replies(self._id(who)) if post["thread_ts"] == ts]
        return [line for post in told for line in str(post["text"]).splitlines()]

    def _id(self, who: str) -> str:
        return {"值班群": GROUP, "陌生人": STRANGER}.get(who) or self._ids[who]

    def _answer(self, who: str, does: Callable[[], Any]) -> str:
        told = len(self.slack.shown_to(self._id(who)))
        # Otherwise Slack shows people an error.
        assert does().in_time
        return self.slack.wait_for(lambda: self.slack.shown_to(self._id(who))[told:])[-1]

    def _stamp(self) -> float:
        return self._clock.now().timestamp()


class Wire:
    """The real notifier; the reader keeps what has arrived."""

    def __init__(self, notifier: slack.Notifier, reader: Reader) -> None:
        self._notifier, self._reader = notifier, reader

    def deliver(self, message: Message) -> Receipt:
        receipt = self._notifier.deliver(message)
        self._reader.sent.append(message)
        return receipt

    def follow(self, update: Update) -> None:
        self._notifier.follow(update)

    def examine(self) -> list[str]:
        return self._notifier.examine()
