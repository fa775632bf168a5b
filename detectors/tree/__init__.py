"""A whole category tree judged at every tick, so that one cause is told once, at the node that explains it.

`surge` is all of it at work, and how it is led in time, `cause` what it tells, `branches` the tree. `absurd`
says what of a history teaches nothing, `sparse` starts it, `appearance` since when a node is there,
`borrowing` what new nodes borrow, `outlook` what each window was to bring, `trailing` and `likelihood` how
much likelier a surge makes it, `clumps` what tickets that come at once say. `suspects` says whose tickets are
looked at, `marks`, `makeup`, `habits` and `corroboration` what those tell. `budget` says from which score on
there is an alarm, `bursts` whether one step is enough, `rehearsal` and `learning` how that is found once a
day. `focus` and `scatter` say which node explains it, `episodes` what is told already, `lately` whether that
goes on, `alarms` which causes there are to tell then, `severity` how bad each is, `explanation` what it is
made of. `quiet` is the other tail: nodes that fall silent.
"""
