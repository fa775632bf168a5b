"""Pages as PagerDuty alerts, by its Events API v2: one for each incident, acknowledged and resolved with it.

An address is the integration key of a service, or where it is found (env:NAME). All events of an incident
carry its number as `dedup_key`, so that what is sent twice is one alert. Documented at
developer.pagerduty.com/docs/events-api-v2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from alerts.catalogue import Sentence
from alerts.incidents.incident import State
from alerts.notifier import DeliveryError, Message, Receipt, Update
from alerts.page import Page, stamp
from alerts.posting import CLIENT_ERROR, Reply, post, resolved
from alerts.rendering.plain import plain
from alerts.rendering.widths import clip
from alerts.rendering.words import answer_link, words_of
from connectors.options import option

KEY_LENGTH: Final = 32
# The documented limits of an event: its summary in characters, and the whole in bytes.
LONGEST_SUMMARY: Final = 1_024
LONGEST_TEXT: Final = 100_000

Severity = Literal["critical", "error", "warning", "info"]
Action = Literal["trigger", "acknowledge", "resolve"]


@dataclass(frozen=True)
class Options:
    """What the channel can be told."""

    url: str = option("https://events.pagerduty.com/v2/enqueue", doc="address of the Events API")
    severity: Mapping[str, Severity] = option(
        doc="level -> severity; default: critical where the level sets a deadline, error for other levels, "
        "warning for the monitor itself",
        factory=dict,
    )
    timeout: timedelta = option(timedelta(seconds=10), doc="time limit of each request", above=0)


class Notifier:
    """Sends events; PagerDuty calls people by its own rules."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options

    def deliver(self, message: Message) -> Receipt:
        key = dedup_key(message)
        page, sheet = message.page, words_of(message)
        place = page.node[:1] or ("complaints",)
        payload = {
            "summary": clip(sheet.headline, LONGEST_SUMMARY // 2),
            "source": "complaint-monitor",
            "severity": self._severity(page),
            "timestamp": stamp(page.at, message.zone),
            "component": (page.node[-1:] or ("complaints",))[0],
            "group": place[0],
            "class": page.signals[0].kind if page.signals else page.reason.name.lower(),
            "custom_details": {"text": plain(sheet)[:LONGEST_TEXT], "page": page.key},
        }
        link = answer_link(message)
        links = [] if link is None else [{"href": link.url, "text": link.text}]
        self._send(message.address, "trigger", key, payload=payload, links=links)
        return Receipt(reference=key)

    def follow(self, update: Update) -> None:
        actions: dict[State, Action] = {
            State.ACKNOWLEDGED: "acknowledge",
            State.HANDLED: "acknowledge",
            State.RESOLVED: "resolve",
        }
        action = actions.get(update.incident.state)
        if action is not None:
            self._send(update.address, action, update.reference)

    def examine(self) -> list[str]:
        return []

    def examine_addresses(self, addresses: Sequence[str]) -> list[str]:
        """Whether the keys look like keys; PagerDuty has no way to try one without calling people."""
        found = []
        for address in addresses:
            try:
                _key(address)
            except DeliveryError as error:
                found.append(error.sentence)
        return found

    def _severity(self, page: Page) -> Severity:
        if page.level is not None and page.level in self._options.severity:
            return self._options.severity[page.level]
        if page.report_by is not None:
            return "critical"
        return "error" if page.signals else "warning"

    def _send(
        self,
        address: str,
        action: Action,
        key: str,
        *,
        payload: Mapping[str, Any] | None = None,
        links: Sequence[Mapping[str, str]] = (),
    ) -> None:
        event = {"routing_key": _key(address), "event_action": action, "dedup_key": key}
        told = {"client": "complaint-monitor", "payload": payload, "links": list(links)}
        body = event if payload is None else event | told
        reply = post(
            self._options.url,
            json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            timeout=self._options.timeout,
            place="PagerDuty",
        )
        if reply.status >= CLIENT_ERROR:
            raise DeliveryError(_refusal(address, reply), retryable=False)


def dedup_key(message: Message) -> str:
    """The incident's number; for a page without an incident its own key."""
    incident = message.page.incident
    return f"page-{message.page.key}" if incident is None else f"incident-{incident}"


def _key(address: str) -> str:
    key = resolved(address).strip()
    if len(key) != KEY_LENGTH or not key.isalnum():
        raise DeliveryError(Sentence("trouble.pagerduty.no_key", address=_hidden(address)), retryable=False)
    return key


def _refusal(address: str, reply: Reply) -> Sentence:
    if "routing" in reply.text.lower() or "integration" in reply.text.lower():
        return Sentence("trouble.pagerduty.key", address=_hidden(address)).heard(reply.text)
    return Sentence("trouble.http.refused", place="PagerDuty", detail=str(reply.status)).heard(reply.text)


def _hidden(address: str) -> str:
    """An address as it may be printed: a key only by its beginning."""
    return address if address.startswith(("env:", "file:")) else f"{address[:4]}…"
