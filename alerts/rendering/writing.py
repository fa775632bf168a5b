"""What every part of a page is written with: a language, its times, and its facts as they may be shown."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.catalogue import say
from alerts.page import Page
from alerts.rendering import phrases
from alerts.rendering.moments import Moments
from alerts.rendering.widths import clean, clip

Row = tuple[str, str]
"""Label and text; the label is empty in lists."""


@dataclass(frozen=True)
class Writing:
    """A page for a reader; with `buttons` they act by those, and ask by `/complaints`."""

    page: Page
    language: str
    moments: Moments
    buttons: bool = False

    def say(self, key: str, /, **facts: object) -> str:
        return say(self.language, key, **facts)

    def label(self, text: str, room: int = phrases.LONGEST_NAME) -> str:
        return clip(clean(text), room)

    def level(self, name: str | None) -> str:
        """A level as the reader's language has it."""
        return self.label(self.page.title(name or "", self.language), phrases.LONGEST_LABEL)

    def fact(self, name: str) -> str:
        return self.label(self.page.fact(name))

    def said(self, name: str) -> str:
        """A fact in the reader's language, where it was told in several."""
        return self.page.fact(f"{name}.{self.language}") or self.page.fact(name)

    def moment(self, name: str) -> str:
        """A fact that is an instant, in microseconds UTC."""
        return self.moments.date_time(int(self.page.fact(name)))
