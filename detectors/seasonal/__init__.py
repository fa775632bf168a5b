"""Counts of series against what each usually brings at this time: a robust seasonal baseline and a scan.

`period` says how long things are, `stamps` what a step is called, `slow`, `profile` and `dates` fit the
seasonal part, `level` and `dispersion` follow the node, `scan` gathers the evidence for a surge,
`calibration` compares it with the node's own past, and `surge` is all of that at work, step by step.
`detectors.tree` judges whole trees by these baselines, `complaint-monitor score` single series.
"""
