"""Pages in Slack, as blocks, through a bot token in a channel or to a person.

A message carries its key as `client_msg_id` and as metadata. After an uncertain outcome it is looked for in
the channel's history (scopes channels:history, groups:history, im:history) before it is sent again. What
does not fit into one message follows in its thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from alerts import slack_incident
from alerts.catalogue import Sentence, say
from alerts.notifier import BusyError, DeliveryError, Message, Receipt, Update, revealed
from alerts.page import Reason
from alerts.rendering.blocks import Part, blocks
from alerts.rendering.moments import Moments
from alerts.rendering.words import words_of
from alerts.slack_errors import from_failure
from connectors.options import Secret, option
from connectors.ticket import HOUR, SECOND

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from alerts.desk import Desk, Manner
    from alerts.slack_app.app import SlackApp

EVENT: Final = "complaint_page"
STORY: Final = "complaint_story"
# Slack takes one message per second and channel, docs.slack.dev/apis/web-api/rate-limits.
SPACING: Final = 1.0
# Stories leave room for pages, which must not wait behind them.
QUIET_SPACING: Final = 2.0
# A lost message is looked for among so many pages of 200 messages since it was decided.
MOST_PAGES: Final = 10
# Our clock and Slack's may differ.
SKEW: Final = HOUR

# Scope -> what is missing without it, as the catalogue says it.
SCOPES: Final = {
    "chat:write": "send",
    "channels:history": "look",
    "groups:history": "look",
    "im:history": "look",
    "im:write": "open",
    "channels:read": "info",
    "groups:read": "info",
    "users:read": "people",
}
# With `app_token`, for the app.
APP_SCOPES: Final = {"commands": "commands", "files:write": "files"}


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


@dataclass(frozen=True)
class Place:
    """Where a message stands in Slack."""

    channel: str
    ts: str


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
        client = self._client()
        words = words_of(message, buttons=self._answers)
        text, parts = words.headline, blocks(words)
        if message.standing is not None and message.thread is None:
            moments = Moments(message.language, message.zone, message.page.at)
            text = slack_incident.headline(words, message.standing)
            parts = slack_incident.first_message(words, message.standing, moments)
        # What comes later of an incident belongs into its thread, and is shown in the channel too.
        root = _place(message.thread)
        there = self._look_for(client, message, root) if message.uncertain else {}
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
        client, place = self._client(), _place(update.reference)
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
        first, *_ = slack_incident.first_message(words, update.incident, moments)
        _ask(
            update.address,
            lambda: client.chat_update(
                channel=place.channel,
                ts=place.ts,
                text=slack_incident.headline(words, update.incident),
                blocks=list(first),
            ),
        )
        known = max(update.seen, self._story_known(client, place) if update.uncertain else 0)
        news = update.incident.log[known:]
        for told in slack_incident.story(news, moments):
            self._keep_pace(place.channel)
            payload = {"incident": update.incident.key, "upto": known + told.upto}
            request = partial(
                client.chat_postMessage,
                channel=place.channel,
                thread_ts=place.ts,
                text=told.text,
                blocks=list(told.blocks),
                metadata={"event_type": STORY, "event_payload": payload},
                unfurl_links=False,
                unfurl_media=False,
            )
            _ask(update.address, request)

    def _story_known(self, client: WebClient, place: Place) -> int:
        """How many of the incident's events its thread tells already; 0 for a token that may not look."""
        asked = {"channel": place.channel, "ts": place.ts}
        try:
            told = [
                int(one["metadata"]["event_payload"].get("upto", 0))
                for one in _pages(client.conversations_replies, place.channel, asked)
                if one.get("metadata", {}).get("event_type") == STORY
            ]
        except DeliveryError as error:
            if error.retryable:
                raise
            return 0
        return max(told, default=0)

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
            _ask(update.address, request)
        except DeliveryError:
            # The words have arrived; they must not come again for a picture.
            return

    def examine(self) -> list[str]:
        try:
            answer = _ask("the token", self._client().auth_test)
        except DeliveryError as error:
            return [error.sentence]
        headers = {key.lower(): value for key, value in answer.headers.items()}
        granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
        wanted = SCOPES if self._options.app_token is None else {**SCOPES, **APP_SCOPES}
        lacking = [
            Sentence("trouble.slack.lacks_scope", scope=scope, lack=Sentence(f"trouble.slack_lack.{lack}"))
            for scope, lack in wanted.items()
            if scope not in granted and "x-oauth-scopes" in headers
        ]
        return [*lacking, *self._examine_app_token()]

    def examine_addresses(self, addresses: Sequence[str]) -> list[str]:
        found = []
        for address in addresses:
            try:
                found += _examined(self._client(), address)
            except DeliveryError as error:
                found.append(error.sentence)
        return found

    def _examine_app_token(self) -> list[str]:
        """An address for a connection is asked for, and not used."""
        if self._options.app_token is None:
            return []
        try:
            token = revealed(self._options.app_token)
            _ask("the app token", partial(self._client().apps_connections_open, app_token=token))
        except DeliveryError as error:
            if error.retryable or not isinstance(error.sentence, Sentence):
                return [error.sentence]
            code = error.sentence.key.rpartition(".")[2]
            return [Sentence("trouble.slack.app_token_refused", detail=code)]
        return []

    @property
    def _answers(self) -> bool:
        """There is an app that takes clicks and commands."""
        return self._options.app_token is not None

    def _client(self) -> WebClient:
        import logging

        from slack_sdk import WebClient

        token = revealed(self._options.token)
        # Failures become a DeliveryError, which is logged once, by whom it concerns.
        unheard = logging.getLogger("slack_sdk.unheard")
        unheard.setLevel(logging.CRITICAL + 1)
        return WebClient(
            token=token,
            base_url=self._options.base_url,
            timeout=max(1, round(self._options.timeout.total_seconds())),
            proxy=self._options.proxy,
            # The sdk's own retries may post twice without a word: ours look first.
            retry_handlers=[],
            logger=unheard,
        )

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
        answer = _ask(
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

    def _look_for(self, client: WebClient, message: Message, root: Place | None) -> dict[int, Place]:
        """The parts of a message that have arrived: number -> place.

        A token that may not look finds nothing: then the page is sent again, with the same key.
        """
        try:
            if root is not None:
                asked = {"channel": root.channel, "ts": root.ts}
                return self._parts(client.conversations_replies, message, asked)
            channel = self._channel_of(client, message.address)
            oldest = f"{(message.page.at - SKEW) / SECOND:.6f}"
            asked = {"channel": channel, "oldest": oldest}
            found = self._parts(client.conversations_history, message, asked)
            if 0 in found:
                asked = {"channel": channel, "ts": found[0].ts}
                found |= self._parts(client.conversations_replies, message, asked)
        except DeliveryError as error:
            if error.retryable:
                error.uncertain = True
                raise
            return {}
        return found

    def _channel_of(self, client: WebClient, address: str) -> str:
        if not address.startswith(("U", "W")):
            return address
        return str(_ask(address, lambda: client.conversations_open(users=address))["channel"]["id"])

    def _parts(
        self, method: Callable[..., Any], message: Message, asked: Mapping[str, str]
    ) -> dict[int, Place]:
        found = {}
        for one in _pages(method, message.address, asked):
            payload = one.get("metadata", {}).get("event_payload", {})
            if payload.get("key") == message.key:
                found[int(payload.get("part", 0))] = Place(asked["channel"], str(one["ts"]))
        return found


def app(name: str, options: Options, desk: Desk, manner: Manner) -> SlackApp | None:
    """What answers clicks and commands on this channel; None without `app_token`."""
    if options.app_token is None:
        return None
    from alerts.slack_app.app import SlackApp

    return SlackApp(name, options, desk, manner)


def _place(reference: str | None) -> Place | None:
    """The place that a receipt names."""
    channel, _, ts = (reference or "").partition("/")
    return Place(channel, ts) if ts else None


def _pages(method: Callable[..., Any], address: str, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """The messages of a channel or thread, page by page."""
    cursor = None
    for _ in range(MOST_PAGES):
        request = partial(method, **asked, limit=200, include_all_metadata=True, cursor=cursor)
        answer = _ask(address, request)
        yield from answer.get("messages", ())
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


def _examined(client: WebClient, address: str) -> list[str]:
    """Why nothing would arrive at an address. Raises DeliveryError, which may say it too."""
    if address.startswith(("U", "W")):
        person = _ask(address, lambda: client.users_info(user=address))["user"]
        if person.get("deleted"):
            name = str(person.get("real_name") or person.get("name") or address)
            return [Sentence("trouble.slack.person_gone", address=address, name=name)]
        return []
    channel = _ask(address, lambda: client.conversations_info(channel=address))["channel"]
    if channel.get("is_archived"):
        return [Sentence("trouble.slack.is_archived", address=address)]
    if not channel.get("is_member", True):
        return [Sentence("trouble.slack.not_in_channel", address=address)]
    return []


def _ask(address: str, request: Callable[[], Any]) -> Any:
    """The answer to a request; every failure becomes a DeliveryError."""
    try:
        return request()
    except Exception as error:
        raise from_failure(error, address) from error
