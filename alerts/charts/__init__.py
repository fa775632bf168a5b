"""Pictures of counts, as PNG bytes. matplotlib is imported when the first one is drawn."""
