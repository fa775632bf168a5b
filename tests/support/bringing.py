"""A sender of signed requests: what a ticket system's webhook does, also wrongly if it is told to."""

import hmac
import http.client
import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import count

from process import PATIENCE

NUMBERS = count(1)


class Sender:
    """Brings bodies to an endpoint on this machine."""

    def __init__(self, port: int, secret: str, clock: Callable[[], datetime], path: str = "/tickets") -> None:
        self.port, self.secret, self.clock, self.path = port, secret, clock, path

    def bring(self, body, *, ident: str | None = None, **changes) -> tuple[int, dict]:
        """Status and answer. `changes` are of the headers, by name with _ for -."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.signed(content, ident or f"msg_{next(NUMBERS)}")
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        return self.send(content, {name: value for name, value in headers.items() if value is not None})

    def signed(self, content: bytes, ident: str, *, secret: str | None = None) -> dict[str, str]:
        """The headers that sign this body now."""
        stamp = str(int(self.clock().timestamp()))
        key = (secret or self.secret).encode()
        digest = hmac.new(key, f"{ident}.{stamp}.".encode() + content, "sha256").digest()
        return {
            "webhook-id": ident,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{b64encode(digest).decode()}",
        }

    def send(self, content: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, dict]:
        """Status and answer of one request."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, self.path, content, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
