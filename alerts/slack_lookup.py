"""What has arrived in Slack already: a message whose answer was lost, and how far a thread tells a story.

Asked of the channel's history (scopes channels:history, groups:history, im:history), where every message
carries its key as metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from alerts.notifier import DeliveryError, Message
from alerts.slack_client import Place, ask, pages
from connectors.ticket import HOUR, SECOND

if TYPE_CHECKING:
    from slack_sdk import WebClient

STORY: Final = "complaint_story"
# Our clock and Slack's may differ.
SKEW: Final = HOUR


def parts_there(client: WebClient, message: Message, root: Place | None) -> dict[int, Place]:
    """The parts of a message that have arrived: number -> place.

    A token that may not look finds nothing: then the page is sent again, with the same key.
    """
    try:
        if root is not None:
            asked = {"channel": root.channel, "ts": root.ts}
            return _parts(client.conversations_replies, message, asked)
        channel = _channel_of(client, message.address)
        oldest = f"{(message.page.at - SKEW) / SECOND:.6f}"
        asked = {"channel": channel, "oldest": oldest}
        found = _parts(client.conversations_history, message, asked)
        if 0 in found:
            asked = {"channel": channel, "ts": found[0].ts}
            found |= _parts(client.conversations_replies, message, asked)
    except DeliveryError as error:
        if error.retryable:
            error.uncertain = True
            raise
        return {}
    return found


def _channel_of(client: WebClient, address: str) -> str:
    if not address.startswith(("U", "W")):
        return address
    return str(ask(address, lambda: client.conversations_open(users=address))["channel"]["id"])


def _parts(method: Callable[..., Any], message: Message, asked: Mapping[str, str]) -> dict[int, Place]:
    found = {}
    for one in pages(method, message.address, asked):
        payload = one.get("metadata", {}).get("event_payload", {})
        if payload.get("key") == message.key:
            found[int(payload.get("part", 0))] = Place(asked["channel"], str(one["ts"]))
    return found


def story_known(client: WebClient, place: Place) -> int:
    """How many of the incident's events its thread tells already; 0 for a token that may not look."""
    asked = {"channel": place.channel, "ts": place.ts}
    try:
        told = [
            int(one["metadata"]["event_payload"].get("upto", 0))
            for one in pages(client.conversations_replies, place.channel, asked)
            if one.get("metadata", {}).get("event_type") == STORY
        ]
    except DeliveryError as error:
        if error.retryable:
            raise
        return 0
    return max(told, default=0)
