"""The limits that Slack keeps for a message and its client does not check. Written from Slack's documents.

Sources: docs.slack.dev/reference/block-kit/blocks; the limit in all from slackapi/bolt-js#2509.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

MOST_BLOCKS: Final = 50
LONGEST_IN_ALL: Final = 13_000
LONGEST_TEXT: Final = 40_000


def broken_limits(message: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Slack's error for a message beyond its limits, with details; ("", []) for one within them."""
    blocks = message.get("blocks") or []
    if len(message.get("text") or "") > LONGEST_TEXT:
        return "msg_too_long", []
    details = list(_broken(blocks))
    if details:
        return "invalid_blocks", details
    if sum(map(_length, _texts(blocks))) > LONGEST_IN_ALL:
        return "msg_blocks_too_long", []
    return "", []


def _broken(blocks: list[Mapping[str, Any]]) -> Iterator[str]:
    if len(blocks) > MOST_BLOCKS:
        yield f"no more than {MOST_BLOCKS} items allowed [json-pointer:/blocks]"
    for i, block in enumerate(blocks):
        for name, most in _LISTS.get(block["type"], {}).items():
            if name in block and not 1 <= len(block[name]) <= most:
                yield f"must have 1 to {most} items [json-pointer:/blocks/{i}/{name}]"
        for pointer, kind, text in _texts_of(block):
            most = _LONGEST.get((block["type"], kind), LONGEST_IN_ALL)
            if not 1 <= _length(text) <= most:
                yield f"must be 1 to {most} characters [json-pointer:/blocks/{i}/{pointer}]"
        if block["type"] == "section" and "text" not in block and "fields" not in block:
            yield f"missing required field: text [json-pointer:/blocks/{i}]"
        if block["type"] not in _KNOWN:
            yield f"unsupported type: {block['type']} [json-pointer:/blocks/{i}/type]"


_KNOWN: Final = {"header", "section", "context", "divider", "actions", "image"}
_LISTS: Final = {"section": {"fields": 10}, "context": {"elements": 10}, "actions": {"elements": 25}}
_LONGEST: Final = {("header", "text"): 150, ("section", "text"): 3_000, ("section", "fields"): 2_000}


def _texts_of(block: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(pointer, kind, text) of every text in a block."""
    if "text" in block:
        yield "text", "text", block["text"]["text"]
    for name in ("fields", "elements"):
        for i, item in enumerate(block.get(name, ())):
            text = item["text"]
            yield f"{name}/{i}", name, text["text"] if isinstance(text, Mapping) else text


def _texts(blocks: list[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        for _, _, text in _texts_of(block):
            yield text


def _length(text: str) -> int:
    """In UTF-16 units, the strictest way to count."""
    return len(text.encode("utf-16-le")) // 2
