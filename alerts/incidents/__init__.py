"""Incidents: what people own. Each is the fold of its events; everything here is pure."""
