"""A page as plain text: for the console and as the text part of a mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alerts.catalogue import say
from alerts.rendering.sheet import Section, Sheet, Style
from alerts.rendering.widths import pad, width
from alerts.rendering.words import Link

RULE: Final = "━" * 64


def plain(words: Sheet, link: Link | None = None) -> str:
    """The whole sheet, sections apart by an empty line, with a link to answer it."""
    return "\n".join(_lines(words, link)) + "\n"


def framed(words: Sheet, link: Link | None = None) -> str:
    """The sheet between two rules, so that a page stands out among other lines of a terminal."""
    headline, *rest = plain(words, link).splitlines()
    return "\n".join(["", RULE, f" {headline}", RULE, *(f" {line}".rstrip() for line in rest), RULE, ""])


def _lines(words: Sheet, link: Link | None) -> Iterator[str]:
    yield words.headline
    for notice in words.notices:
        yield f"! {notice}"
    if link is not None:
        yield say(words.language, "mail.answer_at", text=link.text, url=link.url)
    for section in words.sections:
        yield ""
        if section.title:
            yield section.title
        yield from _rows(section)
    yield ""
    yield words.footer


def _rows(section: Section) -> Iterator[str]:
    column = max(width(label) for label, _ in section.rows) + 2
    for number, (label, text) in enumerate(section.rows, start=1):
        if section.style is Style.FACTS:
            yield pad(label, column) + text
        elif section.style is Style.CHART:
            yield f"  {' ' * (column - 2 - width(label))}{label}  {text}"
        elif section.style is Style.STEPS:
            yield f"  {number}. {text}"
        else:
            yield f"  - {text}"
