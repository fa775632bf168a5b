"""A whole history through the production engine, without a store.

`history` makes one column of all versions, as they arrived or, by `polling_delays`, as they would have.
`replay` makes one step of it, judged over `final_counts`; `following` shows it hour by hour, with its
`tickets`, to detectors that follow the clock. `files` are what it leaves.
"""
