"""The app itself: what people click, submit and ask in Slack, by slack-bolt.

It acknowledges first, asks the desk then, and answers the person alone. It never changes a message: what has
become of an incident is told by the channel, wherever it was paged.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import structlog

from alerts.catalogue import Sentence, in_language, say
from alerts.desk import CarriedOut, Deed, Desk, Manner, person
from alerts.entitled import refusal
from alerts.incidents.branch import node_of
from alerts.plan import Contact
from alerts.rendering.moments import Moments
from alerts.rendering.telling import happened
from alerts.slack_app.commands import answered, parsed
from alerts.slack_app.connection import Connection, unheard
from alerts.slack_app.orders import Click, Json, click_of, order_of, teams_of, user_of
from alerts.slack_app.silencing import Opened, asked, preview_text, submitted
from alerts.slack_app.views import CALLBACK, SILENCE, View, click_kept, view_of
from alerts.slack_client import Access
from alerts.slack_incident import ASKING, PREFIX
from connectors.ticket import at_us

if TYPE_CHECKING:
    from slack_bolt import App
    from slack_sdk import WebClient

log: Final = structlog.get_logger()

LONGEST_ANSWER: Final = 2_900
MOST_DIGITS: Final = 10


class SlackApp:
    """Answers clicks and commands of one workspace."""

    def __init__(self, channel: str, options: Access, desk: Desk, manner: Manner) -> None:
        self._channel = channel
        self._desk = desk
        self._manner = manner
        self._connection = Connection(channel, options, self._app)

    def start(self) -> None:
        """Begin to answer."""
        self._connection.start()

    def stop(self) -> None:
        """Answer no more. Returns at once."""
        self._connection.stop()

    @property
    def connected(self) -> bool:
        """Slack can bring clicks now."""
        return self._connection.connected

    def _app(self, client: WebClient) -> App:
        import re

        from slack_bolt import App

        app = App(client=client, logger=unheard(), token_verification_enabled=False)
        app.action(re.compile(f"^{PREFIX}"))(self._clicked)
        app.view(CALLBACK)(self._submitted)
        app.view(SILENCE)(self._silence_submitted)
        app.command(re.compile(".*"))(self._asked)
        return app

    # -- what Slack brings: acknowledged at once ------------------------------------------------------------

    def _clicked(
        self, ack: Callable[..., Any], body: Json, client: WebClient, respond: Callable[..., Any]
    ) -> None:
        ack()
        contact = self._known(body, respond)
        if contact is None:
            return
        click, language = click_of(body, contact, at=self._desk.now()), self._language(contact)
        if isinstance(click, Sentence):
            self._say(respond, click, language)
        elif click.order.deed in ASKING:
            self._ask_for_more(client, click, respond, language)
        else:
            self._say(respond, self._carried_out(click, language), language)

    def _submitted(self, ack: Callable[..., Any], body: Json, client: WebClient) -> None:
        contact = self._who(body)
        click = click_kept(body["view"])
        if isinstance(contact, Sentence) or contact.name != click.order.by:
            ack()
            return
        language = self._language(contact)
        order = order_of(body["view"], click.order, now=at_us(self._desk.now()))
        if isinstance(order, dict):
            errors = {block: in_language(sentence, language) for block, sentence in order.items()}
            ack(response_action="errors", errors=errors)
            return
        ack()
        answer = self._carried_out(Click(order, click.user, click.channel, ""), language)
        text = in_language(answer, language)
        self._quietly(lambda: client.chat_postEphemeral(channel=click.channel, user=click.user, text=text))

    def _asked(
        self, ack: Callable[..., Any], body: Json, client: WebClient, respond: Callable[..., Any]
    ) -> None:
        ack()
        contact = self._known(body, respond)
        if contact is None:
            return
        language = self._language(contact)
        moments = self._moments(language)
        question = parsed(str(body.get("text", "")))
        words = question.words
        try:
            if question.question == "report" and self._sent_report(client, user_of(body), words, contact):
                return
            if question.question == "silence" and words:
                answer = self._silence_asked(client, body, words, contact)
                if not answer:
                    return
            else:
                answer = answered(question, self._desk, moments)
        except Exception:
            log.exception("slack_app_broken", channel=self._channel)
            answer = say(language, "slack.broken")
        self._say(respond, answer[:LONGEST_ANSWER], language)

    def _sent_report(self, client: WebClient, user: str, words: str, contact: Contact) -> bool:
        """Send the report of an incident to who asks; False where there is none."""
        language = self._language(contact)
        number = words.lstrip("#")
        made = (
            self._desk.report(int(number), language, by=contact.name)
            if number.isdecimal() and len(number) < MOST_DIGITS
            else None
        )
        if made is None:
            return False
        name, content = made
        channel = client.conversations_open(users=user)["channel"]["id"]
        client.files_upload_v2(content=content, filename=name, title=name, channel=channel)
        return True

    def _silence_asked(self, client: WebClient, body: Json, words: str, contact: Contact) -> str:
        """What to say; nothing where a form was opened."""
        language = self._language(contact)
        wanted = asked(words, body, contact, self._desk, self._moments(language))
        if not isinstance(wanted, Opened):
            return wanted
        opened = self._opened(client, str(body.get("trigger_id", "")), wanted.view)
        return "" if opened else say(language, "slack.refused.modal_again")

    def _silence_submitted(self, ack: Callable[..., Any], body: Json, client: WebClient) -> None:
        contact, kept = self._who(body), json.loads(body["view"]["private_metadata"])
        if isinstance(contact, Sentence) or contact.name != kept["by"]:
            ack()
            return
        language = self._language(contact)
        try:
            result = submitted(body["view"], contact, self._desk, self._moments(language))
        except Exception:
            log.exception("slack_app_broken", channel=self._channel)
            result = say(language, "slack.broken")
        if isinstance(result, dict):
            ack(response_action="errors", errors=result)
            return
        ack()
        self._quietly(
            lambda: client.chat_postEphemeral(channel=kept["channel"], user=kept["user"], text=result)
        )

    # -- who, and what they want ----------------------------------------------------------------------------

    def _known(self, body: Json, respond: Callable[..., Any]) -> Contact | None:
        """The contact who asks; whoever is none is told so."""
        contact = self._who(body)
        if isinstance(contact, Sentence):
            self._say(respond, contact, self._manner.language)
            return None
        return contact

    def _who(self, body: Json) -> Contact | Sentence:
        """The contact who acts, or why nobody is let in."""
        user = user_of(body)
        if teams_of(body) - {self._connection.team}:
            return Sentence("slack.refused.team", user=user)
        contact = person(self._desk.plan, self._channel, user)
        if contact is None:
            return Sentence("slack.refused.unknown", user=user, channel=self._channel)
        return contact

    def _language(self, contact: Contact) -> str:
        return contact.language or self._manner.language

    def _ask_for_more(
        self, client: WebClient, click: Click, respond: Callable[..., Any], language: str
    ) -> None:
        incident = self._desk.incident(click.order.incident)
        contact = person(self._desk.plan, self._channel, click.user)
        if incident is not None and contact is not None:
            refused = refusal(self._desk.plan, contact, click.order.deed, incident)
            if refused is not None:
                self._say(respond, refused, language)
                return
        # A trigger lasts three seconds, and whether it can be done is asked when the form is sent.
        preview = ""
        if click.order.deed is Deed.SILENCE and incident is not None:
            node, moments = node_of(incident.node), self._moments(language)
            approves = contact is not None and contact.name in self._desk.plan.silences.approvers
            found = self._desk.preview(node)
            preview = preview_text(node, found, self._desk, moments, approves=approves)
        view = view_of(click, self._desk.plan, language, incident=incident, preview=preview)
        if not self._opened(client, click.trigger, view):
            self._say(respond, Sentence("slack.refused.modal"), language)

    def _opened(self, client: WebClient, trigger: str, view: View) -> bool:
        try:
            client.views_open(trigger_id=trigger, view=view)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person is told to try again
            log.warning("slack_modal_failed", channel=self._channel, error=str(error)[:300])
            return False
        return True

    def _moments(self, language: str) -> Moments:
        return Moments(language, self._manner.zone, self._desk.now())

    def _carried_out(self, click: Click, language: str) -> str:
        """Do it; what to say to the person."""
        try:
            result = self._desk.carry_out(click.order)
        except Exception:
            log.exception("slack_app_broken", channel=self._channel, incident=click.order.incident)
            return say(language, "slack.broken")
        if not isinstance(result, CarriedOut):
            return result
        if result.repeated:
            return say(language, "slack.repeated")
        moments = self._moments(language)
        return say(language, "slack.done", n=result.incident.id, text=happened(result.event, moments))

    def _say(self, respond: Callable[..., Any], text: str, language: str) -> None:
        """Answer to the person alone; the message with the buttons stays."""
        said = in_language(text, language)
        self._quietly(lambda: respond(text=said, response_type="ephemeral", replace_original=False))

    def _quietly(self, request: Callable[[], Any]) -> None:
        try:
            request()
        except Exception as error:  # noqa: BLE001 - what was done is done; only the answer is lost
            log.warning("slack_answer_lost", channel=self._channel, error=str(error)[:300])
