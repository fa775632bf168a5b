"""What reports are made of: an incident's `dossier` and its `incident_chart`, the `monthly` statistics."""
