"""Signals become pages: the response plan, the one decision, and the channels that carry it."""
