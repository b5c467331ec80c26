"""Races arms against each other: which are trained next, which are out, and which one to use.

These are pure decisions over answers. Nothing here uses DVC, files or training.
"""
