"""What the rules about single tickets share: one signal for one subject, named by the ticket's full path."""

from __future__ import annotations

from detectors.signal import Signal
from detectors.step import Step


def ticket_signal(
    step: Step,
    *,
    rule: str,
    kind: str,
    level: str,
    node: int,
    subject: tuple[tuple[str, str], ...],
    window: tuple[int, int],
    crossed_at: int,
    created_at: int,
    observed: int = 1,
    threshold: int = 1,
) -> Signal:
    """A signal about one ticket, or one complainant's tickets, of exactly this path.

    Its group is the one of a rule at the deepest level: exact where the path is shorter.
    """
    path = step.taxonomy.paths[node]
    return Signal(
        rule=rule,
        kind=kind,
        node=path,
        exact=len(path) < len(step.taxonomy.levels),
        window_start=window[0],
        window_end=window[1],
        level=level,
        observed=observed,
        threshold=threshold,
        crossed_at=crossed_at,
        created_at=created_at,
        subject=subject,
    )


def ticket_subject(source: str, ticket: str) -> tuple[tuple[str, str], ...]:
    """The subject of a signal about one ticket."""
    return (("id", ticket), ("source", source))
