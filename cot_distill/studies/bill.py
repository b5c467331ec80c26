"""What models would be asked as teachers, and the cost: for one arm, or for a study, whose arms share requests."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cot_distill.supervision.teachers import Wish, entries
from cot_distill.supervision.teachers.forecast import forecast
from stages import paths, prepare

if TYPE_CHECKING:
    from cot_distill.records import Problem
    from stages.params import Params

_WHICH_PROBLEMS = ("dataset", "benchmarks", "own", "train_problems", "dev_problems", "test_problems", "data_seed")
"""Params on which it depends which problems there are to train on."""


def of_arm(chosen: "Params") -> str:
    """The first request, the calls to make and what they may cost. It reads the problems itself, so that no stage has
    to run before.

    Raises UserError as `problems.load` does.
    """
    train = _train(chosen)  # also if no model is asked: a file that is missing is said before anything runs
    return forecast(chosen.asked(train) if _asks_models(chosen) else ())


def of_study(runs: Sequence[Mapping[str, Any]], check: Callable[[Any, str], "Params"]) -> str | None:
    """The calls that these runs would make, and what they may cost. `runs` are their values of params.yaml. A request
    that several runs make counts once. None if no model teaches. Raises UserError as `of_arm` does."""
    wishes: list[Wish] = []
    problems: dict[str, list[Problem]] = {}
    for values in runs:
        chosen = check(values, "a run")
        if _asks_models(chosen):
            key = json.dumps([values[param] for param in _WHICH_PROBLEMS])
            if key not in problems:
                problems[key] = _train(chosen)
            wishes += chosen.asked(problems[key])
    return forecast(wishes, show=False) if wishes else None


def _asks_models(chosen: "Params") -> bool:
    known = entries(paths.TEACHERS)
    return not chosen.answers_alone and any(known[part.teacher].get("source") == "model" for part in chosen.parts)


def _train(chosen: "Params") -> "list[Problem]":
    return prepare.load(chosen, chosen.dataset, chosen.train_problems, dev=chosen.dev_problems).problems["train"]
