"""Compares the metrics of two revisions of a repository, with a gate on the difference."""
