"""How long things are when counts are hours, days or weeks: one table of constants for each.

The values were chosen on seeds and series that the reported figures do not use (docs/detection.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

PeriodName = Literal["hour", "day", "week"]


@dataclass(frozen=True)
class Period:
    """Lengths, all in steps (hours, days or weeks) unless said otherwise.

    Attributes
    ----------
    name : "hour", "day" or "week"
    slots : slots of the weekly profile: 168 hours, 7 days, or 1
    cycle : steps of one week, the bin in which slow changes are fitted
    shortest : steps of the shortest cycle, whole ones of which are fitted while there are not two weeks
    year : steps in a year
    annual : whether trend and annual season are fitted (an hourly history is too short for them)
    refit : a block of steps that are judged together, then learned; after blocks the seasonal part is fitted
        anew
    memory : and looks back this far
    guard : the newest steps, from which nothing is learned yet: an outbreak must not become normal
    around : steps in which errors that persist, and peaks that came to nothing, are looked for
    cold : steps a node must have shown before it is judged
    warm : steps after which its residuals tell of dispersion and false alarms
    profile_half, slow_half : half-lives of the evidence on the weekly profile, and on trend and season
    level_halves : half-lives of the level's memories, short to long
    flat_half : half-life of the memory that ignores trend and annual season; 0 = there is none
    raw_half : half-life of the plain mean, under a part of which the baseline never falls
    shift : an excess that holds for about so long is the new normal, and no outbreak any more
    overlap : ratio of the variance of sums to that of steps that residuals show without autocorrelation
    choice_forget : how fast the choice among the level's memories forgets, per step
    past_forget : how fast dispersion and calibration forget, per step
    end : chance per step that a surge that is going on ends
    peaks : peaks of the odds per step while nothing is going on (see `calibration`)
    brief : steps up to which such a peak came to nothing
    longest_gap : of a single series; a step more than so many after the last known one begins it anew.
        `memory`, but of hours, for which that is weeks, four years
    """

    name: PeriodName
    slots: int
    cycle: int
    shortest: int
    year: float
    annual: bool
    refit: int
    memory: int
    guard: int
    around: int
    cold: int
    warm: int
    profile_half: float
    slow_half: float
    level_halves: tuple[float, ...]
    flat_half: float
    raw_half: float
    shift: int
    overlap: float
    choice_forget: float
    past_forget: float
    end: float
    peaks: float
    brief: int
    longest_gap: int

    def steps_until_refit(self, now: int) -> int:
        """Steps from a fit at step `now` to the next: the longer the history, the less a week adds to it."""
        return max(int(now * NEWS) // self.refit, 1) * self.refit


NEWS = 0.08
"""Share by which a history has to grow before a new fit is worth while."""
WEEK_OF_HOURS = 168

HOUR = Period(
    name="hour", slots=168, cycle=168, shortest=24, year=8766.0, annual=False, refit=12,
    memory=16 * WEEK_OF_HOURS, guard=12, around=13, cold=24, warm=WEEK_OF_HOURS,
    profile_half=6.0 * WEEK_OF_HOURS, slow_half=52.0 * WEEK_OF_HOURS,
    level_halves=(48.0, 168.0, 672.0), flat_half=0.0, raw_half=672.0, shift=36, overlap=1.7,
    choice_forget=0.995, past_forget=0.998, end=0.3, peaks=0.008, brief=5, longest_gap=4 * 8766,
)  # fmt: skip
DAY = Period(
    name="day", slots=7, cycle=7, shortest=7, year=365.25, annual=True, refit=7, memory=8 * 366,
    guard=5, around=6, cold=7, warm=56, profile_half=180.0, slow_half=3 * 365.25,
    level_halves=(7.0, 28.0, 91.0), flat_half=28.0, raw_half=120.0, shift=14, overlap=2.2,
    choice_forget=0.98, past_forget=0.998, end=0.3, peaks=0.007, brief=2,
    longest_gap=8 * 366,
)  # fmt: skip
WEEK = Period(
    name="week", slots=1, cycle=1, shortest=1, year=52.18, annual=True, refit=2, memory=16 * 53,
    guard=2, around=3, cold=4, warm=26, profile_half=520.0, slow_half=5 * 52.18,
    level_halves=(4.0, 16.0, 52.0), flat_half=13.0, raw_half=52.0, shift=3, overlap=1.8,
    choice_forget=0.98, past_forget=0.998, end=0.5, peaks=0.0035, brief=2,
    longest_gap=16 * 53,
)  # fmt: skip

PERIODS: Mapping[PeriodName, Period] = MappingProxyType({"hour": HOUR, "day": DAY, "week": WEEK})
