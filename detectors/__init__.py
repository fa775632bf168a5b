"""Counts become signals: the plan's hard rules and the statistics. Pure: no I/O, no clock, no log."""
