"""The limits that Slack keeps for messages and modals and its client does not check.

Written from Slack's documents: docs.slack.dev/reference/block-kit/blocks, .../block-elements,
.../composition-objects and docs.slack.dev/reference/views; the limit in all from slackapi/bolt-js#2509.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

MOST_BLOCKS: Final = 50
MOST_VIEW_BLOCKS: Final = 100
LONGEST_IN_ALL: Final = 13_000
LONGEST_TEXT: Final = 40_000

Json = Mapping[str, Any]

_KNOWN: Final = {"header", "section", "context", "divider", "actions", "image", "input"}
_LISTS: Final = {"section": {"fields": 10}, "context": {"elements": 10}, "actions": {"elements": 25}}
_LONGEST: Final = {("header", "text"): 150, ("section", "text"): 3_000, ("section", "fields"): 2_000}
# Of elements: kind -> most options.
_ELEMENTS: Final = {
    "button": 0,
    "overflow": 5,
    "static_select": 100,
    "users_select": 0,
    "plain_text_input": 0,
    "datetimepicker": 0,
    "radio_buttons": 10,
    "checkboxes": 10,
}
# Of elements and views: name of a text -> most characters.
_STRINGS: Final = {"action_id": 255, "value": 2_000, "url": 3_000, "block_id": 255}
_LABELS: Final = {"text": 75, "placeholder": 150}
_CONFIRM: Final = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
_VIEW_LABELS: Final = {"title": 24, "submit": 24, "close": 24}
_VIEW_STRINGS: Final = {"private_metadata": 3_000, "callback_id": 255}
_LONGEST_OPTION: Final = 75
_LONGEST_OPTION_VALUE: Final = 150
_LONGEST_LABEL: Final = 2_000


def broken_limits(message: Json) -> tuple[str, list[str]]:
    """Slack's error for a message beyond its limits, with details; ("", []) for one within them."""
    blocks = message.get("blocks") or []
    if len(message.get("text") or "") > LONGEST_TEXT:
        return "msg_too_long", []
    details = list(_broken(blocks, MOST_BLOCKS))
    details += [f"unsupported in messages [json-pointer:/blocks/{i}]" for i in _inputs(blocks)]
    if details:
        return "invalid_blocks", details
    if sum(map(_length, _texts(blocks))) > LONGEST_IN_ALL:
        return "msg_blocks_too_long", []
    return "", []


def broken_view(view: Json) -> list[str]:
    """What Slack finds wrong with a modal."""
    found = list(_broken(view.get("blocks") or [], MOST_VIEW_BLOCKS))
    if view.get("type") != "modal":
        found.append("must be a modal [json-pointer:/type]")
    if "title" not in view:
        found.append("missing required field: title [json-pointer:/title]")
    if _inputs(view.get("blocks") or []) and "submit" not in view:
        found.append("a view with inputs needs a submit button [json-pointer:/submit]")
    for name, most in _VIEW_LABELS.items():
        found += _label(view.get(name), most, f"/{name}")
    return [*found, *_strings(view, _VIEW_STRINGS, "")]


def _inputs(blocks: list[Json]) -> list[int]:
    return [i for i, block in enumerate(blocks) if block.get("type") == "input"]


def _broken(blocks: list[Json], most: int) -> Iterator[str]:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    for i, block in enumerate(blocks):
        yield from _broken_block(block, f"/blocks/{i}")
    for name, count in Counter(block["block_id"] for block in blocks if "block_id" in block).items():
        if count > 1:
            yield f"block_id {name} must be unique [json-pointer:/blocks]"


def _broken_block(block: Json, at: str) -> Iterator[str]:
    kind = block["type"]
    if kind not in _KNOWN:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
    for name, most in _LISTS.get(kind, {}).items():
        if name in block and not 1 <= len(block[name]) <= most:
            yield f"must have 1 to {most} items [json-pointer:{at}/{name}]"
    for pointer, name, text in _texts_of(block):
        longest = _LONGEST.get((kind, name), LONGEST_IN_ALL)
        if not 1 <= _length(text) <= longest:
            yield f"must be 1 to {longest} characters [json-pointer:{at}/{pointer}]"
    if kind == "section" and "text" not in block and "fields" not in block:
        yield f"missing required field: text [json-pointer:{at}]"
    if kind == "input":
        yield from _label(block.get("label"), _LONGEST_LABEL, f"{at}/label", needed=True)
        yield from _label(block.get("hint"), _LONGEST_LABEL, f"{at}/hint")
    yield from _strings(block, {"block_id": 255}, at)
    elements = list(_elements(block))
    for pointer, element in elements:
        yield from _broken_element(element, f"{at}/{pointer}")
    for id, count in Counter(element.get("action_id") for _, element in elements).items():
        if id is not None and count > 1:
            yield f"action_id {id} must be unique in its block [json-pointer:{at}]"


def _broken_element(element: Json, at: str) -> Iterator[str]:
    kind = element.get("type", "")
    if kind not in _ELEMENTS:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    if "action_id" not in element:
        yield f"missing required field: action_id [json-pointer:{at}]"
    yield from _strings(element, _STRINGS, at)
    for name, most in _LABELS.items():
        yield from _label(element.get(name), most, f"{at}/{name}", needed=kind == "button" and name == "text")
    if kind == "button" and element.get("style") not in {None, "primary", "danger"}:
        yield f"unsupported style [json-pointer:{at}/style]"
    for name, most in _CONFIRM.items() if "confirm" in element else ():
        yield from _label(element["confirm"].get(name), most, f"{at}/confirm/{name}", needed=True)
    options = _ELEMENTS[kind]
    if options and not 1 <= len(element.get("options", ())) <= options:
        yield f"must have 1 to {options} options [json-pointer:{at}/options]"
    for i, one in enumerate(element.get("options", ())):
        yield from _label(one.get("text"), _LONGEST_OPTION, f"{at}/options/{i}/text", needed=True)
        yield from _strings(one, {"value": _LONGEST_OPTION_VALUE}, f"{at}/options/{i}")


def _strings(thing: Json, most: Mapping[str, int], at: str) -> Iterator[str]:
    for name, longest in most.items():
        value = thing.get(name)
        if isinstance(value, str) and _length(value) > longest:
            yield f"must be at most {longest} characters [json-pointer:{at}/{name}]"


def _label(label: Any, most: int, at: str, *, needed: bool = False) -> Iterator[str]:
    """A text object, which Slack wants with 1 to so many characters."""
    if label is None:
        if needed:
            yield f"missing required field [json-pointer:{at}]"
    elif not 1 <= _length(label["text"]) <= most:
        yield f"must be 1 to {most} characters [json-pointer:{at}]"


def _elements(block: Json) -> Iterator[tuple[str, Json]]:
    if block["type"] == "actions":
        yield from ((f"elements/{i}", one) for i, one in enumerate(block.get("elements", ())))
    for name in ("accessory", "element"):
        if name in block:
            yield name, block[name]


def _texts_of(block: Json) -> Iterator[tuple[str, str, str]]:
    """(pointer, kind, text) of every text that a block itself shows."""
    if "text" in block:
        yield "text", "text", block["text"]["text"]
    for name in ("fields", "elements") if block["type"] != "actions" else ():
        for i, item in enumerate(block.get(name, ())):
            text = item.get("text", item.get("alt_text", ""))
            yield f"{name}/{i}", name, text["text"] if isinstance(text, Mapping) else text


def _texts(blocks: list[Json]) -> Iterator[str]:
    for block in blocks:
        for _, _, text in _texts_of(block):
            yield text


def _length(text: str) -> int:
    """In UTF-16 units, the strictest way to count."""
    return len(text.encode("utf-16-le")) // 2
