"""Weights: finds the files of a model and loads them."""
