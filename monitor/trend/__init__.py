"""The hourly trend log (T10): its `rows`, a function of counts, and the `lines` of CSV that they become."""
