"""Counts of series against what each usually brings at this time: a robust seasonal baseline and a scan.

`period` says how long things are, `stamps` what a step is called, `slow`, `profile` and `dates` fit the
`seasonal_part`, `level` and `dispersion` follow the node, and all three are its `baseline`: what is to be
expected. `start` makes the baselines of many nodes at once. `batches` are steps that are filled at fixed
times, `scan` gathers the evidence for a surge, `calibration` compares it with the node's own past, and
`replaying` is all of that at work, block by block.
`detectors.tree` judges whole trees by these baselines, `complaint-monitor score` single series.
"""
