"""What an excess is made of: which children, regions, channels and complainants hold how much of it.

97 of 104 tickets from one customer says something else than 104 customers; a surge in one region is for
other people than one in all of them. A value's part of the excess is what it brought beyond its usual share
of what was expected. Pure: rows of tickets in, a value with JSON fields out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

MOST = 5
"""Values that are told of each dimension."""
UNSEEN = 0.5
"""Tickets of history that stand for a value that has none."""
TELLING = 0.6
"""Part of the excess that a value holds at least, to be named as the one that holds it."""
MARKED = 1.5
"""Its part of the excess is at least so many times its usual share, up to certainty."""
FEWEST = 3
"""Tickets that a value or a complainant has at the least, to be named."""
ONE_COMPLAINANT = 0.5
"""Part of all tickets from which on one complainant is named."""


@dataclass(frozen=True)
class Part:
    """What one value of a dimension holds.

    Attributes
    ----------
    value : the child, region or channel
    observed, expected : tickets in the window
    part : of the excess, 0 to 1
    """

    value: Hashable
    observed: int
    expected: float
    part: float

    def to_json(self) -> dict[str, object]:
        """Fields of a JSON object."""
        return {
            "value": self.value, "observed": self.observed, "expected": round(self.expected, 2),
            "part": round(self.part, 3),
        }  # fmt: skip


@dataclass(frozen=True)
class Complainants:
    """How concentrated the tickets are.

    Attributes
    ----------
    distinct : complainants in the window
    most : the one with the most tickets; None where none is known
    tickets : theirs
    of : tickets whose complainant is known
    alone : they make most of the window
    """

    distinct: int
    most: str | None
    tickets: int
    of: int
    alone: bool

    def to_json(self) -> dict[str, object]:
        """Fields of a JSON object."""
        return {
            "distinct": self.distinct, "most": self.most, "tickets": self.tickets, "of": self.of,
            "alone": self.alone,
        }  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """What an excess is made of.

    Attributes
    ----------
    observed, expected : tickets of the window
    children, regions, channels : those that hold most of the excess, the largest part first
    child, region, channel : the one that holds it, where one does
    complainants : how concentrated they are
    """

    observed: int
    expected: float
    children: tuple[Part, ...]
    regions: tuple[Part, ...]
    channels: tuple[Part, ...]
    child: Hashable | None
    region: Hashable | None
    channel: Hashable | None
    complainants: Complainants

    def to_json(self) -> dict[str, object]:
        """Fields of a JSON object."""
        return {
            "observed": self.observed,
            "expected": round(self.expected, 2),
            "children": [part.to_json() for part in self.children],
            "regions": [part.to_json() for part in self.regions],
            "channels": [part.to_json() for part in self.channels],
            "child": self.child,
            "region": self.region,
            "channel": self.channel,
            "complainants": self.complainants.to_json(),
        }


@dataclass(frozen=True)
class Tickets:
    """The tickets of the focus in the window; one entry a ticket, None where a field is empty."""

    child: Sequence[Hashable | None]
    region: Sequence[Hashable | None]
    channel: Sequence[Hashable | None]
    complainant: Sequence[str | None]


@dataclass(frozen=True)
class Usual:
    """What the focus usually has: tickets of its history by value, of any length of time.

    A value that is missing has not been seen.
    """

    child: Mapping[Hashable, float] = field(default_factory=dict)
    region: Mapping[Hashable, float] = field(default_factory=dict)
    channel: Mapping[Hashable, float] = field(default_factory=dict)


def explanation(tickets: Tickets, *, expected: float, usual: Usual) -> Explanation:
    """Take an excess apart.

    Parameters
    ----------
    tickets : of the window
    expected : how many there should have been
    usual : how they usually divide

    Examples
    --------
    >>> came = Tickets(
    ...     child=["a"] * 30 + ["b"] * 10,
    ...     region=["north"] * 36 + ["south"] * 4,
    ...     channel=["phone", "web"] * 20,
    ...     complainant=["c1"] * 35 + ["c2"] * 5,
    ... )
    >>> usual = Usual({"a": 75, "b": 25}, {"north": 50, "south": 50}, {"phone": 50, "web": 50})
    >>> found = explanation(came, expected=8, usual=usual)
    >>> found.child, found.region, found.channel, found.complainants.most, found.complainants.tickets
    (None, 'north', None, 'c1', 35)
    """
    children, child = divided(tickets.child, usual.child, expected)
    regions, region = divided(tickets.region, usual.region, expected)
    channels, channel = divided(tickets.channel, usual.channel, expected)
    return Explanation(
        len(tickets.complainant), expected, children, regions, channels, child, region, channel,
        concentration(tickets.complainant),
    )  # fmt: skip


def divided(
    values: Sequence[Hashable | None], usual: Mapping[Hashable, float], expected: float
) -> tuple[tuple[Part, ...], Hashable | None]:
    """Parts of the excess by value, the largest first, and the value that holds it."""
    came = Counter(value for value in values if value is not None)
    history = sum(usual.values()) + UNSEEN * len(came.keys() - usual.keys())
    history, excess = max(history, 1e-9), max(len(values) - expected, 1e-9)
    parts = []
    for value, observed in came.items():
        share = usual.get(value, UNSEEN) / history
        part = min(max((observed - share * expected) / excess, 0.0), 1.0)
        parts.append((part, share, Part(value, observed, share * expected, part)))
    parts.sort(key=lambda one: (-one[0], -one[2].observed, str(one[2].value)))
    told = tuple(part for _, _, part in parts[:MOST])
    if not parts:
        return told, None
    part, share, first = parts[0]
    marked = part > min(MARKED * share, (1 + share) / 2)
    return told, first.value if part >= TELLING and marked and first.observed >= FEWEST else None


def concentration(complainants: Sequence[str | None]) -> Complainants:
    """How concentrated tickets are in complainants."""
    known = Counter(one for one in complainants if one is not None)
    of = sum(known.values())
    if not of:
        return Complainants(0, None, 0, 0, alone=False)
    most, tickets = min(known.items(), key=lambda one: (-one[1], one[0]))
    return Complainants(
        len(known), most, tickets, of, alone=tickets >= FEWEST and tickets >= ONE_COMPLAINANT * of
    )
