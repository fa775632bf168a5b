"""What `check` finds wrong with a Slack channel: scopes, addresses, the app token. Nothing is sent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from alerts.catalogue import Sentence
from alerts.notifier import DeliveryError, revealed
from alerts.slack_client import Access, ask, client_of

if TYPE_CHECKING:
    from slack_sdk import WebClient

# Scope -> what is missing without it, as the catalogue says it.
SCOPES: Final = {
    "chat:write": "send",
    "channels:history": "look",
    "groups:history": "look",
    "im:history": "look",
    "im:write": "open",
    "channels:read": "info",
    "groups:read": "info",
    "users:read": "people",
}
# With `app_token`, for the app.
APP_SCOPES: Final = {"commands": "commands", "files:write": "files"}


def token_examined(access: Access) -> list[str]:
    """What is wrong with the tokens."""
    try:
        answer = ask("the token", client_of(access).auth_test)
    except DeliveryError as error:
        return [error.sentence]
    headers = {key.lower(): value for key, value in answer.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    wanted = SCOPES if access.app_token is None else {**SCOPES, **APP_SCOPES}
    lacking = [
        Sentence("trouble.slack.lacks_scope", scope=scope, lack=Sentence(f"trouble.slack_lack.{lack}"))
        for scope, lack in wanted.items()
        if scope not in granted and "x-oauth-scopes" in headers
    ]
    return [*lacking, *_app_token_examined(access)]


def address_examined(access: Access, address: str) -> list[str]:
    """Why nothing would arrive at an address."""
    try:
        return _examined(client_of(access), address)
    except DeliveryError as error:
        return [error.sentence]


def _app_token_examined(access: Access) -> list[str]:
    """An address for a connection is asked for, and not used."""
    if access.app_token is None:
        return []
    try:
        token = revealed(access.app_token)
        ask("the app token", partial(client_of(access).apps_connections_open, app_token=token))
    except DeliveryError as error:
        if error.retryable or not isinstance(error.sentence, Sentence):
            return [error.sentence]
        code = error.sentence.key.rpartition(".")[2]
        return [Sentence("trouble.slack.app_token_refused", detail=code)]
    return []


def _examined(client: WebClient, address: str) -> list[str]:
    """Why nothing would arrive at an address. Raises DeliveryError, which may say it too."""
    if address.startswith(("U", "W")):
        person = ask(address, lambda: client.users_info(user=address))["user"]
        if person.get("deleted"):
            name = str(person.get("real_name") or person.get("name") or address)
            return [Sentence("trouble.slack.person_gone", address=address, name=name)]
        return []
    channel = ask(address, lambda: client.conversations_info(channel=address))["channel"]
    if channel.get("is_archived"):
        return [Sentence("trouble.slack.is_archived", address=address)]
    if not channel.get("is_member", True):
        return [Sentence("trouble.slack.not_in_channel", address=address)]
    return []
