"""What it means for a poll that a service does not answer: wait, try again, or mend something."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from connectors.rows.values import readable
from connectors.services.account import Account, Refusal
from connectors.source import Cause, SourceError, cause

# A service that asks to be left alone for longer is asked again all the same.
LONGEST_WAIT: Final = timedelta(hours=1)
# So much is shown of what a service says.
SAID: Final = 200

BAD, UNAUTHORISED, FORBIDDEN, MISSING, TOO_MANY, BROKEN = 400, 401, 403, 404, 429, 500
REDIRECTS: Final = range(300, 400)


class RefusedError(SourceError):
    """The service does not take this request, so that asking again brings nothing."""

    def __init__(self, message: str, *, status: int, cause: Cause) -> None:
        super().__init__(message, cause=cause)
        self.status = status


class PassingError(Exception):
    """A failure that may have passed at the next attempt."""

    def __init__(self, message: str, *, cause: Cause) -> None:
        super().__init__(message)
        self.cause = cause


def meant(refusal: Refusal, account: Account, *, name: str, host: str, path: str) -> Exception:
    """The error that a refusal is: a SourceError that says what to do, or a PassingError."""
    status = refusal.status
    theirs = account.wait(refusal)
    wait = _wait(refusal.headers.get("retry-after"), refusal.at)
    wait = theirs if wait is None else wait
    if status == TOO_MANY or theirs is not None or (wait is not None and status >= BROKEN):
        reason = "too many requests" if status < BROKEN else "it is not ready"
        return SourceError(
            f"{name}: {host} asks to wait ({status}, {reason}); reading goes on after that",
            retry_after=None if wait is None else min(max(wait, timedelta(seconds=1)), LONGEST_WAIT),
            cause=cause("busy", host=host, status=str(status)),
        )
    if status >= BROKEN:
        why = cause("broken", host=host, status=str(status))
        return PassingError(f"{host} failed ({status}); the next poll tries again", cause=why)
    if status < REDIRECTS.start:
        why = cause("broken", host=host, status=str(status))
        return PassingError(f"{host} took the request and did not answer it yet ({status})", cause=why)
    if status in REDIRECTS:
        where = readable(refusal.headers.get("location", "nowhere"), SAID)
        return RefusedError(
            f"{name}: {host} sends us on to {where}; set url to where it really is",
            status=status,
            cause=cause("moved", host=host, where=where),
        )
    why = cause("refused", host=host, status=str(status))
    if status == UNAUTHORISED:
        why = cause("unauthorised", host=host, reference=account.secret.reference)
        mend = f"does not know {account.secret.reference} (401); {account.unknown}"
    elif status == FORBIDDEN:
        why = cause("forbidden", host=host, reference=account.secret.reference)
        mend = f"knows {account.secret.reference}, and forbids this (403); {account.forbidden}"
    elif status == MISSING:
        why = cause("missing", host=host, path=path)
        mend = f"has nothing at {path} (404); is url right?"
    else:
        mend = f"does not take the request ({status}): {_said(refusal.text)}"
    return RefusedError(f"{name}: {host} {mend}", status=status, cause=why)


@contextmanager
def misfits_told(name: str, host: str) -> Iterator[None]:
    """A text where the service promises an object, and the like, is a SourceError that shows the place."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(at.filename).name}, line {at.lineno}"
        what = f"{type(error).__name__}: {readable(str(error), SAID)}"
        raise SourceError(
            f"{name}: {host} answers in another form than documented ({where}: {what}); is url right? "
            "If it is, ask its support what has changed",
            cause=cause("odd_answer", service=host),
        ) from error


def _wait(told: str | None, at: datetime | None) -> timedelta | None:
    """How long a Retry-After asks to wait: so many seconds, or until a date."""
    if told is None:
        return None
    try:
        return timedelta(seconds=float(told))
    except (ValueError, OverflowError):
        until = stamp(told)
    return None if until is None or at is None else until - at


def stamp(told: str | None) -> datetime | None:
    """The instant of a header like Date."""
    if told is None:
        return None
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _said(text: str) -> str:
    return readable(" ".join(text.split()), SAID) or "it does not say why"
