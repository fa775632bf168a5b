"""Pages in Slack, as blocks, through a bot token in a channel or to a person.

A message carries its key as `client_msg_id` and as metadata. After an uncertain outcome it is looked for in
the channel's history (scopes channels:history, groups:history, im:history) before it is sent again. What
does not fit into one message follows in its thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from alerts import slack_incident
from alerts.catalogue import say
from alerts.notifier import BusyError, DeliveryError, Message, Receipt, Update
from alerts.page import Reason
from alerts.rendering.blocks import Part, blocks
from alerts.rendering.moments import Moments
from alerts.rendering.words import Link, answer_link, words_of
from alerts.slack_check import address_examined, token_examined
from alerts.slack_client import Place, ask, client_of, place_of
from alerts.slack_lookup import STORY, parts_there, story_known
from connectors.options import Secret, option

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from alerts.desk import Desk, Manner
    from alerts.incidents.incident import Incident
    from alerts.rendering.sheet import Sheet
    from alerts.slack_app.app import SlackApp

EVENT: Final = "complaint_page"
# Slack takes one message per second and channel, docs.slack.dev/apis/web-api/rate-limits.
SPACING: Final = 1.0
# Stories leave room for pages, which must not wait behind them.
QUIET_SPACING: Final = 2.0


@dataclass(frozen=True)
class Options:
    """What the channel can be told."""

    token: Secret = option(doc="bot token (xoxb-...), by reference")
    app_token: Secret | None = option(
        None, doc="app-level token (xapp-...), by reference; with it the app answers clicks and commands"
    )
    base_url: str = option("https://slack.com/api/", doc="address of the Web API")
    timeout: timedelta = option(timedelta(seconds=10), doc="time limit of each request", above=0)
    proxy: str | None = option(None, doc="HTTP proxy; default: HTTPS_PROXY of the environment")


class Notifier:
    """Sends with the slack-sdk. An address is the id of a channel (C..., G...) or of a person (U...)."""

    def __init__(
        self,
        name: str,
        options: Options,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._options = options
        self._sleep = sleep
        self._monotonic = monotonic
        self._sent: dict[str, float] = {}

    def deliver(self, message: Message) -> Receipt:
        client = client_of(self._options)
        words = words_of(message, buttons=self._answers)
        text, parts = words.headline, blocks(words)
        if message.standing is not None and message.thread is None:
            moments = Moments(message.language, message.zone, message.page.at)
            text = slack_incident.headline(words, message.standing)
            parts = self._first_message(words, message.standing, moments, answer_link(message))
        # What comes later of an incident belongs into its thread, and is shown in the channel too.
        root = place_of(message.thread)
        there = parts_there(client, message, root) if message.uncertain else {}
        place = there.get(0) or self._post(client, message, 0, parts=parts, text=text, root=root)
        for number in range(1, len(parts)):
            if number in there:
                continue
            try:
                self._post(client, message, number, parts=parts, text=text, root=root or place)
            except DeliveryError as error:
                # The first part has arrived: the next attempt must look before it sends.
                error.uncertain = True
                raise
        return Receipt(reference=f"{place.channel}/{place.ts}", repeated=0 in there)

    def follow(self, update: Update) -> None:
        """Edit the incident's message, and go on with its story in the thread."""
        client, place = client_of(self._options), place_of(update.reference)
        if place is None:
            return
        if update.chart is not None:
            self._picture(client, place, update)
        if not update.news:
            return
        wait = self._pace_left(place.channel, QUIET_SPACING)
        if wait > 0:
            raise BusyError(timedelta(seconds=wait))
        moments = Moments(update.language, update.zone, update.news[-1].at)
        words = words_of(update, buttons=self._answers)
        first, *_ = self._first_message(words, update.incident, moments, answer_link(update))
        ask(
            update.address,
            lambda: client.chat_update(
                channel=place.channel,
                ts=place.ts,
                text=slack_incident.headline(words, update.incident),
                blocks=list(first),
            ),
        )
        known = max(update.seen, story_known(client, place) if update.uncertain else 0)
        news = update.incident.log[known:]
        told, *later = slack_incident.story(news, moments) or (None,)
        if told is None:
            return
        known += told.upto
        self._keep_pace(place.channel)
        request = partial(
            client.chat_postMessage,
            channel=place.channel,
            thread_ts=place.ts,
            text=told.text,
            blocks=list(told.blocks),
            metadata={"event_type": STORY, "event_payload": {"incident": update.incident.key, "upto": known}},
            unfurl_links=False,
            unfurl_media=False,
        )
        ask(update.address, request)
        if later:
            # A page that has come meanwhile goes first.
            raise BusyError(timedelta(seconds=QUIET_SPACING), seen=known)

    def _picture(self, client: WebClient, place: Place, update: Update) -> None:
        """Add the chart to the thread. Without the scope, or where files are refused, there is none."""
        request = partial(
            client.files_upload_v2,
            content=update.chart,
            filename=f"incident-{update.incident.id}.png",
            title=say(update.language, "slack.chart", n=update.incident.id),
            channel=place.channel,
            thread_ts=place.ts,
        )
        try:
            ask(update.address, request)
        except DeliveryError:
            # The words have arrived; they must not come again for a picture.
            return

    def examine(self) -> list[str]:
        return token_examined(self._options)

    def examine_addresses(self, addresses: Sequence[str]) -> list[str]:
        return [sentence for address in addresses for sentence in address_examined(self._options, address)]

    def _first_message(
        self, words: Sheet, incident: Incident, moments: Moments, link: Link | None
    ) -> tuple[Part, ...]:
        return slack_incident.first_message(words, incident, moments, buttons=self._answers, link=link)

    @property
    def _answers(self) -> bool:
        """There is an app that takes clicks and commands."""
        return self._options.app_token is not None

    def _post(
        self,
        client: WebClient,
        message: Message,
        number: int,
        *,
        parts: tuple[Part, ...],
        text: str,
        root: Place | None = None,
    ) -> Place:
        """Post one part; where it stands."""
        channel = message.address if root is None else root.channel
        # A page is shown to everybody also where it stands in a thread; what goes on below it is not, nor
        # are the figures of each hour.
        broadcast = root is not None and number == 0 and message.page.reason is not Reason.MEASURED
        self._keep_pace(channel)
        answer = ask(
            message.address,
            lambda: client.chat_postMessage(
                channel=channel,
                # What a locked phone shows, and what a screen reader reads.
                text=text,
                blocks=list(parts[number]),
                thread_ts=None if root is None else root.ts,
                reply_broadcast=broadcast or None,
                client_msg_id=message.uuid(number),
                metadata={"event_type": EVENT, "event_payload": {"key": message.key, "part": number}},
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        place = Place(str(answer.get("channel", channel)), str(answer.get("ts", "")))
        # A person's conversation is known by two ids, and has one pace.
        self._sent[place.channel] = self._sent[channel]
        return place

    def _keep_pace(self, address: str) -> None:
        """Wait until a second after the last message to this channel."""
        wait = self._pace_left(address, SPACING)
        if wait > 0:
            self._sleep(wait)
        self._sent[address] = self._monotonic()

    def _pace_left(self, address: str, spacing: float) -> float:
        """Seconds until so long after the last message to this channel."""
        before = self._sent.get(address)
        return 0.0 if before is None else before + spacing - self._monotonic()


def app(name: str, options: Options, desk: Desk, manner: Manner) -> SlackApp | None:
    """What answers clicks and commands on this channel; None without `app_token`."""
    if options.app_token is None:
        return None
    from alerts.slack_app.app import SlackApp

    return SlackApp(name, options, desk, manner)
