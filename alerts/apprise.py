"""Pages to DingTalk, Feishu, WeCom, Teams, SMS and a hundred more services, through apprise.

An address is one apprise URL; it holds tokens, so that it is given by reference (env:NAME, file:PATH). How
to write them: github.com/caronc/apprise; dingtalk://, feishu://, wecombot://, workflows:// (Teams), sns://
It says only whether a service took a message; one that is sent twice has the same number at its foot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from alerts.catalogue import Sentence
from alerts.notifier import DeliveryError, Message, Receipt
from alerts.posting import resolved
from alerts.rendering.plain import plain
from alerts.rendering.sheet import Sheet
from alerts.rendering.words import Link, answer_link, words_of
from connectors.options import option

if TYPE_CHECKING:
    from apprise import NotifyBase

# A service with less room than this, such as SMS, is sent the first line alone.
LEAST_ROOM: Final = 500
_CODE: Final = re.compile(r"\berror\s*=\s*(\d{3})\b")


@dataclass(frozen=True)
class Options:
    """What the channel can be told."""

    timeout: timedelta = option(timedelta(seconds=10), doc="time limit of each answer", above=0)


class Notifier:
    """One service for each address."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options

    def deliver(self, message: Message) -> Receipt:
        from apprise import LogCapture, NotifyFormat, NotifyType
        from apprise.common import OverflowMode

        service = self._service(message.address)
        sheet = words_of(message)
        short = service.body_maxlen < LEAST_ROOM
        service.overflow_mode = OverflowMode.TRUNCATE if short else OverflowMode.SPLIT
        service.socket_read_timeout = service.socket_connect_timeout = self._options.timeout.total_seconds()
        link = answer_link(message)
        text = (
            _first_line(sheet, message.key, link, room=service.body_maxlen) if short else plain(sheet, link)
        )
        urgent = message.page.report_by is not None
        with LogCapture(fmt="%(message)s") as logged:  # type: ignore[no-untyped-call]
            taken = service.notify(
                body=text,
                title="" if short else sheet.headline,
                notify_type=NotifyType.FAILURE if urgent else NotifyType.WARNING,
                body_format=NotifyFormat.TEXT,
            )
            said = logged.getvalue().strip().splitlines()
        if not taken:
            # It may have been taken in part, and nobody can be asked.
            sentence = _refusal(str(service.service_name), said[-1] if said else "")
            raise DeliveryError(sentence, retryable=True, uncertain=True)
        return Receipt(reference=message.key)

    def examine(self) -> list[str]:
        return []

    def examine_addresses(self, addresses: Sequence[str]) -> list[str]:
        """Whether apprise understands each address; services are not asked."""
        found = []
        for address in addresses:
            try:
                self._service(address)
            except DeliveryError as error:
                found.append(error.sentence)
        return found

    def _service(self, address: str) -> NotifyBase:
        from apprise import Apprise

        if not address.startswith(("env:", "file:")):
            raise DeliveryError(Sentence("trouble.apprise.reference"), retryable=False)
        service = Apprise.instantiate(resolved(address), suppress_exceptions=True)
        if service is None:
            raise DeliveryError(Sentence("trouble.apprise.no_service", address=address), retryable=False)
        return service


def _first_line(sheet: Sheet, key: str, link: Link | None, *, room: int) -> str:
    """What an SMS holds: a link that is cut opens nothing, so that it comes whole or not at all."""
    answered = "" if link is None else f"{sheet.headline} {link.url}"
    return answered if answered and len(answered) <= room else f"{sheet.headline} #{key[:8]}"


def _refusal(service: str, said: str) -> Sentence:
    """Of what apprise says only a code of HTTP is more than English."""
    code = _CODE.search(said)
    if code is None:
        return Sentence("trouble.apprise.refused", service=service).heard(said)
    return Sentence("trouble.http.refused", place=service, detail=code[1]).heard(said)
