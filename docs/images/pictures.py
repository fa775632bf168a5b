"""Makes the pictures of a page and a report anew: `python docs/images/pictures.py`. Needs Chromium.

One made-up incident of plan T goes through the decisions and renderers themselves; the mail is shown by a
browser, the blocks of Slack by a sketch of how Slack sets them, the report's pages by Typst.
"""

import json
import math
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.charts.volume import ExpectedHour
from alerts.incidents.book import Book
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.fields import fields_of
from alerts.page import TrendHour
from alerts.rendering.mail import html
from alerts.rendering.moments import Moments
from alerts.rendering.sheet import sheet
from alerts.reports.dossier import Dossier, Telling
from alerts.reports.pdf import pages
from alerts.reports.special import special_report
from alerts.respond import Context, respond
from alerts.slack_incident import first_message
from connectors.ticket import HOUR, to_us
from detectors.signal import Signal
from monitor.config import load
from monitor.pages.form import Shown
from monitor.pages.form import page as answer_page
from monitor.pages.links import Pass

HERE = Path(__file__).parent
ZONE = ZoneInfo("Asia/Shanghai")
PLAN = load(HERE.parents[1] / "alerts/plans/telecom.toml").plan
NODE = ("移动业务", "5G套餐", "使用", "网络质量", "无信号")
AT = to_us(datetime(2026, 11, 18, 3, 12, tzinfo=ZONE))
DAY = to_us(datetime(2026, 11, 18, tzinfo=ZONE))
MINUTE = 60_000_000
CSS = """
body { font: 15px/1.46 Lato, "Noto Sans CJK SC", "Noto Sans SC", sans-serif; margin: 16px; width: 620px }
h3 { margin: 6px 0 }
.context { color: #616061; font-size: 12.5px }
section { margin: 8px 0; white-space: pre-wrap }
pre { margin: 4px 0; padding: 8px; background: #f8f8f8; border: 1px solid #ddd; font: 12px/1.4 monospace }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 16px }
hr { border: 0; border-top: 1px solid #ddd }
button { border: 1px solid #bbb; border-radius: 5px; background: #fff; padding: 5px 11px }
button { margin: 0 6px 6px 0; font: inherit }
.primary { background: #007a5a; color: #fff; border-color: #007a5a }
.danger { color: #e01e5a; border-color: #e01e5a }
"""


def incident():
    """The hundredth ticket at night, and what people do about it."""
    signal = Signal(
        "同日同类投诉",
        "daily_threshold",
        NODE,
        False,
        DAY,
        DAY + 24 * HOUR,
        "三级预警",
        104,
        100,
        AT,
        AT - 40 * 10**6,
    )
    hours = [DAY + (i - 20) * HOUR for i in range(24)]
    counts = [2, 1, 3, 2, 4, 3, 5, 4, 3, 5, 6, 4, 5, 3, 2, 4, 3, 2, 1, 1, 9, 21, 52, 22]
    trend = tuple(TrendHour(hour, n) for hour, n in zip(hours, counts, strict=True))
    book = Book()
    context = Context(trend=lambda _: trend, tickets=lambda *_: 104)
    [page] = respond([signal], plan=PLAN, now=_at(0), context=context, book=book).pages
    [one] = book.open

    def tell(kind, minutes, **said):
        book.tell(one.id, Event(event_key(one.key, kind, minutes), kind, AT + int(minutes * MINUTE), **said))

    tell(Kind.DUE, 0, facts=(("deadline", "report"), ("due_at", str(AT + 60 * MINUTE))))
    tell(Kind.DUE, 0.1, facts=(("deadline", "solution"), ("due_at", str(AT + 120 * MINUTE))))
    tell(Kind.DELIVERED, 0.2, facts=(("tickets", "105"),))
    tell(Kind.ESCALATED, 10, facts=(("step", "1"), ("to", "值班 苏晴"), ("to_en", "On call: 苏晴")))
    acknowledged = book[one.id]
    tell(Kind.ACKNOWLEDGED, 14, by="苏晴", facts=(("tickets", "129"),))
    tell(Kind.MET, 41, facts=(("deadline", "report"),))
    tell(Kind.FILLED, 41, by="苏晴", facts=(("field", "report"), ("value", "滨江区无信号，约百户，基站退服")))
    taken = book[one.id]
    tell(Kind.HANDLED, 96, by="高峰", why="基站供电恢复")
    tell(Kind.MET, 99, facts=(("deadline", "solution"),))
    tell(Kind.FILLED, 130, by="高峰", facts=(("field", "cause"), ("value", "市电中断，备用电源未切换")))
    tell(Kind.RESOLVED, 300, why=Why.QUIET)
    return page, acknowledged, taken, book[one.id], signal


def _at(minutes):
    return datetime.fromtimestamp((AT + minutes * MINUTE) / 1e6, tz=ZONE)


def dossier(page, one, signal, language):
    """What a store would know of it."""
    hours = []
    for i in range(-24, 10):
        usual = 3.2 + 2 * math.sin((i + 3) / 24 * 2 * math.pi)
        surge = {1: 9, 2: 21, 3: 64, 4: 57, 5: 18, 6: 6}.get(i)
        count = surge if surge is not None else max(0, round(usual + (i * 7 % 5) - 2))
        hours.append(ExpectedHour(DAY + (i - 1) * HOUR, None if i == -9 else count, usual, usual + 5.4))
    told = tuple(
        Telling(AT, (page.title(t.role, language),), t.contact, "slack", AT + (i + 1) * 400_000)
        for i, t in enumerate(page.told)
    )
    return Dossier(
        one,
        tuple(hours),
        (replace(signal, rule=PLAN.rule(signal.rule, language)),),
        told,
        page.printed(language).duties,
        complainants=161,
        largest=3,
        written_at=AT + 420 * MINUTE,
    )


def slack(parts):
    """Blocks as Slack sets them, roughly."""

    def text(value):
        told = value["text"]
        if value["type"] != "mrkdwn":
            return escape(told)
        # Slack's own markup: what is already escaped stays so.
        code = re.sub(r"```(.*?)```", r"<pre>\1</pre>", told, flags=re.DOTALL)
        return re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", code)

    rows = []
    for block in parts:
        kind = block["type"]
        if kind == "header":
            rows.append(f"<h3>{text(block['text'])}</h3>")
        elif kind == "section":
            inner = text(block["text"]) if "text" in block else ""
            fields = "".join(f"<div>{text(field)}</div>" for field in block.get("fields", ()))
            rows.append(
                f"<section>{inner}</section>" + (f'<div class="fields">{fields}</div>' if fields else "")
            )
        elif kind == "context":
            rows.append("".join(f'<div class="context">{text(one)}</div>' for one in block["elements"]))
        elif kind == "actions":
            rows.append(
                "".join(
                    f'<button class="{one.get("style", "")}">{escape(one["text"]["text"])}</button>'
                    for one in block["elements"]
                )
            )
        elif kind == "divider":
            rows.append("<hr>")
        else:
            rows.append(f"<pre>{escape(json.dumps(block, ensure_ascii=False)[:400])}</pre>")
    # Slack draws the mark of the state itself; a browser without a font of such marks does not.
    shown = "".join(rows).replace("🔴", '<span style="color: #e01e5a">●</span>')
    return f'<meta charset="utf-8"><style>{CSS}</style>' + shown


def shot(page, file, *, width, height):
    """What a browser shows of a page."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page, encoding="utf-8")
        command = [shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu"]
        command += [
            "--hide-scrollbars",
            f"--window-size={width},{height}",
            f"--screenshot={file}",
            source.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def main():
    """Write all pictures beside this file."""
    page, acknowledged, taken, over, signal = incident()
    for language in ("zh", "en"):
        words = sheet(page, language=language, zone=ZONE)
        shot(html(words), HERE / f"mail-{language}.png", width=640, height=1_460)
        moments = Moments(language, ZONE, AT + 11 * MINUTE)
        words = sheet(page, language=language, zone=ZONE, buttons=True)
        parts = first_message(words, acknowledged, moments)
        blocks = parts[0]
        shot(slack(blocks), HERE / f"slack-{language}.png", width=660, height=1_330)
        moments = Moments(language, ZONE, AT + 42 * MINUTE)
        who = Pass("高峰", taken.id, AT + 30 * 24 * 60 * MINUTE)
        shown = Shown(fields_of(PLAN, taken), hours=page.trend)
        answered = answer_page(taken, shown, who, moments, action="/answer/x")
        shot(answered, HERE / f"answer-{language}.png", width=640, height=1_580)
        report = special_report(dossier(page, over, signal, language), language=language, zone=ZONE)
        for number, png in enumerate(pages(report, dots_per_inch=72)[:2], start=1):
            (HERE / f"report-{language}-{number}.png").write_bytes(png)


if __name__ == "__main__":
    main()
