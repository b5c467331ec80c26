"""Beyond the training benchmark: what a student can do elsewhere, before and after training, through lm-eval.

Each benchmark has a module that says where its rows come from, `harness.py` has lm-eval ask them, and
`outcomes.py` holds what was right and what follows from it.
"""

IDS = ("arc_challenge", "arc_easy", "race_high", "race_middle", "bbh", "mmlu", "csqa", "absr")
"""What the param `beyond` may name."""


def installed() -> bool:
    """Whether lm-eval is installed; it is an extra of this package."""
    from importlib.util import find_spec

    return find_spec("lm_eval") is not None
