"""Counts against what this node usually brings at this time: a robust seasonal baseline and a scan.

`period` says how long things are, `stamps` what a step is called, `slow`, `profile` and `dates` fit the
seasonal part, `level` and `dispersion` follow the node, `scan` gathers the evidence for a surge,
`calibration` compares it with the node's own past, and `surge` is all of that at work, step by step.

Over a whole tree `tree` judges every node at every tick: `sparse` starts it, `outlook` says what each window
was to bring and `trailing` how unlikely it is, `clumps` what tickets say that come at once, `suspects` whose
tickets are looked at, `makeup`, `habits` and `corroboration` what those tell, `borrowing` what new nodes
borrow, `budget` from which score on there is an alarm, `learning` what of all that is found once a day,
`focus` which node explains it, `episodes` whether it is told already, `explanation` what it is made of.
"""
