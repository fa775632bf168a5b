"""Whether each source answers, and what the first of its tickets look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from alerts.catalogue import in_language
from connectors.said import Said, of_error
from connectors.source import SourceError
from connectors.ticket import Path, Ticket, TicketBatch
from monitor.commands._check_findings import Area, Finding, Weight
from monitor.commands._check_timed import Job, within_limits
from monitor.commands._check_words import Words
from monitor.config.schema import Config, Source
from monitor.config.values import spelled_duration
from monitor.source_cause import told

# So many tickets show whether the columns are mapped as they were meant.
SAMPLE = 3
REASONS = 3
LOOKED_THROUGH = 1_000

_LINE = re.compile(r"(.+), line (\d+)")
# In quotes stands the row's own value; without it, rows with the same fault are told as one.
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class Trial:
    """What a source says of itself, and what a first poll brought.

    Attributes
    ----------
    wrong : what it finds wrong itself
    failed : why it could not be polled
    paths : categories of the tickets
    quarantined : place and reason of each quarantined row
    """

    wrong: list[str]
    failed: str | None
    tickets: int
    sample: list[Ticket]
    paths: set[Path]
    quarantined: list[tuple[str, str]]


def sources_tried(config: Config, *, now: datetime) -> list[Trial | BaseException]:
    """A first poll of each source, or why there was none, in the order of the configuration."""
    jobs = [Job(source.settings.timeout, _Polling(source, now)) for source in config.sources]
    return list(within_limits(jobs))


def sources_checked(config: Config, trials: Sequence[Trial | BaseException], words: Words) -> list[Finding]:
    """Findings of all sources."""
    return [
        finding
        for source, result in zip(config.sources, trials, strict=True)
        for finding in _findings(source, result, words, config)
    ]


@dataclass(frozen=True)
class _Polling:
    source: Source
    now: datetime

    def __call__(self) -> Trial:
        """Ask the source what is wrong, and poll from the beginning until a few tickets are there."""
        connector = self.source.open()
        wrong = connector.examine(self.now)
        failed, tickets, sample, paths, bad = None, 0, list[Ticket](), set[Path](), list[tuple[str, str]]()
        try:
            for part in connector.poll(None, self.now):
                tickets += len(part.batch)
                sample += _different(part.batch, SAMPLE - len(sample))
                paths.update(part.batch.paths)
                bad += [(row.place, row.reason) for row in part.quarantined]
                if len(sample) >= SAMPLE:
                    break
        except SourceError as error:
            failed = _told(error)
        return Trial(wrong, failed, tickets, sample, paths, bad)


def _different(batch: TicketBatch, count: int) -> list[Ticket]:
    """The first versions of so many tickets, as far as they stand near the beginning."""
    rows = {id: row for row, id in reversed(list(enumerate(batch.ids[:LOOKED_THROUGH].tolist())))}
    return batch.take(np.array(sorted(rows.values())[:count], dtype=np.int64)).tickets()


def _findings(source: Source, result: Trial | BaseException, words: Words, config: Config) -> list[Finding]:
    name, language, zone = source.settings.name, config.language, config.timezone
    if isinstance(result, Trial):
        return [
            *_faults(name, result, language),
            *_read(name, result, words, zone),
            *_set_aside(name, result, words, language),
        ]
    if isinstance(result, TimeoutError):
        limit = spelled_duration(source.settings.timeout)
        return [_unreachable(name, words["too_slow"].format(limit=limit))]
    if isinstance(result, SourceError):
        return [_unreachable(name, _said(name, _told(result), language))]
    return [_unreachable(name, words["failed"].format(error=f"{type(result).__name__}: {result}"))]


def _unreachable(name: str, sentence: str) -> Finding:
    return Finding(Area.SOURCES, name, Weight.PROBLEM, sentence, unreachable=True)


def _told(error: SourceError) -> str:
    """All that the source says, where it knows other languages; else the words for its cause."""
    said = of_error(error)
    return said if isinstance(said, Said) else told(error)


def _faults(name: str, trial: Trial, language: str) -> list[Finding]:
    """What is wrong: a source that can be read all the same is worth a warning only."""
    weight = Weight.WARNING if trial.tickets else Weight.PROBLEM
    counted = {place for place, _ in trial.quarantined}
    wrong = [one for one in trial.wrong if str(one) != str(trial.failed) and _bad_row(one) not in counted]
    found = [Finding(Area.SOURCES, name, weight, _said(name, one, language)) for one in wrong]
    return (
        found if trial.failed is None else [*found, _unreachable(name, _said(name, trial.failed, language))]
    )


def _bad_row(sentence: str) -> str | None:
    """Place of the first bad row that a source has found in a file; it is told once where it was read too."""
    said = sentence.facts.get("said") if isinstance(sentence, Said) else None
    return said.facts["place"] if isinstance(said, Said) and said.word == "files.quarantined" else None


def _said(name: str, sentence: str, language: str) -> str:
    """The sentence in a language, without the name of the source in front."""
    if isinstance(sentence, Said) and sentence.word == "of_source":
        sentence = sentence.facts["said"]
    return in_language(sentence, language).removeprefix(f"source {name}: ")


def _read(name: str, trial: Trial, words: Words, zone: ZoneInfo) -> list[Finding]:
    if not trial.tickets:
        quiet = not (trial.quarantined or trial.wrong or trial.failed)
        return [Finding(Area.SOURCES, name, Weight.OK, words["nothing_read"])] if quiet else []
    sample = [
        {
            "id": ticket.id,
            "created": ticket.created_at.astimezone(zone).isoformat(),
            "path": " > ".join(ticket.path) or words["no_category"],
        }
        for ticket in trial.sample
    ]
    sentence = words["read"].format(tickets=trial.tickets)
    examples = tuple(words["sample"].format(**one) for one in sample)
    facts = {"tickets": trial.tickets, "sample": sample}
    return [Finding(Area.SOURCES, name, Weight.OK, sentence, examples, facts)]


def _set_aside(name: str, trial: Trial, words: Words, language: str) -> list[Finding]:
    if not trial.quarantined:
        return []
    key, weight = ("set_aside", Weight.WARNING) if trial.tickets else ("all_set_aside", Weight.PROBLEM)
    sentence = words[key].format(
        count=len(trial.quarantined), reasons=_reasons(trial.quarantined, words, language)
    )
    reasons = Counter(reason for _, reason in trial.quarantined)
    return [Finding(Area.SOURCES, name, weight, sentence, facts={"quarantined": dict(reasons)})]


def _reasons(quarantined: Sequence[tuple[str, str]], words: Words, language: str) -> str:
    """The commonest reasons with their counts, the first row of each, and how many rows have others."""
    sorts: Counter[str] = Counter()
    examples: dict[str, tuple[str, str]] = {}
    for place, reason in quarantined:
        sort = _QUOTED.sub('""', reason)
        sorts[sort] += 1
        examples.setdefault(sort, (place, reason))
    first = sorts.most_common(REASONS)
    told = (_reason(*examples[sort], n, words, language) for sort, n in first)
    text = words["reasons"].join(told)
    others = sorts.total() - sum(count for _, count in first)
    return words["and_others"].format(reasons=text, count=others) if others else text


def _reason(place: str, reason: str, n: int, words: Words, language: str) -> str:
    line = _LINE.fullmatch(place)
    where = words["place"].format(file=line[1], line=line[2]) if line else place
    return words["reason"].format(place=where, reason=in_language(reason, language), n=n)
