"""A mail server on loopback that keeps what it takes, and refuses as it is told."""

import asyncio
import email
from contextlib import ExitStack
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from ports import reserved_port
from process import PATIENCE


class PostOffice:
    """An SMTP server on a port of its own, also while it is shut.

    Attributes
    ----------
    refuse : what recipients are answered with; "*" is for all
    answer : what a message is answered with; "drop" hangs up instead
    letters : what was taken, each with its recipients
    """

    def __init__(self) -> None:
        self.refuse: dict[str, str] = {}
        self.answer = "250 OK"
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self._held = ExitStack()
        self.port = self._held.enter_context(reserved_port())
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()
        self._held.close()

    @property
    def listening(self) -> bool:
        """Somebody answers on the port."""
        return self._controller is not None

    def open(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE)
        self._controller.start()

    def shut(self) -> None:
        """Connections are refused."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken."""
        return [mail for _, mail in self.letters]

    @property
    def recipients(self) -> list[list[str]]:
        """For whom it was taken."""
        return [recipients for recipients, _ in self.letters]

    def to(self, recipient: str) -> list[EmailMessage]:
        """What somebody has got, in order."""
        return [mail for recipients, mail in self.letters if recipient in recipients]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        refused = self.refuse.get(address) or self.refuse.get("*")
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer == "drop":
            server.transport.close()
            await asyncio.sleep(0.05)
            return "250 OK"
        if self.answer.startswith("2"):
            letter = email.message_from_bytes(envelope.content, policy=default)
            self.letters.append((list(envelope.rcpt_tos), letter))
        return self.answer
