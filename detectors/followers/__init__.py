"""Detectors that follow the clock: what `detectors.tree` and river find, as signals of rules.

`model` is fitted anew each midnight from counts by node (`nodes`) and led through the hours since; `surge`
judges hours as they close and the one that runs, `whole` days and weeks (`whole_days`), `hourly` what is told
of closed hours alone. `foresight` says which looks at an hour would tell something, `reading` reads single
tickets, and `telling` writes the signals. `sources` watches who sends tickets. `river` judges by detectors of
that package (`watchers`), and `levels` finds the hour of a shift.
"""
