"""What a page about the monitor's audit of itself says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alerts.audit import Finding, Gap, named
from alerts.catalogue import say
from alerts.page import Page
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import LONGEST_LABEL, whole_path
from alerts.rendering.widths import clean, clip


def lines(page: Page, moments: Moments) -> Iterator[tuple[str, str]]:
    """A line for each finding, under what is broken; and how many more there are."""
    found = named(page)
    for finding in found:
        level = page.title(finding.level, moments.language)
        printed = replace(finding, rule=page.rule(finding.rule, moments.language))
        yield f"audit_{finding.gap.name.lower()}", _line(printed, level, moments)
    more = int(page.fact("n")) - len(found)
    if more:
        yield "audit_more", say(moments.language, "audit.more", n=more)


def _line(finding: Finding, level: str, moments: Moments) -> str:
    facts = dict(finding.facts)
    said = {
        "where": whole_path(finding.node, moments.language),
        "level": clip(clean(level), LONGEST_LABEL),
        "rule": clip(clean(finding.rule), LONGEST_LABEL),
    }
    if finding.gap is Gap.NO_SIGNAL:
        numbers = {"n": int(facts["count"]), "threshold": int(facts["threshold"])}
        return say(moments.language, "audit.breach", **said, **numbers)
    if finding.gap is Gap.NO_ANSWER:
        since = moments.near(int(facts["since"]))
        return say(moments.language, "audit.incident", incident=facts["incident"], since=since, **said)
    return say(moments.language, "audit.signal", **said)
