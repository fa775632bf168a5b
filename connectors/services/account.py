"""Who asks a service: how requests are signed, and what people are told when that is not enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from connectors.options import OptionError, Secret
from connectors.said import Said


@dataclass(frozen=True)
class Refusal:
    """An answer that is none: its status, its headers by lower-case name, its text, the service's clock."""

    status: int
    headers: Mapping[str, str]
    text: str
    at: datetime | None


@dataclass(frozen=True)
class Grant:
    """OAuth: a secret is changed into a token for a while.

    Attributes
    ----------
    path : where the form is posted to
    form : of the revealed secret, what is posted
    """

    path: str
    form: Callable[[str], Mapping[str, str]]


@dataclass(frozen=True)
class Account:
    """Who asks, and what to tell people when that is not enough.

    Attributes
    ----------
    secret : the token or password
    headers : of the revealed secret, or of the token it was changed into, the headers that sign a request
    unknown : the mend where the service does not know the secret (401)
    forbidden : the mend where the account may not read tickets (403)
    grant : how the secret becomes a token, None where it is one
    wait : how long a refusal asks to wait where it says so in the service's own way; None where it does not
    nobody : whether the headers of an answer say that it is for nobody, as the secret is not known any more
    """

    secret: Secret
    headers: Callable[[str], Mapping[str, str]]
    unknown: str
    forbidden: str
    grant: Grant | None = None
    wait: Callable[[Refusal], timedelta | None] = lambda _: None
    nobody: Callable[[Mapping[str, str]], bool] = lambda _: False


def basic(user: str, password: str) -> dict[str, str]:
    """The header of a user with a password."""
    from base64 import b64encode

    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


def require_safe(url: str) -> None:
    """Raise OptionError where a token would travel in the clear; this machine itself is no travel."""
    parts = urlsplit(url)
    local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if not parts.hostname or parts.scheme not in {"https", "http"} or parts.username or parts.query:
        wrong = "{given} is no plain address like https://example.com"
        raise OptionError("url", Said("account.address", wrong, given=repr(url)))
    if parts.scheme == "http" and not local:
        heard = "begins with http, so that the token could be overheard; write https"
        raise OptionError("url", Said("account.plain", heard))
