"""The seam to people's channels: what a notifier promises, and what it is given.

`kind = "slack"` in config.toml is `alerts/slack.py`; a dotted kind is somebody else's module. The module
holds two names: `Options`, a frozen dataclass of its own keys, and `Notifier`, built as
`Notifier(channel_name, options)`. There is nothing to register.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from alerts.page import Page, Told, key_of
from connectors.options import Secret, SecretError

if TYPE_CHECKING:
    from alerts.incidents.event import Event
    from alerts.incidents.incident import Incident

# Names message keys that become UUIDs; a fixed UUID of our own, so that a key is the same for ever.
NAMESPACE: Final = uuid.UUID("5f0c1a52-8f4e-5c0e-9d0a-0b6f4f0f7a11")


@dataclass(frozen=True)
class Instead:
    """The channel that failed, and why."""

    channel: str
    error: str


@dataclass(frozen=True)
class Message:
    """One page on its way to one address.

    Attributes
    ----------
    key : the same for the same page and address, so that a second delivery is recognisable at the other end
    uncertain : an earlier attempt may have arrived: its answer was lost, or the process died during it
    standing : how the page's incident stands; None where there is none
    thread : where that incident was first told there, as that receipt's reference; None for the first
    instead : it takes the place of another channel, which failed
    chart : a picture of the incident's hours, as PNG; None where there is none
    link : where its reader answers for the page's incident, in their own name: for them alone
    """

    key: str
    page: Page
    channel: str
    address: str
    language: str
    zone: ZoneInfo
    uncertain: bool = False
    standing: Incident | None = None
    thread: str | None = None
    instead: Instead | None = None
    chart: bytes | None = None
    link: str | None = None

    def uuid(self, part: int = 0) -> str:
        """The key as a UUID, one for each part of a message that had to be split."""
        return str(uuid.uuid5(NAMESPACE, f"{self.key}/{part}"))


@dataclass(frozen=True)
class Receipt:
    """A message has arrived.

    `reference` finds it again at the other end; `repeated`: an earlier attempt had delivered it already.
    """

    reference: str
    repeated: bool = False


class DeliveryError(Exception):
    """A message has not arrived, or nobody knows. The sentence names the culprit and the mend.

    Attributes
    ----------
    sentence : in English; a `Sentence` of the catalogue can be said in other languages
    retryable : the same message may arrive later without anybody's help
    retry_after : what the channel asked for
    uncertain : it may have arrived; set `Message.uncertain` on the next attempt
    remaining : where an address names several people, those who have not got it; send to them alone
    """

    def __init__(
        self,
        sentence: str,
        *,
        retryable: bool,
        retry_after: timedelta | None = None,
        uncertain: bool = False,
        remaining: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retryable = retryable
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.remaining = remaining


def revealed(secret: Secret) -> str:
    """The secret now. Raises DeliveryError, which says what is missing."""
    try:
        return secret.reveal()
    except SecretError as error:
        raise DeliveryError(missing(error), retryable=False) from error


def missing(error: SecretError) -> Sentence:
    """What is missing, in the words of the catalogue."""
    sentence = Sentence(f"trouble.secret.{error.why}", **error.facts)
    return sentence.heard(str(error.facts.get("detail", "")))


class BusyError(DeliveryError):
    """Not all was told: by its own pace the channel takes the next message only after a while.

    For updates, which can wait; meanwhile pages and other places have their turn.

    Attributes
    ----------
    seen : how many of the incident's events the place knows now; None where nothing was told
    """

    def __init__(self, after: timedelta, *, seen: int | None = None) -> None:
        super().__init__(f"busy for {after.total_seconds():.1f} s", retryable=True)
        self.after = after
        self.seen = seen


class Notifier(Protocol):
    """A channel to people. Used by one thread at a time.

    Promises: `deliver` returns within the channel's time limits; a message with the same key delivered
    twice is recognisable at the other end; it raises nothing but DeliveryError.
    """

    def deliver(self, message: Message) -> Receipt:
        """Deliver a message, or raise DeliveryError."""
        ...

    def examine(self) -> list[str]:
        """Try the channel for `check`, sending nothing: a sentence for each thing that is wrong.

        A `Sentence` of the catalogue is printed in the reader's language. None names the channel; who
        prints it does.
        """
        ...


@runtime_checkable
class ExaminesAddresses(Protocol):
    """A notifier that can try addresses without sending anything."""

    def examine_addresses(self, addresses: Sequence[str]) -> list[str]:
        """A sentence for each address that nothing would reach."""
        ...


@dataclass(frozen=True)
class Update:
    """How an incident stands now, on its way to a place where it was told before.

    Attributes
    ----------
    page : the last page about it
    reference : the receipt of the first message about it there
    seen : how many of its events that place knows already
    uncertain : an earlier attempt may have told some of the others
    chart : a picture of the incident's hours, as PNG; None where there is nothing new to see
    instead : the page came there in the place of another channel, which failed
    link : where its reader answers for the incident, in their own name: for them alone
    """

    incident: Incident
    page: Page
    channel: str
    address: str
    reference: str
    language: str
    zone: ZoneInfo
    seen: int = 0
    uncertain: bool = False
    chart: bytes | None = None
    instead: Instead | None = None
    link: str | None = None

    @property
    def news(self) -> tuple[Event, ...]:
        """The events that the place does not know."""
        return self.incident.log[self.seen :]


@runtime_checkable
class Follows(Protocol):
    """A channel that shows how incidents stand, and is told when that has changed.

    Promises: an update that is told twice shows once; it raises nothing but DeliveryError, and BusyError
    rather than to wait.
    """

    def follow(self, update: Update) -> None:
        """Show how the incident stands."""
        ...


def messages(page: Page, *, language: str, zone: ZoneInfo) -> tuple[Message, ...]:
    """The messages that carry a page: one for each address, whichever roles it stands for."""
    first: dict[tuple[str, str], Told] = {}
    for told in page.told:
        first.setdefault((told.channel, told.address), told)
    return tuple(
        Message(
            key=message_key(page, channel, address),
            page=page,
            channel=channel,
            address=address,
            language=told.language or language,
            zone=zone,
        )
        for (channel, address), told in first.items()
    )


def message_key(page: Page, channel: str, address: str) -> str:
    """Key of the message that carries a page to an address."""
    return key_of(page.key, channel, address)
