"""Asking a service over HTTPS: its JSON and its clock, or a sentence that says what to mend.

What may pass by itself (a connection that breaks, half an answer, a 5xx) is tried again with growing waits,
within the time that a poll has. A service that says how long to wait is taken at its word: the poll ends, and
the next one goes on from its cursor. Redirects are not followed, as they would carry the token elsewhere.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from connectors.account import Account, Grant, Refusal
from connectors.source import SourceError
from connectors.values import readable

if TYPE_CHECKING:
    import ssl

    import httpx

ATTEMPTS: Final = 3
# The parts of a poll's time limit that one request, and all attempts at it, may take.
REQUEST_SHARE: Final = 4
# A service that asks to be left alone for longer is asked again all the same.
LONGEST_WAIT: Final = timedelta(hours=1)
# A page of a thousand tickets has some megabytes.
LONGEST_ANSWER: Final = 256 * 1024 * 1024
SAID: Final = 200

BAD, UNAUTHORISED, FORBIDDEN, MISSING, TOO_MANY, BROKEN = 400, 401, 403, 404, 429, 500
OK: Final = 200
REDIRECTS: Final = range(300, 400)


class RefusedError(SourceError):
    """The service does not take this request, so that asking again brings nothing."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class _PassingError(Exception):
    """A failure that may have passed at the next attempt."""


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes
    ----------
    body : the JSON
    at : what the service's clock showed, None where it does not say
    headers : by lower-case name
    """

    body: Any
    at: datetime | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Web:
    """A service of one source. Whatever fails is a SourceError that begins with the source's name."""

    def __init__(self, name: str, url: str, account: Account, *, timeout: timedelta) -> None:
        self.name = f"source {name}"
        self.url = url.rstrip("/")
        self.account = account
        self.timeout = timeout
        # The token that a secret was changed into; kept between polls, as services count sign-ins.
        self.granted: tuple[str, str] | None = None

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """A session of one poll; the secret is read anew, as it may have been changed."""
        import httpx

        try:
            secret = self.account.secret.reveal()
        except LookupError as error:
            raise SourceError(f"{self.name}: {error}") from error
        if not secret.isprintable() or not secret.isascii():
            raise SourceError(
                f"{self.name}: {self.account.secret.reference} holds characters that no token has; "
                "was it copied whole, on one line?"
            )
        limit = self.timeout.total_seconds() / REQUEST_SHARE
        with httpx.Client(
            base_url=self.url,
            headers={"Accept": "application/json"},
            timeout=limit,
            verify=_trusted(),
            follow_redirects=False,
        ) as client:
            session = Session(self, client, limit)
            session.sign_in(secret)
            yield session


class Session:
    """The requests of one poll."""

    def __init__(self, web: Web, client: httpx.Client, limit: float) -> None:
        self.web = web
        self.client = client
        self.limit = limit
        self._renewable = False
        self._secret = ""

    def sign_in(self, secret: str) -> None:
        """Sign each request from now on; asks for a token where the secret is changed into one."""
        account, token = self.web.account, secret
        if account.grant is not None:
            self._renewable = self.web.granted is not None and self.web.granted[0] == secret
            if self.web.granted is None or not self._renewable:
                self.web.granted = secret, self._token(account.grant, secret)
            token = self.web.granted[1]
        self._secret = secret
        self.client.headers.update(account.headers(token))

    def _token(self, grant: Grant, secret: str) -> str:
        try:
            body = self._repeated("POST", grant.path, data=dict(grant.form(secret))).body
        except RefusedError as error:
            if error.status not in {BAD, UNAUTHORISED}:
                raise
            account, host = self.web.account, urlsplit(self.web.url).netloc
            raise RefusedError(
                f"{self.web.name}: {host} does not know {account.secret.reference} ({error.status}); "
                f"{account.unknown}",
                status=UNAUTHORISED,
            ) from error
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise SourceError(f"{self.web.name}: {grant.path} answers without an access_token; is url right?")
        return token

    def get(self, path: str, **parameters: str | int | Sequence[str]) -> Answer:
        """The answer to a GET; a parameter with several values is there several times."""
        return self._tried("GET", path, params=parameters)

    def post(self, path: str, body: object) -> Answer:
        """The answer to a POST of JSON that changes nothing over there: a search."""
        return self._tried("POST", path, json=body)

    def records(self, body: Any, key: str | None) -> list[dict[str, Any]]:
        """The list of objects under a key of an answer, or that it is itself.

        Raises SourceError when there is none.
        """
        found = body if key is None else body.get(key) if isinstance(body, dict) else None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            host, what = urlsplit(self.web.url).netloc, "tickets" if key is None else key
            there = ", ".join(map(str, body)) if isinstance(body, dict) else "no object at all"
            raise SourceError(
                f"{self.web.name}: {host} answers without a list of {what}, with "
                f"{readable(there or 'nothing', SAID)}; is url right?"
            )
        return found

    def _tried(self, method: str, path: str, **content: Any) -> Answer:
        try:
            answer = self._repeated(method, path, **content)
        except RefusedError as error:
            if error.status != UNAUTHORISED or not self._renewable:
                raise
            # A token that has served has expired; one that was just granted and is refused stays refused.
            self.web.granted = None
            self.sign_in(self._secret)
            answer = self._repeated(method, path, **content)
        self._renewable = self.web.account.grant is not None
        return answer

    def _repeated(self, method: str, path: str, **content: Any) -> Answer:
        import stamina
        from stamina.instrumentation import set_on_retry_hooks

        # What fails in the end is a SourceError, which is logged once, by whom it concerns.
        set_on_retry_hooks(())
        attempts = stamina.retry_context(
            on=_PassingError,
            attempts=ATTEMPTS,
            timeout=self.limit * (REQUEST_SHARE - 1),
            wait_initial=0.5,
            wait_max=5.0,
        )
        try:
            for attempt in attempts:
                with attempt:
                    return self._asked(method, path, **content)
        except _PassingError as error:
            raise SourceError(f"{self.web.name}: {error}") from error
        raise AssertionError("stamina either returns or raises")  # pragma: no cover

    def _asked(self, method: str, path: str, **content: Any) -> Answer:
        import httpx

        host = urlsplit(self.web.url).netloc
        until = time.monotonic() + self.limit
        try:
            with self.client.stream(method, path, **content) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() > until:
                        raise _PassingError(f"{host} took longer than {self.limit:.0f} s to answer")
                    if len(body) > LONGEST_ANSWER:
                        raise SourceError(f"{self.web.name}: {host} answers without end; lower page_size")
        except httpx.TimeoutException:
            raise _PassingError(f"{host} did not answer within {self.limit:.0f} s") from None
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise _PassingError(f"{host} cannot be reached: {reason}; is url right?") from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise SourceError(f"{self.web.name}: url is no address: {error}") from None
        return self._judged(response, bytes(body), host)

    def _judged(self, response: httpx.Response, body: bytes, host: str) -> Answer:
        at = _stamp(response.headers.get("Date"))
        headers = {key.lower(): value for key, value in response.headers.items()}
        if response.status_code != OK:
            text = body.decode("utf-8", "replace")
            self._raise_for(Refusal(response.status_code, headers, text, at), host, response.request.url.path)
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            kind = response.headers.get("Content-Type", "no type").partition(";")[0]
            raise _PassingError(
                f"{host} answered with {kind} that is no JSON; does url lead to a page for people, "
                "or does the service sleep?"
            ) from None
        return Answer(told, at, headers)

    def _raise_for(self, refusal: Refusal, host: str, path: str) -> None:
        name, account, status = self.web.name, self.web.account, refusal.status
        theirs = account.wait(refusal)
        wait = _wait(refusal.headers.get("retry-after"), refusal.at) or theirs
        if status == TOO_MANY or theirs is not None or (wait is not None and status >= BROKEN):
            reason = "too many requests" if status < BROKEN else "it is not ready"
            raise SourceError(
                f"{name}: {host} asks to wait ({status}, {reason}); reading goes on after that",
                retry_after=None if wait is None else min(max(wait, timedelta(seconds=1)), LONGEST_WAIT),
            )
        if status >= BROKEN:
            raise _PassingError(f"{host} failed ({status}); the next poll tries again")
        if status in REDIRECTS:
            where = readable(refusal.headers.get("location", "nowhere"), SAID)
            raise RefusedError(
                f"{name}: {host} sends us on to {where}; set url to where it really is", status=status
            )
        if status == UNAUTHORISED:
            mend = f"does not know {account.secret.reference} (401); {account.unknown}"
        elif status == FORBIDDEN:
            mend = f"knows {account.secret.reference}, and forbids this (403); {account.forbidden}"
        elif status == MISSING:
            mend = f"has nothing at {path} (404); is url right?"
        else:
            mend = f"does not take the request ({status}): {_said(refusal.text)}"
        raise RefusedError(f"{name}: {host} {mend}", status=status)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom we trust. To read that takes longer than many a poll."""
    import httpx

    return httpx.create_ssl_context()


def _wait(told: str | None, at: datetime | None) -> timedelta | None:
    """How long a Retry-After asks to wait: so many seconds, or until a date."""
    if told is None:
        return None
    try:
        wait = timedelta(seconds=float(told))
    except (ValueError, OverflowError):
        until = _stamp(told)
        if until is None or at is None:
            return None
        wait = until - at
    return wait


def _stamp(told: str | None) -> datetime | None:
    if told is None:
        return None
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _said(text: str) -> str:
    return readable(" ".join(text.split()), SAID) or "it does not say why"
