"""Privacy: complainants become keyed hashes, and texts lose what points at a person."""
