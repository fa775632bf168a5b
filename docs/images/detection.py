"""Makes the pictures of docs/detection.md anew: `python docs/images/detection.py`.

All counts are drawn here, from fixed seeds; baselines, bands and what is told come from the detector itself.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import ConciseDateFormatter, DayLocator
from matplotlib.figure import Figure

from alerts.charts.font import families
from detectors.seasonal.band import band
from detectors.seasonal.period import HOUR
from detectors.seasonal.replaying import replay
from detectors.seasonal.stamps import name_steps
from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT

HERE = Path(__file__).parent
FIRST = np.datetime64("2026-03-02T00", "h")
PAST = 8 * 168
LEAVES = 30
INK, FAINT, BARS, BAND, MARK = "#222222", "#8a8a8a", "#3b6ea5", "#f0b35a", "#b3261e"


def usual(hours: int) -> np.ndarray:
    """(hours,) what a made node has on average: few at night, most in the evening, less at weekends."""
    hour = np.arange(hours)
    course = 1 + 0.75 * np.sin((hour % 24 - 11) / 24 * 2 * np.pi)
    return 9 * course * np.where(hour % 168 >= 120, 0.6, 1.0)


def week() -> Figure:
    """A node's week, and a surge on its Thursday night that is found while its hour runs."""
    rng = np.random.default_rng(31)
    mean = usual(PAST + 168)
    onset = PAST + 3 * 24 + 2
    minutes = rng.poisson(np.repeat(mean, 60) / 60).reshape(-1, 60)
    late = np.arange(60) >= 20
    minutes[onset, late] += rng.poisson(14 / 60, late.sum())
    for hour, more in ((onset + 1, 22), (onset + 2, 24), (onset + 3, 15), (onset + 4, 7)):
        minutes[hour] += rng.poisson(more / 60, 60)
    count = minutes.sum(axis=1).astype(float)
    found = replay(count[:, None], name_steps(FIRST + np.arange(PAST + 168), HOUR))
    told, cause = first_told(minutes, onset // 24 * 24)
    expected = found.expected[PAST:, 0]
    low, high = band(expected, found.dispersion[PAST:, 0], coverage=0.98)
    time = (FIRST + PAST).astype("datetime64[m]") + 60 * np.arange(168)
    figure, (whole, close) = drawn(2, "A node's week, and the night of its surge")
    for axes in (whole, close):
        axes.bar(
            time,
            count[PAST:],
            width=0.86 / 24,
            align="edge",
            color=BARS,
            zorder=2,
            label="tickets in the hour",
        )
        axes.fill_between(time, low, high, step="post", color=BAND, alpha=0.35, label="98 of 100 such hours")
        axes.step(time, expected, where="post", color=BAND, linewidth=1.8, zorder=3, label="expected")
        axes.set_ylabel("tickets")
    at = FIRST.astype("datetime64[m]") + told
    length = cause.minutes or (cause.steps - 1) * 60 + told % 60
    for axes in (whole, close):
        axes.axvline(at, color=MARK, linestyle=(0, (4, 3)), linewidth=1.2)
    close.axvspan(at - length, at, color=MARK, alpha=0.15, linewidth=0)
    close.set_ylim(0, count[PAST:].max() * 1.25)
    began = FIRST.astype("datetime64[m]") + onset * 60 + 20
    close.annotate(
        f"told at {str(at)[11:]}, {told - onset * 60 - 20} minutes after it began:\n"
        f"{cause.observed:.0f} in the {length} minutes that are shaded, {cause.expected:.1f} expected",
        (at, close.get_ylim()[1] * 0.86), xytext=(8, 0), textcoords="offset points", color=MARK, fontsize=9,
    )  # fmt: skip
    close.set_xlim(began - 8 * 60, began + 12 * 60)
    whole.set_xlim(time[0], time[-1] + 60)
    whole.legend(loc="upper right", fontsize=8, ncols=3)
    whole.set_ylim(0, count[PAST:].max() * 1.25)
    dated(whole)
    dated(close, days=False)
    return figure


def first_told(minutes: np.ndarray, midnight: int):
    """Minute (since the first) and cause of what a detector tells first, started at a midnight."""
    hours = minutes.sum(axis=1).astype(np.float32)[:, None]
    stamps = name_steps(FIRST + midnight - PAST + np.arange(PAST + 48), HOUR)
    surge = TreeSurge.start(hours[midnight - PAST : midnight], stamps, np.array([-1], np.int32))
    flat = minutes.ravel()
    for now in range(midnight * 60 + 1, (midnight + 24) * 60):
        hour, passed = divmod(now, 60)
        if not passed:
            surge.close(hours[hour - 1])
            continue
        recent = np.array([[flat[now - length : now].sum()] for length in RECENT], np.float32)
        told = surge.tick(np.array([flat[hour * 60 : now].sum()]), passed=passed / 60, recent=recent)
        if told:
            return now, told[0]
    raise SystemExit("nothing was told: take another seed")


def tree() -> Figure:
    """Two surges in a tree of one parent among six and thirty leaves below it: thin over all, and at one."""
    figure, panes = drawn(2, "Which node the page names", height=5.2)
    for axes, thin in zip(panes, (True, False), strict=True):
        cause, count, due = named(thin=thin)
        leaves = np.arange(LEAVES)
        axes.bar(leaves, count, color=[MARK if cause == 7 + leaf else BARS for leaf in leaves], width=0.8)
        axes.plot(leaves, due, "_", color=BAND, markersize=11, markeredgewidth=2.4, label="expected")
        top = max(count.max(), 6) * 1.5
        axes.plot((0, LEAVES - 1), (top * 0.8, top * 0.8), color=FAINT, linewidth=0.8)
        for leaf in leaves:
            axes.plot((leaf, leaf), (count[leaf] + 0.15, top * 0.8), color=FAINT, linewidth=0.4, zorder=0)
        text = f"their parent: {count.sum():.0f} tickets, {due.sum():.1f} expected"
        chosen = cause == 1
        axes.text(
            (LEAVES - 1) / 2, top * 0.8, text, ha="center", va="center", fontsize=9,
            color="white" if chosen else INK,
            bbox={"boxstyle": "round", "facecolor": MARK if chosen else "white", "edgecolor": FAINT},
        )  # fmt: skip
        told = "a little at each of thirty leaves" if thin else "much at one of them"
        where = "the parent" if chosen else f"leaf {cause - 6}"
        axes.set_title(f"{told}: the page names {where} (red)", fontsize=10, loc="left")
        axes.set_ylim(0, top)
        axes.set_ylabel("tickets in an hour")
        axes.set_xticks(leaves[::5], [str(leaf + 1) for leaf in leaves[::5]])
    panes[1].set_xlabel("leaf")
    panes[1].legend(loc="center right", fontsize=8)
    return figure


def named(*, thin: bool) -> tuple[int, np.ndarray, np.ndarray]:
    """The node that is told, and what the leaves brought and were to bring in the hour."""
    rng = np.random.default_rng(7)
    parents = np.array([-1, *[0] * 6, *[1] * LEAVES, *np.repeat(np.arange(2, 7), LEAVES)], np.int32)
    steps = PAST + 12
    count = np.zeros((steps, len(parents)), np.float32)
    share = rng.uniform(0.3, 0.7, len(parents) - 7)
    count[:, 7:] = rng.poisson(usual(steps)[:, None] / 9 * share)
    hour = slice(7, 7 + LEAVES)
    if thin:
        count[-1, hour] += rng.poisson(1.2, LEAVES)
    else:
        count[-1, 7 + 11] += 16
    for node in range(len(parents) - 1, 0, -1):
        count[:, parents[node]] += count[:, node]
    surge = TreeSurge.start(count[:PAST], name_steps(FIRST + np.arange(PAST + 48), HOUR), parents)
    for row in count[PAST:-1]:
        surge.close(row)
    due = surge.outlook.due[hour].copy()
    [cause] = surge.close(count[-1])
    return cause.node, count[-1, hour], due


def blind() -> Figure:
    """The first days of a node, and a gap."""
    rng = np.random.default_rng(12)
    hours = 5 * 168
    count = rng.poisson(usual(hours)).astype(float)
    count[15] += 40
    gap = slice(4 * 168 + 33, 4 * 168 + 45)
    count[gap] = np.nan
    later = 4 * 168 + 39 + 24
    count[later] += 40
    found = replay(count[:, None], name_steps(FIRST + np.arange(hours), HOUR))
    score = found.score[:, 0]
    figure, panes = drawn(2, "When it is blind")
    for axes, (first, title) in zip(
        panes, ((0, "a new node: nothing is judged for 24 hours"), (4 * 168, "a gap is unknown, not zero")),
        strict=True,
    ):  # fmt: skip
        part = slice(first, first + 4 * 24)
        time = FIRST.astype("datetime64[m]") + 60 * np.arange(hours)[part]
        axes.bar(
            time,
            np.nan_to_num(count[part]),
            width=0.86 / 24,
            align="edge",
            color=BARS,
            zorder=2,
            label="tickets",
        )
        known = np.arange(hours)[part] >= 24
        low, high = band(found.expected[part, 0], found.dispersion[part, 0], coverage=0.98)
        kwargs = {"step": "post", "color": BAND, "alpha": 0.35, "label": "98 of 100 such hours"}
        axes.fill_between(time, low, high, where=known, **kwargs)
        axes.step(
            time[known], found.expected[part, 0][known], where="post", color=BAND, zorder=3, label="expected"
        )
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_ylabel("tickets")
        axes.set_ylim(0, 75)
        axes.set_xlim(time[0], time[-1] + 60)
        dated(axes)
    origin = FIRST.astype("datetime64[m]")
    panes[0].axvspan(origin, origin + 24 * 60, facecolor="none", edgecolor=FAINT, hatch="///", linewidth=0)
    noted(panes[0], origin + 16 * 60, 62, f"40 more than usual, score {score[15]:.1f}: not seen")
    panes[1].axvspan(
        origin + gap.start * 60, origin + gap.stop * 60, facecolor="none", edgecolor=FAINT, hatch="///",
        linewidth=0, label="nothing was read",
    )  # fmt: skip
    noted(
        panes[1], origin + (later + 1) * 60, 62, f"40 more than usual a day later, score {score[later]:.1f}"
    )
    panes[1].legend(loc="upper left", fontsize=8, ncols=2)
    return figure


def noted(axes, at, height: float, text: str) -> None:
    """Words beside an hour."""
    axes.annotate(
        text,
        (at, height),
        xytext=(6, 0),
        textcoords="offset points",
        color=MARK,
        fontsize=9,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def drawn(panes: int, title: str, *, height: float = 5.0):
    """A figure with panes one above the other."""
    figure = Figure(figsize=(8.4, height), dpi=100, layout="constrained")
    figure.canvas = FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=12, color=INK)
    axes = figure.subplots(panes)
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8, colors=INK)
    return figure, axes


def dated(axes, *, days: bool = True) -> None:
    """Days and hours below the axes."""
    if days:
        axes.xaxis.set_major_locator(DayLocator())
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))


def main() -> None:
    """Write all pictures beside this file."""
    with mpl.rc_context({"font.family": list(families()), "axes.unicode_minus": False}):
        for name, draw in (("week", week), ("focus", tree), ("blind", blind)):
            draw().savefig(HERE / f"detection-{name}.png", metadata={"Software": None})


if __name__ == "__main__":
    main()
