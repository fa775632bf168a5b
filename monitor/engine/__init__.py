"""The engine of the daemon: gather, decide, apply - each step in one transaction of the store."""
