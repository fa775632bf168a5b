"""Whether a request was signed by somebody who knows the secret, lately, and for the first time.

The scheme is that of Standard Webhooks (standardwebhooks.com): `webhook-signature` holds `v1,` and the base64
of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`. One id stands for one body, however often it is sent;
each attempt is signed anew, with its own timestamp.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus
from threading import Lock
from typing import Final

from connectors.options import Secret
from connectors.said import Said

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
VERSION: Final = "v1,"
# Secrets that begin so are base64; others are taken as they are.
ENCODED: Final = "whsec_"
# A secret of fewer bytes could be guessed.
SHORTEST: Final = 16
LONGEST_ID: Final = 200


class RefusedError(Exception):
    """A request is not let in; the message is a sentence for its sender."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Attempt:
    """One attempt to bring a body: the id, when it was signed, and what stands for the body."""

    id: str
    sent_at: int
    digest: str


def key_of(secret: str) -> bytes:
    """The key that a secret stands for.

    Raises ValueError, with a sentence, when it is none.
    """
    if secret.startswith(ENCODED):
        try:
            key = b64decode(secret.removeprefix(ENCODED), validate=True)
        except Error as error:
            other = "begins with {begin} and goes on with what is no base64"
            raise ValueError(Said("webhook.no_base64", other, begin=ENCODED)) from error
    else:
        key = secret.encode()
    if len(key) < SHORTEST:
        short = "has {given} bytes and could be guessed; take at least {least}"
        raise ValueError(Said("webhook.short", short, given=str(len(key)), least=str(SHORTEST)))
    return key


def signature(key: bytes, ident: str, timestamp: str, body: bytes) -> str:
    """What `webhook-signature` holds for this body."""
    told = hmac.digest(key, f"{ident}.{timestamp}.".encode() + body, "sha256")
    return VERSION + b64encode(told).decode()


def verified(
    headers: Mapping[str, str], body: bytes, *, secrets: tuple[Secret, ...], window: timedelta, now: datetime
) -> Attempt:
    """The attempt that these headers prove.

    Raises RefusedError; LookupError and ValueError where our own secrets are not there or none.
    """
    ident, stamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    absent = [name for name in (ID, TIMESTAMP, SIGNATURE) if not headers.get(name)]
    if absent:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, f"the request has no {', '.join(absent)}; sign it")
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > len("9999999999"):
        raise RefusedError(HTTPStatus.UNAUTHORIZED, f"{TIMESTAMP} is not a number of seconds since 1970")
    if len(ident) > LONGEST_ID or not ident.isprintable() or not ident.isascii():
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED, f"{ID} is longer than {LONGEST_ID} characters, or no text"
        )
    sent_at = int(stamp)
    if abs(now.timestamp() - sent_at) > window.total_seconds():
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED,
            f"{TIMESTAMP} {stamp} is more than {window.total_seconds():.0f} s from our clock, which shows "
            f"{int(now.timestamp())}; sign each attempt anew, and let both clocks follow NTP",
        )
    keys = [_revealed(secret) for secret in secrets]
    told = headers[SIGNATURE].split(" ")
    # Each is compared with each, in the same time whatever they hold.
    wanted = [signature(key, ident, stamp, body).encode() for key in keys]
    given = [one.encode("utf-8", "backslashreplace") for one in told]
    same = [hmac.compare_digest(one, other) for one in wanted for other in given]
    if not any(same):
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED,
            f'{SIGNATURE} is not "v1," and the base64 of HMAC-SHA256, by the secret, over '
            f"{ID}.{TIMESTAMP}.body; is it the right secret, and the body as it was sent?",
        )
    return Attempt(ident, sent_at, blake2b(body, digest_size=12).hexdigest())


class Remembered:
    """The attempts of the last while. Both ends of the window count, as clocks may differ that much."""

    def __init__(self, window: timedelta) -> None:
        self._kept_for = 2 * int(window.total_seconds()) + 1
        self._known: dict[str, tuple[str, set[int]]] = {}
        self._being_taken: set[str] = set()
        self._lock = Lock()
        self._pruned_at = 0

    def learn(self, attempt: Attempt) -> None:
        """This attempt was accepted before, as the journal says."""
        with self._lock:
            self._known.setdefault(attempt.id, (attempt.digest, set()))[1].add(attempt.sent_at)

    @contextmanager
    def taking(self, attempt: Attempt, *, now: datetime) -> Iterator[bool]:
        """Whether the body is new; what is raised within makes the attempt as if it had not been.

        Raises RefusedError when this very attempt, or the id with another body, was there before.
        """
        with self._lock:
            self._prune(int(now.timestamp()))
            known = self._known.get(attempt.id)
            if attempt.id in self._being_taken:
                raise RefusedError(
                    HTTPStatus.SERVICE_UNAVAILABLE, f"{ID} {attempt.id} is just being stored; try again"
                )
            if known is not None:
                digest, sent = known
                if digest != attempt.digest:
                    raise RefusedError(
                        HTTPStatus.CONFLICT,
                        f"{ID} {attempt.id} was accepted with another body; give each body an id of its own",
                    )
                if attempt.sent_at in sent:
                    raise RefusedError(
                        HTTPStatus.CONFLICT,
                        f"this very request ({ID} {attempt.id}) was accepted before; it is not taken twice",
                    )
                sent.add(attempt.sent_at)
            else:
                self._known[attempt.id] = (attempt.digest, {attempt.sent_at})
                self._being_taken.add(attempt.id)
        try:
            yield known is None
        except BaseException:
            if known is None:
                with self._lock:
                    self._known.pop(attempt.id, None)
            raise
        finally:
            if known is None:
                with self._lock:
                    self._being_taken.discard(attempt.id)

    def _prune(self, now: int) -> None:
        if now - self._pruned_at < self._kept_for // 4:
            return
        self._pruned_at = now
        oldest = now - self._kept_for
        self._known = {ident: one for ident, one in self._known.items() if max(one[1]) >= oldest}


def _revealed(secret: Secret) -> bytes:
    try:
        return key_of(secret.reveal())
    except ValueError as error:
        raise ValueError(f"{secret.reference} {error}") from error
