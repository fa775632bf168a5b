"""Complaints that come by mail: the mails of one or more folders of an IMAP account, each a ticket.

The cursor is (UIDVALIDITY, UID) of each folder: a server that gives its mails new numbers says so by another
UIDVALIDITY, and the folder is read again. Answers to a mail that is there, bounces, and our own pages are no
complaints. Nothing is ever changed over there, no mail is marked as read.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from connectors.letters import Letter, fields_of
from connectors.options import OptionError, Secret, option
from connectors.rows.judging import Rows
from connectors.rows.mapping import Reading
from connectors.rows.records import inside
from connectors.rows.values import readable
from connectors.said import Said, of_error
from connectors.services.naming import missing
from connectors.source import Fields, Poll, Quarantined, SourceError, SourceSettings, cause
from connectors.ticket import TicketBatch

if TYPE_CHECKING:
    from imapclient import IMAPClient

DEFAULT: Final = Fields(id="id", created_at="received", complainant="from", text="text")
NAMES: Final = ("id", "received", "sent", "from", "to", "subject", "text", "folder")
HEADER: Final = "header."
FLAG: Final = "flags."
# Mails of one part of a poll, and how much of each is read: what comes after that are attachments.
PART: Final = 100
READ: Final = 262_144
PORTS: Final = {"tls": 993, "starttls": 143, "none": 143}
# Ids that are remembered, so that the server is not asked for each again.
REMEMBERED: Final = 50_000
SAID: Final = 200


@dataclass(frozen=True)
class Options:
    """What a mailbox source can be told."""

    host: str = option(doc="the IMAP server, imap.example.com")
    user: str = option(doc="name of the account; one that may only read is enough")
    password: Secret = option(doc="its password, or an app password; by reference")
    folders: tuple[str, ...] = option(
        ("INBOX",), doc="folders to read; name those too into which people move mails"
    )
    security: Literal["tls", "starttls", "none"] = option(
        "tls", doc="how the connection is kept private; none only to this machine"
    )
    port: int | None = option(None, doc="default: 993 for tls, else 143", at_least=1, at_most=65_535)
    settle: timedelta = option(
        timedelta(seconds=10), doc="a mail reaches its folder within this; hours wait for it", at_least=0
    )

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in {"127.0.0.1", "::1", "localhost"}:
            clear = '"none" would send the password in the clear; take tls or starttls'
            raise OptionError("security", Said("mailbox.clear", clear))
        if not self.folders:
            raise OptionError("folders", Said("one_at_least", "name at least one"))


class Source:
    """The folders of an account as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.settings = replace(
            settings, timezone=ZoneInfo("UTC"), datetime_format=None, fields=settings.fields or DEFAULT
        )
        self.options = options
        self.reading = Reading(self.settings)
        self._name = f"source {settings.name}"
        self._digest = self.reading.digest(options.host, options.user, options.folders)
        self._inside = {name: inside(name) for name in self.reading.names}
        self._known: dict[str, bool] = {}

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        told = json.loads(cursor) if cursor else {}
        read: dict[str, list[int]] = told.get("read", {}) if told.get("reads") == self._digest else {}
        yield from self._read(read, now)

    def history(self, now: datetime) -> Iterator[Poll]:
        yield from self._read({}, now)

    def examine(self, now: datetime) -> list[str]:
        try:
            self._require_names()
            with self._connected() as client:
                for folder in self.options.folders:
                    self._entered(client, folder)
        except SourceError as error:
            return [of_error(error)]
        return []

    def _read(self, before: dict[str, list[int]], now: datetime) -> Iterator[Poll]:
        self._require_names()
        read = dict(before)
        with self._connected() as client:
            for folder in self.options.folders:
                validity, end = self._entered(client, folder)
                last = read[folder][1] if folder in read and read[folder][0] == validity else 0
                # Asked for a number that is not there yet, a server answers with the last mail there is.
                found = client.search(["UID", f"{last + 1}:*"]) if last + 1 < end else []
                uids = sorted(uid for uid in found if uid > last)
                for start in range(0, len(uids), PART):
                    part = uids[start : start + PART]
                    batch, bad = self._mapped(list(self._mails(client, folder, part)), folder, now)
                    read[folder] = [validity, part[-1]]
                    yield Poll(batch, bad, self._cursor(read), None)
                read.setdefault(folder, [validity, last])
                if read[folder][0] != validity:
                    read[folder] = [validity, 0]
        empty = TicketBatch.empty(self.settings.name)
        yield Poll(empty, (), self._cursor(read), now - self.options.settle)

    def _mails(
        self, client: IMAPClient, folder: str, uids: Sequence[int]
    ) -> Iterator[tuple[int, dict[str, object]]]:
        """The complaints among these mails, with what can be mapped of each."""
        told = client.fetch(uids, [f"BODY.PEEK[]<0.{READ}>", "INTERNALDATE", "FLAGS"])
        letters = {uid: Letter.read(told[uid][b"BODY[]<0>"] or b"") for uid in uids if uid in told}
        for uid, letter in letters.items():
            self._remember(letter.id)
            if letter.is_ours or letter.is_automatic or self._is_answer(client, letter, folder):
                continue
            flags = {flag.decode("ascii", "replace").lstrip("\\"): True for flag in told[uid][b"FLAGS"]}
            received = told[uid][b"INTERNALDATE"]
            record = fields_of(letter, received=received, folder=folder, flags=flags)
            for name in self.reading.names:
                if name.startswith(HEADER):
                    record[name] = letter.header(name.removeprefix(HEADER))
                elif name.startswith(FLAG):
                    record[name] = name.removeprefix(FLAG) in flags
            yield uid, record

    def _is_answer(self, client: IMAPClient, letter: Letter, folder: str) -> bool:
        """Whether it answers a mail that is there; else what it answers is no ticket of ours."""
        for ident in letter.mentioned:
            if ident not in self._known:
                self._remember(ident, there=self._is_there(client, ident, folder))
            if self._known[ident]:
                return True
        return False

    def _is_there(self, client: IMAPClient, ident: str, folder: str) -> bool:
        """Whether a mail of this id is in one of the folders; the one that is open stays open."""
        if not ident.isascii() or not ident.isprintable():
            return False
        others = [other for other in self.options.folders if other != folder]
        for one in (folder, *others):
            if one != folder:
                self._entered(client, one)
            if client.search(["HEADER", "Message-ID", f"<{ident}>"]):
                if one != folder:
                    self._entered(client, folder)
                return True
        if others:
            self._entered(client, folder)
        return False

    def _remember(self, ident: str, *, there: bool = True) -> None:
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known[ident] = there

    def _mapped(
        self, mails: Sequence[tuple[int, dict[str, object]]], folder: str, now: datetime
    ) -> tuple[TicketBatch, tuple[Quarantined, ...]]:
        records: list[dict[str, Any]] = [record for _, record in mails]
        columns = {name: [look(record) for record in records] for name, look in self._inside.items()}
        rows = Rows(
            place=lambda row: f"{folder}, mail {mails[row][0]}",
            raw=lambda row: json.dumps(records[row], ensure_ascii=False, default=str),
            value=lambda column, row: columns[column][row],
        )
        return self.reading.batch(columns, rows, now)

    def _require_names(self) -> None:
        wrong = [
            name for name in self.reading.names if name not in NAMES and not name.startswith((HEADER, FLAG))
        ]
        if wrong:
            there = [*NAMES, "flags.Flagged (any flag)", "header.X-Category (any header)"]
            raise missing(self.settings.name, wrong, there)

    def _entered(self, client: IMAPClient, folder: str) -> tuple[int, int]:
        """(UIDVALIDITY, UIDNEXT) of a folder that is open now, only to be read."""
        from imapclient.exceptions import IMAPClientError

        try:
            told = client.select_folder(folder, readonly=True)
        except IMAPClientError as error:
            there = ", ".join(name for _, _, name in client.list_folders())
            raise SourceError(
                f"{self._name}: there is no folder {folder} that may be read ({_said(error)}); there are: "
                f"{readable(there, 2 * SAID)}",
                cause=cause("no_folder", folder=folder, there=readable(there, 2 * SAID)),
            ) from error
        return int(told[b"UIDVALIDITY"]), int(told.get(b"UIDNEXT", 1 << 32))

    @contextmanager
    def _connected(self) -> Iterator[IMAPClient]:
        """An account that is logged in; whatever fails within becomes a SourceError."""
        from imapclient import IMAPClient
        from imapclient.exceptions import IMAPClientError, LoginError

        options, secret = self.options, self.options.password
        try:
            password = secret.reveal()
        except LookupError as error:
            lost = cause("secret", reference=secret.reference)
            raise SourceError(f"{self._name}: {error}", cause=lost) from error
        port = options.port or PORTS[options.security]
        context = None if options.security == "none" else ssl.create_default_context()
        where = f"{options.host}, port {port}"
        try:
            with IMAPClient(
                options.host,
                port,
                ssl=options.security == "tls",
                ssl_context=context,
                timeout=self.settings.timeout.total_seconds() / 4,
            ) as client:
                client.normalise_times = False
                if options.security == "starttls":
                    client.starttls(context)
                client.login(options.user, password)
                yield client
        except LoginError as error:
            raise SourceError(
                f"{self._name}: {where} does not let {options.user} in with {secret.reference} "
                f"({_said(error)}); is IMAP allowed for the account, and does it need an app password?",
                cause=cause("unauthorised", host=where, reference=secret.reference),
            ) from error
        except ssl.SSLError as error:
            raise SourceError(
                f"{self._name}: {where} cannot be trusted ({_said(error)}); is security right, and the "
                "certificate of an authority that this machine knows?",
                cause=cause("untrusted", host=where),
            ) from error
        except (IMAPClientError, OSError) as error:
            raise SourceError(
                f"{self._name}: {where} cannot be read ({_said(error)}); are host, port and security right?",
                cause=cause("unreachable", host=where),
            ) from error

    def _cursor(self, read: dict[str, list[int]]) -> str:
        return json.dumps({"reads": self._digest, "read": read})


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return readable(text.removeprefix("b'").rstrip("'"), SAID)
