"""Signals become pages: the response plan, the one decision, and the channels that carry it.

A module that holds `Options` and `Notifier` is a kind of channel, found by its name: `slack`, `email`.
`notifier` is the seam. `plan` is what a company has decided, `respond` the one decision, `incidents` what
people own, `rendering` the words, which lie in `wording`.
"""
