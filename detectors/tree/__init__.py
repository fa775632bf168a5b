"""A whole category tree judged at every tick, so that one cause is told once, at the node that explains it.

`surge` is all of it at work. `absurd` says what of a history teaches nothing, `sparse` starts it, `outlook`
says what each window was to bring and `trailing` how unlikely it is, `clumps` what tickets say that come at
once, `suspects` whose tickets are looked at, `marks`, `makeup`, `habits` and `corroboration` what those tell,
`borrowing` what new nodes borrow, `budget` from which score on there is an alarm, `bursts` whether one step
is enough, `rehearsal` and `learning` how that is found once a day, `focus` which node explains it, `episodes`
whether it is told already, `explanation` what it is made of, `severity` how bad it is. `quiet` is the other
tail: nodes that fall silent.
"""
