"""People as an event keeps them: by role and contact, and as readers of each language know the role."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from alerts.catalogue import LANGUAGES, enumerated, say
from alerts.page import Facts, Told

Title = Callable[[str, str], str]
"""How a role (first) is printed in a language."""


def facts_of(name: str, told: Iterable[Told], title: Title) -> Facts:
    """The fact of that name, and `{name}_{language}` for each language where the plan has other words."""
    people = tuple(told)
    plain = names(people)
    spoken = ((language, _spoken(people, title, language)) for language in LANGUAGES)
    return ((name, plain), *((f"{name}_{language}", text) for language, text in spoken if text != plain))


def names(told: Iterable[Told]) -> str:
    """Role and contact of each, apart by commas."""
    return ", ".join(dict.fromkeys(f"{one.role}: {one.contact}" for one in told))


def _spoken(told: Iterable[Told], title: Title, language: str) -> str:
    """Who is told, each once with all roles that they are meant in; whose role is their name has one."""
    roles: dict[str, dict[str, None]] = {}
    for one in told:
        mine = roles.setdefault(one.contact, {})
        mine |= {} if title(one.role, language) == one.contact else {title(one.role, language): None}
    spoken = (
        say(language, "body.told", role=enumerated(language, mine), contact=contact) if mine else contact
        for contact, mine in roles.items()
    )
    return enumerated(language, spoken)
