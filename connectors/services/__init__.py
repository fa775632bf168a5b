"""Services that are asked over HTTPS: what their connectors share, so that each holds only what is special.

`source` makes a connector of a service's particulars, `reader` reads its tickets as they change, `paging`
knows how far a reading has come. `web` asks, `account` says who asks, `refusals` what a refusal means,
`naming` which field a name means, `zones` in which zone an account's questions are read.
"""
