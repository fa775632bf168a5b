"""What a failed request to Slack means: a sentence with the mend, and whether and when to try again."""

from __future__ import annotations

import http.client
import socket
import urllib.error
from datetime import timedelta
from typing import Any, Final

from alerts.catalogue import Sentence, wording
from alerts.network_errors import meaning, own_words
from alerts.notifier import DeliveryError

TOO_MANY: Final = 429
SERVER_ERROR: Final = 500

# Slack's answers that may mean that the message was posted all the same.
_UNCERTAIN: Final = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


def from_failure(error: Exception, address: str) -> DeliveryError:
    """The DeliveryError of whatever the slack-sdk raised for a request about `address`."""
    if isinstance(error, DeliveryError):
        return error
    response = getattr(error, "response", None)
    if response is not None:
        return _answered(response, address)
    lost = not _never_left(error)
    sentence = Sentence(f"trouble.slack.{'lost' if lost else 'unreachable'}", detail=meaning(error))
    return DeliveryError(sentence.heard(own_words(error)), retryable=True, uncertain=lost)


def _answered(response: Any, address: str) -> DeliveryError:
    status = int(getattr(response, "status_code", 0) or 0)
    data = getattr(response, "data", None)
    answer: dict[str, Any] = data if isinstance(data, dict) else {}
    said = str(answer.get("error", ""))
    if status == TOO_MANY or said == "ratelimited":
        return DeliveryError(
            Sentence("trouble.slack.too_many"), retryable=True, retry_after=_retry_after(response)
        )
    if status >= SERVER_ERROR or said in _UNCERTAIN:
        # A proxy's page of HTML stands there as well; a code is a word.
        code = f"{status} {said}" if said.isidentifier() else str(status)
        sentence = Sentence("trouble.slack.server", detail=code).heard(said)
        return DeliveryError(sentence, retryable=True, uncertain=True)
    # These are in the catalogue by Slack's own code; none of them gets better by asking again.
    if f"trouble.slack.{said}" in wording("en"):
        facts = {
            "address": address,
            "needed": answer.get("needed", "?"),
            "provided": answer.get("provided", "?"),
        }
        raw = "; ".join(map(str, answer.get("errors", ())))
        return DeliveryError(Sentence(f"trouble.slack.{said}", **facts).heard(raw), retryable=False)
    code = said if said.isidentifier() else str(status)
    return DeliveryError(Sentence("trouble.slack.unknown", detail=code).heard(said), retryable=True)


def _retry_after(response: Any) -> timedelta:
    """What the header asks for; a minute where it says nothing that can be read."""
    headers = {str(key).lower(): value for key, value in dict(getattr(response, "headers", {})).items()}
    value = headers.get("retry-after", "")
    text = str(value[0] if isinstance(value, list) and value else value)
    return timedelta(seconds=int(text)) if text.isdecimal() else timedelta(minutes=1)


def _never_left(error: Exception) -> bool:
    """The request cannot have reached Slack: no such host, or nobody listens."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return isinstance(cause, ConnectionRefusedError | socket.gaierror | http.client.InvalidURL)
