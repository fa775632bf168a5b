"""Counts in a CSV file, scored by the detector of seasonal surges: `complaint-monitor score`."""
