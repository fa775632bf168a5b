"""Tickets without a category are put on a node by their text, before they are counted."""
