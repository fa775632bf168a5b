"""The words of a message: those of its page, and what is to be said of this way of telling it."""

from __future__ import annotations

from dataclasses import replace

from alerts.catalogue import in_language, say
from alerts.notifier import Message, Update
from alerts.rendering.sheet import Sheet, sheet
from alerts.rendering.widths import clean, clip

LONGEST_REASON = 300


def words_of(message: Message | Update, *, buttons: bool = False) -> Sheet:
    """The sheet of a message; one that takes another channel's place says so."""
    whole = sheet(message.page, language=message.language, zone=message.zone, buttons=buttons)
    if message.instead is None:
        return whole
    why = clip(clean(in_language(message.instead.error, message.language)), LONGEST_REASON)
    notice = say(message.language, "notice.instead", channel=message.instead.channel, error=why)
    return replace(whole, notices=(notice, *whole.notices))
