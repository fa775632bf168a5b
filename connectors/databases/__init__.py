"""Databases of tickets: `session` only reads, `pages` is what is asked, `bounds` how instants are written."""
