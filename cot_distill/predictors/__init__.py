"""Predictors: what may tell before any training how much a student will gain from an arm's examples.

Each is a number of the examples under the untuned student. Whether it predicts anything is measured, not assumed: the
table `predictors` holds each one's rank correlation with accuracy.
"""

PREDICTORS = ("surprisal", "rank_surprisal", "local_surprisal")
"""Their names, as metrics and tables have them; see `surprisal.Surprise`."""
