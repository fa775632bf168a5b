"""How a part declares what it can be told in config.toml.

A connector, detector or notifier is one file with a frozen dataclass of options. Each field is made by
`option()`, which carries what the validator checks and what docs/configuration.md says, so that the file
needs no registration anywhere. Types understood at the door: str, int, float, bool, timedelta ("30s",
"5m", "2h", "1d"), datetime, Path (relative to the config file), ZoneInfo, Secret, Literal of str,
tuple[T, ...], Mapping[str, T], other frozen dataclasses, and `T | None`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any

from connectors.said import Said


def option(
    default: Any = MISSING,
    *,
    doc: str,
    key: str | None = None,
    factory: Callable[[], Any] | None = None,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> Any:
    """A dataclass field with its documentation and bounds; without a default it must be given.

    `key` is its name in config.toml where that cannot be the field's own (`from`, `is`).
    """
    metadata = {"doc": doc, "key": key, "at_least": at_least, "above": above, "at_most": at_most}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)


class OptionError(ValueError):
    """An option that does not fit the others, or is none; its message is `key: sentence`."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}")
        self.key = key
        self.sentence = sentence


class SecretError(LookupError):
    """A secret that cannot be found; the message is a sentence.

    Attributes
    ----------
    why : "unset", "unreadable" or "empty"
    facts : name of the variable or file, the reference, and the system's detail
    """

    def __init__(self, sentence: str, *, why: str, **facts: str) -> None:
        super().__init__(sentence)
        self.why = why
        self.facts = facts


@dataclass(frozen=True)
class Secret:
    """A reference to a secret, `env:NAME` or `file:PATH`; the secret itself is never kept or printed."""

    reference: str

    def __post_init__(self) -> None:
        kind, _, rest = self.reference.partition(":")
        if kind not in {"env", "file"} or not rest:
            raise ValueError(
                "a secret is given by reference, as env:NAME or file:PATH, and never written into the file"
            )

    def reveal(self) -> str:
        """The secret now.

        Raises SecretError when the variable or the file is not there or is empty.
        """
        kind, _, rest = self.reference.partition(":")
        if kind == "env":
            value = os.environ.get(rest, "")
            if not value:
                unset = "environment variable {name} is not set; set it, or change {reference}"
                facts = {"name": rest, "reference": self.reference}
                raise SecretError(Said("secret.unset", unset, **facts), why="unset", **facts)
            return value
        try:
            value = Path(rest).read_text(encoding="utf-8").strip()
        except OSError as error:
            detail = error.strerror or type(error).__name__
            facts = {"name": rest, "detail": detail}
            unread = Said("secret.unreadable", "secret file {name} cannot be read: {detail}", **facts)
            raise SecretError(unread, why="unreadable", **facts) from error
        if not value:
            empty = Said("secret.empty", "secret file {name} is empty", name=rest)
            raise SecretError(empty, why="empty", name=rest)
        return value
