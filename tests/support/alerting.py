"""A response plan, signals and pages for tests of alerts, and Hypothesis strategies of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from alerts.page import Duty, NearbyChange, Page, Reason, Told, TrendHour
from alerts.plan import (
    Channel,
    Contact,
    Department,
    ExemptEvent,
    Level,
    PlannedChange,
    ResponsePlan,
    Role,
)
from connectors.ticket import DAY, HOUR, NEVER, to_us
from detectors.signal import Signal

SHANGHAI = ZoneInfo("Asia/Shanghai")
NO_SIGNAL = ("移动业务", "5G套餐", "使用", "网络质量", "无信号")
BILLING = ("宽带业务", "光纤", "计费", "账单", "金额不符")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """ "2026-11-22 15:04" on the clock of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def us(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    """The same as microseconds UTC."""
    return to_us(at(text, zone))


NOW = at("2026-11-22 15:04:30")


def plan(**changes: Any) -> ResponsePlan:
    """Three levels, four roles, two departments, everybody on one console."""
    base = ResponsePlan(
        levels=(
            Level("一级预警", ("supervisor",)),
            Level("二级预警", ("supervisor", "dept-leader")),
            Level(
                "三级预警",
                ("executive", "dept-leader", "supervisor"),
                report_within=timedelta(hours=1),
                solution_within=timedelta(hours=2),
            ),
        ),
        roles=(
            Role("executive", {"zh": "高层分管领导", "en": "Executive in charge"}, ("张伟",)),
            Role("dept-leader", {"zh": "责任部门领导", "en": "Department leader"}, by_department=True),
            Role("supervisor", {"zh": "投诉主管", "en": "Complaint supervisor"}, ("李娜",)),
        ),
        contacts=(
            Contact("张伟", {"slack": "U1", "console": "张伟"}, "en"),
            Contact("李娜", {"console": "李娜"}),
            Contact("王强", {"console": "王强"}),
            Contact("赵敏", {"console": "赵敏"}),
        ),
        channels=(Channel("console", "console"), Channel("slack", "slack")),
        departments=(
            Department("网络部", (("移动业务",),), {"dept-leader": ("王强",)}, timedelta(hours=6)),
            Department("宽带部", (("宽带业务",),), {"dept-leader": ("赵敏",)}),
        ),
    )
    return replace(base, **changes)


def signal(**changes: Any) -> Signal:
    """The hundredth ticket of a day at one leaf, at the highest level."""
    base = Signal(
        rule="same-day volume",
        kind="daily_threshold",
        node=NO_SIGNAL,
        exact=False,
        window_start=us("2026-11-22 00:00"),
        window_end=us("2026-11-23 00:00"),
        level="三级预警",
        observed=104,
        threshold=100,
        crossed_at=us("2026-11-22 15:04:09"),
        created_at=us("2026-11-22 15:03:50"),
    )
    return replace(base, **changes)


def surge(**changes: Any) -> Signal:
    """An hour that doubled, at the lowest level."""
    base = signal(
        rule="hour over hour",
        kind="hour_over_hour",
        window_start=us("2026-11-22 14:00"),
        window_end=us("2026-11-22 15:00"),
        level="一级预警",
        observed=43,
        threshold=20,
        crossed_at=us("2026-11-22 15:00"),
        created_at=NEVER,
        detail={"previous": 12},
    )
    return replace(base, **changes)


def escalations(**changes: Any) -> Signal:
    """The fifth escalated ticket of a month."""
    base = signal(
        rule="monthly escalation",
        kind="monthly_escalation",
        window_start=us("2026-11-01 00:00"),
        window_end=us("2026-12-01 00:00"),
        observed=5,
        threshold=5,
        created_at=us("2026-11-20 09:30"),
    )
    return replace(base, **changes)


def event(**changes: Any) -> ExemptEvent:
    """A typhoon on the mobile network."""
    base = ExemptEvent(
        name="台风",
        from_=at("2026-11-22 12:00"),
        to=at("2026-11-23 12:00"),
        nodes=(("移动业务",),),
        reason="自然灾害",
        author="周总",
    )
    return replace(base, **changes)


def change(**changes: Any) -> PlannedChange:
    """Work on the core network that began shortly before."""
    base = PlannedChange(
        name="核心网割接",
        from_=at("2026-11-22 14:20"),
        to=at("2026-11-22 18:00"),
        nodes=(("移动业务",),),
        department="网络部",
    )
    return replace(base, **changes)


def trend(*counts: int | None, last: str = "2026-11-22 14:00") -> tuple[TrendHour, ...]:
    """Hours up to `last`, one for each count."""
    first = us(last) - (len(counts) - 1) * HOUR
    return tuple(TrendHour(first + i * HOUR, count) for i, count in enumerate(counts))


# -- strategies ------------------------------------------------------------------------------------------

LABELS = st.one_of(
    st.sampled_from(["无信号", "网络质量", "a & b <c>", "!channel", "*bold*`code`", "\u202eabc", "😀" * 40]),
    st.text(min_size=1, max_size=400),
)
NODES = st.lists(LABELS, max_size=5).map(tuple)
FEW_NODES = st.sampled_from([(), NO_SIGNAL, NO_SIGNAL[:4], NO_SIGNAL[:1], BILLING, ("无人负责",)])
KINDS = st.sampled_from(
    [
        "daily_threshold",
        "monthly_escalation",
        "hour_over_hour",
        "distinct_complainants",
        "repeat_after_close",
        "overdue",
        "tagged",
        "somebody.elses",
    ]
)
INSTANTS = st.integers(us("2026-11-01 00:00"), us("2026-11-30 00:00"))
SUBJECTS = st.sampled_from([(), (("id", "T1"), ("source", "crm")), (("complainant", "8d1f"),)])


@st.composite
def signals(draw: Any, nodes: Any = FEW_NODES, labels: Any = None) -> Signal:
    """Any signal, of a few nodes unless told otherwise, at levels of the plan and one that it lost."""
    start = draw(INSTANTS) // DAY * DAY
    kind = draw(KINDS)
    return Signal(
        rule=draw(labels if labels is not None else st.sampled_from(["same-day volume", "hour over hour"])),
        kind=kind,
        node=draw(nodes),
        exact=draw(st.booleans()),
        window_start=start,
        window_end=start + draw(st.sampled_from([HOUR, 23 * HOUR, DAY, 25 * HOUR, 30 * DAY])),
        level=draw(
            labels
            if labels is not None
            else st.sampled_from(["一级预警", "二级预警", "三级预警", "撤销的级别"])
        ),
        observed=draw(st.integers(0, 10**7)),
        threshold=draw(st.integers(1, 10**6)),
        crossed_at=start + draw(st.integers(0, 5 * DAY)),
        created_at=draw(st.one_of(st.just(NEVER), INSTANTS)),
        subject=draw(SUBJECTS),
        revised_to=draw(st.one_of(st.none(), st.integers(0, 100))),
        detail=draw(
            st.sampled_from([{}, {"previous": 12}, {"previous": None, "score": 3.5, "focus": ["a", "b"]}])
        ),
    )


@st.composite
def pages(draw: Any) -> Page:
    """Any page, with hostile labels and more of everything than fits into one message."""
    found = draw(st.lists(signals(NODES, LABELS), max_size=6))
    copies = draw(st.sampled_from([1, 1, 1, 20, 120]))
    told = st.builds(Told, LABELS, LABELS, LABELS, LABELS, st.sampled_from([None, "zh", "en"]))
    own = tuple(replace(one, rule=f"{i} {one.rule}") for i in range(copies) for one in found)
    of_signals = [
        Reason.LEVEL_REACHED,
        Reason.BULK_IMPORT,
        Reason.CAUGHT_UP,
        Reason.EXEMPT,
        Reason.TELLS_NOBODY,
    ]
    of_itself = [Reason.SOURCE_BLIND, Reason.SOURCE_RECOVERED, Reason.UNDELIVERABLE, Reason.TEST]
    facts: Mapping[str, str] = {
        "source": draw(LABELS),
        "since": str(us("2026-11-01 00:00")),
        "error": draw(LABELS),
    }
    return Page(
        key=draw(st.text("0123456789abcdef", min_size=20, max_size=20)),
        at=us("2026-11-22 15:04"),
        reason=draw(st.sampled_from(of_signals if own else of_itself)),
        level=draw(LABELS),
        node=draw(NODES),
        signals=own,
        told=tuple(draw(st.lists(told, max_size=4))) * draw(st.sampled_from([1, 1, 50])),
        unreached=tuple(draw(st.lists(LABELS, max_size=4))),
        muted_by=draw(st.one_of(st.none(), LABELS)),
        duties=tuple(draw(st.lists(st.builds(Duty, LABELS, st.one_of(st.none(), INSTANTS)), max_size=3))),
        planned_changes=tuple(
            draw(
                st.lists(
                    st.builds(
                        NearbyChange, LABELS, INSTANTS, st.one_of(st.none(), INSTANTS), st.none() | LABELS
                    ),
                    max_size=4,
                )
            )
        ),
        trend=draw(
            st.lists(st.one_of(st.none(), st.integers(0, 10**6)), max_size=24).map(lambda c: trend(*c))
        ),
        report_by=draw(st.one_of(st.none(), INSTANTS)),
        solution_by=draw(st.one_of(st.none(), INSTANTS)),
        steps=(("zh", tuple(draw(st.lists(LABELS, max_size=40)))), ("en", ("Call the duty officer",))),
        titles=(("supervisor", (("en", "Complaint supervisor"), ("zh", "投诉主管"))),),
        sample=draw(st.booleans()),
        blind=tuple(draw(st.lists(LABELS, max_size=3))),
        subject=tuple(facts.items()),
        about=own[:1],
    )
