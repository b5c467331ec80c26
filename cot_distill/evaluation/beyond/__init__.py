"""Other benchmarks, through lm-eval: what a student can do before and after training.

Each benchmark has a module that says where its rows come from. `harness.py` runs lm-eval on them, and `outcomes.py` has
the results and their metrics.
"""

IDS = ("arc_challenge", "arc_easy", "race_high", "race_middle", "bbh", "mmlu", "csqa", "absr")
"""The valid values of the param `beyond`."""


def installed() -> bool:
    """Whether lm-eval, an extra of this package, is installed."""
    from importlib.util import find_spec

    return find_spec("lm_eval") is not None
