"""Files of tickets: `folder` says which there are, `dropped` when each is complete, `progress` how far each
was read; `lines` gives the lines from there on. `saved` reads what somebody saved by hand.
"""
