"""How Slack is asked: a client of the slack-sdk whose failures become DeliveryErrors, and page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from alerts.notifier import revealed
from alerts.slack_errors import from_failure
from connectors.options import Secret

if TYPE_CHECKING:
    from slack_sdk import WebClient

# A lost message is looked for among so many pages of 200 messages since it was decided.
MOST_PAGES: Final = 10


class Access(Protocol):
    """What the channel's options say of Slack."""

    @property
    def token(self) -> Secret: ...
    @property
    def app_token(self) -> Secret | None: ...
    @property
    def base_url(self) -> str: ...
    @property
    def timeout(self) -> timedelta: ...
    @property
    def proxy(self) -> str | None: ...


@dataclass(frozen=True)
class Place:
    """Where a message stands in Slack."""

    channel: str
    ts: str


def place_of(reference: str | None) -> Place | None:
    """The place that a receipt names."""
    channel, _, ts = (reference or "").partition("/")
    return Place(channel, ts) if ts else None


def client_of(access: Access) -> WebClient:
    """A client with the bot token. Raises DeliveryError where the token cannot be found."""
    import logging

    from slack_sdk import WebClient

    token = revealed(access.token)
    # Failures become a DeliveryError, which is logged once, by whom it concerns.
    unheard = logging.getLogger("slack_sdk.unheard")
    unheard.setLevel(logging.CRITICAL + 1)
    return WebClient(
        token=token,
        base_url=access.base_url,
        timeout=max(1, round(access.timeout.total_seconds())),
        proxy=access.proxy,
        # The sdk's own retries may post twice without a word: ours look first.
        retry_handlers=[],
        logger=unheard,
    )


def ask(address: str, request: Callable[[], Any]) -> Any:
    """The answer to a request; every failure becomes a DeliveryError."""
    try:
        return request()
    except Exception as error:
        raise from_failure(error, address) from error


def pages(method: Callable[..., Any], address: str, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """The messages of a channel or thread, page by page."""
    cursor = None
    for _ in range(MOST_PAGES):
        request = partial(method, **asked, limit=200, include_all_metadata=True, cursor=cursor)
        answer = ask(address, request)
        yield from answer.get("messages", ())
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
