"""Pages by e-mail, over SMTP: text and HTML, one conversation for each incident.

The Message-ID is the message's key and so the same whenever the same page is sent again; mail programs show
it once. All pages of one incident refer to one root; those without one, to that of their node and month.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, parseaddr
from typing import Final, Literal

from alerts.catalogue import Sentence
from alerts.network_errors import meaning, own_words
from alerts.notifier import DeliveryError, Message, Receipt, revealed
from alerts.page import Page, key_of
from alerts.rendering.mail import html
from alerts.rendering.plain import plain
from alerts.rendering.words import answer_link, words_of
from connectors.options import Secret, option
from connectors.ticket import at_us

# What servers answer when they refuse for now and not for ever: 4xx, RFC 5321 section 4.2.1.
_TEMPORARY: Final = range(400, 500)
_ACCEPTED: Final = range(200, 300)
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True)
class Options:
    """What the channel can be told."""

    host: str = option(doc="the SMTP server")
    from_: str = option(
        doc='sender, "complaints@example.com" or "Complaint monitor <complaints@example.com>"'
    )
    port: int = option(
        587, doc="its port: 587 with starttls, 465 with ssl, 25 in house", at_least=1, at_most=65535
    )
    security: Literal["starttls", "ssl", "none"] = option("starttls", doc="how the connection is secured")
    user: str | None = option(None, doc="user name, where the server asks for one")
    password: Secret | None = option(None, doc="password, by reference")
    link: str | None = option(
        None,
        doc="where incidents are answered beside the monitor's own [pages], "
        '"https://desk.example.com/incidents/{incident}"',
    )
    timeout: timedelta = option(timedelta(seconds=20), doc="time limit of each step with the server", above=0)


class Notifier:
    """One SMTP connection a message. An address may name several people, apart by commas."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options

    def deliver(self, message: Message) -> Receipt:
        recipients = _recipients(message.address)
        mail = compose(message, sender=self._options.from_, link=self._options.link)
        with self._connected() as server:
            refused = self._send(server, mail, recipients)
        if refused:
            raise _partly_refused(recipients, refused)
        return Receipt(reference=mail["Message-ID"])

    def examine(self) -> list[str]:
        problems: list[str] = []
        if self._options.security == "none" and self._options.user is not None:
            problems.append(Sentence("trouble.email.unencrypted"))
        if "@" not in parseaddr(self._options.from_)[1]:
            problems.append(Sentence("trouble.email.sender", sender=self._options.from_))
        try:
            with self._connected() as server:
                server.noop()
        except DeliveryError as error:
            problems.append(error.sentence)
        except (OSError, smtplib.SMTPException) as error:
            problems.append(self._broken("no_answer", error))
        return problems

    def _said(self, key: str, **facts: str) -> Sentence:
        """A sentence about this server."""
        place = Sentence("trouble.email.place", host=self._options.host, port=str(self._options.port))
        return Sentence(f"trouble.email.{key}", place=place, **facts)

    def _broken(self, key: str, error: Exception) -> Sentence:
        """A sentence about a conversation with this server that came to nothing."""
        if isinstance(error, smtplib.SMTPResponseException):
            return self._said(key, detail=_codes(error.smtp_code, _text(error.smtp_error))).heard(
                _text(error.smtp_error)
            )
        return self._said(key, detail=meaning(error)).heard(own_words(error))

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._connect()
        try:
            yield server
        finally:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _connect(self) -> smtplib.SMTP:
        options = self._options
        seconds = options.timeout.total_seconds()
        try:
            if options.security == "ssl":
                context = ssl.create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    options.host, options.port, timeout=seconds, context=context
                )
            else:
                server = smtplib.SMTP(options.host, options.port, timeout=seconds)
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(self._broken("unreachable", error), retryable=True) from error
        try:
            server.ehlo_or_helo_if_needed()
            if options.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            self._log_in(server)
        except (OSError, smtplib.SMTPException, DeliveryError) as error:
            server.close()
            raise self._not_ready(error) from error
        return server

    def _log_in(self, server: smtplib.SMTP) -> None:
        options = self._options
        if options.user is None:
            return
        server.login(options.user, revealed(options.password) if options.password else "")

    def _not_ready(self, error: Exception) -> DeliveryError:
        if isinstance(error, DeliveryError):
            return error
        if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code not in _TEMPORARY:
            answer = _text(error.smtp_error)
            facts = {"user": self._options.user or "", "detail": _codes(error.smtp_code, answer)}
            return DeliveryError(self._said("password", **facts).heard(answer), retryable=False)
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return DeliveryError(self._said("not_offered").heard(str(error)), retryable=False)
        if isinstance(error, ssl.SSLCertVerificationError):
            return DeliveryError(self._said("certificate").heard(error.verify_message), retryable=False)
        return DeliveryError(self._broken("before", error), retryable=True)

    def _send(
        self, server: smtplib.SMTP, mail: EmailMessage, recipients: list[str]
    ) -> dict[str, tuple[int, str]]:
        """Send to all who are accepted; who was refused, with code and answer."""
        try:
            code, answer = server.mail(parseaddr(self._options.from_)[1])
            if code not in _ACCEPTED:
                raise self._refusal("sender_refused", code, answer)
            refused = {}
            for recipient in recipients:
                code, answer = server.rcpt(recipient)
                if code not in _ACCEPTED:
                    refused[recipient] = (code, _text(answer))
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(self._broken("before", error), retryable=True) from error
        if len(refused) == len(recipients):
            temporary = any(code in _TEMPORARY for code, _ in refused.values())
            sentence = self._said("deferred" if temporary else "refused", reasons=_reasons(refused))
            raise DeliveryError(sentence.heard(_answers(refused)), retryable=temporary)
        try:
            code, answer = server.data(mail.as_bytes(policy=SMTP))
        except smtplib.SMTPDataError as error:
            raise self._refusal("message_refused", error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(self._broken("during", error), retryable=True, uncertain=True) from error
        if code not in _ACCEPTED:
            raise self._refusal("message_refused", code, answer)
        return refused

    def _refusal(self, key: str, code: int, answer: bytes | str) -> DeliveryError:
        sentence = self._said(key, detail=_codes(code, _text(answer))).heard(_text(answer))
        return DeliveryError(sentence, retryable=code in _TEMPORARY)


def compose(message: Message, *, sender: str, link: str | None = None) -> EmailMessage:
    """The mail of a page: deterministic, so that a second one is the same mail."""
    page = message.page
    words = words_of(message)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "complaint-monitor.invalid"
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = words.headline
    mail["From"] = sender
    mail["To"] = message.address
    mail["Date"] = format_datetime(at_us(page.at).astimezone(message.zone))
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = f"<{_thread(message)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Complaint-Monitor-Page"] = page.key
    if _urgent(page):
        mail["Importance"] = "high"
    answer = answer_link(message, link)
    mail.set_content(plain(words, answer), charset="utf-8", cte="base64")
    picture = None if message.chart is None else f"chart.{message.key}@{domain}"
    shown = html(words, link=answer, picture=picture)
    mail.add_alternative(shown, subtype="html", charset="utf-8", cte="base64")
    if message.chart is not None:
        # Beside the HTML that shows it, and not below the text as an attachment.
        *_, body = mail.iter_parts()
        body.add_related(message.chart, "image", "png", cid=f"<{picture}>", disposition="inline")
    return mail


def _thread(message: Message) -> str:
    """Root of the conversation: one for an incident, else for a month and a node or another subject."""
    page = message.page
    if page.incident is not None:
        return key_of("incident", str(page.incident), message.address)
    month = at_us(page.at).astimezone(message.zone).strftime("%Y-%m")
    about = page.node if page.signals and not page.reason.folds else (page.reason.name, page.fact("source"))
    return key_of("thread", month, *about)


def _urgent(page: Page) -> bool:
    """The plan sets a deadline for it."""
    return page.report_by is not None


def _recipients(address: str) -> list[str]:
    found = [mail for _, mail in getaddresses([address]) if mail]
    wrong = [mail for mail in found if "@" not in mail or not mail.isascii()]
    if wrong or not found:
        sentence = Sentence("trouble.email.no_address", address=", ".join(wrong) or address or '""')
        raise DeliveryError(sentence, retryable=False)
    return found


def _partly_refused(recipients: list[str], refused: dict[str, tuple[int, str]]) -> DeliveryError:
    reached = ", ".join(one for one in recipients if one not in refused)
    sentence = Sentence("trouble.email.partly", reached=reached, reasons=_reasons(refused))
    return DeliveryError(
        sentence.heard(_answers(refused)),
        retryable=any(code in _TEMPORARY for code, _ in refused.values()),
        remaining=", ".join(refused),
    )


def _reasons(refused: dict[str, tuple[int, str]]) -> str:
    return ", ".join(f"{recipient} ({_codes(*answer)})" for recipient, answer in refused.items())


def _answers(refused: dict[str, tuple[int, str]]) -> str:
    return "; ".join(f"{code} {answer}" for code, answer in refused.values())


def _codes(code: int, answer: str) -> str:
    """What of a server's answer is no English: its code, and the enhanced one of RFC 3463 (5.1.1)."""
    enhanced = _ENHANCED.match(answer)
    return str(code) if enhanced is None else f"{code} {enhanced[0]}"


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
