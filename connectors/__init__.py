"""Tickets in: sources, the category tree, placing tickets on nodes, and counting them.

Data flows connectors -> detectors -> alerts -> monitor; imports point the other way.
"""
