"""What can go wrong with a request to Slack, for a fake that is told to let it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """What goes wrong with one request.

    Attributes
    ----------
    status, headers, answer : what is answered instead of Slack's own answer
    posted : the request is carried out all the same
    reset : the connection is cut without an answer
    hang : seconds of silence first
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: JsonObject | None = None
    posted: bool = False
    reset: bool = False
    hang: float = 0.0


def throttled(seconds: int) -> Failure:
    """429 with Retry-After."""
    return Failure(
        status=429, headers={"Retry-After": str(seconds)}, answer={"ok": False, "error": "ratelimited"}
    )


def refused(error: str, **facts: Any) -> Failure:
    """An answer with `ok: false`."""
    return Failure(answer={"ok": False, "error": error, **facts})


def broken(status: int = 500) -> Failure:
    """A server error without a body that could be read."""
    return Failure(status=status)


def cut() -> Failure:
    """The connection is reset and nothing was done."""
    return Failure(reset=True)


def answer_lost() -> Failure:
    """The request is carried out, and the connection is reset before the answer."""
    return Failure(reset=True, posted=True)


def hanging(seconds: float, *, posted: bool = False) -> Failure:
    """Nothing is said for so long, then the connection is reset."""
    return Failure(hang=seconds, reset=True, posted=posted)
