"""Tickets that are brought to us: an HTTP endpoint takes signed requests, so that each is judged at once.

What is accepted is durable before it is answered: it stands in a journal on the disk, which polls read on
from their cursor like any other source. Each request wakes the daemon, which need not wait for its next poll.
"""

from __future__ import annotations

import errno
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from connectors.options import OptionError, Secret, option
from connectors.receiving.entries import Entries, Record, entry_of, tickets_of
from connectors.receiving.journal import Journal, Position
from connectors.receiving.signatures import Attempt, RefusedError, Remembered, key_of, verified
from connectors.said import Said, of_error, of_source
from connectors.source import Poll, Quarantined, SourceError, SourceSettings, cause
from connectors.ticket import TicketBatch, at_us, to_us

if TYPE_CHECKING:
    from connectors.receiving.endpoint import Endpoint, Reply, Request

# What a GET of our own endpoint answers, by which `check` knows it.
PURPOSE: Final = "takes signed tickets by POST; complaint-monitor source"
TOLD: Final = 20


@dataclass(frozen=True)
class Options:
    """What a webhook source can be told."""

    secrets: tuple[Secret, ...] = option(
        doc="by reference; any of them signs: two while one is being changed; at least 16 characters"
    )
    journal: Path = option(doc="folder of its own in which what was accepted is kept until it is counted")
    port: int = option(doc="port to listen on", at_least=0, at_most=65_535)
    host: str = option("127.0.0.1", doc="address to listen on; put a proxy with TLS before it")
    path: str = option("/tickets", doc="path of the endpoint")
    window: timedelta = option(
        timedelta(minutes=5), doc="a signature is good for so long, by both clocks", above=0, at_most=3_600
    )
    max_body: int = option(1_048_576, doc="largest body, in bytes", at_least=1_024, at_most=67_108_864)
    settle: timedelta = option(
        timedelta(seconds=10), doc="a change reaches us within this; hours wait for it", at_least=0
    )
    heartbeat: timedelta | None = option(
        None, doc="something, or [], is brought this often; without it silence is taken for quiet", above=0
    )
    keep: timedelta = option(
        timedelta(hours=1), doc="how long the journal keeps what is counted, to read it anew", at_least=0
    )

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            wrong = '{given} does not begin with "/"'
            raise OptionError("path", Said("webhook.path", wrong, given=repr(self.path)))
        if not self.secrets:
            raise OptionError("secrets", Said("one_at_least", "name at least one"))


class Source:
    """An endpoint as a PushSource; the cursor is a position in the journal."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.settings, self.options = settings, options
        self._name = f"source {settings.name}"
        self._entries = Entries(settings)
        self._journal = Journal(options.journal)
        self._remembered = Remembered(options.window)
        self._wake: Callable[[], None] | None = None
        self._clock: Callable[[], datetime] | None = None
        self._endpoint: Endpoint | None = None
        self._starting = Lock()

    @property
    def port(self) -> int | None:
        """Where it listens, None while it does not."""
        return None if self._endpoint is None else self._endpoint.port

    def listen(self, wake: Callable[[], None], clock: Callable[[], datetime]) -> None:
        """As PushSource.listen."""
        self._wake, self._clock = wake, clock

    def close(self) -> None:
        """As PushSource.close."""
        with self._starting:
            self._wake = self._clock = None
            endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            endpoint.stop()
        self._journal.close()

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        self._begin_to_listen(now)
        place, heard = self._resumed(cursor)
        self._journal.forget(place, until=now - max(self.options.keep, 2 * self.options.window))
        yield from self._read(place, heard, now)

    def history(self, now: datetime) -> Iterator[Poll]:
        yield from self._read(Position(), None, now)

    def examine(self, now: datetime) -> list[str]:
        return [of_source(self.settings.name, sentence) for sentence in self._faults()]

    def _begin_to_listen(self, now: datetime) -> None:
        """Listen, if the daemon wants it and it is not done yet. Raises SourceError."""
        with self._starting:
            if self._wake is None or self._endpoint is not None:
                return
            faults = list(self._own_faults())
            if faults:
                raise SourceError(of_source(self.settings.name, faults[0]))
            from connectors.receiving.endpoint import Endpoint

            since = to_us(now - 2 * self.options.window)
            for lines, _ in self._journal.read(Position()):
                for entry in (entry_of(line) for _, line in lines):
                    if entry.get("at", 0) >= since and "digest" in entry:
                        self._remembered.learn(Attempt(entry["id"], entry["sent"], entry["digest"]))
            options = self.options
            try:
                self._endpoint = Endpoint(options.host, options.port, self._answer, most=options.max_body)
            except OSError as error:
                raise SourceError(of_source(self.settings.name, self._not_listening(error))) from error

    def _answer(self, request: Request) -> Reply:
        """Let a request in, or say why not; on one of the endpoint's threads."""
        if request.path != self.options.path:
            return HTTPStatus.NOT_FOUND, {"error": f"nothing is here; tickets go to {self.options.path}"}
        if request.method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, {"error": f"{PURPOSE} {self.settings.name}"}
        wake, clock = self._wake, self._clock
        if wake is None or clock is None:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the monitor is stopping; try again"}
        now = clock()
        try:
            attempt = verified(
                request.headers,
                request.body,
                secrets=self.options.secrets,
                window=self.options.window,
                now=now,
            )
            status, told, entry = self._understood(request.body, now)
            with self._remembered.taking(attempt, now=now) as new:
                if new:
                    head = {"at": to_us(now), "id": attempt.id, "sent": attempt.sent_at}
                    line = {**head, "digest": attempt.digest, **entry}
                    self._journal.append(json.dumps(line, ensure_ascii=False).encode(), now=now)
                    wake()
            return status, told if new else {"repeated": True, **told}
        except RefusedError as refused:
            return refused.status, {"error": str(refused)}
        except (LookupError, ValueError):
            # What is wrong with our own secret is nobody's business out there; `check` says it.
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the monitor's own secret is not in order"}
        except OSError as error:
            sentence = f"it could not be stored ({error.strerror or error}); try again"
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": sentence}

    def _understood(self, body: bytes, now: datetime) -> tuple[HTTPStatus, Record, Record]:
        """Status, what to tell the sender, and what to keep, of an authentic body."""
        try:
            tickets = tickets_of(body)
        except ValueError as error:
            # It is ours, and nothing of ours gets lost: it is kept, and set aside when it is read.
            text = body.decode("utf-8", "backslashreplace")
            return HTTPStatus.BAD_REQUEST, {"error": f"{error}; it is set aside"}, {"unread": text}
        batch, bad = self._entries.batch([("this request", tickets)], now)
        told: Record = {"accepted": len(batch)}
        if bad:
            told["set_aside"] = [{"ticket": one.place, "reason": one.reason} for one in bad[:TOLD]]
        absent = self._entries.absent(tickets)
        if absent:
            told["absent"] = absent
        return HTTPStatus.ACCEPTED, told, {"tickets": tickets}

    def _read(self, start: Position, heard: int | None, now: datetime) -> Iterator[Poll]:
        place = start
        try:
            for lines, end in self._journal.read(start):
                place = end
                found, bad = list[tuple[str, Sequence[Record]]](), list[Quarantined]()
                for at, line in lines:
                    entry = entry_of(line)
                    heard = max(heard or 0, entry.get("at", 0)) or None
                    if "tickets" in entry:
                        found.append((f"request {entry['id']}", entry["tickets"]))
                    else:
                        damaged_at = f"{self.options.journal.name}, file {at.file}"
                        bad.append(self._entries.unread(entry, line, place=damaged_at))
                batch, refused = self._entries.batch(found, now)
                yield Poll(batch, (*refused, *bad), self._cursor(place, heard), None)
        except OSError as error:
            raise SourceError(
                f"{self._name}: {self.options.journal} cannot be read: {error.strerror}",
                cause=cause("unreadable", path=str(self.options.journal)),
            ) from error
        yield Poll(
            TicketBatch.empty(self.settings.name),
            (),
            self._cursor(place, heard),
            self._complete_to(heard, now),
        )

    def _complete_to(self, heard: int | None, now: datetime) -> datetime | None:
        """Silence says nothing where a heartbeat was promised."""
        if self.options.heartbeat is None:
            return now - self.options.settle
        if heard is None:
            return None
        return min(now, at_us(heard)) - self.options.settle

    def _faults(self) -> Iterator[str]:
        yield from self._own_faults()
        if self._endpoint is not None:
            return
        try:
            family = socket.AF_INET6 if ":" in self.options.host else socket.AF_INET
            socket.create_server((self.options.host, self.options.port), family=family).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not self._is_ours():
                yield self._not_listening(error)

    def _own_faults(self) -> Iterator[str]:
        for secret in self.options.secrets:
            try:
                key_of(secret.reveal())
            except LookupError as error:
                yield of_error(error)
            except ValueError as error:
                facts = {"reference": secret.reference, "why": of_error(error)}
                yield Said("webhook.secret", "{reference} {why}", **facts)
        try:
            self.options.journal.mkdir(parents=True, exist_ok=True)
            probe = self.options.journal / ".probe"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            facts = {"folder": str(self.options.journal), "detail": str(error.strerror)}
            yield Said("webhook.journal", "{folder} cannot be written ({detail}); change journal", **facts)

    def _not_listening(self, error: Exception) -> str:
        deaf = "nothing can listen on {host}, port {port} ({detail}); change host or port"
        facts = {"host": self.options.host, "port": str(self.options.port), "detail": str(error)}
        return Said("webhook.deaf", deaf, **facts)

    def _is_ours(self) -> bool:
        """Whether the daemon of this very source listens there."""
        import http.client

        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.options.host, self.options.host)  # noqa: S104
        try:
            with closing(http.client.HTTPConnection(host, self.options.port, timeout=5)) as asked:
                asked.request("GET", self.options.path)
                told = asked.getresponse().read(10_000).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return False
        return f"{PURPOSE} {self.settings.name}" in told

    def _resumed(self, cursor: str | None) -> tuple[Position, int | None]:
        told = json.loads(cursor) if cursor else {}
        if told.get("reads") != self._entries.digest:
            return Position(), None
        return Position(told["file"], told["offset"]), told.get("heard")

    def _cursor(self, place: Position, heard: int | None) -> str:
        return json.dumps({"reads": self._entries.digest, **asdict(place), "heard": heard})
