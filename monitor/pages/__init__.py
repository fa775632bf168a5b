"""Pages on which people answer from a mail: an incident, its buttons and the fields of its report."""
