"""Raw rows become tickets, or are set aside.

`records` finds fields in JSON, `mapping` knows which column holds what, `stamps` reads times and `values`
texts, and `judging` sets aside what cannot become a ticket, with its reason.
"""
