"""The chart of an incident: its hours against the band in which they were expected."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from alerts.catalogue import say
from alerts.charts.font import families
from alerts.rendering.widths import width
from connectors.ticket import HOUR, at_us

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES: Final = (9.0, 3.6)
DPI: Final = 120
INK, FAINT, BARS, BAND, MARK = "#222222", "#8a8a8a", "#3b6ea5", "#f0b35a", "#b3261e"
# Of more marks than this only lines are drawn: names would lie on each other.
MOST_NAMED: Final = 6
# How much of the axis a column of a name takes, a Latin letter or half a Chinese one.
COLUMN: Final = 0.009


@dataclass(frozen=True, slots=True)
class ExpectedHour:
    """One hour of a node. Instants are int64 microseconds UTC.

    Attributes
    ----------
    hour : its start
    count : tickets; None where they are unknown, which is not zero
    expected : tickets if nothing were going on; None without a baseline
    upper : what 99 of 100 such hours stay under; None without a baseline
    """

    hour: int
    count: int | None
    expected: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant to be pointed out, and what happened then."""

    at: int
    text: str


def volume_chart(
    hours: Sequence[ExpectedHour],
    marks: Iterable[Mark] = (),
    *,
    title: str,
    language: str,
    zone: ZoneInfo,
) -> bytes:
    """A PNG of the hours, oldest first, in the zone's time.

    Raises ValueError where there is no hour to draw.
    """
    if not hours:
        raise ValueError("a chart needs at least one hour")
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.family": list(families()), "axes.unicode_minus": False}):
        figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
        axes = figure.subplots()
        _bars(axes, hours, language, zone)
        _band(axes, hours, language, zone)
        _marks(axes, marks, hours, zone)
        _frame(axes, title, language, zone)
        png = io.BytesIO()
        figure.canvas = FigureCanvasAgg(figure)
        figure.savefig(png, format="png")
    return png.getvalue()


def _bars(axes: Axes, hours: Sequence[ExpectedHour], language: str, zone: ZoneInfo) -> None:
    counts = [0 if one.count is None else one.count for one in hours]
    starts = [at_us(one.hour).astimezone(zone) for one in hours]
    axes.bar(
        starts,  # type: ignore[arg-type] # dates are converted by matplotlib
        counts,
        width=0.86 / 24,
        align="edge",
        color=BARS,
        zorder=2,
        label=say(language, "chart.count"),
    )
    unknown = say(language, "chart.unknown")
    for one in hours:
        if one.count is None:
            axes.axvspan(
                at_us(one.hour).astimezone(zone),  # type: ignore[arg-type]
                at_us(one.hour + HOUR).astimezone(zone),  # type: ignore[arg-type]
                facecolor="none",
                edgecolor=FAINT,
                alpha=0.6,
                linewidth=0,
                hatch="///",
                label=unknown,
            )
            # One line of the legend stands for all of them.
            unknown = "_unknown"


def _band(axes: Axes, hours: Sequence[ExpectedHour], language: str, zone: ZoneInfo) -> None:
    known = [(one, one.expected, one.upper) for one in hours if one.expected is not None]
    if not known:
        return
    middle: Any = [at_us(one.hour + HOUR // 2).astimezone(zone) for one, _, _ in known]
    expected = [value for _, value, _ in known]
    upper = [value if top is None else top for _, value, top in known]
    axes.fill_between(
        middle, 0, upper, color=BAND, alpha=0.28, linewidth=0, zorder=1, label=say(language, "chart.band")
    )
    axes.plot(middle, expected, color=BAND, linewidth=1.8, zorder=3, label=say(language, "chart.expected"))


def rows_of(marks: Sequence[tuple[float, str]]) -> list[int]:
    """In which row each name stands, from the top: where the last one there ends before it begins.

    `marks` are (place on the axis from 0 to 1, name), from left to right.
    """
    ends: list[float] = []
    rows = []
    for place, name in marks:
        free = [row for row, end in enumerate(ends) if end <= place]
        row = free[0] if free else len(ends)
        ends[row : row + 1] = [place + (width(name) + 2) * COLUMN]
        rows.append(row)
    return rows


def _marks(axes: Axes, marks: Iterable[Mark], hours: Sequence[ExpectedHour], zone: ZoneInfo) -> None:
    first, last = hours[0].hour, hours[-1].hour + HOUR
    shown = sorted((mark for mark in marks if first <= mark.at <= last), key=lambda mark: mark.at)
    rows = rows_of([((mark.at - first) / (last - first), mark.text) for mark in shown])
    for mark, row in zip(shown, rows, strict=True):
        at: Any = at_us(mark.at).astimezone(zone)
        axes.axvline(at, color=MARK, linewidth=1, linestyle=(0, (4, 3)), zorder=4)
        if len(shown) <= MOST_NAMED:
            axes.annotate(
                mark.text,
                (at, 1.0 - 0.09 * row),
                xycoords=("data", "axes fraction"),
                xytext=(4, -9),
                textcoords="offset points",
                fontsize=8,
                color=MARK,
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1},
            )


def _frame(axes: Axes, title: str, language: str, zone: ZoneInfo) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import MaxNLocator

    # Room above the bars for the names of marks.
    axes.set_ylim(0, max(4.0, 1.25 * axes.get_ylim()[1]))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    locator = AutoDateLocator(tz=zone)  # type: ignore[no-untyped-call]
    dated = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator, tz=zone, formats=["%Y", "%m", "%m-%d", "%H:%M", "%H:%M", "%S"], show_offset=False
    )
    dated.zero_formats = ["", "%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M"]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dated)
    axes.set_xlabel(say(language, "chart.time", zone=zone.key), fontsize=8, color=FAINT)
    axes.set_ylabel(say(language, "chart.tickets"), fontsize=8, color=FAINT)
    axes.set_title(title, loc="left", fontsize=11, color=INK, pad=24)
    axes.tick_params(labelsize=8, colors=INK)
    axes.grid(axis="y", color="#e5e5e5", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, frameon=False, ncols=4, borderaxespad=0.2
    )
