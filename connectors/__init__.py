"""Tickets in: sources, the category tree, placing tickets on nodes, and counting them.

A module that holds `Options` and `Source` is a kind of source, found by its name: `csv`, `sql`, `zendesk`.
What several of them share stands in folders by what is read: `files`, `databases`, `services`, `receiving`;
`rows` makes tickets of what any of them has read. The other modules are the core: `ticket` and `windows`,
`taxonomy` with `labels` and `lineage`, `counting`. `source` is the seam.

Data flows connectors -> detectors -> alerts -> monitor; imports point the other way.
"""
