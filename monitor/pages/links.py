"""Links by which a person answers without an account: who, for which incident and until when, signed.

Whoever has the link answers in that person's name, and for that incident alone; so it goes into pages to
their own addresses and nowhere else. Opening it does nothing, since programs open links: `site.py`. The
signature is an HMAC-SHA256 over all that the link says, cut to half its length (RFC 2104, section 5), so
that a link fits into an SMS.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from alerts.catalogue import Sentence
from connectors.ticket import MICROSECOND, SECOND
from monitor.config.schema import Pages
from monitor.storage.store import Store, Transaction

KEY: Final = "pages_key"
LONGEST: Final = 1_000
# Bytes of the signature.
SIGNED: Final = 16


@dataclass(frozen=True)
class Pass:
    """What a link allows: this contact, this incident, until then (microseconds UTC)."""

    contact: str
    incident: int
    until: int


@dataclass(frozen=True)
class Links:
    """Makes links and reads them.

    Attributes
    ----------
    address : where people reach the pages, without a slash at its end
    lasts : for how long a link can be used
    """

    address: str
    key: bytes
    lasts: timedelta

    def link(self, contact: str, incident: int, *, at: int) -> str:
        """The link of a page that was decided `at`; the same page has the same link whenever it is sent."""
        until = (at + self.lasts // MICROSECOND) // SECOND
        said = json.dumps([contact, incident, until], ensure_ascii=False, separators=(",", ":")).encode()
        return f"{self.address}/answer/{_text(said)}.{_text(self._signed(said))}"

    def read(self, token: str, *, now: int) -> Pass | Sentence:
        """What the last part of a link allows, or why it allows nothing."""
        said, _, signature = token[:LONGEST].partition(".")
        try:
            content = _bytes(said)
            if not hmac.compare_digest(self._signed(content), _bytes(signature)):
                return Sentence("answer.refused.forged")
            contact, incident, until = json.loads(content)
            found = Pass(str(contact), int(incident), int(until) * SECOND)
        except (Error, ValueError, TypeError):
            return Sentence("answer.refused.forged")
        return found if now < found.until else Sentence("answer.refused.expired")

    def _signed(self, said: bytes) -> bytes:
        return hmac.digest(self.key, b"answer\n" + said, "sha256")[:SIGNED]


def links_of(pages: Pages, store: Store) -> Links | None:
    """The links of a configuration, signed with the key that the store keeps; None where there are no pages.

    Who can read the store can make links.
    """
    if pages.address is None:
        return None
    with store.writing() as tx:
        if tx.facts.value(KEY) is None:
            tx.facts.save(KEY, secrets.token_hex(32))
        return known_links(pages, tx)


def known_links(pages: Pages, tx: Transaction) -> Links | None:
    """The same, of a store whose daemon has made its key already."""
    key = tx.facts.value(KEY)
    if pages.address is None or key is None:
        return None
    return Links(pages.address.rstrip("/"), bytes.fromhex(key), pages.links_last)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not text.isascii():
        raise ValueError(text)
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Only one text stands for some bytes: another spelling of a link is no link.
    if _text(content) != text:
        raise ValueError(text)
    return content
