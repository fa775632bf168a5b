"""How the store keeps a page: one JSON object, and the same page back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from alerts.page import Duty, NearbyChange, Page, Reason, Told, TrendHour
from detectors.signal import Signal

# Raised when a stored page is no longer read by the same rules; older ones stay readable.
FORMAT: Final = 1


def to_json(page: Page) -> str:
    """The page as JSON text, the same text for an equal page."""
    told = {"format": FORMAT, **_fields(page)}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=_fields)


def from_json(text: str) -> Page:
    """The page of `to_json`'s text.

    Raises ValueError, with a sentence, for a text that a later version of the monitor wrote.
    """
    data: dict[str, Any] = json.loads(text)
    written_as = data.pop("format", None)
    if written_as != FORMAT:
        raise ValueError(
            f"a stored page has format {written_as}, and this version reads {FORMAT}; "
            "run the version of complaint-monitor that wrote it"
        )
    return Page(
        key=data["key"],
        at=data["at"],
        reason=Reason(data["reason"]),
        level=data["level"],
        node=tuple(data["node"]),
        signals=tuple(_signal(one) for one in data["signals"]),
        told=tuple(Told(**one) for one in data["told"]),
        unreached=tuple(data["unreached"]),
        muted_by=data["muted_by"],
        duties=tuple(Duty(**one) for one in data["duties"]),
        planned_changes=tuple(NearbyChange(**one) for one in data["planned_changes"]),
        trend=tuple(TrendHour(**one) for one in data["trend"]),
        report_by=data["report_by"],
        solution_by=data["solution_by"],
        steps=tuple((language, tuple(lines)) for language, lines in data["steps"]),
        titles=tuple((name, _pairs(texts)) for name, texts in data["titles"]),
        sample=data["sample"],
        blind=tuple(data["blind"]),
        subject=_pairs(data["subject"]),
        about=tuple(_signal(one) for one in data["about"]),
        # Pages from before there were incidents tell of none.
        incidents=tuple(data.get("incidents", ())),
        change=data.get("change", ""),
    )


def _fields(value: Any) -> dict[str, Any]:
    """What a dataclass or mapping holds; a page of a storm names thousands of signals, none is copied."""
    if isinstance(value, Mapping):
        return dict(value)
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _signal(data: Mapping[str, Any]) -> Signal:
    return Signal(**{**data, "node": tuple(data["node"]), "subject": _pairs(data["subject"])})


def _pairs(data: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in data)
