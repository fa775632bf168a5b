"""What an error of the network means, in a few words of the catalogue; what it says itself is for logs."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Final

from alerts.catalogue import Sentence

# Classes of the standard library and of httpx, by name so that none is imported, and what they mean; the
# narrower ones are asked first.
_MEANINGS: Final = {
    "SSLCertVerificationError": "certificate",
    "SSLError": "insecure",
    "gaierror": "unresolved",
    "TimeoutError": "timeout",
    "TimeoutException": "timeout",
    "ConnectionRefusedError": "refused",
    "ConnectionError": "broken_off",
    "HTTPException": "broken_off",
    "SMTPServerDisconnected": "broken_off",
    "ReadError": "broken_off",
    "WriteError": "broken_off",
    "RemoteProtocolError": "broken_off",
}
_NO_WAY: Final = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


def meaning(error: BaseException) -> Sentence:
    """What the error, or what it was raised from, means; the name of its class where that is not known."""
    found = next((word for one in _causes(error) if (word := _meaning(one))), None)
    if found is not None:
        return Sentence(f"trouble.network.{found}")
    return Sentence("trouble.network.other", name=type(error).__name__)


def own_words(error: BaseException) -> str:
    """What the error says itself, with its class."""
    causes = list(_causes(error))
    told = next((one for one in causes if str(one)), error)
    return f"{type(told).__name__}: {told}" if str(told) else type(told).__name__


def _meaning(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in _NO_WAY:
        return "no_way"
    return next((_MEANINGS[one.__name__] for one in type(error).__mro__ if one.__name__ in _MEANINGS), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors that it was raised from, or after, the innermost first, and itself."""
    inner = getattr(error, "reason", None)
    inner = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    if inner is not None and inner is not error:
        yield from _causes(inner)
    yield error
