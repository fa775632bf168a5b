"""The words of a message: those of its page, and what is to be said of this way of telling it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alerts.catalogue import in_language, say
from alerts.notifier import Message, Update
from alerts.rendering.sheet import Sheet, sheet
from alerts.rendering.widths import clean, clip

LONGEST_REASON = 300


@dataclass(frozen=True)
class Link:
    """An address, and what is to be read in its place or before it."""

    url: str
    text: str


def answer_link(message: Message | Update, elsewhere: str | None = None) -> Link | None:
    """Where the incident is answered: on its reader's own page, else where the channel says."""
    incident = message.incident.id if isinstance(message, Update) else message.page.incident
    link = message.link or elsewhere
    if link is None or incident is None:
        return None
    return Link(link.replace("{incident}", str(incident)), say(message.language, "mail.answer", n=incident))


def words_of(message: Message | Update, *, buttons: bool = False) -> Sheet:
    """The sheet of a message; one that takes another channel's place says so."""
    whole = sheet(message.page, language=message.language, zone=message.zone, buttons=buttons)
    if message.instead is None:
        return whole
    why = clip(clean(in_language(message.instead.error, message.language)), LONGEST_REASON)
    notice = say(message.language, "notice.instead", channel=message.instead.channel, error=why)
    return replace(whole, notices=(notice, *whole.notices))
