"""What happened to an incident, in one line for people: for threads, reports, commands and mail.

Facts that an event of a kind carries beside `by` and `why`, all of them optional; `account` is the one that
typed it as a command:

    paged       page                 escalated   step, to              withheld    n
    delivered   tickets              exhausted   step                  measured    hour, count, previous
    assigned    assignee             silenced    until                 merged      into
    filled      field, value         due, reminded, met, missed        deadline, due_at

`to` and `assignee` are names, `until`, `hour` and `due_at` are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from alerts.catalogue import say
from alerts.incidents.branch import is_exact, node_of
from alerts.incidents.event import Event, Kind, Why
from alerts.incidents.incident import Refusal, State
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import last_names, whole_path
from alerts.rendering.widths import clean, clip
from connectors.ticket import HOUR, Path

# Room for a level's name, a node's last names, and for what people wrote, in one line.
LEVEL: Final = 24
WHERE: Final = 60
WORDS: Final = 400

_CLOCKS: Final = frozenset({Kind.DUE, Kind.REMINDED, Kind.MET, Kind.MISSED})
_PAGES: Final = frozenset({Kind.PAGED, Kind.DELIVERED})


def state_name(state: State, language: str) -> str:
    """open, acknowledged ... as people say it."""
    return say(language, f"incident.state.{state}")


def branch_name(branch: Path, language: str, *, room: int | None = None) -> str:
    """The branch as people know it: its whole path, or what of its end has room."""
    node, exact = node_of(branch), is_exact(branch)
    if room is None:
        return whole_path(node, language, exact=exact)
    return last_names(node, language, room=room, exact=exact)


def field_name(field: str, language: str, story: Iterable[Event] = (), *, deadline: str = "") -> str:
    """What a field of the report is called: by the catalogue, or as the deadline that waits for it."""
    with suppress(LookupError):
        return say(language, f"incident.field.{field}")
    events, own = tuple(story), f"field_{language}"
    titles = [event.fact(own) for event in events if event.fact("field") == field and event.fact(own)]
    if titles:
        return clip(clean(titles[-1]), WHERE)
    return deadline_name(deadline or field, language, events)


def deadline_name(name: str, language: str, story: Iterable[Event] = ()) -> str:
    """What a deadline is called: by the plan, as the events of its incident say, or by the catalogue."""
    own = f"deadline_{language}"
    titles = [event.fact(own) for event in story if event.fact("deadline") == name and event.fact(own)]
    if titles:
        return clip(clean(titles[-1]), WHERE)
    try:
        return say(language, f"incident.deadline.{name}")
    except LookupError:
        return clip(clean(name), WHERE)


def level_name(level: str, language: str, story: Iterable[Event]) -> str:
    """What a level is called: by the plan, as the events of an incident say, or its name."""
    titles = [event.fact(f"level_{language}") for event in story if event.level == level]
    return clip(clean(next(filter(None, reversed(titles)), level)), LEVEL)


def happened(event: Event, moments: Moments) -> str:
    """The event in one line, without its time."""
    text = say(moments.language, f"incident.event.{_form(event)}", **_facts(event, moments))
    why = _why(event, moments.language)
    if why is not None:
        text = say(moments.language, "incident.event.because", text=text, why=why)
    if event.fact("account"):
        account = clip(clean(event.fact("account")), WHERE)
        text = say(moments.language, "incident.event.typed", text=text, account=account)
    return text


def refused(refusal: Refusal, language: str) -> str:
    """Why an event was not taken, as a sentence."""
    facts = {name: clip(clean(text), WHERE) for name, text in refusal.facts}
    if facts.get("state"):
        facts["state"] = state_name(State(facts["state"]), language)
    key = f"incident.refused.{refusal.why.name.lower()}"
    return say(language, key, **{"incident": "", "state": "", "who": "", "into": "", **facts})


def _form(event: Event) -> str:
    """Which sentence fits what is known."""
    kind = str(event.kind)
    if event.kind is Kind.MEASURED and event.number("count") is None:
        return "measured_unknown"
    if event.kind is Kind.MEASURED and event.number("previous") is not None:
        return "measured_previous"
    if event.kind is Kind.MET and event.at >= (event.number("due_at") or event.at + 1):
        return "met_late"
    if event.fact("waits"):
        return "escalated_waits"
    if event.kind in {Kind.ESCALATED, Kind.EXHAUSTED}:
        return f"{kind}_to" if event.fact("to") else kind
    if event.kind is Kind.SILENCED:
        return f"{kind}_until" if event.fact("until") else kind
    if event.kind in {Kind.ASSIGNED, Kind.HANDLED, Kind.RESOLVED, Kind.REOPENED, Kind.EXEMPTED}:
        return f"{kind}_by" if event.by else kind
    return kind


def _facts(event: Event, moments: Moments) -> dict[str, object]:
    language = moments.language
    facts: dict[str, object] = {
        "who": clip(clean(event.by), WHERE),
        "level": level_name(event.level or "", language, [event]),
        "where": "" if event.node is None else branch_name(event.node, language, room=WHERE),
        "nodes": ", ".join(branch_name(node, language, room=WHERE) for node in event.nodes[:1]),
    }
    for name in ("to", "assignee", "value", "into", "step"):
        # People are kept with their roles' titles in each language, where the plan has some.
        facts[name] = clip(clean(event.fact(f"{name}_{language}") or event.fact(name)), WORDS)
    facts["n"] = event.number("count" if event.kind is Kind.MEASURED else "n") or 0
    facts["previous"] = event.number("previous")
    facts["field"] = field_name(event.fact("field"), language, [event])
    facts["deadline"] = deadline_name(event.fact("deadline"), language, [event])
    told = event.number("hour")
    hour = event.at if told is None else told
    facts["hours"] = f"{moments.near(hour)}–{moments.clock(hour + HOUR)}"
    for name in ("until", "due_at"):
        instant = event.number(name)
        facts[name] = moments.near(event.at if instant is None else instant)
    return facts


def _why(event: Event, language: str) -> str | None:
    """The reason worth telling: a person's words, or a reason of the monitor's that the line does not say."""
    known = _PAGES | _CLOCKS | {Kind.OPENED, Kind.ABSORBED, Kind.MEASURED}
    if not event.why or event.fact("waits") or event.kind in known:
        return None
    if event.why == Why.LEVEL_ROSE and event.kind is Kind.ROSE:
        return None
    try:
        return say(language, f"incident.why.{Why(event.why).name.lower()}")
    except ValueError:
        return clip(clean(event.why), WORDS)
