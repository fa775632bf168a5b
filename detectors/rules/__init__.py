"""The kinds of rule: `kind = "overdue"` in `[[rules]]` is `overdue.py`, with its `Options` and `Detector`.

`daily_threshold`, `monthly_escalation`, `hour_over_hour`, `distinct_complainants`, `repeat_after_close`,
`overdue` and `tagged` are the plan's hard rules, exact and outside the budget. `seasonal_surge`, `silence`
and `river` know what is usual. None knows another.
"""
