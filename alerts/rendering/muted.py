"""What muted a page, in the reader's language: the page keeps it in one form, which programs read."""

from __future__ import annotations

import re
from typing import Final

from alerts.catalogue import say
from alerts.rendering.widths import clean, clip

LONGEST: Final = 200
# As `Silence.told`, the exempt events of the configuration, and pages that add nothing to their incident.
_FORMS: Final = {
    "silence": r"silence (?P<n>\d+) \((?P<who>.*?): (?P<why>.*?)(?:; approved by (?P<approver>.*))?\)",
    "exempt": r"exempt event (?P<n>\d+) \((?P<who>.*?): (?P<why>.*?)(?:; approved by (?P<approver>.*))?\)",
    "event": r'exempt event "(?P<name>.*)" \((?P<who>.*?): (?P<why>.*)\)',
    "absorbed": r"incident (?P<n>\d+): told before",
}


def by_what(muted_by: str, language: str) -> str:
    """The words of `Page.muted_by`; what has another form stands as it is."""
    for key, form in _FORMS.items():
        found = re.fullmatch(form, muted_by, re.DOTALL)
        if found is None:
            continue
        said = {name: text for name, text in found.groupdict().items() if text is not None}
        facts = {name: clip(clean(text), LONGEST) for name, text in said.items()}
        approved = "_approved" if "approver" in facts and facts["approver"] != facts["who"] else ""
        return say(language, f"muted.{key}{approved}", **facts)
    return clip(clean(muted_by), LONGEST)
