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
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from connectors.rows.values import readable
from connectors.services.account import Account, Grant, Refusal
from connectors.services.refusals import (
    BAD,
    SAID,
    UNAUTHORISED,
    PassingError,
    RefusedError,
    meant,
    misfits_told,
    stamp,
)
from connectors.source import Cause, SourceError, cause

if TYPE_CHECKING:
    import ssl

    import httpx

ATTEMPTS: Final = 3
# The parts of a poll's time limit that one request, and all attempts at it, may take.
REQUEST_SHARE: Final = 4
# A page of a thousand tickets has some megabytes.
LONGEST_ANSWER: Final = 256 * 1024 * 1024

OK: Final = 200


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
        # The token that a secret was changed into, with the secret's digest; kept between polls, as services
        # count sign-ins.
        self.granted: tuple[bytes, str] | None = None

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """A session of one poll; the secret is read anew, as it may have been changed."""
        import httpx

        try:
            secret = self.account.secret.reveal()
        except LookupError as error:
            lost = cause("secret", reference=self.account.secret.reference)
            raise SourceError(f"{self.name}: {error}", cause=lost) from error
        if not secret.isprintable() or not secret.isascii():
            raise SourceError(
                f"{self.name}: {self.account.secret.reference} holds characters that no token has; "
                "was it copied whole, on one line?",
                cause=cause("odd_secret", reference=self.account.secret.reference),
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
            with misfits_told(self.name, urlsplit(self.url).netloc):
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
            digest = blake2b(secret.encode()).digest()
            self._renewable = self.web.granted is not None and self.web.granted[0] == digest
            if self.web.granted is None or not self._renewable:
                # An expired token would be refused, here too.
                self.client.headers.pop("Authorization", None)
                self.web.granted = digest, self._token(account.grant, secret)
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
                cause=cause("unauthorised", host=host, reference=account.secret.reference),
            ) from error
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise SourceError(
                f"{self.web.name}: {grant.path} answers without an access_token; is url right?",
                cause=cause("no_token", path=grant.path),
            )
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
                f"{readable(there or 'nothing', SAID)}; is url right?",
                cause=cause("no_list", host=host),
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
            on=PassingError,
            attempts=ATTEMPTS,
            timeout=self.limit * (REQUEST_SHARE - 1),
            wait_initial=0.5,
            wait_max=5.0,
        )
        try:
            for attempt in attempts:
                with attempt:
                    return self._asked(method, path, **content)
        except PassingError as error:
            raise SourceError(f"{self.web.name}: {error}", cause=error.cause) from error
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
                        raise PassingError(
                            f"{host} took longer than {self.limit:.0f} s to answer", cause=self._slow(host)
                        )
                    if len(body) > LONGEST_ANSWER:
                        raise SourceError(
                            f"{self.web.name}: {host} answers without end; lower page_size",
                            cause=cause("endless", host=host),
                        )
        except httpx.TimeoutException:
            raise PassingError(
                f"{host} did not answer within {self.limit:.0f} s", cause=self._slow(host)
            ) from None
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise PassingError(
                f"{host} cannot be reached: {reason}; is url right?", cause=cause("unreachable", host=host)
            ) from None
        except (httpx.InvalidURL, UnicodeError) as error:
            wrong = cause("no_address", url=self.web.url)
            raise SourceError(f"{self.web.name}: url is no address: {error}", cause=wrong) from None
        return self._judged(response, bytes(body), host)

    def _slow(self, host: str) -> Cause:
        return cause("slow", host=host, seconds=f"{self.limit:.0f}")

    def _judged(self, response: httpx.Response, body: bytes, host: str) -> Answer:
        at = stamp(response.headers.get("Date"))
        headers = {key.lower(): value for key, value in response.headers.items()}
        status = UNAUTHORISED if self.web.account.nobody(headers) else response.status_code
        if status != OK:
            refusal = Refusal(status, headers, body.decode("utf-8", "replace"), at)
            raise meant(
                refusal, self.web.account, name=self.web.name, host=host, path=response.request.url.path
            )
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            kind = response.headers.get("Content-Type", "no type").partition(";")[0]
            raise PassingError(
                f"{host} answered with {kind} that is no JSON; does url lead to a page for people, "
                "or does the service sleep?",
                cause=cause("no_json", host=host),
            ) from None
        return Answer(told, at, headers)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom we trust. To read that takes longer than many a poll."""
    import httpx

    return httpx.create_ssl_context()
