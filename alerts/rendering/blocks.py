"""A page as Slack blocks, always within Slack's limits, which its client does not check.

What does not fit into one message goes on in further parts, which belong into the thread of the first: a
folded page names every one of its signals, however many there are. Only a single endless line is cut, with
an ellipsis.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from alerts.catalogue import say
from alerts.rendering.sheet import Section, Sheet, Style
from alerts.rendering.widths import ELLIPSIS
from alerts.rendering.writing import Row

Block = dict[str, Any]
Part = tuple[Block, ...]
_Item = TypeVar("_Item")

# Slack's documented limits, docs.slack.dev/reference/block-kit/blocks.
MOST_BLOCKS: Final = 50
LONGEST_HEADER: Final = 150
LONGEST_SECTION: Final = 3_000
LONGEST_FIELD: Final = 2_000
MOST_FIELDS: Final = 10
MOST_IN_CONTEXT: Final = 10
# Undocumented: about 13,000 characters in all are refused as msg_blocks_too_long (slackapi/bolt-js#2509).
# Ours are counted on the blocks as JSON, which is more than Slack counts.
LONGEST_MESSAGE: Final = 12_000

LONGEST_LINE: Final = 500
# How many rows of each list the first part shows; fewer, when even those do not fit.
ROOMS: Final = (1_000, 20, 8, 3, 1)

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def blocks(words: Sheet, *, below: Part = ()) -> tuple[Part, ...]:
    """The sheet as one message, and further ones for its thread where it does not fit.

    `below` are further blocks, a few and small, for the end of the first message.
    """
    tries = (_first_part(words, room) for room in ROOMS)
    shown = ((part, left) for part, left in tries if fits((*part, *below)))
    first, rest = next(shown, _first_part(words, ROOMS[-1]))
    first = (*first, *below)
    following = _packed(block for section in rest for block in _section(section))
    parts = len(following) + 1
    marked = (
        (context([say(words.language, "part.next", part=number, parts=parts)]), *part)
        for number, part in enumerate(following, start=2)
    )
    return (first, *marked)


def fits(part: Sequence[Block]) -> bool:
    """One message may hold these blocks."""
    return len(part) <= MOST_BLOCKS and size(part) <= LONGEST_MESSAGE


def size(part: Sequence[Block]) -> int:
    """Characters of the blocks as JSON, as Slack's servers count them at their strictest."""
    return _length(json.dumps(part, ensure_ascii=False))


def escaped(text: str, limit: int) -> str:
    """The text with Slack's three characters escaped, cut with an ellipsis to `limit` characters."""
    whole = "".join(_ESCAPES.get(c, c) for c in text)
    if _length(whole) <= limit:
        return whole
    kept: list[str] = []
    room = limit - len(ELLIPSIS)
    for character in text:
        piece = _ESCAPES.get(character, character)
        room -= _length(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + ELLIPSIS


@dataclass(frozen=True)
class _Cut:
    shown: Section
    left: Section | None


def _first_part(words: Sheet, room: int) -> tuple[Part, list[Section]]:
    """The message with `room` rows of each list, and what is left of the lists."""
    cuts = [_cut(section, room) for section in words.sections]
    body: list[Block] = [_header(words.headline)]
    body += [context(notices) for notices in _batches([f"⚠️ {n}" for n in words.notices], MOST_IN_CONTEXT)]
    for cut in cuts:
        body += _section(cut.shown)
        if cut.left is not None:
            more = say(words.language, "part.continued", n=len(cut.left.rows))
            body.append(context([f"{ELLIPSIS} {more}"]))
    body.append(context([words.footer]))
    return tuple(body), [cut.left for cut in cuts if cut.left is not None]


def _cut(section: Section, room: int) -> _Cut:
    if section.style is Style.FACTS or len(section.rows) <= room:
        return _Cut(section, None)
    shown = Section(section.title, section.rows[:room], section.style)
    return _Cut(shown, Section(section.title, section.rows[room:], section.style))


def _section(section: Section) -> Iterator[Block]:
    if section.style is Style.FACTS:
        for rows in _batches(section.rows, MOST_FIELDS):
            yield {"type": "section", "fields": [_mrkdwn(_field(row)) for row in rows]}
        return
    title = f"*{escaped(section.title, LONGEST_LINE)}*"
    if section.style is Style.CHART:
        for text in _texts(_chart(section.rows), LONGEST_SECTION - len(title) - len("\n``````")):
            yield {"type": "section", "text": _mrkdwn(f"{title}\n```{text}```")}
        return
    for text in _texts(_lines(section), LONGEST_SECTION - _length(title) - 1):
        yield {"type": "section", "text": _mrkdwn(f"{title}\n{text}")}


def _lines(section: Section) -> Iterator[str]:
    for number, (_, text) in enumerate(section.rows, start=1):
        mark = f"{number}." if section.style is Style.STEPS else "•"
        yield f"{mark} {escaped(text, LONGEST_LINE)}"


def _chart(rows: Iterable[Row]) -> Iterator[str]:
    rows = list(rows)
    column = max((len(label) for label, _ in rows), default=0)
    for label, text in rows:
        yield escaped(f"{label:>{column}}  {text}".replace("`", "'"), LONGEST_LINE)


def _field(row: Row) -> str:
    label, text = row
    return f"*{escaped(label, 100)}*\n{escaped(text, LONGEST_LINE)}"


def _texts(lines: Iterable[str], limit: int) -> Iterator[str]:
    """Lines joined to texts of at most `limit` characters."""
    together = ""
    for line in lines:
        longer = f"{together}\n{line}" if together else line
        if _length(longer) > limit:
            yield together
            longer = line
        together = longer
    if together:
        yield together


def _packed(stream: Iterable[Block]) -> list[Part]:
    """Blocks in order, in as few messages as hold them; each leaves room for a line on top."""
    parts: list[Part] = []
    part: Part = ()
    for block in stream:
        if part and (len(part) + 2 > MOST_BLOCKS or size((*part, block)) > LONGEST_MESSAGE - 500):
            parts.append(part)
            part = ()
        part = (*part, block)
    return [*parts, part] if part else parts


def _header(text: str) -> Block:
    # A header is plain text, in which Slack escapes by itself.
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": _plain(text, LONGEST_HEADER), "emoji": False},
    }


def _plain(text: str, limit: int) -> str:
    while _length(text) > limit:
        text = text.removesuffix(ELLIPSIS)[:-1] + ELLIPSIS
    return text


def context(texts: Iterable[str]) -> Block:
    """Small lines."""
    return {"type": "context", "elements": [_mrkdwn(escaped(text, LONGEST_LINE)) for text in texts]}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _batches(items: Sequence[_Item], most: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]


def _length(text: str) -> int:
    """Characters as Slack's servers count them at their strictest: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
