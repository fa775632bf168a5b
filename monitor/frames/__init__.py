"""What an analyst reads: counts, the trend log, signals and expectations of a store as pandas frames.

    from monitor import frames

    hours = frames.counts("config.toml", "移动业务 > 5G套餐")
    hours.plot(x="hour", y="count")

Every function takes a configuration's path or a store's address (`sqlite:///var/complaints.db`,
`postgresql+psycopg://user@host/name`) and reads one moment of it in a read-only transaction, beside a running
daemon too; nothing is made, upgraded or locked. Frames are tidy: one row an observation, documented columns
and types, times in the business zone. A node is its names joined by " > ", everything is "*".

Errors are StoreError and ConfigError, and ValueError for a node, time or period that there is not; each is a
sentence. Columns, types and recipes: docs/analysis.md.
"""

from monitor.frames._counts import counts
from monitor.frames._expected import expected
from monitor.frames._signals import signals
from monitor.frames._trend import trend

__all__ = ["counts", "expected", "signals", "trend"]
