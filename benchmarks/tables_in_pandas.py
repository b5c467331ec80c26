"""The tables of cot_distill/tables as one would make them with pandas: merges, groups and sorts over one dataset.

Only the needed columns are read, statistics are over whole columns, and nothing else is tuned. The notes below the
tables are left out.
"""

from collections.abc import Sequence
from typing import Any

from cot_distill.tables.runs import DIVERSITY, SUPERVISION, Run

_MEASURED = ("examples", *SUPERVISION, *DIVERSITY)
_FIELD = ["dataset", "trained_on", "student", "setting", "test_set", "grader"]
_FIRST = ["dataset", "student", "test_set", "setting", "grader"]
_CELL = ["dataset", "student", "teacher", "granularity", "format"]
_ACCURACY = ["n", "seeds", "accuracy", "accuracy_low", "accuracy_high"]
_BASELINES = ["untuned", "p_untuned", "answer_only", "p_answer_only"]
_WHERE = ["test_set", "setting", "grader", "runs", "revs"]
_Z = 1.959963984540054


def tables(runs: Sequence[Run]) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table."""
    arms = _compared(*_arms(runs))
    laid_out = {**_of_levels(arms), "best": _best(arms), "transfer": _transfer(arms), "supervision": _supervision(arms)}
    return {name: table.to_dict("records") for name, table in laid_out.items()}


def _arms(runs: Sequence[Run]) -> tuple[Any, Any]:
    """A row an arm, its seeds pooled, and a row an arm and problem."""
    import numpy as np
    import pandas as pd
    import pyarrow.dataset as ds

    plain = [name for name in Run.__slots__ if name != "supervision"]
    told = pd.DataFrame([{**{name: getattr(run, name) for name in plain}, **run.supervision} for run in runs])
    told = told.reindex(columns=[*plain, *_MEASURED])
    columns = ["problem_id", "correct", "answered", "truncated", "new_tokens", "__filename"]
    read = ds.dataset(told["path"].tolist(), format="parquet").to_table(columns=columns)
    verdicts = read.to_pandas().merge(told[["path", "pool"]], left_on="__filename", right_on="path")

    scores = verdicts.groupby(["pool", "problem_id"])["correct"].agg(share="mean", answers="size").reset_index()
    by_run = verdicts.groupby("path")[["correct", "answered", "truncated", "new_tokens"]].mean().reset_index()
    alike = [name for name in plain if name not in ("run", "rev", "seed", "path", "pool", "params")]
    arms = (
        told.merge(by_run, on="path")
        .sort_values(["seed", "run"])
        .groupby("pool")
        .agg(
            runs=("run", list),
            revs=("rev", list),
            seeds=("run", "size"),
            mean_new_tokens=("new_tokens", "mean"),
            answered_rate=("answered", "mean"),
            truncated_rate=("truncated", "mean"),
            seed_sd=("correct", "std"),
            **{name: (name, "first") for name in (*alike, *_MEASURED)},
        )
    )
    by_arm = scores.groupby("pool")
    arms["n"], arms["answers"] = by_arm.size(), by_arm["answers"].sum()
    arms["accuracy"], variance = by_arm["share"].mean(), by_arm["share"].var(ddof=0)
    p = arms["accuracy"]
    n = np.minimum(arms["answers"], arms["n"] * p * (1 - p) / variance.where(variance > 0))
    n = n.fillna(arms["answers"]).where((p > 0) & (p < 1), arms["n"])
    half = _Z * np.sqrt(p * (1 - p) / n + (_Z / (2 * n)) ** 2)
    arms["accuracy_low"] = ((p + _Z * _Z / (2 * n) - half) / (1 + _Z * _Z / n)).clip(lower=0)
    arms["accuracy_high"] = ((p + _Z * _Z / (2 * n) + half) / (1 + _Z * _Z / n)).clip(upper=1)
    return arms.reset_index(), scores


def _compared(arms: Any, scores: Any) -> Any:
    """The tuned arms with their place and how they compare with the best, the answer alone and the untuned student."""
    import numpy as np
    from scipy.stats import binom

    tuned = arms[arms["role"] == "tuned"]
    tuned = tuned.assign(rounded=tuned["accuracy"].round(12))
    tuned = tuned.sort_values(["rounded", "granularity", "format", "teacher"], ascending=[False, True, True, True])
    fields = tuned.groupby(_FIELD, dropna=False)
    tuned = tuned.assign(place=fields.cumcount() + 1, best_pool=fields["pool"].transform("first"))
    alone = tuned[tuned["granularity"] == "0"].drop_duplicates(_FIELD, keep=False)
    tuned = tuned.merge(alone[[*_FIELD, "pool"]].rename(columns={"pool": "answer_only_pool"}), on=_FIELD, how="left")
    scores = scores.drop(columns="answers")
    for name in ("best", "answer_only", "untuned"):
        pairs = tuned[["pool", f"{name}_pool"]].rename(columns={f"{name}_pool": "other"})
        others = scores[scores["pool"].isin(pairs["other"])].rename(columns={"pool": "other", "share": "other_share"})
        both = scores.merge(pairs, on="pool").merge(others, on=["other", "problem_id"])
        both["only_this"], both["only_other"] = both["share"] > both["other_share"], both["share"] < both["other_share"]
        found = both.groupby("pool").agg(
            only_this=("only_this", "sum"), only_other=("only_other", "sum"), other=("other_share", "mean")
        )
        lesser, differing = found[["only_this", "only_other"]].min(axis=1), found["only_this"] + found["only_other"]
        found[f"p_{name}"] = np.minimum(1.0, 2 * binom.cdf(lesser, differing, 0.5))
        found = found.rename(columns={"other": name})[[name, f"p_{name}"]]
        tuned = tuned.merge(found.reset_index(), on="pool", how="left")
    return tuned


def _of_levels(arms: Any) -> dict[str, Any]:
    """The tables that show every arm, each in an order of its own."""
    home = arms[arms["trained_on"] == arms["dataset"]]
    told = {
        "granularity": (["teacher", "format", "granularity"], "granularity", []),
        "format": (["teacher", "granularity", "format"], "format", []),
        "teacher": (
            ["granularity", "format", "teacher"],
            "teacher",
            ["verified_rate", "distinct_2", "mean_words", "mean_steps"],
        ),
        "length": (
            ["teacher", "format", "mean_words", "granularity"],
            "role",
            ["mean_words", "mean_steps", "mean_tokens", "mean_new_tokens"],
        ),
    }
    return {
        name: home[home[needed].notna()].sort_values([*_FIRST, *order], na_position="first")[
            [*_CELL, *measured, *_ACCURACY, *_BASELINES, "p_best", *_WHERE]
        ]
        for name, (order, needed, measured) in told.items()
    }


def _best(arms: Any) -> Any:
    """The best arm of each field, beside the next."""
    home = arms[arms["trained_on"] == arms["dataset"]]
    fields = home.groupby(_FIELD, dropna=False)
    home = home.assign(
        compared=fields["pool"].transform("size"),
        not_worse=(home["p_best"] >= 0.05).groupby([home[name] for name in _FIELD], dropna=False).transform("sum") - 1,
    )
    following = home[home["place"] == 2]
    following = following.assign(
        runner_up=following[["teacher", "granularity", "format"]].apply(lambda row: ", ".join(row.dropna()), axis=1)
    )
    following = following.rename(columns={"accuracy": "runner_up_accuracy", "p_best": "runner_up_p"})
    found = home[home["place"] == 1].merge(
        following[[*_FIELD, "runner_up", "runner_up_accuracy", "runner_up_p"]], on=_FIELD, how="left"
    )
    shown = ["runner_up", "runner_up_accuracy", "runner_up_p", "compared", "not_worse"]
    return found.sort_values(_FIRST)[[*_CELL, *_ACCURACY, *_BASELINES, *shown, *_WHERE]]


def _transfer(arms: Any) -> Any:
    """Arms tested on another dataset than they were trained on, beside what the same runs reach at home."""
    arms = arms.assign(names=arms["runs"].map(" ".join))
    home = arms[arms["trained_on"] == arms["dataset"]][["trained_on", "names", "accuracy"]]
    away = arms[arms["trained_on"] != arms["dataset"]]
    found = away.merge(home.rename(columns={"accuracy": "at_home"}), on=["trained_on", "names"], how="left")
    order = ["trained_on", *_FIRST, "teacher", "granularity", "format"]
    return found.sort_values(order, na_position="first")[
        ["trained_on", *_CELL, *_ACCURACY, *_BASELINES, "p_best", "at_home", *_WHERE]
    ]


def _supervision(arms: Any) -> Any:
    """What students are taught, whatever they are tested on."""
    cell = ["dataset", "teacher", "granularity", "format", "student"]
    home = arms[arms["trained_on"] == arms["dataset"]].sort_values(cell, na_position="first")
    cells = home.groupby(cell, dropna=False, sort=False)
    found = cells.agg(
        {**dict.fromkeys(_MEASURED, "first"), "runs": lambda lists: sorted({n for one in lists for n in one})}
    )
    return found.reset_index()
