"""What a failed request to Slack means: a sentence with the mend, and whether and when to try again."""

from __future__ import annotations

import http.client
import socket
import urllib.error
from datetime import timedelta
from typing import Any, Final

from alerts.notifier import DeliveryError

TOO_MANY: Final = 429
SERVER_ERROR: Final = 500

# Slack's answer -> the sentence. None of these gets better by asking again.
MENDS: Final = {
    "channel_not_found": "Slack knows no channel or person {address}, or the app may not see it; "
    "give the id (C..., G..., U...) and invite the app to a private channel",
    "not_in_channel": "the Slack app is not in channel {address}; invite it there with /invite",
    "is_archived": "the Slack channel {address} is archived; unarchive it or change the address",
    "user_not_found": "Slack knows no person {address}; give the member id (U...)",
    "users_not_found": "Slack knows no person {address}; give the member id (U...)",
    "user_disabled": "the Slack account {address} is deactivated; change the address",
    "cannot_dm_bot": "{address} is a bot, and bots cannot be told; change the address",
    "messages_tab_disabled": "people cannot get messages of this Slack app; "
    "allow them under App Home, Messages Tab, and send to {address} again",
    "restricted_action": "this workspace does not let the app write to {address}; ask its administrator",
    "restricted_action_read_only_channel": "{address} is read-only for the app; ask its administrator",
    "invalid_auth": "Slack refuses the token; check what the channel's `token` refers to",
    "not_authed": "no token reached Slack; check what the channel's `token` refers to",
    "account_inactive": "the Slack token belongs to a deleted user or workspace; make a new one",
    "token_revoked": "the Slack token was revoked; install the app again and use its new token",
    "token_expired": "the Slack token has expired; install the app again and use its new token",
    "access_denied": "Slack denies the app access; ask the workspace's administrator",
    "ekm_access_denied": "the workspace's administrators have suspended writing; ask them",
    "missing_scope": "the Slack token lacks the scope {needed} (it has {provided}); "
    "add it under OAuth & Permissions and install the app again",
    "invalid_blocks": "Slack refuses the message's blocks ({detail}); please report this as a bug",
    "invalid_blocks_format": "Slack refuses the message's blocks ({detail}); please report this as a bug",
    "msg_too_long": "Slack finds the message too long; please report this as a bug",
    "msg_blocks_too_long": "Slack finds the message's blocks too long; please report this as a bug",
    "no_text": "Slack finds the message empty; please report this as a bug",
}
# Slack's answers that may mean that the message was posted all the same.
_UNCERTAIN: Final = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


def from_failure(error: Exception, address: str) -> DeliveryError:
    """The DeliveryError of whatever the slack-sdk raised for a request about `address`."""
    if isinstance(error, DeliveryError):
        return error
    response = getattr(error, "response", None)
    if response is not None:
        return _answered(response, address)
    if _never_left(error):
        return DeliveryError(
            f"Slack cannot be reached ({_short(error)}); check the network, base_url and proxy",
            retryable=True,
        )
    return DeliveryError(
        f"the answer of Slack was lost ({_short(error)}); the message may have arrived",
        retryable=True,
        uncertain=True,
    )


def _answered(response: Any, address: str) -> DeliveryError:
    status = int(getattr(response, "status_code", 0) or 0)
    data = getattr(response, "data", None)
    answer: dict[str, Any] = data if isinstance(data, dict) else {}
    said = str(answer.get("error", ""))
    if status == TOO_MANY or said == "ratelimited":
        return DeliveryError(
            "Slack asks to wait: too many messages", retryable=True, retry_after=_retry_after(response)
        )
    if status >= SERVER_ERROR or said in _UNCERTAIN:
        return DeliveryError(
            f"Slack has trouble ({status} {said[:200]}); the message may have arrived",
            retryable=True,
            uncertain=True,
        )
    if said in MENDS:
        facts = {
            "address": address,
            "needed": answer.get("needed", "that the method needs"),
            "provided": answer.get("provided", "others"),
            "detail": "; ".join(map(str, answer.get("errors", ()))) or said,
        }
        return DeliveryError(f"{MENDS[said].format(**facts)} ({said})", retryable=False)
    return DeliveryError(
        f"Slack refuses the message with {said[:200] or status}; see docs.slack.dev for what it means",
        retryable=True,
    )


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


def _short(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return f"{type(cause).__name__}: {cause}"[:200] if str(cause) else type(cause).__name__
