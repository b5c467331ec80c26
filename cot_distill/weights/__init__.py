"""Weights: where the files of a model are, and how they are loaded."""
