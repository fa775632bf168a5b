"""Pages as JSON to an address of your own, signed by the Standard Webhooks convention.

Signed as `connectors.receiving.signatures` says: `webhook-id` is the message's key, the same when it is sent
twice; each attempt has its own `webhook-timestamp` and `webhook-signature`. An answer below 400 is a receipt.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from alerts import page as pages
from alerts.catalogue import Sentence
from alerts.notifier import DeliveryError, Message, Receipt, Update, revealed
from alerts.page import page_line
from alerts.posting import CLIENT_ERROR, host_of, post, resolved
from alerts.rendering.plain import plain
from alerts.rendering.words import answer_link, words_of
from connectors.options import Secret, option
from connectors.receiving.signatures import ID, SHORTEST, SIGNATURE, TIMESTAMP, key_of, signature

# Of refusals, these may end by themselves: request time-out, conflict, too early.
_PASSING: Final = {408, 409, 425}


@dataclass(frozen=True)
class Options:
    """What the channel can be told."""

    secret: Secret | None = option(
        None,
        doc="signs what is sent, by reference: whsec_ and base64, or 16 letters and more; none: unsigned",
    )
    timeout: timedelta = option(timedelta(seconds=10), doc="time limit of each request", above=0)


class Notifier:
    """Posts pages and changes of incidents. An address is a URL, or where it is found (env:NAME)."""

    def __init__(self, name: str, options: Options, *, now: Callable[[], float] = time.time) -> None:
        self.name = name
        self._options = options
        self._now = now

    def deliver(self, message: Message) -> Receipt:
        sheet = words_of(message)
        page = {
            **page_line(message.page, message.zone),
            "headline": sheet.headline,
            "text": plain(sheet, answer_link(message)),
            "link": message.link,
            "language": message.language,
        }
        self._send(message.address, message.key, {"type": "page", "key": message.page.key, "page": page})
        return Receipt(reference=message.key)

    def follow(self, update: Update) -> None:
        incident = update.incident
        told = {
            "id": incident.id,
            "state": str(incident.state),
            "level": incident.level,
            "node": list(incident.node),
            "acknowledged_by": incident.acknowledged_by,
            "assignee": incident.assignee,
            "events": [str(event.kind) for event in incident.log[update.seen :]],
        }
        id = pages.key_of("incident", incident.key, str(len(incident.log)), update.address)
        self._send(update.address, id, {"type": "incident", "incident": told})

    def examine(self) -> list[str]:
        try:
            self._signed("", b"")
        except DeliveryError as error:
            return [error.sentence]
        return []

    def examine_addresses(self, addresses: Sequence[str]) -> list[str]:
        found = []
        for address in addresses:
            try:
                _url(address)
            except DeliveryError as error:
                found.append(error.sentence)
        return found

    def _send(self, address: str, id: str, told: Mapping[str, Any]) -> None:
        url, body = _url(address), json.dumps(told, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **self._signed(id, body)}
        reply = post(url, body, headers=headers, timeout=self._options.timeout)
        if reply.status >= CLIENT_ERROR:
            sentence = Sentence("trouble.http.refused", place=host_of(url), detail=str(reply.status))
            raise DeliveryError(sentence.heard(reply.text), retryable=reply.status in _PASSING)

    def _signed(self, id: str, body: bytes) -> Mapping[str, str]:
        stamp = str(int(self._now()))
        headers = {ID: id, TIMESTAMP: stamp}
        if self._options.secret is None:
            return headers
        return {**headers, SIGNATURE: signature(self._key(self._options.secret), id, stamp, body)}

    def _key(self, secret: Secret) -> bytes:
        try:
            return key_of(revealed(secret))
        except ValueError as error:
            sentence = Sentence("trouble.webhook.secret", reference=secret.reference, least=str(SHORTEST))
            raise DeliveryError(sentence.heard(str(error)), retryable=False) from error


def _url(address: str) -> str:
    url = resolved(address)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        # What stands behind the host may be a secret.
        place = f"{parts.scheme}://{parts.hostname}" if parts.hostname else f"{address[:4]}…"
        shown = address if address != url else place
        raise DeliveryError(Sentence("trouble.webhook.address", address=shown), retryable=False)
    return url
