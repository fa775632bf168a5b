"""`/complaints silence`: what is quiet; `silence NODE` opens a form, `silence end N` ends one.

The form says what a silence would have muted. Whoever the plan tells of the node may make one of statistical
rules; that hard rules are quiet too only an approver can choose, and is named as the one who allowed it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from alerts.catalogue import Sentence, in_language, say
from alerts.desk import Desk, Preview, Quieten
from alerts.entitled import listed, silence_refusal
from alerts.page import key_of
from alerts.plan import Contact
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import whole_path
from alerts.rendering.sheet import sheet
from alerts.rendering.widths import clip
from alerts.silences import Silence
from alerts.slack_app.orders import Json, filled_in, until_of
from alerts.slack_app.views import View, silence_view
from connectors.ticket import Path, at_us

ENDING: Final = frozenset({"end", "结束"})
LONGEST_NUMBER: Final = 10
LONGEST_WHERE: Final = 200
# Where words mean several categories, so many are told.
MOST_NODES: Final = 8


@dataclass(frozen=True)
class Opened:
    """A form to open."""

    view: View


def asked(words: str, body: Json, contact: Contact, desk: Desk, moments: Moments) -> Opened | str:
    """What follows from the words behind `silence`: a form, or a text for the person."""
    language = moments.language
    verb, _, number = words.partition(" ")
    if verb.lower() in ENDING and number.strip().lstrip("#").isdecimal():
        return _ended(number.strip().lstrip("#"), contact, desk, language)
    node = _meant(words, desk, language)
    if isinstance(node, str):
        return node
    refused = silence_refusal(desk.plan, contact, node)
    if refused is not None:
        return in_language(refused, language)
    approves = contact.name in desk.plan.silences.approvers
    text = preview_text(node, desk.preview(node), desk, moments, approves=approves, chooses=approves)
    user, channel = str(body.get("user_id", "")), str(body.get("channel_id", ""))
    kept = {
        "node": key_of(*node),
        "user": user,
        "channel": channel,
        "by": contact.name,
        "key": key_of("silence", user, str(body.get("trigger_id", ""))),
    }
    return Opened(silence_view(kept, language, preview=text, approves=approves))


def submitted(view: Json, contact: Contact, desk: Desk, moments: Moments) -> str | dict[str, str]:
    """What a form that was sent led to; else what is wrong with it, by block."""
    language, now = moments.language, desk.now()
    kept, filled = json.loads(view["private_metadata"]), filled_in(view)
    why = str(filled.get("why") or "").strip()
    until = until_of(str(filled.get("until") or ""), at_us(now))
    approves = contact.name in desk.plan.silences.approvers
    wrong: dict[str, str] = {}
    if not why:
        wrong["why"] = say(language, "slack.refused.no_reason")
    if until is None:
        wrong["until"] = say(language, "slack.refused.span")
    if wrong or until is None:
        return wrong
    node = desk.node(str(kept["node"]))
    if node is None:
        return say(language, "slack.refused.node")
    hard = approves and filled.get("scope") == "hard"
    order = Quieten(
        key=str(kept["key"]), node=node, by=contact.name, at=now, until=until, why=why, since=now, hard=hard
    )
    result = desk.quieten(order)
    if isinstance(result, Sentence):
        return in_language(result, language)
    return _made(result, moments)


def preview_text(
    node: Path, preview: Preview, desk: Desk, moments: Moments, *, approves: bool, chooses: bool = False
) -> str:
    """What a silence would have kept quiet in the last day, and what it would not."""
    language = moments.language
    where = clip(whole_path(node, language), LONGEST_WHERE)
    pages = preview.pages if approves and not chooses else preview.pages - preview.hard
    lines = [say(language, "slack.preview", where=where, pages=pages, incidents=preview.incidents)]
    if preview.hard and not approves:
        may = listed(desk.plan.silences.approvers)
        lines.append(say(language, "slack.preview_hard", hard=preview.hard, may=may))
    if preview.hard and chooses:
        lines.append(say(language, "slack.preview_choice", n=preview.hard))
    for page in preview.latest:
        line = sheet(page, language=language, zone=moments.zone).headline
        lines.append(f"• {moments.near(page.at)} {line}")
    return "\n".join(lines)


def _meant(words: str, desk: Desk, language: str) -> Path | str:
    """The one category that is meant, or a text that asks for more words."""
    found = list(desk.nodes(words))
    if not found:
        return say(language, "slack.no_node", words=words)
    last = words.casefold().replace(">", " ").split()[-1]
    named = [path for path in found if path[-1].casefold() == last]
    if len(named) == 1 or len(found) == 1:
        return (named or found)[0]
    lines = [say(language, "slack.which_node")]
    lines += [f"• {clip(whole_path(one, language), LONGEST_WHERE)}" for one in (named or found)[:MOST_NODES]]
    return "\n".join(lines)


def _ended(number: str, contact: Contact, desk: Desk, language: str) -> str:
    if len(number) >= LONGEST_NUMBER:
        return say(language, "silence.refused.none", id=number[:LONGEST_NUMBER])
    result = desk.end_silence(int(number), contact.name)
    if isinstance(result, Sentence):
        return in_language(result, language)
    return say(language, "silence.ended", n=result.id)


def _made(silence: Silence, moments: Moments) -> str:
    language = moments.language
    where = clip(whole_path(silence.node, language), LONGEST_WHERE)
    text = say(language, "silence.added", n=silence.id, where=where, until=moments.near(silence.until))
    scope = "hard" if silence.approver else "statistical"
    return f"{text} {say(language, f'slack.made.{scope}', who=silence.approver)}"
