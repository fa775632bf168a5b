"""One request to a service on the web: what its failure means for a message, as a DeliveryError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from alerts.catalogue import Sentence
from alerts.network_errors import meaning, own_words
from alerts.notifier import DeliveryError, revealed
from connectors.options import Secret

if TYPE_CHECKING:
    import httpx

TOO_MANY: Final = 429
SERVER_ERROR: Final = 500
CLIENT_ERROR: Final = 400
# What a server says to wait when it says nothing that can be read.
PATIENCE: Final = timedelta(minutes=1)
LONGEST_DETAIL: Final = 200


@dataclass(frozen=True)
class Reply:
    """A server's answer: its status, and the beginning of its text."""

    status: int
    text: str


def post(
    url: str, content: bytes, *, headers: Mapping[str, str], timeout: timedelta, place: str = ""
) -> Reply:
    """Post bytes; the answer, which may be a refusal (4xx).

    `place` names the server in sentences; default: the host of the address. Raises DeliveryError for
    everything that may be better later.
    """
    import httpx

    place = place or host_of(url)
    try:
        with httpx.Client(timeout=timeout.total_seconds()) as client:
            answer = client.post(url, content=content, headers=dict(headers))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        sentence = Sentence("trouble.http.unreachable", place=place, detail=meaning(error))
        raise DeliveryError(sentence.heard(own_words(error)), retryable=True) from error
    except httpx.HTTPError as error:
        sentence = Sentence("trouble.http.lost", place=place, detail=meaning(error))
        raise DeliveryError(sentence.heard(own_words(error)), retryable=True, uncertain=True) from error
    if answer.status_code == TOO_MANY:
        wait = _retry_after(answer)
        raise DeliveryError(Sentence("trouble.http.too_many", place=place), retryable=True, retry_after=wait)
    if answer.status_code >= SERVER_ERROR:
        sentence = Sentence("trouble.http.server", place=place, detail=str(answer.status_code))
        raise DeliveryError(sentence.heard(answer.text), retryable=True, uncertain=True)
    return Reply(answer.status_code, answer.text[:LONGEST_DETAIL])


def host_of(url: str) -> str:
    """The host of an address: all of it that may be printed, for paths hold tokens."""
    from urllib.parse import urlsplit

    return urlsplit(url).hostname or ""


def resolved(address: str) -> str:
    """The address itself, or the secret that it refers to (env:NAME, file:PATH).

    Raises DeliveryError, which says what is missing.
    """
    if not address.startswith(("env:", "file:")):
        return address
    return revealed(Secret(address))


def _retry_after(answer: httpx.Response) -> timedelta:
    """What the header asks for, as seconds or as a date."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return timedelta(seconds=int(text))
    try:
        return max(timedelta(0), parsedate_to_datetime(text) - _date(answer))
    except (ValueError, TypeError):
        return PATIENCE


def _date(answer: httpx.Response) -> datetime:
    """The server's own time, by which it means its dates."""
    return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
