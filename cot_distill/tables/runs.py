"""A run: one evaluated student, what it was taught, on what it was tested, and where its verdicts are."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cot_distill.supervision import mixture
from cot_distill.supervision.selection import in_words

WORKSPACE = "workspace"
"""What DVC calls the working folder's own state."""
SUPERVISION = ("verified_rate", "mean_words", "mean_steps", "mean_tokens")
"""What is taken of metrics/supervision.json, beside `examples`."""
DIVERSITY = ("vocabulary", "distinct_1", "distinct_2", "distinct_3", "compression_ratio")
"""What is taken of metrics/supervision/report.json, where its section `diversity` has it."""
NO_DIFFERENCE = ("calls", "gate", "benchmarks", "published", "transfer", "beyond", "beyond_data", "beyond_limit")
"""Params that no result depends on: what they lead to is in the hashes of the data. The one list of them."""
ARM = ("teacher", "granularity", "mixture", "mixed_weights", "format", "teacher_seed", "generation", "selection")
"""Params that say what is taught."""


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One evaluated student."""

    run: str
    """The experiment's name, `workspace`, a tag or a commit; `-` for an untuned student that many share."""
    role: str
    """`untuned` or `tuned`."""
    dataset: str
    """What it was tested on."""
    student: str
    teacher: str | None
    granularity: str | None
    """As params say it: a level, `mixed`, `padded`, `thoughts`; None without a level. Of a mixture it is, as teacher
    and format are, what all its arms share, or what each has with its weight: `thoughts 1 : level 3 4`."""
    format: str | None
    seed: int | None
    pool: str
    """Runs with the same pool differ in the training seed alone, and share a row."""
    path: str
    untuned_path: str | None
    """The untuned student's verdicts on the same problems; None for the untuned student itself."""
    untuned_pool: str | None
    """The pool of that untuned student."""
    trained_on: str | None = None
    """The dataset that it was trained on; None for the untuned student."""
    selection: str | None = None
    """What of the params `selection` is not as by default, in words; None: nothing."""
    setting: str = ""
    """Runs of one setting share every param but what is taught, dataset, student and seed."""
    rev: str | None = None
    """The Git commit that holds the run; None for the workspace."""
    source: str = WORKSPACE
    """`workspace`, `experiment`, `tag` or `commit`."""
    test_set: str | None = None
    """A hash of the problems that were asked; None where it is not known."""
    grader: str | None = None
    """A hash of the code that graded; None where it is not known."""
    split: str = "test"
    """`test`, or `dev`, on which choices are made."""
    max_new_tokens: int | None = None
    """The token cap."""
    params: str = "{}"
    """The experiment's params as JSON."""
    supervision: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """What was measured of what it was taught; see `SUPERVISION` and `DIVERSITY`."""
    stale: str | None = None
    """The stages behind a tuned run that would run anew today, since their code or what they read has changed."""
    outcomes: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    """By task of the param `beyond`, the files with what the untuned student and this one got right there."""


def pair(
    run: str,
    params: dict[str, Any],
    untuned_path: str,
    tuned_path: str,
    *,
    tested_on: str | None = None,
    made_of: Mapping[str, str | None] | None = None,
    **facts: Any,
) -> tuple[Run, Run]:
    """The untuned and the tuned run of one experiment with these params.

    `tested_on` is the dataset of the test problems, where it is not the one trained on. `made_of` holds the hashes of
    the data and code behind the tuned run: runs pool where these and all params but the seed are equal; without it the
    run stands for itself. `facts` are further fields that both have; the tuned one alone has `supervision`,
    `stale` and `outcomes`.
    """
    dataset = tested_on or params["dataset"]
    facts |= {"max_new_tokens": (params.get("decoding") or {}).get("max_new_tokens"), "params": json.dumps(params)}
    facts["split"] = "test" if tested_on else split(params)
    of_tuned = {name: facts.pop(name) for name in ("supervision", "stale", "outcomes") if name in facts}
    parts = mixture.parts(params)
    level = mixture.granularity(parts)
    answer_only = level == 0
    tested = [dataset, params["student"], params.get("decoding"), facts.get("test_set"), facts.get("grader")]
    untuned = Run(
        **facts,
        run="-" if made_of is not None else run,
        role="untuned",
        dataset=dataset,
        student=params["student"],
        teacher=None,
        granularity=None,
        format=None,
        seed=None,
        pool=digest(["untuned", tested, untuned_path]),
        path=untuned_path,
        untuned_path=None,
        untuned_pool=None,
        setting=digest(_without(params, ("dataset", "student", "seed", *ARM))),
    )
    # No teacher of answers alone: their examples tell.
    pooled = _without(params, ("seed", *ARM) if answer_only else ("seed",))
    tuned = dataclasses.replace(
        untuned,
        run=run,
        role="tuned",
        teacher=None if answer_only else mixture.named(parts, lambda part: part.teacher),
        granularity=None if level is None else str(level),
        format=None if answer_only else mixture.named(parts, lambda part: part.format),
        selection=None if answer_only else in_words(params.get("selection")),
        seed=params["seed"],
        pool=digest(["tuned", run] if made_of is None else ["tuned", params["granularity"], tested, pooled, made_of]),
        path=tuned_path,
        untuned_path=untuned_path,
        untuned_pool=untuned.pool,
        trained_on=params["dataset"],
        **of_tuned,
    )
    return untuned, tuned


def split(params: Mapping[str, Any]) -> str:
    """The split whose problems an experiment with these params asks; older ones have the test split alone."""
    return str((params.get("evaluation") or {}).get("split", "test"))


def problems(of: str) -> str:
    """The out that holds the problems of a split."""
    return f"data/problems/{of}.parquet"


def digest(value: Any) -> str:
    """A short hash of anything that JSON can say."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _without(params: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The params but these and what was asked, which `test_set` tells; one that is null is as one that an older version
    did not have."""
    aside = (*names, *NO_DIFFERENCE, "evaluation")
    return {name: value for name, value in params.items() if name not in aside and value is not None}
