"""A report as blocks of words, tables and pictures, in one language, before it becomes a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences; with a `url` they are a link."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and what is said of each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header, all of its length; `numbers` are the columns that are set to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and what it shows."""

    png: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What people fill in: a question and their answer. `hint` is printed where there is none yet."""

    label: str
    text: str
    hint: str


Block = Heading | Paragraph | Facts | Table | Picture | Entry


@dataclass(frozen=True)
class Document:
    """A whole report; the footer is at the end, or at the foot of every page."""

    language: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    footer: str
