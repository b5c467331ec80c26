"""Predictors: numbers that may predict, before any training, how much a student gains from an arm's examples.

Each is a number of the examples under the untuned student. Whether it predicts anything is measured: the table
`predictors` has the rank correlation of each with accuracy.
"""

PREDICTORS = ("surprisal", "rank_surprisal", "local_surprisal")
"""Their names in metrics and tables; see `surprisal.Surprise`."""
