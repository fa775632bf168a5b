"""From a configured channel to its notifier, or to one that says what is wrong with the channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from alerts.catalogue import Sentence
from alerts.notifier import DeliveryError, Message, Notifier, Receipt
from alerts.plan import Channel
from monitor.config.kinds import Family, load_kind

log: Final = structlog.get_logger()

Opener = Callable[[Channel], Notifier]


def open_notifier(channel: Channel) -> Notifier:
    """The notifier of a channel."""
    made: Notifier = load_kind(Family.CHANNEL, channel.kind).maker(channel.name, channel.options)
    return made


def opened(channel: Channel, opener: Opener) -> Notifier:
    """The notifier of a channel, or one that lets its pages wait while the channel cannot be opened."""
    try:
        return opener(channel)
    except Exception as error:
        # Somebody else's module may fail in any way; the other channels go on.
        log.exception("channel_broken", channel=channel.name)
        sentence = Sentence("trouble.channel.closed", channel=channel.name, error=type(error).__name__)
        return Refusing(sentence, retryable=True)


def gone(name: str) -> Notifier:
    """Stands for a channel that the configuration no longer has; its pages are undeliverable."""
    return Refusing(Sentence("trouble.channel.gone", channel=name), retryable=False)


def same(one: Channel, other: Channel) -> bool:
    """Whether two channels are told the same."""
    return (one.name, one.kind, one.options) == (other.name, other.kind, other.options)


@dataclass(frozen=True)
class Refusing:
    """A notifier that delivers nothing, and says why."""

    sentence: str
    retryable: bool

    def deliver(self, message: Message) -> Receipt:
        raise DeliveryError(self.sentence, retryable=self.retryable)

    def examine(self) -> list[str]:
        return [self.sentence]
