"""What the pages answer: an incident to look at, orders that are carried out, its report as PDF.

Looking changes nothing, whoever looks: mail programs and scanners open links by themselves. What is done
takes a POST that carries the link, so that no other site can send it in a reader's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

import structlog

from alerts.catalogue import Sentence, in_language, say
from alerts.desk import CarriedOut, Deed, Desk, Manner, Order
from alerts.entitled import refusal
from alerts.incidents.branch import node_of
from alerts.incidents.event import Kind
from alerts.incidents.fields import LONGEST, fields_of
from alerts.incidents.incident import Incident
from alerts.page import key_of
from alerts.plan import Contact
from alerts.rendering.moments import Moments
from alerts.rendering.telling import field_name, happened
from alerts.rendering.widths import clean, clip
from connectors.receiving.endpoint import Reply, Request
from monitor.pages.form import BUTTONS, Shown, page, refusal_page
from monitor.pages.links import Links, Pass

log: Final = structlog.get_logger()

# Every field of a report, full, as a browser sends Chinese.
MOST_BODY: Final = 1 << 20
MOST_FIELDS: Final = 100
ROOM: Final = 200
_PATH: Final = "/answer/"
_PDF: Final = "/report.pdf"


class Site:
    """Answers by a desk. Used by several threads at a time."""

    def __init__(self, desk: Desk, links: Links, manner: Manner) -> None:
        self._desk, self._links, self._manner = desk, links, manner

    def answer(self, request: Request) -> Reply:
        """A page, or a sentence why there is none."""
        # A proxy may serve the pages below a folder of its own.
        _, found, last = request.path.rpartition(_PATH)
        if not found:
            return self._refused(HTTPStatus.NOT_FOUND, Sentence("answer.refused.nothing"))
        token = last.removesuffix(_PDF)
        who = self._links.read(token, now=self._desk.now())
        if isinstance(who, Sentence):
            log.info("answer_refused", why=str(who))
            return self._refused(HTTPStatus.FORBIDDEN, who)
        contact = self._desk.plan.contact(who.contact)
        if contact is None:
            gone = Sentence("answer.refused.gone", who=clean(who.contact))
            return self._refused(HTTPStatus.FORBIDDEN, gone)
        try:
            return self._of(request, who, contact, action=token)
        except Exception:
            log.exception("answer_broken", incident=who.incident)
            return self._refused(HTTPStatus.INTERNAL_SERVER_ERROR, Sentence("slack.broken"), contact.language)

    def _of(self, request: Request, who: Pass, contact: Contact, *, action: str) -> Reply:
        language = contact.language or self._manner.language
        incident = self._desk.incident(who.incident)
        if incident is None:
            gone = Sentence("slack.refused.incident", incident=str(who.incident))
            return self._refused(HTTPStatus.NOT_FOUND, gone, language)
        shown = self._fresh(incident, contact)
        if request.method == "POST":
            if not shown.refused:
                shown = self._carried_out(request.body, incident, contact, shown)
                incident = self._desk.incident(who.incident) or incident
        elif request.method not in {"GET", "HEAD"}:
            return self._refused(HTTPStatus.METHOD_NOT_ALLOWED, Sentence("answer.refused.nothing"), language)
        elif request.path.endswith(_PDF):
            made = self._desk.report(incident.id, language, by=contact.name)
            if made is not None:
                return HTTPStatus.OK, made[1]
        moments = Moments(language, self._manner.zone, self._desk.now())
        shown = replace(shown, hours=self._desk.trend(node_of(incident.node)))
        status = HTTPStatus.CONFLICT if shown.problems else HTTPStatus.OK
        return status, page(incident, shown, who, moments, action=action)

    def _fresh(self, incident: Incident, contact: Contact) -> Shown:
        refused = refusal(self._desk.plan, contact, Deed.FILL, incident)
        return Shown(fields_of(self._desk.plan, incident), refused=refused or "")

    def _carried_out(self, body: bytes, incident: Incident, contact: Contact, shown: Shown) -> Shown:
        """What a form asks for, done as far as it can be."""
        try:
            form = {name: values[-1] for name, values in _parsed(body).items()}
            seen = min(int(form.get("seen", "")), len(incident.log))
            deed = Deed(form.get("deed", ""))
        except ValueError:
            return replace(shown, problems=[Sentence("slack.refused.button")])
        language = contact.language or self._manner.language
        key = key_of("page", contact.name, str(incident.id), str(deed), str(seen))
        order = Order(key=key, deed=deed, incident=incident.id, by=contact.name, at=self._desk.now())
        if deed in BUTTONS:
            done, problem = self._done(order, language)
            return replace(shown, done=[done] if done else [], problems=[problem] if problem else [])
        if deed is not Deed.FILL:
            return replace(shown, problems=[Sentence("slack.refused.button")])
        return self._filled(order, incident, shown, form=form, seen=seen, language=language)

    def _filled(
        self,
        order: Order,
        incident: Incident,
        shown: Shown,
        *,
        form: Mapping[str, str],
        seen: int,
        language: str,
    ) -> Shown:
        """Store what the reader has changed; what somebody else has changed meanwhile is asked about."""
        before, now = _fields(incident, seen), dict(incident.fields)
        done, problems, written = [], [], {}
        for field, deadline in shown.fields.items():
            text = _written(form.get(f"field.{field}", before.get(field, "")))
            if text in {before.get(field, ""), now.get(field, "")}:
                continue
            name = field_name(field, language, incident.log, deadline=deadline)
            if now.get(field, "") != before.get(field, ""):
                other = next(e for e in reversed(incident.events(Kind.FILLED)) if e.fact("field") == field)
                facts = {"who": clean(other.by), "value": clip(clean(now.get(field, "")), ROOM)}
                said, problem = "", say(language, "answer.changed", field=name, **facts)
            elif not text:
                said, problem = "", in_language(Sentence("answer.empty", field=name), language)
            else:
                filling = replace(order, key=key_of(order.key, field, text), field=field, why=text)
                said, problem = self._done(filling, language)
            if problem:
                written[field] = text[: 2 * LONGEST]
                problems.append(problem)
            else:
                done.append(said)
        if not done and not problems:
            done = [Sentence("answer.unchanged")]
        return replace(shown, done=done, problems=problems, written=written)

    def _done(self, order: Order, language: str) -> tuple[str, str]:
        """What was done, and else why not."""
        result = self._desk.carry_out(order)
        if not isinstance(result, CarriedOut):
            return "", result
        if result.repeated:
            return Sentence("slack.repeated"), ""
        moments = Moments(language, self._manner.zone, self._desk.now())
        return happened(result.event, moments), ""

    def _refused(self, status: HTTPStatus, why: str, language: str | None = None) -> Reply:
        return status, refusal_page(why, language or self._manner.language)


def _parsed(body: bytes) -> dict[str, list[str]]:
    text = body.decode("utf-8", "replace")
    return parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)


def _written(text: str) -> str:
    """What somebody wrote, without what nobody can see; browsers end lines with two characters."""
    return "".join(_visible(text.replace("\r\n", "\n"))).strip()


def _visible(text: str) -> Iterator[str]:
    return (c for c in text if c == "\n" or c.isprintable())


def _fields(incident: Incident, seen: int) -> dict[str, str]:
    """How the fields stood after so many events."""
    filled = (event for event in incident.log[:seen] if event.kind is Kind.FILLED)
    return {event.fact("field"): event.fact("value") for event in filled}
