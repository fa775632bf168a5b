"""The monitor watches itself (law 6): from raw tickets to signal, incident, delivered page and answer."""
