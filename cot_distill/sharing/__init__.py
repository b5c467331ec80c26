"""Sharing: exports a trained student as a standard model folder with a card, and publishes it and its data."""
