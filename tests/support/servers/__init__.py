"""Real ticket servers on this machine, each in a folder of its own, and the work of a desk in them."""
