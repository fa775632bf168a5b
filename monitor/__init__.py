"""The product around the core: configuration, storage, daemon, replay, trend log and commands.

`engine` takes steps over `storage`, `daemon` drives it and `delivery` carries its pages out; `replay` takes
the same step over a whole history without a store. `cli` finds `commands`, one module each.
"""
