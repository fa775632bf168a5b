"""What a mail says: its fields as text, whatever their charset, and whether it is a complaint of its own.

Mail programs in China write GB18030 and call it gb2312, split characters between encoded words, and put
bytes into headers that are no ASCII. Nothing of it is refused: what no charset reads becomes a replacement
character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import blake2b
from html.parser import HTMLParser
from typing import Final

# A page of ours carries this header, and its Message-ID, to which people answer, begins with its key.
OURS: Final = "X-Complaint-Monitor-Page"
KEY: Final = re.compile(r"<[0-9a-f]{20}@[^<>\s]+>")
IDENT: Final = re.compile(r"<[^<>\s]+>")
# What calls itself by these names is often, and can always be read as, the larger set.
LARGER: Final = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030"}
# Tried where no charset is given, or the one that is given does not read it.
LIKELY: Final = ("utf-8", "gb18030")
# Elements whose content nobody reads, and those that end a line.
UNREAD: Final = frozenset({"script", "style", "head", "title"})
LINES: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})


@dataclass(frozen=True)
class Letter:
    """One mail.

    Attributes
    ----------
    id : its Message-ID without brackets; made of the mail's head where it has none
    mentioned : ids of mails that it answers, or follows
    """

    id: str
    mentioned: tuple[str, ...]
    message: Message

    @classmethod
    def read(cls, raw: bytes) -> Letter:
        """The mail of these bytes; of a large one the beginning is enough."""
        message = message_from_bytes(raw, policy=policy.compat32)
        found = IDENT.search(str(message.get("Message-ID", "")))
        head = raw.partition(b"\r\n\r\n")[0]
        ident = found[0].strip("<>") if found else blake2b(head, digest_size=16).hexdigest()
        told = " ".join(str(message.get(name, "")) for name in ("In-Reply-To", "References"))
        return cls(ident, tuple(dict.fromkeys(one.strip("<>") for one in IDENT.findall(told))), message)

    @property
    def is_ours(self) -> bool:
        """One of our own pages, or somebody's answer to one."""
        told = " ".join(str(self.message.get(name, "")) for name in ("In-Reply-To", "References"))
        return OURS in self.message or KEY.search(told) is not None

    @property
    def is_automatic(self) -> bool:
        """A bounce, a receipt or a note that somebody is away; a form on the web is not meant."""
        kind = self.message.get_content_type()
        return (
            kind == "multipart/report"
            or str(self.message.get("Return-Path", "")).strip() == "<>"
            or str(self.message.get("Auto-Submitted", "")).strip().lower().startswith("auto-replied")
            or "X-Autoreply" in self.message
        )

    def header(self, name: str) -> str | None:
        """A header as people read it."""
        value = self.message.get(name)
        return None if value is None else " ".join(_decoded(value).split())

    def address(self, name: str) -> str | None:
        """The first address of a header, in lower case."""
        found = getaddresses([self.header(name) or ""])
        return next((address.lower() for _, address in found if "@" in address), None)

    def sent_at(self) -> datetime | None:
        """When its sender says that it was sent."""
        try:
            at = parsedate_to_datetime(str(self.message.get("Date", "")))
        except ValueError:
            return None
        return at if at.tzinfo is not None else None

    def text(self) -> str:
        """What it says: the plain part, or the other without its markup."""
        plain = [part for part in _parts(self.message) if part.get_content_type() == "text/plain"]
        if plain:
            return "\n".join(_content(part) for part in plain).strip()
        rich = [part for part in _parts(self.message) if part.get_content_type() == "text/html"]
        return "\n".join(_Plain.of(_content(part)) for part in rich).strip()


def fields_of(
    letter: Letter, *, received: datetime, folder: str, flags: Mapping[str, bool]
) -> dict[str, object]:
    """All that can be mapped of a mail; other headers by `Letter.header`."""
    return {
        "id": letter.id,
        "received": received,
        "sent": letter.sent_at(),
        "from": letter.address("From"),
        "to": letter.address("To"),
        "subject": letter.header("Subject"),
        "text": "\n".join(text for text in (letter.header("Subject"), letter.text()) if text),
        "folder": folder,
        "flags": dict(flags),
    }


def _parts(message: Message) -> Iterator[Message]:
    """The parts that are shown, and not attached."""
    for part in message.walk():
        if not part.is_multipart() and part.get_content_disposition() != "attachment":
            yield part


def _content(part: Message) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    return _text(raw, part.get_content_charset()).replace("\r\n", "\n").replace("\0", "")


def _decoded(value: object) -> str:
    """A header: encoded words, bytes that should not be there, and plain text."""
    try:
        pieces = decode_header(value)  # type: ignore[arg-type] # a Header too
    except HeaderParseError:
        return str(value)
    return "".join(
        piece if isinstance(piece, str) else _text(piece, None if charset == "unknown-8bit" else charset)
        for piece, charset in pieces
    ).replace("\0", "")


def _text(raw: bytes, charset: str | None) -> str:
    """Bytes as text, by their charset or by one that reads them."""
    given = LARGER.get((charset or "").lower(), charset)
    for name in dict.fromkeys(name for name in (given, *LIKELY) if name):
        try:
            return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("utf-8", "replace")


class _Plain(HTMLParser):
    """The text of a page of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unread = 0

    @classmethod
    def of(cls, html: str) -> str:
        """What people read of it."""
        parser = cls()
        parser.feed(html)
        parser.close()
        lines = (" ".join(line.split()) for line in "".join(parser.words).split("\n"))
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unread += tag in UNREAD
        if tag in LINES:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD and self._unread > 0

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data.replace("\n", " "))
