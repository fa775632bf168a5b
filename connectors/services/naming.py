"""Which field of a service is meant by a name: by its own name, or by the one that people see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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
            raise SourceError(
                f'source {source}: {len(ones)} fields are called "{name}"; name one of '
                f"{', '.join(one.field for one in ones)} in [sources.fields]"
            )
    return {name: ones[0] for name, ones in found.items()}


def missing(name: str, fields: Iterable[str], there: Iterable[str]) -> SourceError:
    """The error that a source's tickets have none of these fields, with those that there are."""
    known = sorted(set(there))
    others = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return SourceError(
        f"source {name}: tickets have no field {', '.join(fields)}; change [sources.fields], or "
        f"let the account read it; there are: {', '.join(known[:SHOWN])}{others}"
    )


def _found(name: str, fields: Mapping[str, Sequence[str]], *, inside: bool) -> list[Named]:
    head, rest = name, ""
    while inside and head not in fields and "." in head:
        head, _, step = head.rpartition(".")
        rest = f"{step}.{rest}" if rest else step
    return [Named(field, rest) for field in fields.get(head, ())]
