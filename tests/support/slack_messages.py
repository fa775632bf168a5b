"""Pages on their way to a fake Slack."""

from datetime import timedelta

from alerting import NO_SIGNAL, NOW, SHANGHAI, plan, signal
from process import PATIENCE

from alerts.notifier import Message
from alerts.page import Reason
from alerts.respond import Fold, respond
from alerts.slack import Notifier, Options
from connectors.options import Secret


def notifier(slack, **changes):
    limit = timedelta(seconds=PATIENCE)
    options = {"token": Secret("env:SLACK_BOT_TOKEN"), "base_url": slack.url, "timeout": limit}
    return Notifier("slack", Options(**{**options, **changes}), sleep=lambda _: None)


def message(address="C1", *, signals=1, uncertain=False):
    many = [signal(node=(*NO_SIGNAL[:4], f"细目 {i:04}")) for i in range(signals)]
    fold = Fold(Reason.CAUGHT_UP) if signals > 1 else None
    (page,) = respond(many, plan=plan(), now=NOW, fold=fold).pages
    return Message("k" * 20, page, "slack", address, "zh", SHANGHAI, uncertain)
