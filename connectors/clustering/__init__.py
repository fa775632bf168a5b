"""Clustering: placing tickets on nodes of the tree by their text, and finding nodes the tree does not have
yet.
"""
