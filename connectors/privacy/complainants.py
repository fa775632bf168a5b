"""Who complained, told apart but not named?

A complainant's identity becomes HMAC-SHA256 under a secret key (RFC 2104), cut to 128 bits. Without the key
nobody can try all phone numbers to find whose hash it is, which a plain hash would allow within a minute. The
same person written differently is one: spaces, case, full-width signs, and in phone numbers marks and a
leading +86.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connectors.said import Said

LEAST_KEY: Final = 16  # bytes; shorter keys can be guessed
HEX_DIGITS: Final = 32  # 128 bits: two of a billion complainants collide once in 10^20
_PHONE: Final = re.compile(r"(?:\+|00)?[\d\s().-]{7,24}")
_CHINA: Final = re.compile(r"(?:00)?86(?=1[3-9]\d{9}$)")


class Complainants:
    """Hashes identities under one key. Equal complainants have equal hashes while the key stays.

    Example
    -------
    >>> hashes = Complainants("an example, not a secret")
    >>> hashes.of("+86 138-0013-8000") == hashes.of("１３８００１３８０００")
    True
    >>> hashes.of("  ") is None
    True
    """

    def __init__(self, key: str | bytes) -> None:
        """Take the revealed key; raises ValueError when it is too short to protect anybody."""
        raw = key.encode() if isinstance(key, str) else key
        if len(raw) < LEAST_KEY:
            short = (
                "the key that hashes complainants has {given} bytes and needs at least {least}; "
                "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
            facts = {"given": str(len(raw)), "least": str(LEAST_KEY)}
            raise ValueError(Said("privacy.short_key", short, **facts))
        self._start = hmac.new(raw, digestmod=hashlib.sha256)

    def __repr__(self) -> str:
        return "Complainants(key withheld)"

    def of(self, identity: str | None) -> str | None:
        """The hash that stands for an identity, None for nobody."""
        plain = _canonical(identity) if identity else ""
        if not plain:
            return None
        mac = self._start.copy()
        mac.update(plain.encode("utf-8", "surrogatepass"))
        return mac.hexdigest()[:HEX_DIGITS]

    def column(self, identities: NDArray[np.object_]) -> NDArray[np.object_]:
        """(n,) hashes of (n,) identities, each distinct one computed once."""
        known = {identity: self.of(identity) for identity in set(identities.tolist())}
        found = np.empty(len(identities), dtype=object)
        found[:] = [known[identity] for identity in identities.tolist()]
        return found


def _canonical(identity: str) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", identity).casefold().split())
    if _PHONE.fullmatch(plain):
        return _CHINA.sub("", re.sub(r"\D", "", plain))
    return plain
