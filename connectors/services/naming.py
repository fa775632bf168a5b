"""Which field of a service is meant by a name: by its own name, or by the one that people see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.said import Said, of_source
from connectors.source import SourceError

# Fields that a sentence lists.
SHOWN: Final = 60


@dataclass(frozen=True)
class Named:
    """A field, and what is meant inside of it: `rest` of "Time to resolution.breached" is "breached"."""

    field: str
    rest: str = ""


def resolved(
    source: str, names: Iterable[str], labels: Mapping[str, str], *, inside: bool = False
) -> dict[str, Named]:
    """The fields that these names mean; `labels` are what people see, by the fields' own names.

    With `inside`, a name may go on after a dot. Raises SourceError for a name of no field, or of several.
    """
    fields: dict[str, list[str]] = {}
    for field, label in labels.items():
        fields.setdefault(label, []).append(field)
    fields |= {field: [field] for field in labels}
    found = {name: _found(name, fields, inside=inside) for name in names}
    absent = [name for name, ones in found.items() if not ones]
    if absent:
        raise missing(source, absent, {*labels.values(), *labels})
    for name, ones in found.items():
        if len(ones) > 1:
            several = '{n} fields are called "{name}"; name one of {fields} in [sources.fields]'
            facts = {"n": str(len(ones)), "name": name, "fields": ", ".join(one.field for one in ones)}
            raise SourceError(of_source(source, Said("services.several", several, **facts)))
    return {name: ones[0] for name, ones in found.items()}


def missing(name: str, fields: Iterable[str], there: Iterable[str]) -> SourceError:
    """The error that a source's tickets have none of these fields, with those that there are."""
    known = sorted(set(there))
    more = Said("services.more", " and {n} more", n=str(len(known) - SHOWN)) if len(known) > SHOWN else ""
    absent = (
        "tickets have no field {missing}; change [sources.fields], or let the account read it; "
        "there are: {there}{more}"
    )
    facts = {"missing": ", ".join(fields), "there": ", ".join(known[:SHOWN]), "more": more}
    return SourceError(of_source(name, Said("services.absent", absent, **facts)))


def _found(name: str, fields: Mapping[str, Sequence[str]], *, inside: bool) -> list[Named]:
    head, rest = name, ""
    while inside and head not in fields and "." in head:
        head, _, step = head.rpartition(".")
        rest = f"{step}.{rest}" if rest else step
    return [Named(field, rest) for field in fields.get(head, ())]
