"""Counts become signals: the plan's hard rules and the statistics. Pure: no I/O, no clock, no log.

A module that holds `Options` and `Detector` is a kind of rule, found by its name: `daily_threshold`,
`silence`. `step` and `following` are the seams. `crossing`, `threshold_rule`, `ticket_rule` and the modules
about hours serve the hard rules; `seasonal`, `tree` and `followers`, each upon the one before, those that
know what is usual.
"""
