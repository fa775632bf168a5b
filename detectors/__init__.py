"""Counts become signals: the plan's hard rules and the statistics. Pure: no I/O, no clock, no log.

`rules` has a file for each kind of rule. `step` and `following` are the seams. `crossing`, `threshold_rule`,
`ticket_rule` and `hours` serve the hard rules; `seasonal`, `tree` and `followers`, each upon the one before,
those that know what is usual.
"""
