"""Sharing: a trained student as a standard model folder with its card, and on the hub."""
