"""Whether channels are ready and secrets can be found; and a page that is marked as a test."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.catalogue import Sentence, in_language, raw_of
from alerts.notices import trial
from alerts.notifier import DeliveryError, ExaminesAddresses, Message, Notifier, messages, missing
from alerts.plan import Channel
from connectors.options import Secret, SecretError
from monitor.commands import CommandError, Exit
from monitor.commands._check_findings import Area, Finding, Weight
from monitor.commands._check_timed import Job, within_limits
from monitor.commands._check_words import Words
from monitor.config.kinds import Family, load_kind
from monitor.config.near import nearest
from monitor.config.schema import Config
from monitor.config.values import spelled_duration

# Longer than any channel's own time limits take; without it a hung one would hang `check`.
LIMIT: Final = timedelta(seconds=60)


def secrets_checked(config: Config) -> list[Finding]:
    """Secrets that cannot be found, apart from those of channels and of the store."""
    parts = [
        ("privacy", config.privacy),
        *((source.settings.name, source.options) for source in config.sources),
    ]
    return [
        _problem(Area.CONFIG, name, sentence, config.language)
        for name, part in parts
        for sentence in _missing(part)
    ]


def channels_checked(config: Config, words: Words) -> list[Finding]:
    """Findings of all channels; nothing is sent."""
    channels = config.plan.channels
    jobs = [Job(LIMIT, _Examining(channel, _addresses(config, channel))) for channel in channels]
    findings: list[Finding] = []
    for channel, result in zip(channels, within_limits(jobs), strict=True):
        wrong = [_why(result, words)] if isinstance(result, BaseException) else result
        findings += [_problem(Area.CHANNELS, channel.name, sentence, config.language) for sentence in wrong]
        if not wrong:
            findings.append(Finding(Area.CHANNELS, channel.name, Weight.OK, words["reachable"]))
    return findings


def test_page_sent(config: Config, role: str, words: Words, *, now: datetime) -> list[Finding]:
    """Send a page that is marked as a test to everybody who fills a role.

    Raises CommandError for a role that the plan does not have.
    """
    roles = [known.name for known in config.plan.roles]
    if role not in roles:
        near = nearest(role, roles)
        key, facts = ("role_near", {"near": near}) if near else ("role", {})
        known = tuple(roles) or ("-",)
        raise CommandError(Sentence(f"refused.{key}", name=role, known=known, **facts), Exit.USAGE)
    page = trial(role, plan=config.plan, now=now)
    to_send = messages(page, language=config.language, zone=config.timezone)
    if not to_send:
        return [Finding(Area.TEST, role, Weight.PROBLEM, words["no_reader"].format(role=role))]
    contacts = {(told.channel, told.address): told.contact for told in page.told}
    jobs = [Job(LIMIT, _Sending(config, message)) for message in to_send]
    found = []
    for message, result in zip(to_send, within_limits(jobs), strict=True):
        contact = contacts[message.channel, message.address]
        if result is None:
            sentence = words["sent"].format(contact=contact, channel=message.channel)
            found.append(Finding(Area.TEST, role, Weight.OK, sentence))
        else:
            wrong = _problem(Area.TEST, role, _why(result, words), config.language)
            facts = {"contact": contact, "channel": message.channel, "said": wrong.sentence}
            found.append(replace(wrong, sentence=words["not_sent"].format(**facts)))
    return found


def _problem(area: Area, name: str, sentence: str, language: str) -> Finding:
    """What is wrong, in the reader's language; below it what the other side said, in its own words."""
    raw = raw_of(sentence)
    return Finding(area, name, Weight.PROBLEM, in_language(sentence, language), (raw,) if raw else ())


@dataclass(frozen=True)
class _Examining:
    channel: Channel
    addresses: tuple[str, ...]

    def __call__(self) -> list[str]:
        """What is wrong with the channel; its secrets first, without which it cannot be tried."""
        absent = _missing(self.channel.options)
        if absent:
            return absent
        notifier = _notifier(self.channel)
        found = notifier.examine()
        if isinstance(notifier, ExaminesAddresses):
            found += notifier.examine_addresses(self.addresses)
        return list(dict.fromkeys(found))


def _addresses(config: Config, channel: Channel) -> tuple[str, ...]:
    """All addresses of people on a channel, each once."""
    found = (contact.addresses.get(channel.name) for contact in config.plan.contacts)
    return tuple(dict.fromkeys(address for address in found if address is not None))


@dataclass(frozen=True)
class _Sending:
    config: Config
    message: Message

    def __call__(self) -> None:
        channel = next(one for one in self.config.plan.channels if one.name == self.message.channel)
        _notifier(channel).deliver(self.message)


def _notifier(channel: Channel) -> Notifier:
    made: Notifier = load_kind(Family.CHANNEL, channel.kind).maker(channel.name, channel.options)
    return made


def _why(error: BaseException, words: Words) -> str:
    if isinstance(error, TimeoutError):
        return words["too_slow"].format(limit=spelled_duration(LIMIT))
    if isinstance(error, DeliveryError):
        return error.sentence
    if isinstance(error, LookupError):
        return str(error)
    return words["failed"].format(error=f"{type(error).__name__}: {error}")


def _missing(part: Any) -> list[str]:
    """A sentence for each secret of some options that cannot be found now."""
    found: list[str] = []
    for secret in _secrets_in(part):
        try:
            secret.reveal()
        except SecretError as error:
            found.append(missing(error))
    return found


def _secrets_in(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _secrets_in(getattr(value, field.name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secrets_in(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _secrets_in(item)
