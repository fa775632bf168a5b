"""Databases that hold tickets: `pages` is what is asked, page by page, `bounds` how it writes instants."""
