"""For analysts: what other rules, or other thresholds, would have done with the same history. Pure.

`tuning` counts what a rule makes at other thresholds. `page_diff` compares the pages of two replays, and
`backtest` says how soon and how often they come, against `labels` of what really happened.
"""
