"""Pages on which people answer by a link: an incident, its buttons and the fields of its report."""
